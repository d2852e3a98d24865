"""``ds unpin``: the contrary of ``ds pin``."""

from __future__ import annotations

import argparse

from .context import Context
from .pin import configure, set_pinned

__all__ = ["configure", "run"]


def run(context: Context, arguments: argparse.Namespace) -> None:
    set_pinned(context, arguments.run, None)
