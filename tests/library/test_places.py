"""Where a block's paths start from in its workspace."""

from __future__ import annotations

import os
from pathlib import Path

from dotscience._facts import workspace_path
from dotscience._paths import inside, place_of


def test_a_place_leads_back_to_the_files_it_was_made_from(tmp_path: Path) -> None:
    top = tmp_path / "work"
    for folder in (top, top / "deep" / "er", tmp_path / "work2", tmp_path):
        folder.mkdir(parents=True, exist_ok=True)
        place = place_of(str(folder), str(top))
        found = workspace_path(place["base"], "data.csv", place.get("workspace", ""))
        assert os.path.normpath(top / found) == str(folder / "data.csv")


def test_a_link_to_the_workspace_is_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to("work")
    assert place_of(str(tmp_path / "link"), str(tmp_path / "work")) == {"base": ""}
    notebook = str(tmp_path / "link" / "a.ipynb")
    assert inside(notebook, str(tmp_path / "work")) == "a.ipynb"


def test_what_lies_outside_stays_as_it_is(tmp_path: Path) -> None:
    assert inside(str(tmp_path / "work2" / "a"), str(tmp_path / "work")) == str(
        tmp_path / "work2" / "a"
    )
    assert inside(None, str(tmp_path)) is None
