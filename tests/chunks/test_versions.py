"""Every hf-xet that may be installed passes the same tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integrations.environments import PROJECT, interpreter

TESTS = ("test_hashing.py", "test_cas.py", "test_writer.py", "test_index.py")


@pytest.mark.integrations
@pytest.mark.parametrize("version", ["1.6.0", "1.7.0"])
def test_another_version(version: str, tmp_path: Path) -> None:
    home = Path(interpreter(f"hf-xet-{version}")).parents[1]
    [library] = home.glob("lib/python*/site-packages")
    alone = tmp_path / "library"  # without pip and what else stands beside it
    alone.mkdir()
    for part in library.glob("hf_xet*"):
        (alone / part.name).symlink_to(part)
    env = {**os.environ, "PYTHONPATH": os.fspath(alone)}
    asked = [
        sys.executable,
        "-c",
        "from importlib.metadata import version as v; print(v('hf-xet'))",
    ]
    assert subprocess.check_output(asked, cwd=PROJECT, env=env, text=True).strip() == version
    tests = [os.fspath(Path(__file__).with_name(name)) for name in TESTS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--basetemp", os.fspath(tmp_path / "t"), *tests],
        cwd=PROJECT,
        env=env,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
