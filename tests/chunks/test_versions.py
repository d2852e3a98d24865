"""Every hf-xet that may be installed passes the same tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
OTHERS = PROJECT / ".cache" / "hf-xet"
TESTS = ("test_hashing.py", "test_cas.py", "test_writer.py", "test_index.py")


@pytest.mark.integrations
@pytest.mark.parametrize("version", ["1.6.0", "1.7.0"])
def test_another_version(version: str, tmp_path: Path) -> None:
    library = OTHERS / version
    if not library.is_dir():
        pytest.skip(f"pip install --no-deps --target {library} hf-xet=={version}")
    tests = [os.fspath(Path(__file__).with_name(name)) for name in TESTS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--basetemp", os.fspath(tmp_path / "t"), *tests],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.fspath(library)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
