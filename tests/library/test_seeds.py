"""Seeds that programs set in code, seen at the functions that set them."""

from __future__ import annotations

import pytest

from dotscience._journal import PUBLISH, SEEDS
from tests.library.programs import Place
from tests.library.test_pythons import interpreter

AT_FIRST = """
import os, pickle, random, inspect
import dotscience as ds
"""


def seeds(place: Place) -> list[dict[str, str]]:
    """What the records of seeds say, in order."""
    found = []
    for payload in place.of("seeds"):
        told = payload["seeds"]
        assert isinstance(told, dict)
        found.append(told)
    return found


def test_seeds_of_each_run(place: Place) -> None:
    done = place.run(
        AT_FIRST
        + """
random.seed(1)  # nothing is tracked yet
for number in range(3):
    ds.start()
    random.seed(number); random.seed(number + 100)
    ds.publish()
ds.start(); ds.publish()  # as the one before
ds.start(); random.seed("word"); random.seed(None); random.seed(1.5)
import numpy as np
np.random.seed(7); np.random.default_rng(8); np.random.default_rng([9, 10]); np.random.default_rng()
np.random.default_rng(np.int64(11)); np.random.default_rng(np.random.SeedSequence(12)); np.random.seed(seed=13)
ds.publish()
"""
    )
    assert (done.code, done.stderr) == (0, "")
    runs: list[object] = []
    last: object = None
    for record in place.records():
        if record.type == SEEDS:
            last = record.payload["seeds"]
        elif record.type == PUBLISH:
            runs.append(last)
    assert runs == [
        *({"random.seed": f"{n}, {n + 100}"} for n in range(3)),
        {"random.seed": "2, 102"},
        {
            "random.seed": "word, None, 1.5",
            "numpy.random.seed": "7, 13",
            "numpy.random.default_rng": "8, [9, 10], 11",
        },
    ]


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
def test_the_functions_stay_what_they_were(place: Place, version: str) -> None:
    done = place.run(
        AT_FIRST
        + """
before, signature = random.seed, inspect.signature(random.seed)
random.seed(5); wanted = random.random()
ds.start()
assert random.seed != before and inspect.signature(random.seed) == signature
assert (random.seed.__name__, random.seed.__doc__, random.seed.__self__) == (
    "seed", before.__doc__, before.__self__)
assert pickle.loads(pickle.dumps(random.seed)).__func__ is before.__func__
class Mine:
    seed = random.seed
assert Mine().seed(5) is None and random.random() == wanted
try:
    random.seed({}, version=3, other=4)
except TypeError as error:
    assert "other" in str(error)
else:
    raise AssertionError
random.seed(10**400); random.seed("ghp_16C7e42F292c6912E7710c838347Ae178B4a"); random.seed(b"x")
ds.publish()
""",
        python=interpreter(version),
    )
    assert (done.code, done.stderr) == (0, "")
    [told] = seeds(place)
    assert told == {"random.seed": "5, an integer of 1329 bits, …, 1 bytes"}


def test_numpys_functions_stay_what_they_were(place: Place) -> None:
    done = place.run(
        AT_FIRST
        + """
import numpy as np
before = np.random.default_rng
class Mine:
    make = np.random.default_rng
def bound(it): return hasattr(it, "__self__")
was = bound(Mine().make)
ds.start()
assert np.random.default_rng is not before
assert pickle.loads(pickle.dumps(np.random.default_rng)) is np.random.default_rng
assert pickle.loads(pickle.dumps(np.random.seed)) is np.random.seed
assert inspect.signature(np.random.seed) is not None
Mine.make = np.random.default_rng
assert bound(Mine().make) == was
rng = np.random.default_rng(3)
assert np.random.default_rng(rng) is rng and rng.integers(1000) == before(3).integers(1000)
ds.publish()
"""
    )
    assert (done.code, done.stderr) == (0, "")
    assert seeds(place) == [{"numpy.random.default_rng": "3"}]


def test_a_library_that_comes_later(place: Place) -> None:
    (place.root / "torch").mkdir()
    (place.root / "torch" / "__init__.py").write_text(
        "from torch import random\nfrom torch.random import manual_seed\n"
    )
    (place.root / "torch" / "random.py").write_text("def manual_seed(seed): return seed + 1\n")
    done = place.run(
        AT_FIRST
        + """
ds.start()
import torch
assert torch.manual_seed is torch.random.manual_seed
assert (torch.manual_seed(3), torch.random.manual_seed(seed=4)) == (4, 5)
assert pickle.loads(pickle.dumps(torch.manual_seed)) is torch.manual_seed
ds.publish()
"""
    )
    assert (done.code, done.stderr) == (0, "")
    assert seeds(place) == [{"torch.manual_seed": "3, 4"}]


def test_children(place: Place) -> None:
    """A forked child tells its parent's seeds; one that records nothing has no journal."""
    done = place.run(
        AT_FIRST
        + """
ds.start(); random.seed(1); ds.publish()
def child(work):
    if os.fork() == 0:
        work(); os._exit(0)
    os.wait()
child(lambda: random.seed(2))
child(lambda: (ds.start(), random.seed(3), ds.publish()))
"""
    )
    assert (done.code, done.stderr) == (0, "")
    assert len(place.journals()) == 2
    assert {"random.seed": "3"} in seeds(place)


def test_nothing_tracked_nothing_replaced(place: Place) -> None:
    done = place.run(
        AT_FIRST
        + """
import sys
assert not hasattr(random.seed, "_dotscience_seed") and "dotscience._seeds" not in sys.modules
"""
    )
    assert (done.code, done.stderr) == (0, "")


def test_a_run_that_ends_without_publish(place: Place) -> None:
    done = place.run(AT_FIRST + "ds.start(); ds.metric('a', 1); random.seed(4)\n")
    assert (done.code, done.stderr) == (0, "")
    assert seeds(place) == [{"random.seed": "4"}]
