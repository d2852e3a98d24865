"""What the environment record holds: packages by their folder names, Git as files say."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from dotscience._environment import git_state, packages


def test_packages_are_those_that_metadata_knows() -> None:
    known = {d.name.replace("_", "-").lower(): d.version for d in distributions() if d.name}
    found = packages(sys.path)
    assert found["pytest"] == known["pytest"]
    assert {name.replace(".", "-") for name in known} - {
        n.replace(".", "-") for n in found
    } == set()


def test_odd_folders_are_passed_over(tmp_path: Path) -> None:
    for name in ("A_b-1.0.dist-info", "egg-2.0-py3.8.egg-info", "develop.egg-info", "x.py"):
        (tmp_path / name).mkdir()
    assert packages([str(tmp_path), "/missing", str(tmp_path / "x.py")]) == {
        "a-b": "1.0",
        "egg": "2.0",
    }


def test_git(tmp_path: Path) -> None:
    def git(*args: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *args]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    assert git_state(str(tmp_path)) is None
    git("init", "-qb", "feature/x")
    assert git_state(str(tmp_path)) == {"commit": None, "branch": "feature/x"}
    git("commit", "-qm", "x", "--allow-empty")
    head = git("rev-parse", "HEAD")
    assert git_state(str(tmp_path)) == {"commit": head, "branch": "feature/x"}
    git("pack-refs", "--all")
    assert git_state(str(tmp_path)) == {"commit": head, "branch": "feature/x"}
    git("checkout", "-q", "--detach")
    assert git_state(str(tmp_path)) == {"commit": head, "branch": None}
