"""`npm run generate -- --check`, a part of lint, sees what is stale and what contradicts itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = ("scripts", "protocol", "packages/core/src/protocol", "dotscience_server/protocol")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / ".prettierrc.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def check(copy: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", "scripts/generate.mjs", "--check"]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def edit(path: Path, key: str, value: Any) -> None:
    content = json.loads(path.read_text())
    content[key] = value
    path.write_text(json.dumps(content))


def test_what_is_committed_is_fresh(copy: Path) -> None:
    assert check(copy).returncode == 0


def test_a_changed_catalogue_makes_both_languages_stale(copy: Path) -> None:
    edit(copy / "protocol/errors.json", "errors", {})
    done = check(copy)
    assert done.returncode == 1
    assert "packages/core/src/protocol/errors.ts" in done.stderr
    assert "dotscience_server/protocol/errors.py" in done.stderr
    assert "types.ts" not in done.stderr


def test_a_changed_schema_makes_the_types_stale(copy: Path) -> None:
    edit(copy / "protocol/notice.schema.json", "description", "planted")
    done = check(copy)
    assert done.returncode == 1
    assert "packages/core/src/protocol/types.ts" in done.stderr


def test_one_title_is_one_shape(copy: Path) -> None:
    edit(copy / "protocol/notice.schema.json", "title", "Workspace")
    done = check(copy)
    assert done.returncode == 1
    assert '"Workspace" differs from the one in another file' in done.stderr
