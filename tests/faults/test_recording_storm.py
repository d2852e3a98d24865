"""G1, G2: whatever a program calls and whenever it is killed, every call that returned is recorded.

A seeded storm of API calls in processes of their own; a seed that fails becomes a test of its own.
A call has *returned* when the program has said so in a pipe, after it.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from dotscience._block import read_text
from dotscience._journal import is_alive
from tests.library.programs import LIMIT_S, Place

pytestmark = [pytest.mark.slow, pytest.mark.fault]

#: Each act says in one write what it has told, as ``kind key value`` of ids and numbers.
STORM = """
import asyncio, contextlib, io, os, random, sys, threading
import dotscience as ds

chance = random.Random(int(sys.argv[1]))
sink, told, lock = io.StringIO(), sys.stdout.fileno(), threading.Lock()
counter = iter(range(10**9))

def say(kind, value): os.write(told, f"{kind} {value}\\n".encode())

def metric():
    value = next(counter); ds.metric(chance.choice("abc"), value); say("point", value)
def stepped():
    value = next(counter); ds.metric("stepped", value, step=chance.choice([1, 0.5, 7])); say("point", value)
def bulk():
    values = {name: next(counter) for name in "xyz"}; ds.metrics(values)
    for value in values.values(): say("point", value)
def parameter():
    value = next(counter); ds.parameter("p%d" % value, value); say("parameter", value)
def label():
    value = next(counter); ds.label("\\ud800%d" % value, value); say("label", value)
def text():
    value = next(counter); ds.metric("text", "v%d" % value); say("metric", "v%d" % value)
def publish():
    ds.metric("last", 1); id = ds._current()._running_id(); ds.publish(stream=sink); say("publish", id)
def start(): ds.start(str(next(counter)))
def scoped():
    with contextlib.suppress(ValueError), ds.run("scope", group="g") as run:
        id = run._running_id(); metric(); bulk()
        if chance.random() < 0.3: raise ValueError("storm")
    say("publish", id)
def looped():
    for step in ds.steps(range(chance.randint(1, 5))): metric()
def threaded():
    threads = [threading.Thread(target=metric) for _ in range(3)]
    [thread.start() for thread in threads]; [thread.join() for thread in threads]
def tasks():
    async def task():
        with ds.run("task") as run:
            id = run._running_id(); metric(); await asyncio.sleep(0); metric()
        say("publish", id)
    async def main(): await asyncio.gather(task(), task())
    asyncio.run(main())
def forked():
    child = os.fork()
    if child == 0:
        global counter
        counter = iter(range(os.getpid() * 10**6, 10**12)); metric(); bulk(); os._exit(0)
    os.waitpid(child, 0)
def logged():
    value = next(counter); ds.log("thing", "text %d" % value); say("media", "text %d" % value)
def closed(): os.closerange(3, 900)

sys.stdout = io.StringIO()
import dotscience._show as shown
shown.write_plain = lambda block, flush=False: None
acts = [metric, metric, stepped, bulk, parameter, label, text, publish, start, scoped, looped, threaded, tasks, forked, logged, closed]
for _ in range(int(sys.argv[2])): chance.choice(acts)()
"""


def storm(place: Place, seed: int, acts: int, kill_after: int | None) -> list[str]:
    """The lines that one program said; killed once it has said ``kill_after``."""
    process = place.start(STORM, args=(str(seed), str(acts)))
    assert process.stdout is not None
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stdout:
        if line.endswith("\n"):
            said.append(line.rstrip())
        if len(said) == kill_after:
            process.kill()
    errors = process.stderr.read()
    code = process.wait(LIMIT_S)
    process.communicate()
    assert code == (0 if kill_after is None else -9) or (kill_after and code == 0), errors
    # A thread that reads the environment may meet the storm's `closerange`.
    unexpected = [line for line in errors.splitlines() if "Bad file descriptor" not in line]
    assert unexpected == [], errors
    return said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "ws").mkdir()
    (tmp_path / "home").mkdir()
    return Place(tmp_path / "ws", tmp_path / "home")


@pytest.mark.parametrize("seed", range(6))
def test_every_call_that_returned_is_in_the_journals(place: Place, seed: int) -> None:
    chance = random.Random(seed)
    told: Counter[str] = Counter()
    for _ in range(4):
        kill_after = chance.choice([None, chance.randint(1, 150)])
        told.update(storm(place, chance.randint(0, 10**6), chance.randint(20, 120), kill_after))
    kept: Counter[str] = Counter(f"point {point.value:.0f}" for point in place.points())
    kept.update(f"{value['kind']} {value['text']}" for value in place.of("value"))
    kept.update(f"publish {publish['id']}" for publish in place.of("publish"))
    for media in place.of("media"):
        kept[f"media {(place.root / '.dotscience/pins' / str(media['pin'])).read_text()}"] += 1
    missing = {line: count for line, count in told.items() if kept[line] < count}
    assert missing == {}, f"seed {seed}"
    for publish in place.of("publish"):
        (block,) = read_text(str(publish["block"]))
        assert block.id == publish["id"], f"seed {seed}"
        assert "incomplete" not in publish, f"seed {seed}"
    assert not any(is_alive(path) for path in place.journals()), f"seed {seed}"
