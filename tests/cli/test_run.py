"""``ds run``: a command runs as it would by itself, and what it printed is kept with its run."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.cli import command_output
from dotscience_server.cli.command_output import BlockScan, CommandLog
from dotscience_server.client import WorkerClient, connect
from tests.cli.conftest import Ds, valid

LIMIT_S = 60
DS_RUN = [sys.executable, "-m", "dotscience_server", "run"]
BLOCK = (
    '[[DOTSCIENCE-RUN:{id}]]{{"version":"1","description":"é","input":[],"output":[],"labels":{{}},'
    '"summary":{{"a":"1"}},"parameters":{{}}}}[[/DOTSCIENCE-RUN:{id}]]'
)
ID = "11111111-1111-4111-8111-11111111111"


def until(look: Callable[[], Any]) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + LIMIT_S
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def runs(worker: WorkerClient, count: int) -> list[dict[str, Any]]:
    """All detail of the runs, the oldest first, when there are so many and each has its log."""

    def look() -> list[dict[str, Any]]:
        summaries = sorted(worker.get("runs", {"since": 0})["runs"], key=lambda run: run["seq"])
        found = [worker.get(f"runs/{run['id']}") for run in summaries]
        return found if len(found) == count and all(run["log"] for run in found) else []

    return list(until(look))


def log(worker: WorkerClient, run: dict[str, Any], **query: int) -> dict[str, Any]:
    return worker.get(f"runs/{run['id']}/log", dict(query))


def seen(worker: WorkerClient, run: dict[str, Any]) -> set[tuple[str, str]]:
    """The observed data files of a run, when they are known: path, mode."""

    def look() -> set[tuple[str, str]]:
        told = worker.get(f"runs/{run['id']}")
        return {
            (one["path"], one["mode"])
            for one in told["undeclared"]
            if str(one["path"]).endswith((".csv", ".txt"))
        }

    return set(until(look))


def test_a_command_is_a_run(ds: Ds, workspace: Path) -> None:
    arguments = ("-d", "try", "-g", "set", "-p", "lr=0.1", "--", "sh", "-c")
    done = ds("run", *arguments, "echo out; echo err >&2; touch made; exit 3", code=3)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    worker = connect(workspace)
    [run] = runs(worker, 1)
    valid("run", run)
    assert (run["description"], run["group"], run["state"]) == ("try", "set", "failed")
    assert run["error"] == "exit code 3"
    assert [(one["key"], one["text"]) for one in run["parameters"]] == [("lr", "0.1")]
    told = log(worker, run)
    assert sorted(told["text"].splitlines()) == ["err", "out"]
    assert (told["total"], told["cut"], told["source"]) == (2, False, "stdout")
    assert log(worker, run, after=1, limit=1)["from"] == 1
    assert worker.get(f"runs/{run['id']}/environment")["packages"] is None
    assert list((workspace / ".dotscience").glob("pins/*")) == []


def test_a_programs_runs_are_its_own(ds: Ds, workspace: Path) -> None:
    (workspace / "train.py").write_text(
        "import sys, dotscience as ds\n"
        "ds.script()\n"
        "for n in range(2):\n    ds.start(f'part {n}'); ds.metric('n', n); ds.publish()\n"
        "print(sys.argv[1:], sys.stdin.read())\n"
    )
    command = [*DS_RUN, "-g", "set", "--", sys.executable, "train.py", "--json", "--", "-C"]
    done = subprocess.run(command, input="typed", capture_output=True, text=True, timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("['--json', '--', '-C'] typed\n")
    worker = connect(workspace)
    found = runs(worker, 2)
    assert [(run["description"], run["group"]) for run in found] == [
        ("part 0", "set"),
        ("part 1", "set"),
    ]
    assert log(worker, found[0])["text"] == log(worker, found[1])["text"] == done.stdout


def test_files_of_a_python_command_are_seen(ds: Ds, workspace: Path) -> None:
    """From its beginning, though it never uses the library; the run is the command itself."""
    (workspace / "in.csv").write_text("a,b\n1,2\n")
    (workspace / "plain.py").write_text(
        "import csv\n"
        "with open('in.csv') as file: rows = list(csv.reader(file))\n"
        "with open('out.txt', 'w') as file: print(rows, file=file)\n"
    )
    ds("run", "-d", "named", "--", sys.executable, "plain.py")
    worker = connect(workspace)
    [run] = runs(worker, 1)
    assert seen(worker, run) == {("in.csv", "r"), ("out.txt", "w")}
    assert f"  Command   {sys.executable} plain.py\n" in ds("show", run["id"]).stdout


def test_files_of_a_program_with_runs_of_its_own(ds: Ds, workspace: Path) -> None:
    ds("init")
    (workspace / "sub").mkdir()
    (workspace / "sub" / "in.csv").write_text("a,b\n1,2\n")
    (workspace / "sub" / "tracked.py").write_text(
        "import dotscience as ds\n"
        "ds.script(); ds.start()\n"
        "open('in.csv').close()\n"
        "with open('out.txt', 'w') as file: file.write('x')\n"
        "ds.publish('its own')\n"
    )
    command = [*DS_RUN, "--", sys.executable, "tracked.py"]
    done = subprocess.run(command, cwd=workspace / "sub", capture_output=True, timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (0, b"")
    worker = connect(workspace)
    [run] = runs(worker, 1)
    assert run["description"] == "its own"
    assert seen(worker, run) == {("sub/in.csv", "r"), ("sub/out.txt", "w")}


def test_blocks_of_a_program_without_a_journal(ds: Ds, workspace: Path) -> None:
    (workspace / "sub").mkdir()
    (workspace / "sub" / "old.py").write_text(f"print('''{BLOCK.format(id=ID + '7')}''')\n")
    ds("run", "--", sys.executable, "sub/old.py")
    [run] = runs(connect(workspace), 1)
    assert (run["id"], run["sources"]) == (ID + "7", ["stdout:sub/old.py"])
    assert run["description"] == "é"


def test_a_signal_is_passed_on_and_shared(ds: Ds, workspace: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        command = [*DS_RUN, "--", "sh", "-c", "echo ready; sleep 60 & wait"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None and running.stdout.readline() == b"ready\n"
            running.send_signal(number)
            assert running.wait(LIMIT_S) == -number
    found = runs(connect(workspace), 3)
    assert [run["error"] for run in found] == [
        "killed by SIGTERM",
        "killed by SIGINT",
        "killed by SIGHUP",
    ]


def test_a_command_that_handles_a_signal_decides(ds: Ds, workspace: Path) -> None:
    script = "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    command = [*DS_RUN, "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stdout.readline() == b"ready\n"
        running.terminate()
        assert running.stdout.read() == b"caught\n"
        assert running.wait(LIMIT_S) == 5


def test_what_cannot_run(ds: Ds, workspace: Path) -> None:
    (workspace / "plain.txt").touch()
    assert "No such file" in ds("run", "--", "no-such-program", code=127).stderr
    assert "Permission denied" in ds("run", "--", "./plain.txt", code=126).stderr
    ds("run", "--", code=2)
    ds("run", "-p", "novalue", "--", "true", code=2)


def test_on_a_terminal(ds: Ds, workspace: Path) -> None:
    """A terminal on both sides, of one size; Ctrl+C reaches the command."""
    code = (
        "import os, sys, time\n"
        "try:\n"  # Ctrl+C may come as soon as "red" is shown
        "    print([os.isatty(n) for n in range(3)], os.get_terminal_size().columns, flush=True)\n"
        "    sys.stderr.write('\\x1b[31mred\\x1b[0m\\n'); sys.stderr.flush()\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt: print('interrupted'); sys.exit(9)\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.executable, [*DS_RUN, "--", sys.executable, "-c", code])
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 77, 0, 0))
    shown = b""
    while b"red" not in shown or b"\x1b[0m" not in shown:
        assert select.select([terminal], [], [], LIMIT_S)[0]
        shown += os.read(terminal, 4096)
    assert b"[True, True, True] 77" in shown and b"\x1b[31mred\x1b[0m" in shown
    os.write(terminal, b"\x03")
    while b"interrupted" not in shown:
        assert select.select([terminal], [], [], LIMIT_S)[0]
        shown += os.read(terminal, 4096)
    while True:  # until ds has ended and nobody has the terminal open
        try:
            if not os.read(terminal, 4096):
                break
        except OSError:
            break
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    os.close(terminal)


def test_it_is_shown_while_it_runs(ds: Ds, workspace: Path) -> None:
    ds("init")
    worker = connect(workspace)
    command = [*DS_RUN, "--", "sh", "-c", "echo first; read line; echo $line"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as running:
        [live] = until(lambda: worker.get("status")["running"])
        assert live["description"].startswith("sh -c echo first")
        assert log(worker, live)["text"] == "first\n"
        out, _ = running.communicate(b"second\n", timeout=LIMIT_S)
    assert out == b"first\nsecond\n"
    [run] = runs(worker, 1)
    assert run["id"] == live["id"] and log(worker, run)["text"] == "first\nsecond\n"


def test_a_reader_that_leaves_ends_the_command(ds: Ds, workspace: Path) -> None:
    command = [*DS_RUN, "--", "yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.read(4) == b"y\ny\n"
        running.stdout.close()
        assert running.wait(LIMIT_S) == -signal.SIGPIPE


def test_a_folder_that_cannot_be_tracked_stops_no_command(
    ds: Ds, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / ".dotscience").touch()  # no store can be made here
    done = ds("run", "--", "sh", "-c", "echo out; exit 4", code=4)
    assert done.stdout == "out\n" and "ds: " in done.stderr


def test_a_log_keeps_its_first_and_its_last_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_output, "PART_BYTES", 100)
    kept = CommandLog(tmp_path / "run" / "log")
    text = b"".join(b"%06d\n" % n for n in range(1000))
    for at in range(0, len(text), 33):
        kept.add(text[at : at + 33])
    assert kept.close() == {"lines": 1000, "bytes": 7000, "cut": True}
    data = kept.path.read_bytes()
    assert data == text[:100] + b"\n[... 6800 bytes are left out here ...]\n" + text[-100:]


@given(st.integers(1, 50), st.text("ab[]D-", max_size=20))
def test_blocks_are_found_however_they_are_cut(size: int, between: str) -> None:
    blocks = [BLOCK.format(id=f"{ID}{n}") for n in range(3)]
    data = f"{between}\n".join(["", *blocks, ""]).encode()
    scan = BlockScan()
    for at in range(0, len(data), size):
        scan.feed(data[at : at + size])
    assert list(scan.found.values()) == blocks
    assert json.loads(json.dumps(scan.found))


def test_another_python_below_it_reads_chunks_through_this_one(
    ds: Ds, workspace: Path, tmp_path: Path
) -> None:
    """The other has the library alone, and no worker's socket within reach."""
    data = bytes(range(256)) * 2000
    (workspace / "data.bin").write_bytes(data)
    ds("run", "--", "true")
    worker = connect(workspace)
    [run] = runs(worker, 1)
    until(lambda: worker.get(f"runs/{run['id']}")["snapshot"]["id"])
    venv.create(tmp_path / "other", symlinks=True)
    code = (
        "import dotscience as ds, dotscience._query_chunks as chunks\n"
        "chunks.socket_path = lambda store: '/nonexistent/socket'\n"
        f"with ds.open('data.bin', run='{run['id']}') as file: print(len(file.read()))\n"
    )
    done = ds("run", "--", str(tmp_path / "other" / "bin" / "python"), "-c", code)
    assert done.stdout == f"{len(data)}\n", done.stderr
