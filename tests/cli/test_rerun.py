"""``ds rerun`` and ``ds bisect`` as commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ds, valid

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
import dotscience as ds
ds.start("train")
ds.parameter("scale", sys.argv[1])
ds.metric("acc", {code})
ds.publish()
"""


def train(code: str, scale: str = "1", **env: str) -> str:
    """The id of a run of ``train.py`` with its snapshot."""
    Path("train.py").write_text(PROGRAM.format(code=code))
    subprocess.run(
        [sys.executable, "train.py", scale],
        check=True,
        capture_output=True,
        env={**os.environ, **env},
    )
    return newest("sealed")["id"]  # type: ignore[no-any-return]


def newest(state: str) -> dict[str, Any]:
    """The newest run, once its snapshot is in this state."""
    deadline = time.monotonic() + 20
    known = len(runs())
    while True:
        found = runs()
        if found and found[0]["snapshot"]["state"] == state and len(found) >= known:
            return found[0]
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def runs() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "dotscience_server", "runs", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_same(ds: Ds) -> None:
    ds("init")
    run = train("0.5")
    told = ds("rerun", run[:8]).stdout
    assert "train.py 1" in told
    assert f"repeats {run[:8]} in" in told
    assert "= acc  0.5" in told


def test_differing_is_told_and_is_exit_code_3(ds: Ds) -> None:
    ds("init")
    run = train("float(__import__('os').environ.get('OMP_NUM_THREADS', 1))", OMP_NUM_THREADS="3")
    told = ds("rerun", run, code=3).stdout
    assert "OMP_NUM_THREADS: 3 then, - now" in told
    assert "≠ acc  3.0 → 1.0" in told
    assert "threads: OMP_NUM_THREADS was 3, is not set" in told
    told = valid("verdict", json.loads(ds("rerun", run, "--json", "--tolerance", "9").stdout))
    assert told["verdict"] == "same"


def test_ctrl_c_ends_it(ds: Ds) -> None:
    ds("init")
    run = train("(__import__('time').sleep(float(__import__('os').environ.get('SLEEP', 0))), 1)[1]")
    process = subprocess.Popen(
        [sys.executable, "-m", "dotscience_server", "rerun", run],
        env={**os.environ, "SLEEP": "600"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 30
    while not asleep():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, b"Cancelled" in told) == (1, True)
    while asleep():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def asleep() -> bool:
    """Whether a program runs in our side folder."""
    here = str(Path("reruns").resolve())
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.readlink(link).startswith(here):
                return True
        except OSError:
            continue
    return False


def test_bisect_names_the_change(ds: Ds) -> None:
    ds("init")
    for scale in ("1", "2"):
        train("0.9", scale)
    train("0.2", "2")
    bad = runs()[0]["id"]
    train("0.1", "3")
    told = ds("bisect", "--metric", "acc", "--below", "0.5").stdout
    assert f"first bad  {bad[:8]}" in told
    assert '-ds.metric("acc", 0.9)' in told and '+ds.metric("acc", 0.2)' in told
    assert "Parameters" not in told
    assert (
        "every known value is good"
        in ds("bisect", "--metric", "acc", "--below", "0", code=3).stdout
    )
    found = json.loads(ds("bisect", "--metric", "acc", "--below", "0.15", "--json").stdout)
    assert found["changes"]["command"] == {"before": "train.py 2", "after": "train.py 3"}
    assert found["bad"]["value"] == 0.1
    assert found["changes"]["parameters"] == [{"key": "scale", "before": "2", "after": "3"}]


def test_bisect_runs_what_has_no_run(ds: Ds) -> None:
    """Four states of the program were saved as snapshots, only the first and the last were run."""
    ds("init")
    train("0.9")
    for number, value in enumerate(("0.8", "0.7", "0.2")):
        Path("train.py").write_text(PROGRAM.format(code=value))
        ds("snapshot", "-m", f"state {number}")
    bad = train("0.1")
    done = ds("bisect", "--metric", "acc", "--below", "0.5", "--bad", bad, "--rerun")
    assert "acc 0.2  state 2" in done.stdout
    assert "2 repetitions made" in done.stdout
    assert len(runs()) == 2, "they are recorded nowhere"
    assert not list(Path("reruns").glob("*"))


def test_bisect_tells_a_metric_that_flaps(ds: Ds) -> None:
    ds("init")
    for value in ("0.9", "0.1", "0.9", "0.1"):
        train(value)
    told = ds("bisect", "--metric", "acc", "--below", "0.5").stdout
    assert "Not a single step: the metric turned 3 times" in told
