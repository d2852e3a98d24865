"""Functions of libraries that open natively, where the watch does not look: stand-ins with the real names."""

from __future__ import annotations

from pathlib import Path

import pytest

from dotscience._observe._table import NATIVE, TABLE
from dotscience._observe._wrap import _paths
from dotscience._observe.children import _dotscience_child
from tests.library.programs import Place
from tests.observe.programs import BEGIN, REFUSED, Seen, observed, write
from tests.observe.programs import NATIVE as OPENS

#: A library in C, as seen from Python.
CV2 = (
    OPENS
    + "\ndef imread(filename, flags=1): native_read(filename)\ndef imwrite(filename, img): native_write(filename)\n"
)
CLASS = (
    OPENS
    + "\nclass File:\n    def __init__(self, filename, mode='r'):\n        native_write(filename) if mode == 'w' else native_read(filename)\n"
)


def packages(place: Place) -> None:
    write(place.root / "cv2.py", CV2)
    write(place.root / "tables" / "__init__.py", "from tables.file import File")
    write(place.root / "tables" / "file.py", CLASS)


def without_code(found: list[Seen]) -> list[Seen]:
    return [one for one in found if not one.path.endswith(".py")]


def test_outside_of_marked_folders(place: Place, tmp_path: Path) -> None:
    packages(place)
    outside = write(tmp_path / "mnt" / "a.png")
    write(place.root / "inside.png")
    code = f"""
    import cv2, tables
    cv2.imread({str(outside)!r})
    cv2.imwrite({str(outside.with_name("b.png"))!r}, None)
    tables.File(filename={str(outside.with_name("c.h5"))!r}, mode="w")
    cv2.imread("inside.png")
    assert isinstance(tables.File({str(outside)!r}), tables.file.File)
    """
    assert without_code(observed(place, code)) == [
        Seen(str(outside), "r", "wrap"),
        Seen(str(outside.with_name("b.png")), "w", "wrap"),
        Seen(str(outside.with_name("c.h5")), "w", "wrap"),
        Seen("inside.png", "r", "watch"),
    ]


def test_where_the_watch_is_refused(place: Place) -> None:
    packages(place)
    write(place.root / "inside.png")
    code = """
    import cv2
    cv2.imread("inside.png")
    """
    found = without_code(observed(place, code, begin=REFUSED + BEGIN))
    assert found == [Seen("inside.png", "r", "wrap")]


def test_modules_that_were_there_before(place: Place, tmp_path: Path) -> None:
    packages(place)
    write(place.root / "tables" / "__init__.py", "from tables.file import File, open_file")
    more = "\ndef open_file(): return 1\n"
    write(place.root / "tables" / "file.py", CLASS + more)
    outside = write(tmp_path / "mnt" / "a.h5")
    code = f"tables.File({str(outside)!r})"
    found = without_code(observed(place, code, begin="import tables\n" + BEGIN))
    assert found == [Seen(str(outside), "r", "wrap")]


def test_a_missing_module_stays_missing(place: Place) -> None:
    code = """
    import importlib.util
    try: import safetensors.numpy
    except ModuleNotFoundError as error: assert error.name == "safetensors", error.name
    assert importlib.util.find_spec("duckdb") is None
    """
    assert observed(place, code) == []


def test_errors_are_the_originals(place: Place) -> None:
    packages(place)
    code = """
    import cv2
    try: cv2.imread()
    except TypeError as error: assert "filename" in str(error)
    try: cv2.imread("none.png")
    except AssertionError as error: assert str(error) == "none.png"
    assert cv2.imread.__name__ == "imread"
    """
    assert without_code(observed(place, code)) == []


@pytest.mark.parametrize(
    ("mode", "arguments", "keywords", "found"),
    [
        ("r", ("/m/a",), {}, [("/m/a", "r")]),
        ("r", (), {"path": "/m/a"}, [("/m/a", "r")]),
        ("r", (["/m/a", Path("/m/b")],), {}, [("/m/a", "r"), ("/m/b", "r")]),
        ("r", ("s3://bucket/a",), {}, []),
        ("r", (object(),), {}, []),
        ("mode=1", ("/m/a", "a"), {}, [("/m/a", "rw")]),
        ("mode=1", ("/m/a",), {"mode": "x"}, [("/m/a", "w")]),
        ("mode=1", ("/m/a",), {}, [("/m/a", "r")]),
        ("sql", ("select 'a' from '/m/a.csv'",), {}, [("/m/a.csv", "r")]),
        ("sql", ("COPY t TO '/m/out' (FORMAT csv)",), {}, [("/m/out", "w")]),
    ],
)
def test_where_the_paths_stand(
    mode: str,
    arguments: tuple[object, ...],
    keywords: dict[str, object],
    found: list[tuple[str, str]],
) -> None:
    assert list(_paths(("f", mode, 0, "path"), arguments, keywords)) == found


def test_folders_and_patterns_stand_for_their_files(tmp_path: Path) -> None:
    files = [str(write(tmp_path / name)) for name in ("a.csv", "sub/b.csv")]
    for text in (str(tmp_path), str(tmp_path / "**" / "*.csv")):
        found = sorted(_paths(("f", "r", 0, "path"), (text,), {}))
        assert found == [(path, "r") for path in files]


def test_the_childs_copy_of_the_list() -> None:
    assert _dotscience_child.NATIVE == NATIVE
    assert {name.partition(".")[0] for name in TABLE} <= NATIVE
