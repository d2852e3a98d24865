"""The library on every Python it promises, where the machine has one; 3.8 is the oldest."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dotscience._block import Block, read_text
from tests.library.programs import FIXED, VECTORS, Place
from tests.library.test_vectors import PROGRAMS

VERSIONS = ["3.8", "3.9", "3.10", "3.12", "3.13"]


def interpreter(version: str) -> str:
    """An interpreter of that version, on the PATH or of pyenv. Skips where there is none."""
    installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    found = shutil.which(f"python{version}") if not installed else str(installed[-1])
    if found is None or not Path(found).exists():
        pytest.skip(f"no Python {version} here")
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_vectors_and_journal(place: Place, version: str) -> None:
    result = place.run(FIXED + PROGRAMS["v3"], python=interpreter(version))
    assert (result.stdout, result.stderr) == ((VECTORS / "blocks" / "v3.txt").read_text(), "")
    assert place.told().count("publish") == 3
    assert place.told()[-1] == "end"


@pytest.mark.parametrize("version", VERSIONS)
def test_forks_threads_and_pins(place: Place, version: str) -> None:
    result = place.run(
        """
        import os, threading
        import dotscience as ds
        ds.start()
        if os.fork() == 0:
            ds.metric("child", 1); os._exit(0)
        os.wait()
        thread = threading.Thread(target=lambda: ds.metric("thread", 1)); thread.start(); thread.join()
        with open(ds.output("m"), "w") as file: file.write("x")
        ds.publish()
        """,
        python=interpreter(version),
    )
    assert result.stderr == ""
    (block,) = read_text(result.stdout)
    assert isinstance(block, Block)
    assert {point.run for point in place.points()} == {block.id}
    (pin,) = place.of("pin")
    assert (place.root / ".dotscience/pins" / pin["files"][0]["pin"]).read_text() == "x"  # type: ignore[index]
