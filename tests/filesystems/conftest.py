"""One disk of each kind a file of tests; each test works in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .disks import fresh_disk


@pytest.fixture(scope="module")
def btrfs_disk() -> Iterator[Path]:
    with fresh_disk("btrfs") as at:
        yield at


@pytest.fixture(scope="module")
def xfs_disk() -> Iterator[Path]:
    with fresh_disk("xfs") as at:
        yield at


@pytest.fixture(scope="module", params=["btrfs", "xfs"])
def sharing_disk(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk whose files can share blocks."""
    with fresh_disk(request.param) as at:
        yield at


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR", "CONFIG_HOME"):
        folder = tmp_path / variable.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(variable if variable == "HOME" else f"XDG_{variable}", str(folder))
    return tmp_path / "home"
