"""Fixtures of the tests of observed files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.library.programs import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root, home = tmp_path / "ws", tmp_path / "home"
    (root / ".dotscience").mkdir(parents=True)
    home.mkdir()
    return Place(root, home)
