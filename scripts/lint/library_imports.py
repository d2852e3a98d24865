"""The tracking library imports the standard library only.

What it may use when the user's process already has it (IPython, pandas) is imported inside a
function, so that ``import dotscience`` never needs it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

OWN = "dotscience"
INSIDE_FUNCTIONS = {"IPython", "pandas", "_dotscience_child", "sitecustomize"}


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [(node.module or "").partition(".")[0]]
    return []


def walk(node: ast.AST, inside: bool) -> Iterator[tuple[int, str, bool]]:
    for child in ast.iter_child_nodes(node):
        for name in imported(child):
            yield getattr(child, "lineno", 0), name, inside
        function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from walk(child, inside or function)


def allowed(name: str, inside: bool) -> bool:
    return name == OWN or name in sys.stdlib_module_names or (inside and name in INSIDE_FUNCTIONS)


def violations(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        for line, name, inside in walk(ast.parse(path.read_bytes()), inside=False):
            if not allowed(name, inside):
                yield f"{path.relative_to(folder.parent)}:{line}: imports {name}"


def main(root: Path) -> int:
    found = list(violations(root / OWN))
    for line in found:
        print(line)
    if found:
        print(f"{OWN} may import the standard library only.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
