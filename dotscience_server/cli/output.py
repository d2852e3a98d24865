"""Text on a terminal: tables, numbers, times, sizes, errors. Wording follows UI.md §6.

Text of runs is hostile: every control character is shown, never sent to the terminal. Colour only on a terminal and
without ``NO_COLOR``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TextIO

from ..protocol.failure import ApiError

Align = Literal["left", "right"]
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34"}


@dataclass(frozen=True)
class Column:
    """One column of a table: header, cells, and on which side they align."""

    title: str
    cells: Sequence[str]
    align: Align = "left"

    @property
    def width(self) -> int:
        """Terminal cells that it takes."""
        return max(width(text) for text in (self.title, *self.cells))


def tell_error(error: ApiError, *, as_json: bool) -> None:
    """What happened, what is kept, what to do; on stderr."""
    if as_json:
        print(json.dumps(error.body()), file=sys.stderr)
        return
    print(paint("ds: ", "red", sys.stderr) + plain(error.message), file=sys.stderr)
    if error.kept:
        print(f"Kept: {plain(error.kept)}", file=sys.stderr)
    if error.next:
        print(plain(error.next), file=sys.stderr)


def table(columns: Sequence[Column], indent: str = "") -> list[str]:
    """Aligned lines, the header first. Cells are made plain."""
    cleaned = [Column(plain(c.title), [plain(x) for x in c.cells], c.align) for c in columns]
    rows = [[c.title for c in cleaned], *zip(*(c.cells for c in cleaned), strict=True)]
    lines = [_row(cleaned, row, indent) for row in rows]
    return [paint(lines[0], "dim"), *lines[1:]]


def pairs(rows: Iterable[tuple[str, str]], indent: str = "  ") -> list[str]:
    """Lines of key and value, the values aligned."""
    cleaned = [(plain(key), plain(value)) for key, value in rows]
    widest = max((width(key) for key, _ in cleaned), default=0)
    return [f"{indent}{_padded(key, widest, 'left')}  {value}".rstrip() for key, value in cleaned]


def fit(text: str, cells: int) -> str:
    """Cut at the end to at most ``cells``."""
    text = plain(text)
    if width(text) <= cells:
        return text
    while text and width(text) > cells - 1:
        text = text[:-1]
    return text + "…"


def plain(text: str) -> str:
    """Printable text in one line: white space as a space, other control and unencodable characters as escapes."""
    return "".join(_shown(char) for char in text)


def shown_line(text: str) -> str:
    """A line of a file as a terminal may have it: tabs stay, all else that is no character is escaped."""
    return "\t".join(plain(part.replace("\r", "\\r")) for part in text.split("\t"))


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """``text`` in a style of `_CODES`, where colour is wanted."""
    if not has_colour(stream or sys.stdout):
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def has_colour(stream: TextIO) -> bool:
    """Whether to use colour on ``stream``."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Cells of a line: the terminal's, or ``COLUMNS``, or plenty where there is none."""
    fallback = 80 if sys.stdout.isatty() else 160
    return shutil.get_terminal_size((fallback, 24)).columns


def width(text: str) -> int:
    """Terminal cells of plain text."""
    return sum(_cells(char) for char in text)


def when(time: str | None) -> str:
    """An RFC 3339 time as people say it, in local time: ``14:02``, ``Yesterday 17:46``, ``20 Nov 16:31``."""
    if time is None:
        return ""
    moment = datetime.fromisoformat(time.replace("Z", "+00:00")).astimezone()
    today = datetime.now().astimezone().date()
    clock = f"{moment:%H:%M}"
    if moment.date() == today:
        return clock
    if moment.date() == today - timedelta(days=1):
        return f"Yesterday {clock}"
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year} {clock}"


def size(count: int) -> str:
    """Bytes: ``512 B``, ``1.28 GB``."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{_three(value) if unit != 'B' else count} {unit}"
        value /= 1000
    return f"{_three(value)} TB"


def duration(seconds: float | None) -> str:
    """``3 ms``, ``0.34 s``, ``12.1 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds is None:
        return ""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{_three(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``1,204 files``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _row(columns: Sequence[Column], cells: Sequence[str], indent: str) -> str:
    texts = (_padded(text, c.width, c.align) for c, text in zip(columns, cells, strict=True))
    return (indent + "  ".join(texts)).rstrip()


def _padded(text: str, cells: int, align: Align) -> str:
    gap = " " * (cells - width(text))
    return gap + text if align == "right" else text + gap


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _shown(char: str) -> str:
    if char in "\t\n\r":
        return " "
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return char.encode("unicode_escape", "surrogatepass").decode("ascii")
    return char


def _three(value: float) -> str:
    """Three significant digits, no needless zeros before the point moves."""
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
