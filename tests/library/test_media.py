"""``ds.log``: tables, figures, images, text and files beside a run (journal type 15)."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy
import pytest

from dotscience._png import encode_array
from tests.library.programs import Place


def pixels(png: bytes) -> tuple[int, int, int, bytes]:
    """(width, height, colour type, bytes) of a PNG without filters; the checksums are checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(name + data)
        chunks[name] = data
        at += 12 + length
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    rows = zlib.decompress(chunks[b"IDAT"])
    size = len(rows) // height
    assert depth == 8
    assert {rows[row * size] for row in range(height)} == {0}
    return (
        width,
        height,
        colour,
        b"".join(rows[r * size + 1 : (r + 1) * size] for r in range(height)),
    )


def test_arrays_as_png() -> None:
    grey = numpy.arange(6, dtype="uint8").reshape(2, 3)
    png, shape = encode_array(grey)
    assert (pixels(png), shape) == ((3, 2, 0, bytes(range(6))), [2, 3])
    assert pixels(encode_array(grey.reshape(2, 3, 1))[0])[2] == 0
    assert pixels(encode_array(numpy.zeros((2, 3, 3), "uint8"))[0])[2] == 2
    assert pixels(encode_array(numpy.asfortranarray(numpy.zeros((2, 3, 4), "uint8")))[0])[2] == 6
    floats = numpy.array([[0, 1, 0.5, -1, 2, numpy.nan, numpy.inf]], "float32")
    assert pixels(encode_array(floats)[0])[3] == bytes([0, 255, 128, 0, 255, 0, 255])
    assert pixels(encode_array(numpy.array([[True, False]]))[0])[3] == bytes([255, 0])
    assert pixels(encode_array(numpy.array([[300, -1, 7]]))[0])[3] == bytes([255, 0, 7])


@pytest.mark.parametrize(
    "array", [numpy.zeros(3), numpy.zeros((2, 2, 5)), numpy.zeros((0, 3)), numpy.array([["a"]])]
)
def test_what_is_no_image(array: Any) -> None:
    with pytest.raises(ValueError):
        encode_array(array)


THINGS = """
import pathlib, numpy, pandas
import dotscience as ds
class Figure:
    def savefig(self, file, format): file.write(b"\\x89PNG figure")
class Axes: figure = Figure()
class Plotly:
    def to_plotly_json(self): return {}
    def to_json(self): return '{"data": []}'
class Picture:
    size = (4, 2)
    def getbands(self): return "RGB"
    def save(self, file, format): file.write(b"\\x89PNG picture")
class Styled:
    def _repr_html_(self): return "<b>x</b>"
pathlib.Path("plot.svg").write_text("<svg/>")
frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y,z"]})
ds.start()
assert ds.log("frame", frame, step=3, caption="two rows") is frame
ds.log("indexed", frame.set_index("b"))
ds.log("dicts", [{"a": 1}, {"a": 2, "b": 3}]); ds.log("rows", [[1, 2, 3], (4, 5)])
ds.log("columns", {"x": [1, 2], "y": [3, 4]})
ds.log("long", [[n] for n in range(10_001)])
ds.log("figure", Figure()); ds.log("axes", Axes()); ds.log("plotly", Plotly())
ds.log("picture", Picture()); ds.log("array", numpy.zeros((2, 3, 3), "uint8"))
ds.log("text", "caf\\u00e9 \\ud800"); ds.log("bytes", b"<p>", mime="text/html"); ds.log("png", b"\\x89PNG1234")
ds.log("path", pathlib.Path("plot.svg")); ds.log("name", "plot.svg"); ds.log("styled", Styled())
for epoch in ds.steps(range(2)): ds.log("looped", "x")
ds.publish()
"""


def test_things_of_every_kind(place: Place) -> None:
    result = place.run(THINGS)
    assert (result.code, result.stderr) == (0, "")
    told = {str(media["key"]): media for media in place.of("media")}
    data = {
        key: (place.root / ".dotscience/pins" / str(media["pin"])).read_bytes()
        for key, media in told.items()
    }
    assert {key: len(content) for key, content in data.items()} == {
        key: media["size"] for key, media in told.items()
    }
    assert {key: (media["kind"], media["mime"], media["shape"]) for key, media in told.items()} == {
        "frame": ("table", "text/csv", [2, 2]),
        "indexed": ("table", "text/csv", [2, 1]),
        "dicts": ("table", "text/csv", [2, 2]),
        "rows": ("table", "text/csv", [2, 3]),
        "columns": ("table", "text/csv", [2, 2]),
        "long": ("table", "text/csv", [10_001, 1]),
        "figure": ("figure", "image/png", None),
        "axes": ("figure", "image/png", None),
        "plotly": ("figure", "application/vnd.plotly.v1+json", None),
        "picture": ("image", "image/png", [2, 4]),
        "array": ("image", "image/png", [2, 3]),
        "text": ("text", "text/plain", None),
        "bytes": ("html", "text/html", None),
        "png": ("image", "image/png", None),
        "path": ("image", "image/svg+xml", None),
        "name": ("image", "image/svg+xml", None),
        "styled": ("html", "text/html", None),
        "looped": ("text", "text/plain", None),
    }
    tables = {
        key: list(csv.reader(io.StringIO(data[key].decode())))
        for key in told
        if told[key]["kind"] == "table"
    }
    assert tables["frame"] == [["a", "b"], ["1", "x"], ["2", "y,z"]]
    assert tables["indexed"] == [["b", "a"], ["x", "1"], ["y,z", "2"]]
    assert tables["dicts"] == [["a", "b"], ["1", ""], ["2", "3"]]
    assert tables["columns"] == [["x", "y"], ["1", "3"], ["2", "4"]]
    assert len(tables["long"]) == 10_000
    assert told["long"]["caption"] == "the first 10,000 of 10,001 rows"
    assert (told["frame"]["step"], told["frame"]["caption"]) == (3, "two rows")
    assert [media["step"] for media in place.of("media") if media["key"] == "looped"] == [0, 1]
    run = place.of("start")[0]["id"]
    assert {media["id"] for media in told.values()} == {run}
    assert {str(Path(str(media["pin"])).parent) for media in told.values()} == {run}


def test_what_cannot_be_kept_is_one_warning(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        class Torn:
            def savefig(self, *args, **kwargs): raise OSError("no display")
        for i in range(3):
            ds.log("object", object()); ds.log("torn", Torn()); ds.log("number", 5)
            ds.log("bytes", b"123"); ds.log("zip", b"PK", mime="application/zip")
        for i in range(3): ds.log("large", b"x" * (33 << 20), mime="text/plain")
        ds.log("small", "fits"); ds.publish()
    """)
    assert result.code == 0
    lines = result.stderr.splitlines()
    assert len(lines) == len(set(lines)) == 6, lines
    assert [media["key"] for media in place.of("media")] == ["large", "small"]


def test_forked_children_take_other_names(place: Place) -> None:
    place.run("""
        import os
        import dotscience as ds
        ds.start(); ds.log("a", "parent")
        if os.fork() == 0: ds.log("a", "child"); os._exit(0)
        os.wait(); ds.log("a", "parent again"); ds.publish()
    """)
    texts = {
        (place.root / ".dotscience/pins" / str(media["pin"])).read_text()
        for media in place.of("media")
    }
    assert texts == {"parent", "child", "parent again"}


def test_a_store_that_cannot_be_written(place: Place) -> None:
    (place.root / ".dotscience").write_text("in the way")
    result = place.run(
        "import dotscience as ds; ds.start(); ds.log('a', 'x'); ds.publish(); print('end')"
    )
    assert (result.code, result.stdout[-4:]) == (0, "end\n")
    assert 1 <= result.stderr.count("dotscience:") <= 2
