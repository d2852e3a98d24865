"""``ds.runs()`` of a run that was resumed, as far as only journals tell of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def _run(folder: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import io, dotscience as ds\n{code}"],
        cwd=folder,
        env={
            "PYTHONPATH": str(PROJECT),
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_a_published_run_that_was_resumed_is_one_run_with_both_segments(tmp_path: Path) -> None:
    quiet = "ds.publish(stream=io.StringIO())"
    _run(tmp_path, f"ds.start('a'); ds.parameter('p', 1); ds.metric('m', 1); {quiet}")
    _run(tmp_path, f"ds.start(resume=ds.runs()[0].id); ds.metric('later', 7); {quiet}")
    told = _run(
        tmp_path,
        "runs = ds.runs(); run = runs[0]\n"
        "print(len(runs), run.description, run.state, run.parameters, run.metrics, run._run.conflict)",
    )
    assert told == "1 a published {'p': '1'} {'later': 7, 'm': 1} False"
