"""What begins when a process records its first thing: a process that tracks nothing pays nothing.

`PARTS` is the table: ``module:function``, imported only then and called with the `Recorder`. A part
that is missing or fails stops no other (G1).
"""

from __future__ import annotations

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dotscience._recorder import Recorder

PARTS: tuple[str, ...] = (
    "dotscience._observe:start",
    "dotscience._background:begin",
    "dotscience._seeds:begin",
)


def begin_observing(recorder: Recorder) -> None:
    """Begin every part, in the order of the table."""
    for part in PARTS:
        _begin(part, recorder)


@guarded
def _begin(part: str, recorder: Recorder) -> None:
    from importlib import import_module

    module, _, function = part.partition(":")
    getattr(import_module(module), function)(recorder)
