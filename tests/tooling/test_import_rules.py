"""Lint catches what the "may import" table of docs/ARCHITECTURE.md forbids: each case plants one
violation, in a copy or in a text that ESLint is given under a file's name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    skip = shutil.ignore_patterns("labextension", "__pycache__")
    for package in ("dotscience", "dotscience_mlflow", "dotscience_server"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=skip)
    return tmp_path


def lint_imports(copy: Path) -> subprocess.CompletedProcess[str]:
    return run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache", cwd=copy)


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("dotscience/planted.py", "import dotscience_server", "dotscience imports nothing"),
        ("dotscience/planted.py", "import dotscience_mlflow", "is imported by MLflow alone"),
        ("dotscience_mlflow/planted.py", "import dotscience_server", "knows the library alone"),
        ("dotscience_server/store/planted.py", "import tornado.web", "know no host"),
        ("dotscience_server/detect/planted.py", "import jupyter_server", "know no host"),
        ("dotscience_server/sessions/planted.py", "import tornado", "know no host"),
        ("dotscience_server/snapshots/planted.py", "from ..worker import *", "know no host"),
        ("dotscience_server/zfs/planted.py", "from ..worker import *", "know no host"),
    ],
)
def test_import_linter_catches(copy: Path, file: str, line: str, contract: str) -> None:
    (copy / file).write_text(line + "\n")
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert contract in result.stdout
    assert "BROKEN" in result.stdout


def library_imports(copy: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, str(ROOT / "scripts/lint/library_imports.py"), str(copy), cwd=copy)


@pytest.mark.parametrize(
    "source",
    [
        "import requests\n",
        "from numpy import array\n",
        "def f():\n    import yaml\n",
        "import IPython\n",
        "try:\n    import pandas\nexcept ImportError:\n    pass\n",
    ],
)
def test_library_is_standard_library_only(copy: Path, source: str) -> None:
    (copy / "dotscience/planted.py").write_text(source)
    result = library_imports(copy)
    assert result.returncode == 1
    assert "dotscience/planted.py" in result.stdout


def test_library_may_use_the_callers_own_tools_inside_functions(copy: Path) -> None:
    (copy / "dotscience/planted.py").write_text("def f():\n    import pandas\n    return pandas\n")
    assert library_imports(copy).returncode == 0


def test_library_keeps_to_python_3_8(copy: Path) -> None:
    (copy / "dotscience/planted.py").write_text("import graphlib\n")
    script = str(ROOT / "scripts/lint/library_syntax.py")
    result = run(sys.executable, script, str(copy), cwd=copy)
    assert result.returncode == 1
    assert "graphlib" in result.stdout


ESLINT = """
import { ESLint } from 'eslint';
const eslint = new ESLint();
const answers = [];
for (const [filePath, text] of JSON.parse(process.argv[1])) {
  const [result] = await eslint.lintText(text, { filePath });
  answers.push(result.messages.map(message => message.ruleId));
}
console.log(JSON.stringify(answers));
"""

FORBIDDEN = [
    ("packages/core/src/planted.ts", "import { run } from '@dotscience/views';\nrun();\n"),
    ("packages/core/src/planted.ts", "import * as React from 'react';\nReact.version;\n"),
    ("packages/core/src/planted.ts", "import { Widget } from '@lumino/widgets';\nnew Widget();\n"),
    ("packages/core/src/planted.ts", "import { readFileSync } from 'fs';\nreadFileSync('');\n"),
    ("packages/core/src/planted.ts", "import { run } from '../../views/src';\nrun();\n"),
    ("packages/core/src/deep/planted.ts", "document.title = '';\n"),
    ("packages/core/src/planted.ts", "void fetch('');\n"),
    ("packages/views/src/planted.tsx", "import { run } from '@jupyterlab/apputils';\nrun();\n"),
    ("packages/views/src/planted.tsx", "import { Signal } from '@lumino/signaling';\nSignal;\n"),
    ("packages/views/src/planted.tsx", "import axios from 'axios';\nvoid axios.get('');\n"),
    ("packages/views/src/planted.tsx", "import { run } from '@dotscience/core/lib/run';\nrun();\n"),
    ("packages/views/src/planted.tsx", "import { run } from '../../core/src';\nrun();\n"),
    ("packages/views/src/a/planted.tsx", "import { run } from '../../../../src/run';\nrun();\n"),
    ("src/planted.ts", "import { run } from '../packages/core/src';\nrun();\n"),
    ("src/planted.ts", "import { run } from '@dotscience/core/src/run';\nrun();\n"),
]

ALLOWED = [
    ("packages/core/src/planted.ts", "import { run } from './run';\nrun();\n"),
    ("packages/views/src/planted.tsx", "import { run } from '@dotscience/core';\nrun();\n"),
    ("packages/views/src/planted.tsx", "import * as React from 'react';\nvoid React.version;\n"),
    ("src/planted.ts", "import { run } from '@dotscience/core';\nrun();\n"),
    ("src/a/planted.ts", "import { Signal } from '@lumino/signaling';\nvoid Signal;\n"),
]


@pytest.fixture(scope="module")
def eslint_answers() -> list[list[str]]:
    cases = json.dumps(FORBIDDEN + ALLOWED)
    result = run("node", "--input-type=module", "-e", ESLINT, cases, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    answers: list[list[str]] = json.loads(result.stdout)
    return answers


@pytest.mark.parametrize("number", range(len(FORBIDDEN)))
def test_eslint_catches(eslint_answers: list[list[str]], number: int) -> None:
    rules = {"no-restricted-imports", "no-restricted-globals"}
    assert rules & set(eslint_answers[number]), FORBIDDEN[number]


@pytest.mark.parametrize("number", range(len(ALLOWED)))
def test_eslint_allows(eslint_answers: list[list[str]], number: int) -> None:
    assert eslint_answers[len(FORBIDDEN) + number] == [], ALLOWED[number]
