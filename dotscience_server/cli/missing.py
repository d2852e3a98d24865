"""What was not brought back, and what to do about it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..protocol.failure import ApiError
from ..snapshots.lacking import WORDS
from .status import path_text

Json = dict[str, Any]
_SHOWN = 20


@contextlib.contextmanager
def offering_the_rest() -> Iterator[None]:
    """Damage says how to have everything else."""
    try:
        yield
    except ApiError as error:
        if error.code == "object-damaged":
            error.next = f"'--skip-damaged' brings everything else back. {error.next}"
        raise


def tell_missing(result: Json) -> None:
    """Each file that is not there, with its reason."""
    lacking = result["lacking"] or ()
    for one in lacking[:_SHOWN]:
        print(f"  {path_text(one['path'])}: {WORDS[one['why']]}")
    if len(lacking) > _SHOWN:
        print(f"  + {len(lacking) - _SHOWN:,} (--json lists them)")


def end_incomplete(result: Json) -> None:
    """Exit code 1 where damaged files were left out."""
    if not result["incomplete"]:
        return
    raise SystemExit(1)
