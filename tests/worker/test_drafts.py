"""Drafts: what kernel sessions did without a call of ours, kept, dropped, expired (decision 0077)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dotscience import _journal
from dotscience._facts import unite_all
from dotscience._records import Line, read_all
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from dotscience_server.worker.drafts import draft_id
from tests.sessions.logs import SECOND, Living, Told, notebook_bytes, read
from tests.worker.schemas import check
from tests.worker.workspaces import (
    Workspace,
    block,
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


@pytest.fixture
def living(workspace: Workspace, client: WorkerClient) -> Iterator[Callable[..., Living]]:
    """Makes sessions that go on; those that are left end with the test."""
    made: list[Living] = []

    def make(name: str = NAME) -> Living:
        made.append(Living(journals(workspace), name))
        return made[-1]

    yield make
    for one in made:
        one.die()


def work(workspace: Workspace, started_ns: int | None = None) -> Told:
    """A session that loads, computes and writes."""
    told = Told(started_ns or time.time_ns() - 20 * SECOND).session(workspace.path)
    told.cell("a", "import pandas as pd")
    first = told.cell("b", "df = pd.read_csv('data.csv')", "df")
    told.files(read(f"{workspace.path}/data.csv"), cell=first)
    second = told.cell("c", "df.to_csv('out.csv')")
    told.files(read(f"{workspace.path}/out.csv", "w"), cell=second)
    return told


def drafts(client: WorkerClient) -> list[dict[str, Any]]:
    answer = client.get("drafts")
    check("drafts", answer)
    status = client.get("status")
    check("status", status)
    return list(answer["drafts"])


def wait_drafts(client: WorkerClient, count: int = 1) -> list[dict[str, Any]]:
    return wait_for(lambda: (found := drafts(client)) and len(found) == count and found)


def wait_none(client: WorkerClient) -> None:
    wait_for(lambda: not client.get("drafts")["drafts"], "no drafts")


def rebuilt(client: WorkerClient) -> None:
    """The rebuilt index says the same of runs and drafts."""
    wait_for(lambda: client.get("status")["state"] == "idle", "the last snapshot")
    before = client.get("runs"), client.get("drafts")
    assert wait_job(client, client.post("rebuild"))["state"] == "done"
    assert (client.get("runs"), client.get("drafts")) == before


def test_a_session_without_a_run_is_a_draft(workspace: Workspace, client: WorkerClient) -> None:
    work(workspace).write(journals(workspace), NAME)
    (draft,) = wait_for(
        lambda: (found := drafts(client)) and found[0]["snapshot"] == "sealed" and found
    )
    assert draft["id"] == draft_id(NAME, 0)
    assert draft["notebook"] == "a.ipynb"
    assert (draft["cells"], draft["reads"], draft["writes"]) == (3, 1, 1)
    assert draft["ended"] is not None and draft["expires"] > draft["ended"]
    assert client.get("status")["drafts"] == 1
    assert runs_of(client) == []
    detail = client.get(f"runs/{draft['id']}")
    check("run", detail)
    assert (detail["draft"], detail["seq"], detail["cells"]["count"]) == (True, 0, 3)
    rebuilt(client)


def test_kept_it_is_a_run(workspace: Workspace, client: WorkerClient) -> None:
    first = workspace.publish("first")
    work(workspace).write(journals(workspace), NAME)
    wait_for(lambda: (found := drafts(client)) and found[0]["snapshot"] == "sealed")
    second = workspace.publish("second")
    client.post(f"drafts/{draft_id(NAME, 0)}/keep", {"description": "kept it"})
    runs = wait_for(lambda: (found := runs_of(client)) and len(found) == 3 and found)
    assert [run["id"] for run in runs] == [first, second, draft_id(NAME, 0)]
    run = runs[2]
    assert (run["state"], run["description"], run["notebook"]) == (
        "published",
        "kept it",
        "a.ipynb",
    )
    assert run["snapshot"]["state"] == "sealed" and run["duration_s"] > 0
    assert drafts(client) == []
    cells = client.get(f"runs/{run['id']}/cells")
    check("cells", cells)
    assert [one["line"] for one in cells["executions"]][1:] == [
        "df = pd.read_csv('data.csv')",
        "df.to_csv('out.csv')",
    ]
    assert cells["executions"][1]["reads"] == [{"path": "data.csv", "outside": False}]
    client.post(f"drafts/{run['id']}/keep", {"description": None})  # once more is nothing
    rebuilt(client)


def test_a_session_that_goes_on_is_kept_as_far_as_it_went(
    workspace: Workspace, client: WorkerClient, living: Callable[..., Living]
) -> None:
    session, told = living(), work(workspace)
    session.write(told)
    (draft,) = wait_drafts(client)
    assert (draft["ended"], draft["expires"], draft["snapshot"]) == (None, None, "none")
    check("run", client.get(f"runs/{draft['id']}"))
    assert len(client.get(f"runs/{draft['id']}/cells")["executions"]) == 3
    client.post(f"drafts/{draft['id']}/keep", {"description": None})
    wait_run(client, draft["id"])
    assert drafts(client) == []
    wait_frozen(client, draft["id"])
    told.cell("d", "df = df.dropna()", "df")
    told.cell("e", "df.plot()")
    session.write(told)
    (rest,) = wait_drafts(client)
    assert (rest["id"], rest["cells"]) == (draft_id(NAME, 1), 2)
    session.die()
    wait_for(lambda: drafts(client)[0]["ended"])
    kept = client.get(f"runs/{draft['id']}/cells")
    assert [one["n"] for one in kept["executions"]] == [1, 2, 3]
    rest_cells = wait_for(
        lambda: (
            (client.get(f"runs/{rest['id']}")["cells"] or {}).get("count") == 2
            and client.get(f"runs/{rest['id']}/cells")
        )
    )
    assert [one["n"] for one in rest_cells["executions"]] == [4, 5]
    rebuilt(client)


def test_a_rest_of_ten_minutes_is_recorded_and_going_on_is_the_same_draft(
    workspace: Workspace, client: WorkerClient, living: Callable[..., Living]
) -> None:
    session, told = living(), work(workspace, time.time_ns() - 1_000 * SECOND)
    session.write(told)
    wait_for(lambda: (found := drafts(client)) and found[0]["snapshot"] == "sealed")
    assert drafts(client)[0]["ended"] is None
    told.cell("d", "df = df.dropna()", "df")
    session.write(told)
    wait_for(
        lambda: [(one["id"], one["cells"]) for one in drafts(client)] == [(draft_id(NAME, 0), 4)]
    )
    wait_for(lambda: len(client.get("snapshots")["snapshots"]) == 2, "a snapshot of the later work")
    wait_for(lambda: drafts(client)[0]["snapshot"] == "sealed")


def test_a_run_takes_the_draft_away(
    workspace: Workspace, client: WorkerClient, living: Callable[..., Living]
) -> None:
    session, told = living(), work(workspace, time.time_ns() - 1_000 * SECOND)
    session.write(told)
    wait_for(lambda: (found := drafts(client)) and found[0]["snapshot"] == "sealed")
    n = told.begin("d", "ds.publish()")
    told.add(_journal.PUBLISH, id=RUN, block=block(RUN).rstrip("\n"), mode="interactive", n=n)
    told.end(n)
    session.write(told)
    wait_run(client, RUN)
    wait_none(client)
    cells = wait_for(lambda: client.get(f"runs/{RUN}")["cells"])
    assert cells["count"] == 4
    with pytest.raises(ApiError, match="run"):
        client.post(f"drafts/{draft_id(NAME, 0)}/keep", {"description": None})
    rebuilt(client)


def test_what_is_trivial_is_no_draft(workspace: Workspace, client: WorkerClient) -> None:
    told = Told().session(workspace.path)
    told.cell("a", "import numpy as np\nfrom math import pi")
    told.cell("b", "1 + 1")
    told.cell("c", "%matplotlib inline")
    told.cell("d", "pi")
    told.write(journals(workspace), NAME)
    work(workspace).write(journals(workspace), "20261121T101113-1-0000abcd")
    (draft,) = wait_drafts(client)
    assert draft["cells"] == 3


def test_scripts_make_no_drafts(workspace: Workspace, client: WorkerClient) -> None:
    workspace.script("open('x', 'w').write('y')\nds.start()\n")
    settled = workspace.publish("settled")
    wait_run(client, settled)
    assert drafts(client) == []


def test_a_begun_run_makes_no_draft(workspace: Workspace, client: WorkerClient) -> None:
    told = work(workspace)
    told.add(_journal.START, id=RUN, description=None)
    told.add(_journal.VALUE, id=RUN, kind="metric", key="a", text="1")
    told.write(journals(workspace), NAME)
    run = wait_run(client, RUN)
    assert run["state"] == "interrupted"
    assert wait_for(lambda: client.get(f"runs/{RUN}")["cells"])["count"] == 3
    assert drafts(client) == []


def test_dropped_it_is_shown_no_more(
    workspace: Workspace, client: WorkerClient, living: Callable[..., Living]
) -> None:
    session, told = living(), work(workspace)
    session.write(told)
    (draft,) = wait_drafts(client)
    client.delete(f"drafts/{draft['id']}")
    client.delete(f"drafts/{draft['id']}")
    assert drafts(client) == []
    told.cell("d", "df = df.dropna()", "df")
    session.write(told)
    (rest,) = wait_drafts(client)
    assert (rest["id"], rest["cells"]) == (draft_id(NAME, 1), 1)


def test_old_drafts_expire(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = workspace.connect(idle_seconds=60)
    old = work(workspace, time.time_ns() - 5 * 86_400 * SECOND)
    old.write(journals(workspace), NAME)
    work(workspace).write(journals(workspace), "20261121T101113-1-0000abcd")
    wait_drafts(client, 2)
    wait_for(lambda: all(one["snapshot"] == "sealed" for one in drafts(client)))
    workspace.kill_worker()
    monkeypatch.setenv("DOTSCIENCE_DRAFTS_DAYS", "3")
    client = workspace.connect(idle_seconds=60)
    (draft,) = wait_drafts(client)
    assert draft["id"] == draft_id("20261121T101113-1-0000abcd", 0)
    rebuilt(client)


def test_days_are_a_setting_of_the_workspace(workspace: Workspace, client: WorkerClient) -> None:
    (locate(workspace.path).store / "config.toml").write_text("drafts_days = 1\n")
    work(workspace).write(journals(workspace), NAME)
    (draft,) = wait_drafts(client)
    ended, expires = (datetime.fromisoformat(draft[key][:19]) for key in ("ended", "expires"))
    assert expires - ended == timedelta(days=1)


def test_hostile_records_are_no_crash(workspace: Workspace, client: WorkerClient) -> None:
    told = work(workspace)
    n = told.cell("d", "x = 1", "x")
    told.files(
        read("../../etc/passwd"),
        read("/a/../../../etc/shadow"),
        read("relative"),
        read(f"{workspace.path}/new\nline"),
        read(f"{workspace.path}/\0"),
        {"p": {"b64": "L/8="}, "m": "r", "by": "hook"},
        {"p": {"b64": "!"}, "m": "r"},
        {"p": 3, "m": "r"},
        {"p": "/x", "m": "?"},
        {"p": "/y", "m": "w", "by": "evil", "s": -5, "t": "x" * 50},
        cell=n,
    )  # fmt: skip
    told.add(_journal.CELL, n="1", hash=3)
    told.add(_journal.CELL, n=1 << 80, hash="x")
    told.add(_journal.CELL_END, n=None, bound=3, error=[])
    told.add(_journal.FILES, files="x")
    told.write(journals(workspace), NAME)
    (draft,) = wait_drafts(client)
    wait_for(lambda: client.get(f"runs/{draft['id']}")["observed"])
    detail = client.get(f"runs/{draft['id']}")
    check("run", detail)
    paths = [one["path"] for one in detail["undeclared"]]
    assert "new\nline" in paths and {"b64": "L/8="} in paths
    assert "/etc/shadow" in paths and not any(".." in str(path) for path in paths)
    check("cells", client.get(f"runs/{draft['id']}/cells"))


STEPS = ("run.draft-synced", "run.draft-indexed", "run.cells-synced", "run.cells-indexed",
         "tree-frozen")  # fmt: skip


@pytest.mark.fault
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_records_a_draft(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    reached = tmp_path / "reached"
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    workspace.connect()
    (workspace.path / "a.ipynb").write_bytes(notebook_bytes(("b", "df = 1")))
    work(workspace).write(journals(workspace), NAME)
    wait_for(reached.exists, step)
    workspace.kill_worker()
    monkeypatch.delenv("DOTSCIENCE_TEST_BARRIER")
    client = workspace.connect(idle_seconds=60)
    wait_for(lambda: (found := drafts(client)) and found[0]["snapshot"] == "sealed")
    wait_for(lambda: client.get(f"runs/{draft_id(NAME, 0)}")["cells"])
    kinds = [
        (item.record.kind, item.record.hash)
        for item in read_all(str(locate(workspace.path).store))
        if isinstance(item, Line) and item.record.run == draft_id(NAME, 0)
    ]
    assert len(kinds) == len(set(kinds))
    assert [kind for kind, _ in kinds].count("run.cells") == 1
    assert (
        unite_all(
            [
                item.record
                for item in read_all(str(locate(workspace.path).store))
                if isinstance(item, Line)
            ]
        )
        == []
    )
    rebuilt(client)
