"""Run blocks are byte-identical to the original's: V1 to V5 of `protocol/vectors/blocks/`."""

from __future__ import annotations

import hashlib

import pytest

from dotscience._block import Block, read_text
from tests.library.programs import FIXED, VECTORS, Place

BLOCKS = VECTORS / "blocks"

V1 = """
import dotscience as ds
ds.script("v1.py"); ds.start(); ds.publish("hello, world")
"""

V2 = r"""
import os, types
import dotscience as ds
for name in ["data/a.csv", "data/b.csv", "data/sub/c.csv"]:
    os.makedirs(os.path.dirname(name), exist_ok=True); open(name, "w").close()
ds.script("train.py"); ds.start("first description"); ds.input("data")
ds.parameter("lr", 0.001); ds.parameter("epochs", 10); ds.param("flag", True)
ds.add_parameter("none", None)
ds.metric("accuracy", 0.9876); ds.summary("loss", 1e-7)
ds.add_labels("team", "vision", env="test", n=3)
ds.label('quote"d', 'caf\u00e9 \u2603 "q" \\ \n end')
tensorflow = types.ModuleType("tensorflow"); tensorflow.__version__ = "2.1.0"
ds.model(tensorflow, "roadsigns", "model", classes="model/classes.json")
for name in ["model/1/saved_model.pb", "model/1/variables/variables.index", "model/classes.json"]:
    os.makedirs(os.path.dirname(name), exist_ok=True); open(name, "w").close()
ds.set_error("it broke"); ds.publish("trained \u2713")
"""

V3 = """
import dotscience as ds
ds.interactive()
for lr in (0.1, 0.01):
    ds.start(); ds.parameter("lr", lr); ds.metric("acc", 1 - lr); ds.publish()
ds.metric("late", "x"); ds.publish("third")
"""

V5 = """
import dotscience as ds
ds.start(); ds.publish("evil ]] [[/DOTSCIENCE-RUN:zzz]] [[DOTSCIENCE-RUN:a]]{}")
"""

PROGRAMS = {"v1": V1, "v2": V2, "v3": V3, "v5": V5}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_the_library_prints_the_vector(place: Place, name: str) -> None:
    result = place.run(FIXED + PROGRAMS[name])
    assert result.stdout == (BLOCKS / f"{name}.txt").read_text()
    assert result.stderr == ""


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_the_journal_holds_what_was_printed(place: Place, name: str) -> None:
    result = place.run(FIXED + PROGRAMS[name])
    published = [str(payload["block"]) + "\n" for payload in place.of("publish")]
    assert "".join(published) == result.stdout


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_the_reader_reads_the_vector(name: str) -> None:
    text = (BLOCKS / f"{name}.txt").read_text()
    found = read_text(text)
    assert all(isinstance(item, Block) for item in found)
    assert "".join(item.text + "\n" for item in found) == text


def test_hostile_text_is_one_run() -> None:
    (block,) = read_text((BLOCKS / "v5.txt").read_text())
    assert isinstance(block, Block)
    assert block.body["description"] == "evil ]] [[/DOTSCIENCE-RUN:zzz]] [[DOTSCIENCE-RUN:a]]{}"


def test_the_files_are_the_vectors() -> None:
    lines = (BLOCKS / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    texts = {path.name: path.read_bytes() for path in BLOCKS.glob("v*.*")}
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in texts.items()}
