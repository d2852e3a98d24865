"""Programs that are run again: what of their output people see."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dotscience_server.rerun.execution import run_command

CODE = """
print("before")
print("[[DOTSCIENCE-RUN:r1]]{")
print('  "version": "1"')
print("}[[/DOTSCIENCE-RUN:r1]]")
print("after")
"""


def test_blocks_are_for_us_not_for_people(tmp_path: Path) -> None:
    said: list[bytes] = []
    lines: list[int] = []
    outcome = run_command(
        [sys.executable, "-c", CODE],
        os.environ,
        tmp_path,
        lambda done, total: lines.append(done),
        lambda: None,
        recorded=False,
        within_s=30,
        say=said.append,
    )
    assert said == [b"before\n", b"after\n"]
    assert (len(outcome.printed), lines[-1], outcome.error) == (1, 5, None)
