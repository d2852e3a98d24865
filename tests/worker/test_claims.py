"""Declared against observed: undeclared files, claims, labels, and who wrote a changed file."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from dotscience import _journal
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from dotscience_server.worker.changed_files import same_cells
from tests.sessions.logs import SECOND, Living, Told, notebook_bytes, read
from tests.worker.schemas import check
from tests.worker.workspaces import (
    Workspace,
    block,
    notebook,
    runs_of,
    wait_for,
    wait_frozen,
    wait_job,
    wait_run,
)

NAME = "20261121T101112-1-0000abcd"
RUN = "11111111-1111-4111-8111-000000000001"


def journals(workspace: Workspace) -> Path:
    return locate(workspace.path).store / "journal"


def publish(told: Told, n: int | None = None, run: str = RUN, **values: Any) -> None:
    text = block(run, **values).rstrip("\n")
    told.add(_journal.PUBLISH, id=run, block=text, mode="interactive", n=n)


def trained(workspace: Workspace) -> Told:
    """Loads in one cell, trains and publishes in the next; declares one file of each kind."""
    at = str(workspace.path)
    told = Told(time.time_ns() - 30 * SECOND).session(workspace.path)
    one = told.cell("a", "df = load()", "df")
    told.files(
        read(f"{at}/declared.csv"),
        read(f"{at}/data.csv"),
        read("/data/outside.parquet"),
        read(f"{at}/old.txt", "w"),
        cell=one,
    )
    two = told.begin("b", "ds.start(); fit(df); ds.publish()")
    told.add(_journal.START, id=RUN, description="fit")
    publish(told, two, input=["declared.csv"], output=["model.bin"])
    told.end(two, "m")
    told.files(
        read(f"{at}/model.bin", "w"),
        read(f"{at}/log.txt", "rw", by="watch"),
        read(f"{at}/a.ipynb", "w"),
        read(f"{at}/.ipynb_checkpoints/a-checkpoint.ipynb", "w"),
        read(f"{at}/.dotscience/pins/x/0", "w"),
        read(f"{at}/lib/__pycache__/tools.cpython-311.pyc"),
        read(f"{at}/helpers.py"),
        read(f"{at}/tmp-1", "w"),
        read(f"{at}/tmp-1", "d"),
        read(f"{at}/half", "w"),
        read(f"{at}/whole", "m", **{"from": f"{at}/half"}),
        cell=two,
    )
    three = told.cell("c", "open('later')")
    told.files(read(f"{at}/later"), cell=three)
    return told


def wait_observed(client: WorkerClient, run: str = RUN) -> dict[str, Any]:
    wait_for(lambda: runs_of(client), "the run")
    wait_for(lambda: client.get(f"runs/{run}")["observed"], "observed files")
    detail = client.get(f"runs/{run}")
    check("run", detail)
    return dict(detail)


def test_what_was_not_declared(workspace: Workspace, client: WorkerClient) -> None:
    trained(workspace).write(journals(workspace), NAME)
    detail = wait_observed(client)
    found = {str(one["path"]): (one["mode"], one["when"]) for one in detail["undeclared"]}
    assert found == {
        "log.txt": ("rw", "run"),
        "whole": ("w", "run"),
        "helpers.py": ("r", "run"),
        "lib/tools.py": ("r", "run"),
        "data.csv": ("r", "before"),
        "/data/outside.parquet": ("r", "before"),
    }
    assert {one["path"]: one["outside"] for one in detail["undeclared"]}["/data/outside.parquet"]
    assert [one["seen"] for one in (*detail["inputs"], *detail["outputs"])] == ["r", "w"]
    assert detail["observed"]["lost"] is False


def test_an_output_names_the_cell_that_wrote_it(workspace: Workspace, client: WorkerClient) -> None:
    at = str(workspace.path)
    told = Told(time.time_ns() - 30 * SECOND).session(workspace.path)
    one = told.begin("a", "ds.start(); save()")
    told.add(_journal.START, id=RUN, description="fit")
    told.end(one, "m")
    told.files(read(f"{at}/table.csv", "w"), cell=one)
    two = told.begin("b", "check(); ds.publish()")
    publish(told, two)
    told.end(two, "n")
    told.files(read(f"{at}/table.csv"), cell=two)
    told.write(journals(workspace), NAME)
    (found,) = wait_observed(client)["undeclared"]
    assert (found["path"], found["mode"], found["cell"]) == ("table.csv", "rw", one)


def test_claims(workspace: Workspace, client: WorkerClient) -> None:
    trained(workspace).write(journals(workspace), NAME)
    wait_observed(client)
    for path, kind in (("data.csv", "input"), ("whole", "output"), ("log.txt", "none"),
                       ("/data/outside.parquet", "input"), ({"b64": "//8="}, "output")):  # fmt: skip
        client.post(f"runs/{RUN}/claims", {"path": path, "as": kind})
    detail = client.get(f"runs/{RUN}")
    check("run", detail)
    assert [(one["path"], one["claimed"]) for one in detail["inputs"]] == [
        ("declared.csv", False), ("/data/outside.parquet", True), ("data.csv", True),
    ]  # fmt: skip
    assert [(one["path"], one["claimed"]) for one in detail["outputs"]] == [
        ("model.bin", False), ("whole", True), ({"b64": "//8="}, True),
    ]  # fmt: skip
    assert {one["path"] for one in detail["undeclared"]} == {"helpers.py", "lib/tools.py"}
    assert runs_of(client)[0]["inputs"] == 3
    client.post(f"runs/{RUN}/claims", {"path": "data.csv", "as": "none"})
    client.post(f"runs/{RUN}/claims", {"path": "data.csv", "as": "input"})  # the same again counts
    client.post(f"runs/{RUN}/claims", {"path": "data.csv", "as": "none"})
    assert len(client.get(f"runs/{RUN}")["inputs"]) == 2
    wait_frozen(client, RUN)
    before = client.get("runs")
    assert wait_job(client, client.post("rebuild"))["state"] == "done"
    assert client.get("runs") == before


@pytest.mark.parametrize(
    "body", [{"path": "a", "as": "x"}, {"path": "", "as": "input"}, {"path": 3, "as": "input"},
             {"as": "input"}, {"path": "a\0", "as": "input"}, {"path": {"b64": "!"}, "as": "none"}],
)  # fmt: skip
def test_claims_that_are_none(
    workspace: Workspace, client: WorkerClient, body: dict[str, Any]
) -> None:
    workspace.write_notebook("a.ipynb", block(RUN))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, RUN)
    with pytest.raises(ApiError) as failure:
        client.post(f"runs/{RUN}/claims", body)
    assert failure.value.code == "bad-request"


def test_labels_beside_a_run(workspace: Workspace, client: WorkerClient) -> None:
    workspace.write_notebook("a.ipynb", block(RUN, labels={"kind": "old"}))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, RUN)

    def labels() -> dict[str, str]:
        return {one["key"]: one["value"] for one in runs_of(client)[0]["labels"]}

    for value, expected in (("new", {"kind": "new"}), (None, {}), ("new", {"kind": "new"})):
        client.post(f"runs/{RUN}/labels", {"key": "kind", "value": value})
        assert labels() == expected
    client.post(f"runs/{RUN}/labels", {"key": "group", "value": "sweep"})
    assert runs_of(client)[0]["group"] == "sweep"
    with pytest.raises(ApiError):
        client.post(f"runs/{RUN}/labels", {"key": "", "value": "x"})
    with pytest.raises(ApiError):
        client.post("runs/nobody/labels", {"key": "a", "value": "x"})


def test_many_files_lie_in_an_object(workspace: Workspace, client: WorkerClient) -> None:
    told = Told().session(workspace.path)
    n = told.begin("a", "ds.publish()")
    publish(told, n)
    told.end(n)
    told.files(*(read(f"{workspace.path}/f{k}") for k in range(300)), cell=n)
    told.write(journals(workspace), NAME)
    detail = wait_observed(client)
    assert detail["observed"]["reads"] == 300
    assert len(detail["undeclared"]) == 200


def test_files_of_children_are_their_parents(workspace: Workspace, client: WorkerClient) -> None:
    told = Told().session(workspace.path)
    n = told.begin("a", "ds.start(); pool(); ds.publish()")
    told.add(_journal.START, id=RUN, description=None)
    child = Told(told.now_ns).session(workspace.path, parent=NAME, notebook=None, kernel=None)
    child.files(read(f"{workspace.path}/by-child"))
    child.write(journals(workspace), "20261121T101113-2-0000abcd")
    told.now_ns = child.now_ns
    publish(told, n)
    told.end(n)
    told.write(journals(workspace), NAME)
    detail = wait_observed(client)
    assert [one["path"] for one in detail["undeclared"]] == ["by-child"]


def changes(client: WorkerClient) -> dict[str, dict[str, Any]]:
    status = client.get("status", {"fresh": 1})
    check("status", status)
    return {str(one["path"]): one for one in status["changes"]["files"]}


def test_who_wrote_a_changed_file(workspace: Workspace, client: WorkerClient) -> None:
    settled = workspace.publish("settled")
    wait_run(client, settled)
    wait_frozen(client, settled)
    told = trained(workspace)
    told.add(_journal.END, error=None)
    told.write(journals(workspace), NAME)
    wait_run(client, RUN)
    wait_frozen(client, RUN)
    wait_observed(client)
    written = int(next(p["t"] for t, p in reversed(told.records) if t == _journal.CELL_END))
    for name in ("model.bin", "log.txt", "nobody"):
        (workspace.path / name).write_text("x")
        os.utime(workspace.path / name, ns=(written - 20 * SECOND,) * 2)
    os.utime(workspace.path / "nobody", ns=(written - 1000 * SECOND,) * 2)
    (workspace.path / "whole").write_text("by hand, much later")
    os.utime(workspace.path / "whole", ns=(written + 3600 * SECOND,) * 2)
    found = wait_for(lambda: (now := changes(client)) and "whole" in now and now)
    assert (found["model.bin"]["by"]["run"], found["model.bin"]["claim"]) == (RUN, "declared")
    assert found["model.bin"]["by"]["how"] == "observed"
    assert (found["log.txt"]["by"]["run"], found["log.txt"]["claim"]) == (RUN, "undeclared")
    assert found["log.txt"]["by"]["notebook"] == "a.ipynb"
    assert (found["nobody"]["by"], found["nobody"]["claim"]) == (None, "none")
    assert found["whole"]["by"] is None
    client.post(f"runs/{RUN}/claims", {"path": "log.txt", "as": "output"})
    assert changes(client)["log.txt"]["claim"] == "declared"


def test_written_during_the_only_run(workspace: Workspace, client: WorkerClient) -> None:
    first = workspace.publish("settled")
    wait_frozen(client, first)
    told = Told(time.time_ns() - 60 * SECOND).session(workspace.path)
    n = told.begin("a", "ds.start(); ds.publish()")
    told.add(_journal.START, id=RUN, description="fit")
    within = told.now_ns + 5 * SECOND
    told.now_ns += 10 * SECOND
    publish(told, n, description="fit")
    told.end(n)
    told.write(journals(workspace), NAME)
    wait_frozen(client, RUN)
    (workspace.path / "out").write_text("x")
    os.utime(workspace.path / "out", ns=(within, within))
    by = wait_for(lambda: changes(client).get("out"))["by"]
    assert (by["run"], by["how"], by["title"]) == (RUN, "during", "fit")


def test_a_notebook_saved_just_after_its_run_is_no_change(
    workspace: Workspace, client: WorkerClient
) -> None:
    path = workspace.path / "a.ipynb"
    path.write_bytes(notebook_bytes(("a", "ds.publish()")))
    told = Told().session(workspace.path)
    n = told.begin("a", "ds.publish()")
    publish(told, n)
    told.end(n)
    told.write(journals(workspace), NAME)
    wait_frozen(client, RUN)
    workspace.write_notebook("a.ipynb", block(RUN))
    client.post("notify", {"path": "a.ipynb"})
    wait_for(lambda: "notebook:a.ipynb" in client.get(f"runs/{RUN}")["sources"])
    wait_for(lambda: changes(client) == {}, "no changes")
    saved = notebook(block(RUN))
    saved["metadata"] = {"kernelspec": {"name": "python3"}}
    saved["cells"][0]["execution_count"] = 7
    path.write_text(json.dumps(saved, indent=1))
    assert changes(client) == {}
    saved["cells"][0]["source"] = "edited"
    path.write_text(json.dumps(saved))
    wait_for(lambda: changes(client).get("a.ipynb", {}).get("kind") == "modified")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff"])
def test_notebooks_that_are_none_differ(content: bytes) -> None:
    assert not same_cells(content, notebook_bytes(("a", "x")))


def test_what_children_read_outlives_them_and_the_worker(workspace: Workspace, home: Path) -> None:
    """Their journals stay as long as the session that tells their files as its own goes on."""
    workspace.connect(idle_seconds=60)
    session = Living(journals(workspace), NAME)
    try:
        told = Told().session(workspace.path)
        n = told.begin("a", "ds.start(); pool(); ds.publish()")
        told.add(_journal.START, id=RUN, description=None)
        session.write(told)
        for number in range(30):
            child = Told(told.now_ns).session(workspace.path, parent=NAME, notebook=None)
            child.files(read(f"{workspace.path}/by-{number}"))
            child.write(journals(workspace), f"20261121T101113-{number}-0000abcd")
        settled = workspace.publish("settled")
        wait_run(workspace.connect(), settled)
        workspace.kill_worker()
        client = workspace.connect(idle_seconds=60)
        told.now_ns += 10 * SECOND
        publish(told, n)
        told.end(n)
        session.write(told)
    finally:
        session.die()
    wait_for(lambda: len(runs_of(client)) == 2)
    wait_for(lambda: client.get(f"runs/{RUN}")["observed"])
    assert client.get(f"runs/{RUN}")["observed"]["reads"] == 30
    wait_for(lambda: not list(journals(workspace).glob("*.dsj")), "journals removed")
