"""``ds.runs()`` and ``ds.open()`` with no worker and no server: records and journals alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dotscience as ds
from tests.cli.conftest import Ds

SCRIPT = """
import sys
import dotscience as ds
for epochs, accuracy in ((5, "0.5"), (10, "0.75")):
    ds.start(f"epochs {epochs}")
    ds.parameter("epochs", epochs)
    ds.parameter("kind", "small" if epochs == 5 else 7)
    ds.metric("accuracy", accuracy)
    ds.label("who", "me")
    with open(ds.output("model.bin"), "wb") as file:
        file.write(b"model %d" % epochs)
    ds.publish()
"""


def publish(script: str = SCRIPT) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert not done.stderr


def content(opener: Any, *arguments: Any, **keywords: Any) -> Any:
    with opener(*arguments, **keywords) as file:
        return file.read()


def test_runs_of_a_script_newest_first(workspace: Path) -> None:
    publish()
    newest, oldest = ds.runs()
    assert (newest.description, oldest.description) == ("epochs 10", "epochs 5")
    assert newest.parameters == {"epochs": "10", "kind": "7"}
    assert newest.metrics == {"accuracy": 0.75}
    assert newest.labels == {"who": "me"}
    assert newest.outputs == ["model.bin"]
    assert newest.state == "published"
    assert newest.started <= newest.ended


def test_each_run_keeps_the_file_it_wrote(workspace: Path) -> None:
    publish()
    newest, oldest = ds.runs()
    (workspace / "model.bin").write_bytes(b"something else")
    assert content(ds.open, "model.bin", run=newest.id) == b"model 10"
    assert content(ds.open, "model.bin", run=oldest.id[:12], mode="r") == "model 5"
    assert content(oldest.open, "model.bin") == b"model 5"


def test_a_path_is_seen_from_the_current_folder_or_from_the_top(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    below = workspace / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    run = ds.runs()[0]
    assert content(ds.open, "../model.bin", run=run) == b"model 10"
    assert content(ds.open, "model.bin", run=run) == b"model 10"


def test_columns_are_numbers_where_all_are(workspace: Path) -> None:
    publish()
    frame: Any = ds.runs().to_pandas()
    assert list(frame["param.epochs"]) == [10, 5]
    assert frame["param.epochs"].dtype.kind == "i"
    assert frame["metric.accuracy"].dtype.kind == "f"
    assert list(frame["param.kind"]) == ["7", "small"]
    assert str(frame["started"].dt.tz) == "UTC"


def test_no_runs(workspace: Path) -> None:
    assert list(ds.runs()) == []
    assert ds.runs().to_pandas().empty
    assert not (workspace / ".dotscience").exists()


def test_what_cannot_be_given_says_why(workspace: Path) -> None:
    publish()
    run = ds.runs()[0]
    with pytest.raises(LookupError, match="no run 'zzz'"):
        ds.open("model.bin", run="zzz")
    with pytest.raises(LookupError, match="no run ''"):
        ds.open("model.bin", run="")
    with pytest.raises(FileNotFoundError, match="snapshot is not taken yet"):
        ds.open("other.bin", run=run)
    with pytest.raises(FileNotFoundError, match="outside the workspace"):
        ds.open("../../secret", run=run)
    with pytest.raises(ValueError, match="only be read"):
        ds.open("model.bin", run=run, mode="wb")


def test_an_ambiguous_beginning_names_the_candidates(workspace: Path) -> None:
    publish("import dotscience as ds\nfor _ in range(40):\n    ds.start()\n    ds.publish()\n")
    firsts = [run.id[0] for run in ds.runs()]
    shared = max(firsts, key=firsts.count)
    with pytest.raises(LookupError, match=f"fits {firsts.count(shared)} runs: {shared}"):
        ds.open("x", run=shared)


def test_a_run_that_was_killed_is_interrupted(workspace: Path) -> None:
    script = (
        "import os, signal, dotscience as ds\n"
        "ds.start('cut')\nds.metric('loss', 3)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode < 0
    (run,) = ds.runs()
    assert (run.state, run.description, run.metrics) == ("interrupted", "cut", {"loss": 3})


def test_paths_of_a_subfolder_are_the_workspaces(workspace: Path) -> None:
    publish()
    below = workspace / "below"
    below.mkdir()
    os.chdir(below)
    publish()
    assert ds.runs()[0].outputs == ["below/model.bin"]
    assert content(ds.open, "model.bin", run=ds.runs()[0]) == b"model 10"


def told(run: Any) -> dict[str, Any]:
    fields = (
        "description",
        "error",
        "state",
        "duration_s",
        "started",
        "ended",
        "notebook",
        "workload",
    )
    more = ("id", "parameters", "metrics", "labels", "inputs", "outputs")
    return {name: getattr(run, name) for name in (*fields, *more)}


def test_a_run_is_the_same_before_and_after_the_worker_read_it(
    workspace: Path, ds_command: Ds
) -> None:
    publish()
    before = [told(run) for run in ds.runs()]
    ds_command("init")
    ds_command("snapshot")
    after = ds.runs()
    assert [told(run) for run in after] == before
    assert all(run.snapshot is not None for run in after)


def test_files_of_the_snapshot_and_links_in_it(workspace: Path, ds_command: Ds) -> None:
    (workspace / "data").mkdir()
    (workspace / "data" / "a.csv").write_text("1,2\n")
    (workspace / "link").symlink_to("data/a.csv")
    (workspace / "out").symlink_to("/etc/passwd")
    publish()
    ds_command("init")
    ds_command("snapshot")
    run = ds.runs()[0]
    (workspace / "data" / "a.csv").write_text("changed")
    assert content(ds.open, "data/a.csv", run=run, mode="r") == "1,2\n"
    assert content(ds.open, "link", run=run) == b"1,2\n"
    assert content(ds.open, "model.bin", run=ds.runs()[1]) == b"model 5"
    with pytest.raises(FileNotFoundError, match="outside the workspace"):
        ds.open("out", run=run)
    with pytest.raises(FileNotFoundError, match="not in the snapshot"):
        ds.open("nothing", run=run)
    with pytest.raises(IsADirectoryError):
        ds.open("data", run=run)


def test_damaged_bytes_are_never_given_out(workspace: Path, ds_command: Ds) -> None:
    """G6."""
    publish()
    ds_command("init")
    ds_command("snapshot")
    run = ds.runs()[0]
    for stored in (workspace / ".dotscience" / "objects").rglob("*"):
        if stored.is_file() and stored.read_bytes() == b"model 10":
            stored.chmod(0o644)
            stored.write_bytes(b"model 11")
    with pytest.raises(OSError, match="damaged"):
        ds.open("model.bin", run=run)
