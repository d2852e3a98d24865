"""One pool a file of tests; each test works in a dataset of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .pools import Pool, ZfsGround, fresh_pool


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with fresh_pool() as made:
        yield made


@pytest.fixture
def ground(pool: Pool) -> ZfsGround:
    return ZfsGround(pool)
