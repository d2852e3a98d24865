"""Runs in notebooks: idempotent on content, whatever happens to the file (issue line 11, G2)."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.detect import notebooks as detect
from dotscience_server.detect.notebooks import Gone, InMotion, Read, TooLarge, read_notebook
from dotscience_server.protocol.failure import ApiError
from tests.worker.workspaces import (
    Workspace,
    block,
    notebook,
    read_file,
    runs_of,
    wait_for,
    wait_frozen,
    wait_run,
)


def _notices(client: WorkerClient) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in client.get("status")["notices"]}


def test_blocks_of_a_saved_notebook_become_runs(workspace: Workspace, client: WorkerClient) -> None:
    path = workspace.write_notebook("a.ipynb", block("one", summary={"acc": "0.9"}) + block("two"))
    client.post("notify", {"path": "a.ipynb"})
    assert wait_run(client, "two")["notebook"] == "a.ipynb"
    assert wait_run(client, "one")["metrics"][0]["text"] == "0.9"
    wait_frozen(client, "one", "two")
    assert client.get("runs/one")["sources"] == ["notebook:a.ipynb"]
    assert read_file(client, "one", "a.ipynb") == path.read_bytes()


def test_notebooks_are_found_without_being_told(workspace: Workspace) -> None:
    """By the walk at the start, then by watch and poll; in folders made later too."""
    workspace.write_notebook("a.ipynb", block("one"))
    client = workspace.connect()
    wait_run(client, "one")
    workspace.write_notebook("a.ipynb", block("one"), block("two"))
    wait_run(client, "two")
    workspace.write_notebook("b.ipynb", block("three"))
    wait_run(client, "three")
    (workspace.path / "sub").mkdir()
    workspace.write_notebook("sub/c.ipynb", block("four"))
    wait_for(lambda: client.get("status") and any(r["id"] == "four" for r in runs_of(client)))


def test_the_same_content_is_one_run(workspace: Workspace, client: WorkerClient) -> None:
    """Saved again, copied, renamed: no new run, no new fact; the first notebook stays the run's."""
    path = workspace.write_notebook("a.ipynb", block("one"))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, "one")
    wait_frozen(client, "one")
    revision = client.get("changes")["revision"]
    shutil.copy(path, workspace.path / "copy.ipynb")
    path.rename(workspace.path / "renamed.ipynb")
    for name in ("a.ipynb", "copy.ipynb", "renamed.ipynb"):
        client.post("notify", {"path": name})
    _settle(workspace, client, "settled")
    assert [run["id"] for run in runs_of(client)] == ["one", "settled"]
    assert [run["revision"] <= revision for run in runs_of(client)] == [True, False]


def test_a_cleared_output_loses_no_run(workspace: Workspace, client: WorkerClient) -> None:
    workspace.write_notebook("a.ipynb", block("one"))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, "one")
    workspace.write_notebook("a.ipynb", "")
    _settle(workspace, client, "settled")
    assert [run["id"] for run in runs_of(client)] == ["one", "settled"]
    (workspace.path / "a.ipynb").unlink()
    wait_frozen(client, "one")
    assert b"one" in read_file(client, "one", "a.ipynb")


def test_the_journal_and_the_notebook_tell_one_run(
    workspace: Workspace, client: WorkerClient
) -> None:
    text = workspace.script("ds.start('both')\nds.metric('acc', 1)\nds.publish()").stdout
    run = text.split("[[DOTSCIENCE-RUN:")[1].split("]]")[0]
    wait_run(client, run)
    workspace.write_notebook("a.ipynb", text)
    client.post("notify", {"path": "a.ipynb"})
    wait_for(lambda: len(client.get(f"runs/{run}")["sources"]) == 2)
    assert len(runs_of(client)) == 1
    assert not runs_of(client)[0]["conflict"]


def test_two_contents_of_one_id_are_a_conflict(workspace: Workspace, client: WorkerClient) -> None:
    workspace.write_notebook("a.ipynb", block("one", summary={"acc": "1"}))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, "one")
    workspace.write_notebook("b.ipynb", block("one", summary={"acc": "2"}))
    client.post("notify", {"path": "b.ipynb"})
    wait_for(lambda: runs_of(client)[0]["conflict"])
    assert runs_of(client)[0]["metrics"][0]["text"] == "1"


@pytest.mark.slow  # what does not heal is said after five seconds
def test_half_written_notebooks_are_said_and_healed(
    workspace: Workspace, client: WorkerClient
) -> None:
    contents = {"a.ipynb": "", "b.ipynb": '{"cells": [', "c.ipynb": "null and void"}

    def said() -> set[str]:
        notices = client.get("status")["notices"]
        return {one["path"] for one in notices if one["code"] == "notebook-half-written"}

    for name, content in contents.items():
        (workspace.path / name).write_text(content)
        client.post("notify", {"path": name})
    wait_for(lambda: said() == set(contents), "notices")
    for name in contents:
        workspace.write_notebook(name, block(name[0]))
        wait_run(client, name[0])
    wait_for(lambda: not said(), "their end")


def test_a_save_in_progress_is_waited_for(workspace: Workspace, client: WorkerClient) -> None:
    """Jupyter Server keeps the old content in ``.~name`` until the save is over."""
    beside = workspace.path / ".~a.ipynb"
    beside.write_text("{}")
    workspace.write_notebook("a.ipynb", block("one"))
    client.post("notify", {"path": "a.ipynb"})
    _settle(workspace, client, "settled")
    assert [run["id"] for run in runs_of(client)] == ["settled"]
    beside.unlink()
    wait_run(client, "one")


def test_a_half_saved_notebook_is_in_no_snapshot(
    workspace: Workspace, client: WorkerClient
) -> None:
    """G3: Jupyter Server truncates first and writes then."""
    path = workspace.write_notebook("a.ipynb", block("one"))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, "one")
    wait_frozen(client, "one")
    (workspace.path / ".~a.ipynb").write_text("{}")
    path.write_text("")
    run = workspace.publish("during the save")
    assert wait_run(client, run)["snapshot"]["state"] == "pending"
    time.sleep(0.8)  # a slow save: longer than the snapshot waits for quiet
    workspace.write_notebook("a.ipynb", block("one"), "after")
    (workspace.path / ".~a.ipynb").unlink()
    wait_frozen(client, run)
    assert read_file(client, run, "a.ipynb") == path.read_bytes()


def test_a_block_that_cannot_be_read_is_said(workspace: Workspace, client: WorkerClient) -> None:
    bad = "[[DOTSCIENCE-RUN:bad]]{nonsense[[/DOTSCIENCE-RUN:bad]]"
    workspace.write_notebook("a.ipynb", block("good"), bad)
    client.post("notify", {"path": "a.ipynb"})
    notice = wait_for(lambda: _notices(client).get("block-unreadable"))
    assert notice["detail"] == bad and "cell 2" in notice["text"]
    wait_run(client, "good")
    workspace.write_notebook("a.ipynb", block("good"))
    client.post("notify", {"path": "a.ipynb"})
    wait_for(lambda: "block-unreadable" not in _notices(client))


@pytest.mark.parametrize("name", ["héllo wörld.ipynb", "☃/日本.ipynb"])
def test_unicode_names(workspace: Workspace, client: WorkerClient, name: str) -> None:
    (workspace.path / name).parent.mkdir(exist_ok=True)
    workspace.write_notebook(name, block("one", description="café ☃"))
    client.post("notify", {"path": name})
    assert wait_run(client, "one")["notebook"] == name
    wait_frozen(client, "one")
    assert b"DOTSCIENCE" in read_file(client, "one", name)


def test_names_that_are_no_utf8(workspace: Workspace) -> None:
    text = json.dumps(notebook(block("one", output=["m\udcff.bin"])))
    (workspace.path / os.fsdecode(b"a\xff.ipynb")).write_text(text)
    (workspace.path / os.fsdecode(b"m\xff.bin")).write_text("model")
    client = workspace.connect()
    wait_run(client, "one")
    wait_frozen(client, "one")
    (output,) = client.get("runs/one")["outputs"]
    assert output["path"] == {"b64": "bf8uYmlu"}
    assert output["state"] == "kept"
    assert read_file(client, "one", json.dumps(output["path"])) == b"model"


def test_a_notebook_elsewhere_is_refused(
    workspace: Workspace, client: WorkerClient, tmp_path: Path
) -> None:
    """G7."""
    (tmp_path / "other.ipynb").write_text("{}")
    (workspace.path / "link").symlink_to(tmp_path)
    for path in ("../other.ipynb", str(tmp_path / "other.ipynb"), "link/other.ipynb", "a.txt"):
        with pytest.raises(ApiError) as caught:
            client.post("notify", {"path": path})
        assert caught.value.code == "path-refused"


def test_reading_a_notebook_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ipynb"
    assert isinstance(read_notebook(path), Gone)
    path.write_text("")
    assert isinstance(read_notebook(path), InMotion)
    path.write_text(json.dumps(notebook("nothing here")))
    outcome = read_notebook(path)
    assert isinstance(outcome, Read) and outcome.found == []

    monkeypatch.setattr(detect, "LARGE_BYTES", 10)
    assert isinstance(read_notebook(path), Read)  # large, but nothing in it to miss
    path.write_text(json.dumps(notebook(block("one"))))
    assert isinstance(read_notebook(path), TooLarge)


def test_a_very_large_notebook_is_said(workspace: Workspace, client: WorkerClient) -> None:
    path = workspace.path / "huge.ipynb"
    workspace.write_notebook("huge.ipynb", block("one"))
    with path.open("ab") as file:
        file.truncate(detect.LARGE_BYTES + 1)
    client.post("notify", {"path": "huge.ipynb"})
    notice = wait_for(lambda: _notices(client).get("notebook-too-large"))
    assert "52" in notice["text"]
    client.post(f"notices/{notice['id']}/dismiss")
    assert "notebook-too-large" not in _notices(client)


def _settle(workspace: Workspace, client: WorkerClient, run: str) -> None:
    """Everything told before this has been looked at: notebooks are read in order."""
    workspace.write_notebook("zz-settle.ipynb", block(run))
    client.post("notify", {"path": "zz-settle.ipynb"})
    wait_run(client, run)
