"""Cells of runs and of sessions that go on, compared with the notebook as it was saved."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dotscience import _journal
from dotscience._records import Line, read_all
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from tests.sessions.logs import SECOND, Living, Told, notebook_bytes
from tests.worker.kernels import kernel
from tests.worker.schemas import check
from tests.worker.workspaces import Workspace, block, notebook, runs_of, wait_for, wait_run

NAME = "20261121T101112-1-0000abcd"
RUNS = [f"11111111-1111-4111-8111-{number:012}" for number in range(50)]


@pytest.fixture
def living(workspace: Workspace, client: WorkerClient) -> Iterator[Living]:
    session = Living(locate(workspace.path).store / "journal", NAME)
    yield session
    session.die()


def save(workspace: Workspace, *cells: tuple[str | None, str], name: str = "a.ipynb") -> None:
    (workspace.path / name).write_bytes(notebook_bytes(*cells))


def kinds(answer: dict[str, Any]) -> list[tuple[int, str]]:
    check("cells", answer)
    return [(one["n"], mark["kind"]) for one in answer["executions"] for mark in one["marks"]]


def publish(told: Told, n: int | None, run: str, **fields: Any) -> None:
    text = block(run).rstrip("\n")
    told.add(_journal.PUBLISH, id=run, block=text, mode="interactive", n=n, **fields)


def test_the_session_that_runs_a_notebook_now(
    workspace: Workspace, client: WorkerClient, living: Living
) -> None:
    with pytest.raises(ApiError) as failure:
        client.get("hidden", {"path": "a.ipynb"})
    assert failure.value.code == "not-recorded"
    save(workspace, ("a", "x = 1"), ("b", "y = x"))
    told = Told(time.time_ns() - 900 * SECOND).session(workspace.path)
    told.cell("a", "x = 1", "x")
    told.cell("b", "y = x", "y")
    told.cell("a", "x = 2", "x")
    living.write(told)

    def hidden(path: str = "a.ipynb") -> dict[str, Any]:
        answer = client.get("hidden", {"path": path})
        check("cells", answer)
        return dict(answer)

    wait_for(lambda: _answers(lambda: len(hidden()["executions"]) == 3))
    assert kinds(hidden()) == [(2, "stale_value"), (3, "edited")]
    save(workspace, ("a", "x = 2"), ("b", "y = x"))
    assert kinds(hidden()) == [(2, "stale_value")]
    (workspace.path / "a.ipynb").rename(workspace.path / "b.ipynb")
    assert kinds(hidden("b.ipynb")) == [(2, "stale_value")]  # the cells tell
    (workspace.path / "b.ipynb").write_text("{ half a noteb")
    assert kinds(hidden("a.ipynb")) == []
    (workspace.path / "b.ipynb").unlink()
    assert hidden("a.ipynb")["saved"] is None
    for odd in ("", "../../etc/passwd", "x" * 5000, "no.ipynb"):
        with pytest.raises(ApiError):
            client.get("hidden", {"path": odd})


def _answers(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except ApiError:
        return False


def test_cells_come_when_the_publishing_cell_has_ended(
    workspace: Workspace, client: WorkerClient, living: Living
) -> None:
    save(workspace, ("a", "x = 1"), ("b", "ds.publish(); more()"))
    told = Told(time.time_ns() - 60 * SECOND).session(workspace.path)
    told.cell("a", "x = 1", "x")
    n = told.begin("b", "ds.publish(); more()")
    publish(told, n, RUNS[0])
    living.write(told)
    wait_run(client, RUNS[0])
    assert client.get(f"runs/{RUNS[0]}")["cells"] is None
    answer = client.get(f"runs/{RUNS[0]}/cells")
    assert [one["duration_s"] is None for one in answer["executions"]] == [False, True]
    assert answer["executions"][1]["runs"] == [RUNS[0]]
    told.end(n)
    told.cell("c", "later = 1", "later")
    living.write(told)
    cells = wait_for(lambda: client.get(f"runs/{RUNS[0]}")["cells"])
    assert cells == {"count": 2, "flagged": 0}
    answer = client.get(f"runs/{RUNS[0]}/cells")
    assert [one["position"] for one in answer["executions"]] == [1, 2]
    digest = answer["executions"][0]["hash"]
    assert client.get(f"runs/{RUNS[0]}/source", {"hash": digest}) == {"source": "x = 1"}
    for odd in ("", "0" * 64, "../x"):
        with pytest.raises(ApiError) as failure:
            client.get(f"runs/{RUNS[0]}/source", {"hash": odd})
        assert failure.value.code == "not-recorded"


def test_the_notebook_as_saved_with_the_run_is_what_counts(
    workspace: Workspace, client: WorkerClient, living: Living
) -> None:
    """The run is there before its notebook is saved; the marks follow."""
    save(workspace, ("cell0", "x = 1"))
    told = Told(time.time_ns() - 60 * SECOND).session(workspace.path)
    n = told.begin("cell0", "x = 2; ds.publish()")
    publish(told, n, RUNS[0])
    told.end(n)
    living.write(told)
    living.die()
    (workspace.path / ".touch").touch()
    wait_for(lambda: runs_of(client) and client.get(f"runs/{RUNS[0]}")["cells"])
    made = notebook(block(RUNS[0]))
    made["cells"][0]["source"] = "x = 2; ds.publish()  # saved"
    (workspace.path / "a.ipynb").write_text(json.dumps(made))
    client.post("notify", {"path": "a.ipynb"})
    wait_for(lambda: client.get(f"runs/{RUNS[0]}")["cells"]["flagged"] == 0)
    assert kinds(client.get(f"runs/{RUNS[0]}/cells")) == []
    save(workspace, ("cell0", "x = 3"))  # what becomes of the file later changes nothing
    assert kinds(client.get(f"runs/{RUNS[0]}/cells")) == []


def test_many_runs_of_one_cell_share_one_object(workspace: Workspace, client: WorkerClient) -> None:
    told = Told().session(workspace.path)
    n = told.begin("a", "for lr in lrs: train(lr)")
    for run in RUNS:
        publish(told, n, run)
    told.end(n)
    told.write(locate(workspace.path).store / "journal", NAME)
    wait_for(lambda: len(runs_of(client)) == 50)
    wait_for(lambda: client.get(f"runs/{RUNS[-1]}")["cells"])
    objects = {
        item.record.body["object"]
        for item in read_all(str(locate(workspace.path).store))
        if isinstance(item, Line) and item.record.kind == "run.cells"
    }
    assert len(objects) == 1
    assert client.get(f"runs/{RUNS[7]}/cells")["executions"][0]["runs"] == RUNS


def test_five_thousand_executions(workspace: Workspace, client: WorkerClient) -> None:
    told = Told().session(workspace.path)
    for number in range(5_000):
        told.cell(f"c{number % 40}", f"x{number % 40} = x{(number + 1) % 40} + {number % 3}",
                  f"x{number % 40}")  # fmt: skip
    n = told.begin("p", "ds.publish()")
    publish(told, n, RUNS[0])
    told.end(n)
    told.write(locate(workspace.path).store / "journal", NAME)
    cells = wait_for(lambda: runs_of(client) and client.get(f"runs/{RUNS[0]}")["cells"])
    assert cells["count"] == 5_001
    answer = client.get(f"runs/{RUNS[0]}/cells")
    check("cells", answer)
    assert (len(answer["executions"]), answer["earlier"]) == (500, 4_501)


def test_a_damaged_journal_keeps_what_is_whole(workspace: Workspace, client: WorkerClient) -> None:
    told = Told().session(workspace.path)
    told.cell("a", "x = 1", "x")
    told.cell("b", "y = x", "y")
    n = told.begin("p", "ds.publish()")
    publish(told, n, RUNS[0])
    told.end(n)
    data = bytearray(told.encoded())
    at = data.index(b"x = 1")
    data[at : at + 5] = b"#####"
    folder = locate(workspace.path).store / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "new").write_bytes(bytes(data))
    (folder / "new").rename(folder / f"{NAME}.dsj")
    wait_for(lambda: runs_of(client) and client.get(f"runs/{RUNS[0]}")["cells"])
    assert [one["n"] for one in client.get(f"runs/{RUNS[0]}/cells")["executions"]] == [2, 3]


def test_a_real_kernel(workspace: Workspace, client: WorkerClient) -> None:
    """Cells, files and hidden state of a kernel that loads our extension, without and with a run."""
    (workspace.path / "data.csv").write_text("a,b\n1,2\n")
    (workspace.path / "mymodule.py").write_text("RATE = 0.1\n")
    cells = {
        "a": "import csv, mymodule",
        "b": "rows = list(csv.reader(open('data.csv')))",
        "c": "open('out.txt', 'w').write(str(rows))",
    }
    save(workspace, *cells.items())
    with kernel(workspace, "a.ipynb") as run:
        for id, source in cells.items():
            run(source, cellId=id)
        (draft,) = wait_for(
            lambda: (found := client.get("drafts")["drafts"]) and found[0]["cells"] == 3 and found
        )
        wait_for(lambda: client.get("drafts")["drafts"][0]["writes"] == 1)
        answer = client.get(f"runs/{draft['id']}/cells")
        check("cells", answer)
        first, second, third = answer["executions"]
        assert {"path": "mymodule.py", "outside": False} in first["reads"]
        assert second["reads"] == [{"path": "data.csv", "outside": False}]
        assert third["writes"] == [{"path": "out.txt", "outside": False}]
        run("rows = []", cellId="b")
        save(workspace, ("a", cells["a"]), ("b", "rows = []"), ("c", cells["c"]))
        now = [(3, "stale_value")]
        wait_for(lambda: kinds(client.get("hidden", {"path": "a.ipynb"})) == now)
        run(
            "import dotscience as ds\nds.start('fit')\nds.output('m.txt')\nopen('m.txt', 'w').close()\n"
            "open('log.txt', 'w').close()\nds.publish()",
            cellId="d",
        )
        (found,) = wait_for(lambda: runs_of(client))
        wait_for(lambda: client.get("drafts")["drafts"] == [])
        wait_for(lambda: client.get(f"runs/{found['id']}")["cells"])
        detail = client.get(f"runs/{found['id']}")
        check("run", detail)
        assert detail["cells"]["count"] == 5
        modes = {str(one["path"]): (one["mode"], one["when"]) for one in detail["undeclared"]}
        assert modes == {
            "log.txt": ("w", "run"),
            "data.csv": ("r", "before"),
            "mymodule.py": ("r", "before"),
        }
        assert detail["outputs"][0]["seen"] == "w"
