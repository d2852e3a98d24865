"""The freezer of ZFS on a real pool: zfs-fuse's here, OpenZFS's in the virtual machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.filesystems.disks import being
from tests.snapshots.freezer_contract import FreezerContract

from .pools import Pool, ZfsGround, zfs

pytestmark = [pytest.mark.slow, pytest.mark.any_zfs]


class TestAsRoot(FreezerContract):
    pass


@pytest.mark.openzfs
class TestAsUser(FreezerContract):
    """Who has the rights that `ds doctor` prints, and no others."""

    USER = 1000

    @pytest.fixture
    def ground(self, pool: Pool) -> Iterator[ZfsGround]:
        made = ZfsGround(pool, user=self.USER)
        zfs(
            "allow",
            "-u",
            str(self.USER),
            "snapshot,hold,release,userprop,destroy,mount,send,bookmark,diff",
            made.dataset,
        )
        with being(self.USER):
            yield made

    @pytest.mark.parametrize("seed", [3])
    def test_what_is_not_told_as_changed_is_the_same(self, ground: ZfsGround, seed: int) -> None:
        # What a stream tells does not depend on who asks; here all is slow.
        super().test_what_is_not_told_as_changed_is_the_same(ground, seed)
