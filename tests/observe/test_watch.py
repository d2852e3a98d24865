"""What C libraries open in marked folders, by fanotify."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.library.programs import Place
from tests.observe.programs import (
    BEGIN,
    NATIVE,
    REFUSED,
    Seen,
    entries,
    observed,
    payloads,
    seen,
    write,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: becomes nobody, or mounts")


def test_native_reads_and_writes(place: Place) -> None:
    write(place.root / "data" / "deep" / "a.bin", "12345")
    code = """
    native_read("data/deep/a.bin")
    native_write("out.bin")
    native_read("out.bin")
    """
    assert observed(place, code) == [
        Seen("data/deep/a.bin", "r", "watch"),
        Seen("out.bin", "w", "watch"),
        Seen("out.bin", "r", "watch"),
    ]
    assert [entry["s"] for entry in entries(place) if "bin" in entry["p"]] == [5, 6, 6]


def test_what_python_opened_is_told_once(place: Place) -> None:
    write(place.root / "a.txt")
    code = """
    open("a.txt").close()
    open("b.txt", "w").close()
    native_read("a.txt")
    """
    assert observed(place, code) == [Seen("a.txt", "r", "hook"), Seen("b.txt", "w", "hook")]


def test_read_before_it_was_overwritten(place: Place) -> None:
    """The order of a native read and a later write stands, though the kernel merges events."""
    write(place.root / "a.bin")
    code = """
    native_read("a.bin")
    open("a.bin", "w").close()
    """
    assert [one.mode for one in observed(place, code)] == ["r", "w"]


def test_new_folders_are_watched(place: Place) -> None:
    code = """
    import time
    native_read("program.py")
    os.makedirs("new/deep")
    observer = __import__("sys")._dotscience_observer
    observer._watch.drain(); observer._watch.work(1)
    native_write("new/deep/a.bin")
    _libc.mkdir(b"native", 0o755)
    native_write("native/b.bin")
    """
    assert observed(place, code) == [
        Seen("new/deep/a.bin", "w", "watch"),
        Seen("native/b.bin", "w", "watch"),
    ]


def test_a_native_rename_tells_the_last_name(place: Place) -> None:
    code = """
    native_write("model.tmp")
    _libc.rename(b"model.tmp", b"model.safetensors")
    """
    assert observed(place, code) == [Seen("model.safetensors", "w", "watch")]


def test_a_renamed_folder_keeps_being_watched(place: Place) -> None:
    write(place.root / "old" / "a.bin")
    code = """
    native_read("old/a.bin")
    os.rename("old", "new")
    __import__("sys")._dotscience_observer._watch.drain()
    native_read("new/a.bin")
    """
    assert observed(place, code)[-1] == Seen("new/a.bin", "r", "watch")


def test_a_file_kept_open_is_read(place: Place) -> None:
    write(place.root / "store.h5")
    code = """
    fd = _libc.open(b"store.h5", 0)
    from dotscience import _observe
    _observe.flush(1)
    _libc.close(fd)
    _observe.flush(2)
    """
    assert observed(place, code) == [Seen("store.h5", "r", "watch")]
    assert [payload["cell"] for payload in payloads(place)] == [1]


def test_folders_that_a_cell_names_are_watched(place: Place, tmp_path: Path) -> None:
    outside = write(tmp_path / "mnt" / "set" / "train.bin").parent
    write(outside / "part" / "b.bin")
    code = f"""
    from dotscience import _observe
    _observe.expect("x = load('{outside}/train.bin')", 7)
    native_read({str(outside / "train.bin")!r})
    _observe.flush(7)
    _observe.expect("FOLDER = r'{outside}'\\nload(FOLDER + '/part/b.bin')", 8)
    native_read({str(outside / "part" / "b.bin")!r})
    _observe.flush(8)
    """
    assert observed(place, code) == [
        Seen(str(outside / "train.bin"), "r", "watch"),
        Seen(str(outside / "part" / "b.bin"), "r", "watch"),
    ]
    assert [payload["cell"] for payload in payloads(place)] == [7, 8]


def test_environments_and_our_store_are_not_watched(place: Place) -> None:
    write(place.root / "env" / "pyvenv.cfg")
    write(place.root / "env" / "lib" / "x.bin")
    code = """
    import sys
    native_read("env/lib/x.bin")
    native_read(".dotscience/.gitignore") if os.path.exists(".dotscience/.gitignore") else None
    marked = sys._dotscience_observer._watch._keys
    assert os.getcwd() in marked and not any(".dotscience" in folder for folder in marked)
    """
    assert observed(place, code) == []


def test_refused_as_in_a_container(place: Place) -> None:
    """Nothing is said, the hook goes on."""
    code = """
    native_write("a.bin")
    open("b.bin", "w").close()
    assert __import__("sys")._dotscience_observer.means() == ["hook", "wrap", "child"]
    """
    assert observed(place, code, begin=REFUSED + BEGIN) == [Seen("b.bin", "w", "hook")]


def test_descriptors_that_the_user_closed(place: Place) -> None:
    """Their numbers may be the user's files now: nothing is read from them."""
    code = """
    os.closerange(3, 200)
    files = [open(f"{n}.txt", "w+") for n in range(20)]
    from dotscience import _observe
    for file in files: file.write("mine"); file.seek(0)
    _observe.flush(1)
    assert all(file.read() == "mine" for file in files)
    for file in files: file.close()
    native_write("a.bin")
    """
    assert {one.by for one in observed(place, code)} == {"hook"}


@needs_root
def test_as_an_unprivileged_user() -> None:
    """Own events carry our pid, others' none: those of another process are not ours."""
    base = Path(tempfile.mkdtemp(prefix="ds-nobody-"))
    place = Place(base / "ws", base / "home")
    try:
        (place.root / ".dotscience").mkdir(parents=True)
        place.home.mkdir()
        write(place.root / "other.bin")
        code = f"""
        native_read({str(place.root / "program.py")!r})
        native_write("own.bin")
        print("go", flush=True); input()
        native_read("own.bin")
        """
        _as_nobody(place, BEGIN + NATIVE + _left(code))
        assert seen(place) == [Seen("own.bin", "w", "watch"), Seen("own.bin", "r", "watch")]
    finally:
        shutil.rmtree(base)


def _left(code: str) -> str:
    import textwrap

    return textwrap.dedent(code)


def _as_nobody(place: Place, code: str) -> None:
    (place.root / "program.py").write_text(code)
    for path in (place.root.parent, *place.root.parent.rglob("*")):
        os.chown(path, 65534, 65534)
    # An interpreter that nobody may run, with a copy of the library it may read.
    library = place.root.parent / "library"
    source = Path(__file__).parents[2] / "dotscience"
    shutil.copytree(source, library / "dotscience", ignore=shutil.ignore_patterns("__pycache__"))
    env = {**place.env(), "PYTHONPATH": str(library)}
    process = subprocess.Popen(
        [_python_for_nobody(), "-W", "error", "program.py"],
        cwd=place.root,
        env=env,
        user=65534,
        group=65534,
        extra_groups=[],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "go\n", process.communicate()[1]
    for name in ("other.bin", "own.bin"):
        (place.root / name).write_text("another process")
    _, stderr = process.communicate("\n", timeout=60)
    assert (process.returncode, stderr) == (0, "")


def _python_for_nobody() -> str:
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run([python, "-c", ""], user=65534, group=65534, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip("no Python that nobody may run")


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[Path]:
    parts = [tmp_path / name for name in ("lower", "upper", "work", "merged")]
    for part in parts:
        part.mkdir()
    options = f"lowerdir={parts[0]},upperdir={parts[1]},workdir={parts[2]}"
    mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(parts[3])]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("overlay file systems can't be mounted here")
    yield parts[3]
    subprocess.run(["umount", str(parts[3])], check=True)


@needs_root
@pytest.mark.fault
def test_on_an_overlay(overlay: Path, tmp_path: Path) -> None:
    place = Place(overlay / "ws", tmp_path / "home")
    (place.root / ".dotscience").mkdir(parents=True)
    place.home.mkdir()
    write(place.root / "data" / "a.bin")
    assert observed(place, 'native_read("data/a.bin"); native_write("b.bin")') == [
        Seen("data/a.bin", "r", "watch"),
        Seen("b.bin", "w", "watch"),
    ]


@pytest.mark.slow
def test_an_overflow_is_told(place: Place) -> None:
    code = """
    import sys
    with sys._dotscience_observer._watch._lock:  # nobody drains meanwhile
        for n in range(17_000): native_write(f"{n}.bin")
    """
    observed(place, code)
    assert payloads(place)[-1]["lost"] is True
    assert sum(entry.get("many", 1) for entry in entries(place)) > 15_000


@pytest.mark.slow
def test_ten_thousand_folders(place: Place) -> None:
    for number in range(10_000):
        (place.root / f"{number // 100}" / f"{number % 100}").mkdir(parents=True)
    code = """
    import sys, time
    watch = sys._dotscience_observer._watch
    until = time.monotonic() + 60
    while watch.has_work and time.monotonic() < until: time.sleep(0.05)
    assert len(watch._keys) == 8192, len(watch._keys)
    Path("99/99/a.txt").write_text("x")
    native_write("0/0/b.bin")
    """
    begin = "import ctypes\n" + BEGIN
    assert observed(place, code, begin=begin) == [
        Seen("99/99/a.txt", "w", "hook"),
        Seen("0/0/b.bin", "w", "watch"),
    ]
    assert not any(payload.get("lost") for payload in payloads(place))
