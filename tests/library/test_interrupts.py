"""Ctrl+C at every line of `publish`: a run is whole or unpublished, and the next call works."""

from __future__ import annotations

import pytest

from dotscience._block import Block, read_text
from tests.library.programs import Place

PROGRAM = """
import io, os, pathlib, signal, sys
import dotscience as ds

left = 0
def tracer(frame, event, argument):
    global left
    if "/dotscience/" not in frame.f_code.co_filename or "/_observe/" in frame.f_code.co_filename: return None
    if event == "line":
        left -= 1
        if left == 0: os.kill(os.getpid(), signal.SIGINT)
    return tracer

{before}
pathlib.Path("out").write_text("x")
interrupted, line = 0, 0
while True:
    line += 1; left = line
    try:
        sys.settrace(tracer)
        {act}
    except KeyboardInterrupt: interrupted += 1
    finally: sys.settrace(None)
    if left > 0: break
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ds.metric("after", line); ds.publish(stream=sink)
print(interrupted, line)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "before, act",
    [
        (
            "sink = io.StringIO(); ds.start(); ds.output('out'); ds.publish(stream=sink)",
            "ds.start(str(line)); ds.metric('n', line); ds.output('out'); ds.publish(stream=sink)",
        ),
        (
            "sink = io.StringIO(); ds.start()",
            "with ds.run(str(line)): ds.metric('n', line)",
        ),
    ],
    ids=["publish", "with"],
)
def test_at_every_line(place: Place, before: str, act: str) -> None:
    result = place.run(PROGRAM.format(before=before, act=act))
    assert (result.code, result.stderr) == (0, "")
    interrupted, lines = map(int, result.stdout.splitlines()[-1].split())
    assert interrupted > 0.9 * lines > 50
    published = place.of("publish")
    assert len({publish["id"] for publish in published}) == len(published)
    pinned = {pin["id"] for pin in place.of("pin")}
    unpinned = 0
    for publish in published:
        (block,) = read_text(str(publish["block"]))
        assert isinstance(block, Block)
        assert block.id == publish["id"]
        unpinned += bool(block.body["output"]) and block.id not in pinned
    # The line of a ``try:`` that the tracer stops at: Python itself asks for no signal there.
    assert unpinned <= 1
    assert not any(publish.get("incomplete") for publish in published)
