"""`ds policy`: what is tracked, in a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import run_ds


def test_default_limit_and_floor(workspace: Path) -> None:
    run_ds("init")
    shown = run_ds("policy", "--default", "keep", "--limit", "5GB", "--floor", "100MB").stdout
    assert "keep always" in shown
    assert "less than 100 MB is free" in shown
    policy = json.loads(run_ds("policy", "--json").stdout)
    assert (policy["default"], policy["limit_bytes"]) == ("keep", 5 * 10**9)
    run_ds("policy", "--floor", "much", code=2)


def test_a_rule_of_a_path(workspace: Path) -> None:
    run_ds("init")
    (workspace / "raw").mkdir()
    (workspace / "raw" / "a.csv").write_text("1")
    assert "known by size and time only" in run_ds("policy", "raw", "fingerprint").stdout
    assert "raw" in run_ds("policy").stdout
    assert "kept" in run_ds("policy", "raw", "--unset").stdout
    run_ds("policy", "--unset", code=1)
    run_ds("policy", "raw", "keep", "--unset", code=1)
