"""What Python itself opens, by the audit hook."""

from __future__ import annotations

import os
import re
from pathlib import Path

from dotscience._journal import NAMES, read_records
from tests.library.programs import Place
from tests.observe.programs import BEGIN, REFUSED, Seen, entries, observed, payloads, write


def hooked(place: Place, code: str, **env: str) -> list[Seen]:
    """Without the watch, as in a container: the hook alone has to see it."""
    return observed(place, code, begin=REFUSED + BEGIN, **env)


def test_reads_and_writes_inside_and_outside(place: Place, tmp_path: Path) -> None:
    write(place.root / "data" / "a.csv", "1,2\n")
    outside = write(tmp_path / "mnt" / "b.csv", "1,2,3\n")
    code = f"""
    Path("data/a.csv").read_text()
    Path({str(outside)!r}).read_text()
    Path("out.txt").write_text("12345")
    with open("log.txt", "a") as file: file.write("1")
    with open("log.txt", "r+") as file: file.read(); file.write("2")
    """
    assert hooked(place, code) == [
        Seen("data/a.csv", "r", "hook"),
        Seen(str(outside), "r", "hook"),
        Seen("out.txt", "w", "hook"),
        Seen("log.txt", "w", "hook"),
        Seen("log.txt", "rw", "hook"),
    ]
    sizes = {entry["p"].rsplit("/", 1)[1]: entry["s"] for entry in entries(place)}
    assert sizes == {"a.csv": 4, "b.csv": 6, "out.txt": 5, "log.txt": 2}
    times = {os.stat(place.root / "out.txt").st_mtime_ns}
    assert times == {int(e["t"]) for e in entries(place) if e["p"].endswith("out.txt")}


def test_every_form_of_a_path(place: Place) -> None:
    write(place.root / "sub" / "a.txt")
    odd = os.fsencode(place.root) + b"/odd\xff.txt"
    with open(odd, "wb"):
        pass
    code = r"""
    open(b"sub/a.txt").close()
    os.close(os.open(Path("sub") / ".." / "sub" / "a.txt", os.O_RDONLY))
    os.chdir("sub")
    open("a.txt").close()
    open("b.txt", "w").close()
    os.chdir("..")
    open(b"odd\xff.txt").close()
    folder = os.open("sub", os.O_RDONLY | os.O_DIRECTORY)
    os.rename("b.txt", "c.txt", src_dir_fd=folder, dst_dir_fd=folder)
    os.remove("a.txt", dir_fd=folder)
    os.listdir(folder); os.scandir("sub").close()
    os.close(folder)
    """
    assert hooked(place, code) == [
        Seen("odd\udcff.txt", "r", "hook"),
        Seen("sub/c.txt", "w", "hook"),
        Seen("sub/a.txt", "d", "hook"),
    ]
    assert {"b64"} in [set(e["p"]) for e in entries(place) if isinstance(e["p"], dict)]


def test_a_name_relative_to_a_descriptor_is_not_taken_for_another_file(place: Place) -> None:
    """Where the watch knows better than the hook."""
    write(place.root / "config.json")
    write(place.root / "sub" / "config.json")
    code = """
    folder = os.open("sub", os.O_RDONLY | os.O_DIRECTORY)
    os.close(os.open("config.json", os.O_RDONLY, dir_fd=folder))
    """
    begin = "import ctypes\n" + BEGIN
    assert observed(place, code, begin=begin) == [Seen("sub/config.json", "r", "watch")]


def test_temporary_names_leave_no_trace(place: Place) -> None:
    write(place.root / "old.txt")
    write(place.root / "gone.txt")
    code = """
    import tempfile, shutil
    with tempfile.NamedTemporaryFile(dir="."): pass
    Path("model.tmp").write_text("m"); os.replace("model.tmp", "model.bin")
    os.mkdir("new~"); Path("new~/part").write_text("p"); os.rename("new~", "new")
    Path("scratch").write_text("s"); os.remove("scratch")
    os.rename("old.txt", "renamed.txt")
    os.remove("gone.txt")
    """
    assert sorted(hooked(place, code), key=str) == [
        Seen("gone.txt", "d", "hook"),
        Seen("model.bin", "w", "hook"),
        Seen("new/part", "w", "hook"),
        Seen("renamed.txt", "m", "hook"),
    ]
    moved = next(entry for entry in entries(place) if entry["m"] == "m")
    assert moved["from"] == str(place.root / "old.txt")


def test_links(place: Place, tmp_path: Path) -> None:
    write(place.root / "data.csv")
    mounted = write(tmp_path / "mnt" / "big.bin")
    (place.root / "link.csv").symlink_to("data.csv")
    (place.root / "mnt").symlink_to(tmp_path / "mnt")
    code = """
    open("link.csv").close()
    open("mnt/big.bin").close()
    """
    assert hooked(place, code) == [Seen("data.csv", "r", "hook"), Seen("mnt/big.bin", "r", "hook")]
    assert [entry.get("real") for entry in entries(place)] == [None, str(mounted)]


def test_an_open_that_fails_is_none(place: Place) -> None:
    write(place.root / "old.txt")
    os.utime(place.root / "old.txt", ns=(1, 1))
    code = """
    for name, mode in (("none.txt", "r"), ("no/none.txt", "w"), ("cached.txt", "r"), (".", "r")):
        try: open(name, mode)
        except OSError: pass
    Path("cached.txt").write_text("made")
    """
    assert hooked(place, code) == [Seen("cached.txt", "w", "hook")]


def test_noise_is_not_told(place: Place) -> None:
    write(place.root / ".git" / "HEAD")
    write(place.root / "lib" / "site-packages" / "x.json")
    write(place.root / "mine.py", "VALUE = 1")
    code = """
    import decimal, json.tool, sys
    import mine
    for name in (".git/HEAD", "lib/site-packages/x.json", "/etc/hosts", "/proc/self/stat", os.devnull):
        open(name).close()
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "some" ; cache.mkdir(parents=True)
    (cache / "fonts.json").write_text("{}")
    """
    assert hooked(place, code) == [Seen("mine.py", "r", "hook")]


def test_a_module_read_from_its_cache_is_its_source(place: Place) -> None:
    write(place.root / "mine.py", "VALUE = 1")
    code = "import mine"
    for _ in range(2):
        assert Seen("mine.py", "r", "hook") in hooked(place, code, PYTHONDONTWRITEBYTECODE="")


def test_databases(place: Place) -> None:
    code = """
    import sqlite3
    with sqlite3.connect("runs.db") as db: db.execute("create table t (a)")
    db.close()
    sqlite3.connect(":memory:").close()
    """
    assert Seen("runs.db", "rw", "hook") in hooked(place, code)
    assert len(seen_paths(place)) == 1


def seen_paths(place: Place) -> set[str]:
    return {entry["p"] for entry in entries(place)} - {str(place.root / "program.py")}


def test_threads_and_a_deleted_folder(place: Place) -> None:
    for number in range(40):
        write(place.root / f"{number}.txt")
    code = """
    import threading
    def read(n):
        for i in range(n, 40, 4): open(f"{i}.txt").close()
    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
    root = os.getcwd()
    os.mkdir("gone"); os.chdir("gone"); os.rmdir(root + "/gone")
    try: open("x")
    except OSError: pass
    os.chdir(root)
    """
    assert {one.path for one in hooked(place, code)} == {f"{n}.txt" for n in range(40)}


def test_nothing_of_ours_reaches_the_user(place: Place) -> None:
    """G1: faults in the hook stay there; KeyboardInterrupt is the user's."""
    code = """
    import sys
    from dotscience import _observe
    _observe.settle()
    class Odd:
        def __fspath__(self): raise RuntimeError("mine")
        __hash__ = None
    try: open(Odd())
    except RuntimeError as error: assert str(error) == "mine"
    observer = sys._dotscience_observer
    def broken(*args, **kwargs): raise ValueError("ours")
    observer._seen.add = broken
    open("a.txt", "w").close()
    def interrupted(*args, **kwargs): raise KeyboardInterrupt
    observer._seen.add = interrupted
    try: open("b.txt", "w")
    except KeyboardInterrupt: print("through")
    del observer._seen.add
    """
    result = place.run(BEGIN + re.sub(r"(?m)^    ", "", code))
    assert (result.code, result.stdout, result.stderr) == (0, "through\n", "")


def test_off(place: Place) -> None:
    code = "import sys; assert not hasattr(sys, '_dotscience_observer'); open('a', 'w').close()"
    assert observed(place, code, DOTSCIENCE_OBSERVE="0") == []
    assert payloads(place) == []


def test_nothing_is_installed_before_something_is_tracked(place: Place) -> None:
    code = """
    import sys, os
    before = list(sys.meta_path)
    import dotscience
    assert not hasattr(sys, "_dotscience_observer") and sys.meta_path == before
    assert "DOTSCIENCE_OBSERVED" not in os.environ
    """
    assert place.run(code).code == 0


def test_what_the_library_opens_itself_is_not_told(place: Place) -> None:
    """An output is read at publish, to pin it."""
    code = """
    Path("model.bin").write_text("m")
    ds.output("model.bin")
    ds.publish()
    """
    for begin in (REFUSED + BEGIN, "import ctypes\n" + BEGIN):
        assert observed(place, code, begin=begin)[-1:] == [Seen("model.bin", "w", "hook")]


def test_each_run_is_told_its_files_before_it_is_published(place: Place) -> None:
    write(place.root / "a.txt")
    code = """
    for n in range(2):
        ds.start(); open("a.txt").close(); ds.publish()
    """
    observed(place, code)
    told = [NAMES[record.type] for path in place.journals() for record in read_records(path)[0]]
    kinds = [name for name in told if name in ("start", "files", "publish")]
    assert kinds[-6:] == ["start", "files", "publish", "start", "files", "publish"]
