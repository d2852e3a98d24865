"""Ours beside restic, borg, git and DVC on the same work, in one run.

    python -m bench.snapshots [--quick] [--only steps edits many large] [--peers borg …] [--rounds N]
        [--files N …] [--large-gb N] [--budget-s S] [--folder DIR] [--json FILE]

Fresh processes that take turns; medians; in brackets the ratio to our first row. The page cache is warm.
restic, borg and git are the host's; DVC is installed below ``.cache/bench`` by the first run. Who is missing
has a row that says so. Times are wall times from start to exit; memory is that of all processes together.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path

from .sections import SECTIONS, Cell, Rows, Size
from .subjects import KINDS, Kind, missing

FULL = Size(3, 1.0, 512, (200_000, 1_000_000), 30, 900)
QUICK = Size(1, 0.02, 16, (2_000,), 0.2, 60)


def main() -> None:
    given = _arguments()
    size = QUICK if given.quick else FULL
    size = Size(
        given.rounds or size.rounds,
        given.scale or size.scale,
        size.edit_mib,
        tuple(given.files) or size.files,
        given.large_gb or size.large_gb,
        given.budget_s or size.budget_s,
    )
    chosen = [kind for kind in KINDS if not given.peers or _named(kind, given.peers)]
    absent = {kind.title: why for kind in chosen if (why := missing(kind)) is not None}
    kinds = [kind for kind in chosen if kind.title not in absent]
    print(
        f"Linux {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}."
    )
    print("Durable: " + "; ".join(f"{kind.title}: {kind.durable}" for kind in kinds) + ".")
    results: dict[str, Rows] = {}
    for name, section in SECTIONS.items():
        if given.only and name not in given.only:
            continue
        before = os.getloadavg()[0]
        for title, rows in section(kinds, size, given.folder):
            rows.update({title: {"failed": why} for title, why in absent.items()})
            results[title] = rows
            load = f"{before:.1f} → {os.getloadavg()[0]:.1f}"
            print(f"\n**{title}** (load {load})\n\n{table(rows)}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def table(rows: Rows) -> str:
    """Markdown, a line a subject; in brackets the ratio to the first."""
    ours = next(iter(rows.values()), {})
    columns = list(dict.fromkeys(key for row in rows.values() for key in row if key != "failed"))
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for title, row in rows.items():
        cells = [_cell(row.get(key), None if row is ours else ours.get(key)) for key in columns]
        if set(row) == {"failed"}:
            cells[0] = str(row["failed"])
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: Cell, ours: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("|", "/").replace("\n", " ")
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    ratio = isinstance(ours, int | float) and ours > 1e-9
    return f"{value:,.{digits}f}" + (f" ({value / float(ours or 1):,.1f})" if ratio else "")


def _named(kind: Kind, names: list[str]) -> bool:
    return any(name.lower() in kind.title.lower() for name in ("dotscience", *names))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.snapshots", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="a look, no figures to quote")
    parser.add_argument("--only", nargs="*", choices=list(SECTIONS))
    parser.add_argument("--peers", nargs="*", default=[], help="parts of their names")
    parser.add_argument("--rounds", type=int, help="behind each median of steps and edits")
    parser.add_argument("--scale", type=float, help="of 10,000 files and 1 GiB")
    parser.add_argument("--files", type=int, nargs="*", default=[])
    parser.add_argument("--large-gb", type=float)
    parser.add_argument("--budget-s", type=float, help="after which an operation is cut off")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
