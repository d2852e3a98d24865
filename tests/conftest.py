"""What every test has: the variables that tracking adds for children of this process do not stay for the next test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

_FOR_CHILDREN = ("PYTHONPATH", "DOTSCIENCE_OBSERVED", "DOTSCIENCE_RUN")


@pytest.fixture(autouse=True)
def _children_are_not_observed() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _FOR_CHILDREN}
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
