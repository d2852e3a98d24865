"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["good", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """`what` names the thing, `text` says how it is, in words that go on after a colon. `problem`: something does not
    work as it should; `note`: it works, and could do better. `next`: a sentence or a command; None where there is
    nothing to do.
    """

    what: str
    state: State
    text: str
    next: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As in `doctor.schema.json`."""
        return {"what": self.what, "state": self.state, "text": self.text, "next": self.next}


def good(what: str, text: str) -> Finding:
    """It is as it should be."""
    return Finding(what, "good", text)


def note(what: str, text: str, next: str | None) -> Finding:
    """It works, and could do better."""
    return Finding(what, "note", text, next)


def problem(what: str, text: str, next: str) -> Finding:
    """It does not work."""
    return Finding(what, "problem", text, next)
