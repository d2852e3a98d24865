"""G1 and G2 under faults: closed files, deleted stores, no rights, full disks, `kill -9`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dotscience._block import read_text
from dotscience._journal import is_alive, read_records
from tests.library.programs import LIMIT_S, Place, points_of

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


def test_a_closed_stdout_loses_nothing(place: Place) -> None:
    result = place.run("""
        import sys
        import dotscience as ds
        ds.start(); sys.stdout.close(); ds.publish("kept")
        sys.stdout = None; ds.metric("a", 1); ds.publish()
    """)
    assert (result.code, len(place.of("publish"))) == (0, 2)
    assert result.stderr.count("dotscience:") == 1


def test_a_broken_pipe_loses_nothing(place: Place) -> None:
    process = place.start("""
        import sys
        import dotscience as ds
        input()
        for i in range(50): ds.start(); ds.label("big", "x" * 10000); ds.publish()
        print("done", file=sys.stderr)
        import os; os._exit(0)
    """)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, stderr = process.communicate("\n", timeout=LIMIT_S)
    assert stderr.endswith("done\n")
    assert len(place.of("publish")) == 50


def test_descriptors_closed_by_the_user_are_never_written_to(place: Place) -> None:
    """A closed descriptor's number may be the user's next file."""
    result = place.run("""
        import os
        import dotscience as ds
        ds.start(); ds.metric("a", 1)
        os.closerange(3, 2000)
        mine = [open("mine%d" % n, "w") for n in range(10)]
        ds.metric("b", 2); ds.publish()
        print({os.path.getsize("mine%d" % n) for n in range(10)})
    """)
    assert result.stdout.endswith("{0}\n")
    assert {point.key for point in place.points()} == {"a", "b"}
    assert len(place.of("publish")) == 1


def test_reading_our_files_leaves_the_session_alive(place: Place) -> None:
    """A lock of another kind would be lost by the first `open` and `close` in the same process."""
    process = place.start("""
        import glob, os, subprocess, sys
        import dotscience as ds
        ds.start(); ds.metric("a", 1)
        for name in glob.glob(".dotscience/journal/*"): open(name, "rb").read()
        subprocess.run([sys.executable, "-c", "pass"], close_fds=False)
        if os.fork() == 0: os._exit(0)
        os.wait(); print("ready", flush=True); input()
    """)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    (journal,) = place.journals()
    assert is_alive(journal)
    process.communicate("\n", timeout=LIMIT_S)
    assert not is_alive(journal)


def test_a_closed_lock_begins_another_journal(place: Place) -> None:
    """What is written to must be alive to others."""
    result = place.run("""
        import glob, os
        import dotscience as ds
        from dotscience._journal import is_alive
        ds.start()
        for fd in os.listdir("/proc/self/fd"):
            if os.path.realpath("/proc/self/fd/" + fd).endswith(".lock"): os.close(int(fd))
        ds.parameter("a", 1); ds.publish(stream=open(os.devnull, "w"))
        print([is_alive(path) for path in sorted(glob.glob(".dotscience/journal/*.dsj"), key=os.path.getmtime)])
    """)
    assert result.stdout == "[False, True]\n"


def test_the_error_that_ends_a_process_is_told(place: Place) -> None:
    result = place.run("import dotscience as ds; ds.start(); ds.metric('a', 1); 1 / 0")
    plain = place.run("1 / 0")
    assert (result.code, result.stderr.splitlines()[-1]) == (1, plain.stderr.splitlines()[-1])
    (end,) = place.of("end")
    assert end["error"] == "ZeroDivisionError: division by zero"
    place.run("import dotscience as ds; ds.start(); ds.publish()")
    assert place.of("end")[-1]["error"] is None


def test_calls_while_the_interpreter_ends(place: Place) -> None:
    result = place.run("""
        import atexit
        atexit.register(lambda: ds.metric("after", 1))
        import dotscience as ds
        atexit.register(lambda: ds.metric("before", 1))
        class Late:
            def __del__(self, metric=ds.metric, publish=ds.publish): metric("late", 1); publish()
        ds.start(); late = Late(); ds.metric("a", 1)
        import sys; sys.kept = Late()
    """)
    assert result.code == 0
    assert result.stderr.count("\n") <= 1, result.stderr
    assert {"a", "before", "after"} <= {point.key for point in place.points()}


def test_a_deleted_store_is_begun_anew(place: Place) -> None:
    """And the run says that something was lost."""
    result = place.run("""
        import shutil
        import dotscience as ds
        ds.start(); ds.metric("a", 1)
        shutil.rmtree(".dotscience")
        ds.parameter("p", 1); ds.metric("b", 2); ds.publish()
    """)
    assert result.stderr.count("\n") == result.stderr.count("deleted") == 1
    assert [point.key for point in place.points()] == ["b"]
    (publish,) = place.of("publish")
    assert publish["incomplete"] is True
    assert read_text(str(publish["block"]))[0].body["summary"] == {"a": "1", "b": "2"}


def test_a_store_that_cannot_be_made_falls_back_and_says_so_once(place: Place) -> None:
    (place.root / ".dotscience").write_text("a file stands in the way")
    result = place.run("""
        import dotscience as ds
        for i in range(3): ds.start(); ds.metric("i", i); open(ds.output("o"), "w").close(); ds.publish()
    """)
    assert (result.code, len(read_text(result.stdout))) == (0, 3)
    assert result.stderr.count("are kept in") == 1
    (journal,) = place.fallback_journals()
    assert len(place.of("publish")) == 3
    assert read_records(journal)[0][0].payload["workspace"] == str(place.root)


def test_with_nowhere_to_write_the_program_goes_on(place: Place) -> None:
    (place.root / ".dotscience").write_text("in the way")
    (place.home / "state").write_text("in the way")
    result = place.run("""
        import dotscience as ds
        for i in range(100): ds.start(); ds.metric("i", i); ds.publish()
    """)
    assert (result.code, len(read_text(result.stdout))) == (0, 100)
    assert 0 < result.stderr.count("\n") <= 3


@needs_root
def test_an_unwritable_folder_as_nobody(tmp_path: Path) -> None:
    """root would pass this falsely."""
    base = Path("/var/tmp") / tmp_path.name
    shutil.rmtree(base, ignore_errors=True)
    place = Place(base / "ws", base / "home")
    shutil.copytree(Path(__file__).parents[2] / "dotscience", base / "lib" / "dotscience")
    place.root.mkdir()
    place.home.mkdir()
    for folder in (base, place.root, base / "lib"):
        folder.chmod(0o755)
    os.chown(place.home, 65534, 65534)
    code = "import dotscience as ds; ds.start(); ds.metric('a', 1); ds.publish(); print('end')"
    try:
        done = subprocess.run(
            ["/usr/bin/python3", "-c", code],
            cwd=place.root,
            env=place.env({"PYTHONPATH": str(base / "lib")}),
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        assert done.stdout.endswith("end\n"), done.stderr
        assert done.stderr.count("are kept in") == 1
        assert os.listdir(place.root) == []
        told = ["session", "start", "series", "points", "publish", "end"]
        assert place.told() == told
    finally:
        shutil.rmtree(base)


FULL_DISK = """
import os, sys
sys.path.insert(0, {library!r})
os.chdir({mount!r})
import dotscience as ds
ds.start()
for i in range(5000):
    ds.metric("loss", "x" * 100)
os.remove("filler")
ds.metric("after", 1)
ds.publish("kept")
print("end")
"""


@needs_root
@pytest.mark.parametrize("has_fallback", [True, False], ids=["fallback", "nowhere"])
def test_a_full_disk(place: Place, tmp_path: Path, has_fallback: bool) -> None:
    """A tmpfs of 256 kB that fills up: the program ends well, says it once, the run is known."""
    mount, copy = tmp_path / "full", tmp_path / "copy"
    mount.mkdir()
    if not has_fallback:
        (place.home / "state").write_text("in the way")
    program = tmp_path / "program.py"
    program.write_text(FULL_DISK.format(library=str(Path(__file__).parents[2]), mount=str(mount)))
    script = f"""
        mount -t tmpfs -o size=256k none {mount}
        head -c 100000 /dev/zero > {mount}/filler
        {sys.executable} {program}; code=$?
        cp -r {mount}/.dotscience {copy}
        exit $code
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", textwrap.dedent(script)],
        env=place.env(),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("end\n")
    (block,) = read_text(done.stdout)
    assert sorted(block.body["summary"]) == ["after", "loss"]
    assert done.stderr.count("dotscience:") == 1
    journals = [*sorted((copy / "journal").glob("*.dsj")), *place.fallback_journals()]
    records = [record for path in journals for record in read_records(path)[0]]
    values = [record for record in records if record.type in (3, 10)]
    (publish,) = [record.payload for record in records if record.type == 4]
    assert publish["id"] == block.id
    if has_fallback:
        assert len(values) == 5002
        assert "incomplete" not in publish
    else:
        assert 0 < len(values) < 5002
        assert publish["incomplete"] is True


@needs_root
def test_points_on_a_full_disk(place: Place, tmp_path: Path) -> None:
    """Those that did not fit any more are in the fallback, behind their series."""
    mount, copy = tmp_path / "full", tmp_path / "copy"
    mount.mkdir()
    code = "import dotscience as ds; ds.start()\nfor i in range(5000): ds.metric('ab'[i % 2], i)\nds.publish()"
    script = f"""
        mount -t tmpfs -o size=100k none {mount}
        cd {mount} && {sys.executable} -W error -c "$CODE" || exit
        cp -r {mount}/.dotscience {copy}
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", textwrap.dedent(script)],
        env=place.env({"CODE": code}),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert (done.returncode, done.stderr.count("are kept in")) == (0, 1), done.stderr
    inside = points_of(sorted((copy / "journal").glob("*.dsj")))
    outside = points_of(place.fallback_journals())
    assert min(len(inside), len(outside)) > 100
    assert [point.value for point in inside + outside] == list(range(5000))
    assert [point.step for point in inside + outside] == [i // 2 for i in range(5000)]
    assert "incomplete" not in place.of("publish")[0]


@needs_root
def test_a_read_only_disk(place: Place, tmp_path: Path) -> None:
    mount = tmp_path / "read-only"
    mount.mkdir()
    code = "import dotscience as ds\nfor n in range(50):\n    with ds.run(): ds.metric('n', n); ds.log('t', 'x')\nprint('end')"
    script = f"""
        mount -t tmpfs -o size=256k none {mount}
        mount -o remount,ro {mount}
        cd {mount} && exec {sys.executable} -W error -c "$CODE"
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", textwrap.dedent(script)],
        env=place.env({"CODE": code}),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert (done.returncode, done.stdout[-4:]) == (0, "end\n")
    lines = done.stderr.splitlines()
    assert len([line for line in lines if "are kept in" in line]) == 1
    assert len(lines) <= 2, "one for the journal, one for what ds.log keeps"
    assert len(place.of("publish")) == len(place.points()) == 50


#: Where a program is killed: every system call of interest of the library, counted.
KILLER = """
import os, signal
_left = int(os.environ["KILL_AFTER"])
def _counted(name):
    real = getattr(os, name)
    def call(*args, **kwargs):
        global _left
        result = real(*args, **kwargs)
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(os, name, call)
for _name in ("write", "open", "mkdir", "copy_file_range", "fstat", "statvfs"):
    _counted(_name)
"""

VICTIM = """
import sys
import dotscience as ds
for n in range(3):
    ds.start()
    ds.metric("n", n)
    with open(ds.output("model.bin"), "w") as file: file.write("model %d" % n)
    ds.publish(); sys.stdout.flush()
print("survived", flush=True)
"""


@pytest.mark.fault
def test_kill_9_at_every_step_loses_nothing_that_was_shown(place: Place) -> None:
    """G2, at each system call of the library from `start()` to the end of `publish()`."""
    for step in range(1, 500):
        shutil.rmtree(place.root)
        place.root.mkdir()
        result = place.run(KILLER + VICTIM, KILL_AFTER=str(step))
        shown = [block.id for block in read_text(result.stdout) if hasattr(block, "body")]
        published = [payload["id"] for payload in place.of("publish")]
        assert published[: len(shown)] == shown
        assert not any(is_alive(path) for path in place.journals())
        for payload in place.of("pin"):
            for pin in payload["files"]:  # type: ignore[attr-defined]
                data = (place.root / ".dotscience/pins" / pin["pin"]).read_text()
                assert data == f"model {published.index(payload['id'])}"
        if "survived" in result.stdout:
            assert step > 20, "the killer must have counted something"
            return
    raise AssertionError("the program never came to its end")


def test_importing_and_recording_without_home_stdout_or_folder(place: Place) -> None:
    """G1, at its barest."""
    result = place.run("""
        import os, subprocess, sys
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
        env = {"PYTHONPATH": os.environ["PYTHONPATH"], "DOTSCIENCE_DISABLE": "1"}
        code = "import dotscience as ds; ds.start(); ds.metric('a', 1); ds.publish(); ds.interactive()"
        print(subprocess.run([sys.executable, "-c", code], env=env, stdout=None).returncode)
        closed = f"import os; os.close(1); os.execv({sys.executable!r}, [{sys.executable!r}, '-c', {code!r}])"
        print(subprocess.run([sys.executable, "-c", closed], env=env).returncode)
    """)
    assert [line for line in result.stdout.splitlines() if line.isdigit()] == ["0", "0"]
