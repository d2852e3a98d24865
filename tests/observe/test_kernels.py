"""In a real kernel, and on other Pythons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.library.kernels import execute
from tests.library.programs import Place
from tests.library.test_pythons import interpreter
from tests.observe.programs import BEGIN, NATIVE, Seen, payloads, seen, write


def test_files_of_cells(place: Place, tmp_path: Path) -> None:
    """Read by Python and in C, inside and, named in the cell, outside: each under its cell."""
    write(place.root / "a.csv")
    outside = write(tmp_path / "mnt" / "b.bin")
    execute(
        place,
        "%load_ext dotscience._kernel",
        NATIVE,
        'open("a.csv").close()',
        f'native_read("{outside}")',
        'native_write("c.bin")',
        "!cp a.csv d.csv",
    )
    found = {
        Path(entry["p"]).name: (payload["cell"], entry["m"], entry["by"])
        for payload in payloads(place)
        for entry in payload["files"]
    }
    assert set(found) == {"a.csv", "b.bin", "c.bin", "d.csv"}
    first = found["b.bin"][0]
    assert found["b.bin"] == (first, "r", "watch")
    assert found["c.bin"] == (first + 1, "w", "watch")
    assert found["d.csv"] == (first + 2, "w", "during")


@pytest.mark.parametrize("version", ["3.8", "3.10", "3.13"])
def test_other_versions(place: Place, version: str) -> None:
    write(place.root / "a.txt")
    code = 'open("a.txt").close(); open("b.txt", "w").close(); native_write("c.bin")\n'
    result = place.run(BEGIN + NATIVE + code, python=interpreter(version))
    assert (result.code, result.stderr) == (0, "")
    assert seen(place) == [
        Seen("a.txt", "r", "hook"),
        Seen("b.txt", "w", "hook"),
        Seen("c.bin", "w", "watch"),
    ]
