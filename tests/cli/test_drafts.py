"""``ds drafts``, ``keep``, ``claim``, ``cells`` over sessions without and with runs."""

from __future__ import annotations

import json
import time
from pathlib import Path

from dotscience import _journal
from dotscience_server.store.layout import locate
from tests.cli.conftest import Ds, valid
from tests.sessions.logs import SECOND, Told, notebook_bytes, read
from tests.worker.workspaces import block, wait_for

RUN = "11111111-1111-4111-8111-000000000001"


def test_a_draft_is_listed_and_kept(ds: Ds, workspace: Path) -> None:
    ds("init")
    assert "No drafts." in ds("drafts").stdout
    told = Told(time.time_ns() - 60 * SECOND).session(workspace)
    told.cell("a", "df = load()", "df", error={"kind": "OSError", "message": "no \x1b[31mfile"})
    told.write(locate(workspace).store / "journal")
    (draft,) = wait_for(lambda: json.loads(ds("drafts", "--json").stdout)["drafts"])
    shown = ds("drafts").stdout
    assert draft["id"][:8] in shown and "a.ipynb" in shown and "\x1b" not in shown
    assert draft["id"][:8] in ds("keep", draft["id"][:8], "--description", "mine").stdout
    assert "mine" in ds("runs").stdout
    assert "No run" in ds("keep", draft["id"][:8], code=1).stderr
    assert "df = load()" in ds("cells", draft["id"][:8]).stdout


def test_cells_marks_and_claims(ds: Ds, workspace: Path) -> None:
    ds("init")
    (workspace / "a.ipynb").write_bytes(notebook_bytes(("a", "x = 2"), ("b", "ds.publish(x)")))
    told = Told().session(workspace)
    told.cell("a", "x = 1", "x")
    n = told.begin("b", "ds.publish(x)")
    told.add(_journal.PUBLISH, id=RUN, block=block(RUN).rstrip("\n"), mode="interactive", n=n)
    told.end(n)
    told.files(read(f"{workspace}/data.csv"), cell=n)
    told.write(locate(workspace).store / "journal")
    wait_for(lambda: RUN[:8] in ds("runs").stdout)
    wait_for(lambda: json.loads(ds("show", RUN, "--json").stdout)["cells"])
    shown = ds("cells", RUN[:8]).stdout
    assert "edited since" in shown and "uses x of a cell that was edited" in shown
    valid("cells", json.loads(ds("cells", RUN, "--json").stdout))
    assert "Not declared" in ds("show", RUN).stdout
    assert "input" in ds("claim", RUN[:8], "data.csv", "input").stdout
    assert "Not declared" not in ds("show", RUN).stdout
    assert "usage" in ds("claim", RUN, "data.csv", "model", code=2).stderr
