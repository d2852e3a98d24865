"""Ours beside restic, borg, git and DVC on the same work, in one run.

    python -m bench.snapshots [--quick] [--only steps edits many large] [--peers borg …] [--rounds N]
        [--files N …] [--large-gb N] [--budget-s S] [--folder DIR] [--json FILE]
        [--drivers plain btrfs reflink zfs] [--disk-gb N]

With `--drivers` all of it is done on a disk for each driver, ours and the peers beside it; root alone can make
those disks. There a snapshot has two times: until its bytes are safe, and until it is sealed.

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
from collections.abc import Iterator
from pathlib import Path

from .disks import DRIVERS, disk_for, missing_for
from .sections import SECTIONS, Cell, Rows, Size
from .subjects import KINDS, Kind, missing, process

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
    for driver in given.drivers or [None]:
        why_not = None if driver is None else missing_for(driver)
        if why_not is not None:
            print(f"\n**{driver}**: {why_not}")
            continue
        with disk_for(driver or "plain", given.folder, given.disk_gb) as folder:
            os.environ["BENCH_DRIVER"] = driver or "auto"
            before = "" if driver is None else f"{driver}: "
            some = [kind for kind in kinds if driver in (None, "plain") or kind.make is not process]
            for title, rows in _sections(some, size, folder, given.only):
                rows.update({title: {"failed": why} for title, why in absent.items()})
                results[before + title] = rows
                print(f"\n**{before}{title}** ({_load()})\n\n{table(rows)}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _sections(
    kinds: list[Kind], size: Size, folder: Path, only: list[str] | None
) -> Iterator[tuple[str, Rows]]:
    for name, section in SECTIONS.items():
        if not only or name in only:
            yield from section(kinds, size, folder)


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


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
    parser.add_argument("--drivers", nargs="*", choices=DRIVERS)
    parser.add_argument("--disk-gb", type=float, default=8.0, help="of a driver's disk")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
