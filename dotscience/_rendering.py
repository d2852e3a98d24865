"""What ``ds.log`` keeps of a thing: its bytes, by what it can do, with no library imported.

`render` raises whatever the thing's own methods raise, and `Unsupported` for what has no form here.
"""

from __future__ import annotations

import csv
import io
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

ROWS = 10_000
#: Larger arrays are not encoded: it would hold up the program.
PIXELS = 50_000_000
_ARRAY_NAMES = ("detach", "cpu", "numpy")  # a tensor's way to an array
_PLOTLY = "application/vnd.plotly.v1+json"
_KINDS = (
    ("text/html", "html"),
    ("text/csv", "table"),
    ("image/", "image"),
    ("text/", "text"),
    ("application/json", "text"),
    (_PLOTLY, "figure"),
)
_MAGIC = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"<svg", "image/svg+xml"),
    (b"%PDF", "application/pdf"),
)


class Unsupported(Exception):
    """A thing that can't be kept; the text says why."""


class Rendered:
    """``data`` with ``kind`` and ``mime``; ``shape`` and a ``note`` for the caption, or None."""

    __slots__ = ("data", "kind", "mime", "note", "shape")

    def __init__(
        self,
        kind: str,
        mime: str,
        data: bytes,
        shape: list[int] | None = None,
        note: str | None = None,
    ) -> None:
        self.kind = kind
        self.mime = mime
        self.data = data
        self.shape = shape
        self.note = note


def render(thing: Any, mime: str | None, limit: int) -> Rendered:
    """A thing's bytes; those of a file only up to ``limit``."""
    if isinstance(thing, (bytes, bytearray, memoryview)):
        return _of_bytes(bytes(thing), mime or _sniffed(bytes(thing[:64])))
    if isinstance(thing, os.PathLike) or _is_file(thing):
        return _of_file(os.fspath(thing), mime, limit)
    if isinstance(thing, str):
        kind = _kind(mime or "text/plain")
        return Rendered(kind, mime or "text/plain", thing.encode("utf-8", "replace"))
    for step in (_table, _figure, _image, _representation):
        found = step(thing)
        if found is not None:
            return found
    raise Unsupported(f"{type(thing).__name__} is no table, figure, image, text or file")


def _of_bytes(data: bytes, mime: str | None) -> Rendered:
    if mime is None:
        raise Unsupported("bytes need a type: ds.log(key, data, mime='image/png')")
    return Rendered(_kind(mime), mime, data)


def _of_file(path: Any, mime: str | None, limit: int) -> Rendered:
    import mimetypes

    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise Unsupported(f"{path} is too large; ds.output keeps large files")
        data = file.read(limit + 1)
    guessed = mimetypes.guess_type(os.fsdecode(path))[0]
    return _of_bytes(data, mime or guessed or _sniffed(data) or "text/plain")


def _kind(mime: str) -> str:
    for beginning, kind in _KINDS:
        if mime.startswith(beginning):
            return kind
    if mime == "application/pdf":
        return "figure"
    raise Unsupported(f"files of type {mime} are not shown; ds.output keeps them")


def _sniffed(data: bytes) -> str | None:
    return next((mime for magic, mime in _MAGIC if data.startswith(magic)), None)


def _is_file(thing: Any) -> bool:
    if not isinstance(thing, str) or len(thing) > 1000 or "\n" in thing:
        return False
    try:
        return os.path.isfile(thing)
    except ValueError:
        return False


def _table(thing: Any) -> Rendered | None:
    if hasattr(thing, "columns") and (hasattr(thing, "to_csv") or hasattr(thing, "write_csv")):
        rows, columns = (int(size) for size in thing.shape)
        head = thing.head(ROWS)
        text = head.write_csv() if hasattr(thing, "write_csv") else _pandas_csv(head)
        return _csv(text, rows, columns)
    if isinstance(thing, dict) and thing and all(map(_is_row, thing.values())):
        lengths = {len(column) for column in thing.values()}
        if len(lengths) == 1:
            return _written(list(thing), zip(*thing.values()), lengths.pop())
    if not isinstance(thing, (list, tuple)) or not thing:
        return None
    if all(isinstance(row, dict) for row in thing):
        names = list(dict.fromkeys(key for row in thing[:ROWS] for key in row))
        return _written(names, ([row.get(key) for key in names] for row in thing), len(thing))
    if all(map(_is_row, thing)):
        return _written(None, thing, len(thing))
    return None


def _is_row(thing: Any) -> bool:
    return isinstance(thing, (list, tuple))


def _pandas_csv(frame: Any) -> str:
    is_counted = type(frame.index).__name__ == "RangeIndex"
    return str(frame.to_csv(index=not is_counted))


def _written(names: list[Any] | None, rows: Iterable[Any], count: int) -> Rendered:
    text = io.StringIO()
    writer = csv.writer(text)
    if names is not None:
        writer.writerow(names)
    columns = len(names or ())
    for row, _ in zip(rows, range(ROWS)):
        writer.writerow(row)
        columns = max(columns, len(row))
    return _csv(text.getvalue(), count, columns)


def _csv(text: str, rows: int, columns: int) -> Rendered:
    note = f"the first {ROWS:,} of {rows:,} rows" if rows > ROWS else None
    return Rendered("table", "text/csv", text.encode("utf-8", "replace"), [rows, columns], note)


def _figure(thing: Any) -> Rendered | None:
    if hasattr(thing, "to_plotly_json"):
        return Rendered("figure", _PLOTLY, str(thing.to_json()).encode("utf-8", "replace"))
    figure = thing if hasattr(thing, "savefig") else getattr(thing, "figure", None)
    if figure is None or not hasattr(figure, "savefig"):
        return None
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return Rendered("figure", "image/png", file.getvalue())


def _image(thing: Any) -> Rendered | None:
    if hasattr(thing, "getbands") and hasattr(thing, "save"):
        file = io.BytesIO()
        thing.save(file, "PNG")
        width, height = thing.size
        return Rendered("image", "image/png", file.getvalue(), [height, width])
    array = thing
    if hasattr(thing, "__array__"):
        for name in _ARRAY_NAMES:
            array = getattr(array, name)() if hasattr(array, name) else array
    if not (hasattr(array, "dtype") and hasattr(array, "tobytes") and hasattr(array, "clip")):
        return None
    pixels = 1
    for size in array.shape:
        pixels *= int(size)
    if pixels > PIXELS:
        raise Unsupported(f"an image of {pixels:,} values is too large")
    from dotscience._png import encode_array

    data, shape = encode_array(array)
    return Rendered("image", "image/png", data, shape)


def _representation(thing: Any) -> Rendered | None:
    """What a notebook would show."""
    for name, mime in (
        ("_repr_png_", "image/png"),
        ("_repr_svg_", "image/svg+xml"),
        ("_repr_html_", "text/html"),
    ):
        method = getattr(type(thing), name, None)
        shown = method(thing) if callable(method) else None
        if shown:
            data = shown if isinstance(shown, bytes) else str(shown).encode("utf-8", "replace")
            return Rendered(_kind(mime), mime, data)
    return None
