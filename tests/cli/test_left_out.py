"""What a snapshot leaves out is said by whoever takes, shows or brings it back, in one line."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import run_ds

SAID = "Not kept: 1 socket, pipe or device."


@pytest.mark.slow
def test_it_is_said_where_a_snapshot_is_taken_shown_and_brought_back(published: list[str]) -> None:
    os.mkfifo(Path("pipe"))
    assert SAID in run_ds("snapshot").stdout.splitlines()
    Path("train.py").write_text("import dotscience as ds\nds.start()\nds.publish()\n")
    run_ds("run", sys.executable, "train.py")
    deadline = time.monotonic() + 30
    while True:
        run = json.loads(run_ds("runs", "--json", "--limit", "1").stdout)[0]
        if run["snapshot"]["state"] == "sealed" or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    shown = run_ds("show", run["id"]).stdout
    assert any(line.lstrip().startswith("Snapshot") and SAID in line for line in shown.splitlines())
    assert SAID in run_ds("checkout", run["id"], "--into", "back").stdout.splitlines()
    assert not Path("back/pipe").exists()
