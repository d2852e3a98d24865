"""``ds``, end to end: a script publishes, the command shows and brings back."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SCRIPT, Ds, run_ds, valid


def test_init_makes_a_workspace_and_says_so_twice(ds: Ds, workspace: Path) -> None:
    told = valid("workspace", json.loads(ds("init", "--json").stdout))
    assert told["path"] == os.fspath(workspace)
    assert ds("init", "--json").stdout == json.dumps(told, indent=2) + "\n"
    assert "Workspace work at" in ds("init").stdout


def test_asking_makes_no_workspace(ds: Ds, workspace: Path) -> None:
    refused = ds("status", code=1)
    assert refused.stdout == ""
    assert refused.stderr.startswith(f"ds: No workspace at {workspace}.\nKept: Everything.\n")
    assert "ds init" in refused.stderr
    assert list(workspace.iterdir()) == []


def test_an_error_as_json(ds: Ds) -> None:
    body = valid("error", json.loads(ds("runs", "--json", code=1).stderr))
    assert body["code"] == "workspace-not-found"


@pytest.mark.parametrize("arguments", [(), ("fly",), ("show",), ("runs", "--limit", "-1")])
def test_wrong_usage_is_2(ds: Ds, arguments: tuple[str, ...]) -> None:
    assert "usage: ds" in ds(*arguments, code=2).stderr


def test_version(ds: Ds) -> None:
    import dotscience

    assert ds("--version").stdout == f"ds {dotscience.__version__}\n"


def test_runs_are_a_table_newest_first(published: list[str]) -> None:
    header, newest, oldest = run_ds("runs").stdout.splitlines()
    assert header.split() == [
        *("run", "state", "started", "took"),
        *("description", "accuracy", "epochs"),
    ]
    assert newest.startswith(published[0][:8])
    assert newest.endswith("epochs 10        0.75      10")
    assert oldest.endswith("epochs 5          0.5       5")


def test_computed_numbers_are_six_digits_in_the_table(ds: Ds, workspace: Path) -> None:
    script = (
        "import dotscience as ds\n"
        "with ds.run('a', parameters={'seed': 12345678}):\n"
        "    ds.metric('loss', 1 / 6)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    ds("snapshot")
    assert ds("runs").stdout.splitlines()[1].split()[-2:] == ["0.166667", "12345678"]


def test_runs_as_json_follow_the_schema(published: list[str]) -> None:
    runs = json.loads(run_ds("runs", "--json").stdout)
    assert len([valid("run-summary", run) for run in runs]) == 2
    assert [
        run["id"] for run in json.loads(run_ds("runs", "--json", "--limit", "1").stdout)
    ] == published[:1]
    assert "1 older run" in run_ds("runs", "--limit", "1").stdout


def test_show_by_the_first_digits(published: list[str]) -> None:
    told = valid("run", json.loads(run_ds("show", published[0][:8], "--json").stdout))
    assert told["id"] == published[0]
    text = run_ds("show", published[0][:8]).stdout
    assert f"Run {published[0]}  published" in text
    assert "  accuracy  0.75" in text
    assert "model.bin" in text
    assert run_ds("show", published[0], "--block").stdout.startswith(
        f"[[DOTSCIENCE-RUN:{published[0]}]]"
    )


def test_an_unknown_run_and_an_ambiguous_one(ds: Ds, workspace: Path) -> None:
    many = "import dotscience as ds\nfor _ in range(40):\n    ds.start()\n    ds.publish()\n"
    subprocess.run([sys.executable, "-c", many], check=True, capture_output=True)
    ds("snapshot")
    firsts = [run["id"][0] for run in json.loads(ds("runs", "--json", "--limit", "0").stdout)]
    shared = max(firsts, key=firsts.count)
    assert f"{shared} fits" in ds("show", shared, code=1).stderr
    assert "No run zzz" in ds("show", "zzz", code=1).stderr
    assert "No run zzz" in ds("checkout", "zzz", code=1).stderr


def test_each_run_comes_back_as_it_was(published: list[str]) -> None:
    (Path.cwd() / "model.bin").write_bytes(b"later")
    for id, content in zip(published, (b"model 10", b"model 5"), strict=True):
        into = Path.cwd().parent / f"back-{id[:4]}"
        job = valid(
            "job", json.loads(run_ds("checkout", id[:8], "--into", str(into), "--json").stdout)
        )
        assert job["result"]["path"] == os.fspath(into)
        assert (into / "model.bin").read_bytes() == content
    assert (Path.cwd() / "model.bin").read_bytes() == b"later"


def test_a_checkout_overwrites_nothing(published: list[str]) -> None:
    taken = Path.cwd() / "taken"
    taken.mkdir()
    (taken / "mine").write_text("mine")
    refused = run_ds("checkout", published[0], "--into", "taken", code=1)
    assert "exists already" in refused.stderr
    assert [path.name for path in taken.iterdir()] == ["mine"]


def test_checkout_without_a_place_makes_one(published: list[str]) -> None:
    text = run_ds("checkout", published[0]).stdout
    folder = Path(text.removeprefix(f"Run {published[0][:8]} stands in ").strip())
    assert (folder / "model.bin").read_bytes() == b"model 10"


def test_a_snapshot_has_its_message(ds: Ds, workspace: Path) -> None:
    ds("init")
    (workspace / "data.csv").write_text("a,b\n")
    job = valid("job", json.loads(ds("snapshot", "-m", "raw data", "--json").stdout))
    status = valid("status", json.loads(ds("status", "--json").stdout))
    assert status["last_snapshot"]["id"] == job["result"]["snapshot"]
    assert "raw data" in ds("status").stdout


def test_rebuild_gives_the_same_runs(published: list[str]) -> None:
    before = run_ds("runs", "--json").stdout
    valid("job", json.loads(run_ds("rebuild", "--json").stdout))
    assert run_ds("runs", "--json").stdout == before
    assert run_ds("rebuild").stdout.startswith("Rebuilt the index")


def test_the_workspace_is_named_by_any_path_in_it(
    published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Path.cwd() / "model.bin"
    inside = Path.cwd() / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir("/")
    assert published[0][:8] in run_ds("-C", str(inside), "runs").stdout
    assert published[0][:8] in run_ds("runs", "-C", str(model)).stdout


def test_text_of_runs_never_drives_the_terminal(ds: Ds, workspace: Path) -> None:
    script = "import dotscience as ds\nds.start('a\\x1b[31mred\\nb')\nds.metric('m\\x07', '\\x1b]0;x')\nds.publish()"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    ds("snapshot")
    (id,) = [run["id"] for run in json.loads(ds("runs", "--json").stdout)]
    text = ds("runs").stdout + ds("show", id).stdout + ds("show", id, "--block").stdout
    assert not set(text) & {"\x1b", "\x07"}
    assert "\\x1b[31mred b" in text


def test_a_reader_that_stops_early_is_no_fault(published: list[str]) -> None:
    command = f"{sys.executable} -m dotscience_server runs --json | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[", "")


class Watch:
    """A running ``ds watch --json``."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "dotscience_server", "watch", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        """The next line; fails after a while."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        assert ready, "nothing came"
        return self.process.stdout.readline()

    def end(self) -> tuple[int, str]:
        """Ctrl+C; exit code and what it said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_watch_tells_a_run_and_ends_clean(ds: Ds, workspace: Path) -> None:
    ds("init")
    with Watch() as watch:
        assert watch.line().startswith("Watching ")
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
        assert "epochs 5" in watch.line()
        assert watch.end() == (0, "")


def test_watch_as_json_lines(ds: Ds, workspace: Path) -> None:
    ds("init")
    with Watch("--json") as watch:
        valid("workspace", json.loads(watch.line())["workspace"])
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
        event = json.loads(watch.line())
        assert event["event"] == "run"
        valid("run-summary", event["run"])
        assert watch.end() == (0, "")


def on_a_terminal(*arguments: str, code: int = 0, **environment: str) -> str:
    """What ``ds`` writes to a terminal, all of it."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "90", **environment}
    env.pop("NO_COLOR", None)
    env.update(environment)
    command = [sys.executable, "-m", "dotscience_server", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    pieces: list[bytes] = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    assert process.wait(timeout=30) == code
    return b"".join(pieces).decode()


def test_colour_on_a_terminal_unless_unwanted(published: list[str]) -> None:
    assert "\x1b[2m" in on_a_terminal("runs")
    assert "\x1b" not in on_a_terminal("runs", NO_COLOR="1")


def test_a_table_fits_the_terminal(ds: Ds, workspace: Path) -> None:
    script = "import dotscience as ds\nds.start()\nfor n in range(30):\n    ds.metric(f'metric{n}', n)\nds.publish()"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    ds("snapshot")
    lines = on_a_terminal("runs", NO_COLOR="1").splitlines()
    assert max(len(line) for line in lines) <= 90
    assert "columns more" in lines[-1]
