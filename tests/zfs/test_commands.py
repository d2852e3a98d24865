"""What is asked of `zfs`, and what becomes of its answers: with a fake that records every argument."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dotscience_server.store.failures import FreezeRefused
from dotscience_server.zfs import capabilities as asking
from dotscience_server.zfs import command, delegation
from dotscience_server.zfs.capabilities import Capabilities
from dotscience_server.zfs.datasets import Datasets
from dotscience_server.zfs.places import mounts_below, place_of, read_mounts

from .fake_zfs import FakeZfs

SNAPSHOT = "tank/ws@ds-1"
HELD = f"cannot destroy snapshot {SNAPSHOT}: it's being held. Run 'zfs holds -r {SNAPSHOT}' to see holders."
FULL = Capabilities(
    version="2.3.2", bookmarks=True, holds_listed=True, written_since=True, get_types=True
)


@pytest.fixture
def fake(tmp_path: Path) -> FakeZfs:
    return FakeZfs(tmp_path)


@pytest.fixture
def datasets(fake: FakeZfs, monkeypatch: pytest.MonkeyPatch) -> Datasets:
    monkeypatch.setattr("dotscience_server.zfs.datasets.capabilities", lambda zfs: FULL)
    return Datasets(fake.tools())


def refusal(call: object, *arguments: object) -> FreezeRefused:
    with pytest.raises(FreezeRefused) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value


def test_texts_are_in_english_and_no_shell_reads_them(fake: FakeZfs) -> None:
    fake.tools().run("get", "guid", "tank/a b; rm -rf $HOME `id` | cat\n")
    (asked,) = fake.asked()
    assert asked["argv"] == ["zfs", "get", "guid", "tank/a b; rm -rf $HOME `id` | cat\n"]
    assert (asked["locale"], asked["cwd"]) == ("C.UTF-8", "/")


@pytest.mark.parametrize(
    "argv", [["receive", "-F", "t"], ["rollback", "-rf", "t"], ["receive", "-suF", "t"]]
)
def test_nothing_is_forced(fake: FakeZfs, argv: list[str]) -> None:
    with pytest.raises(ValueError, match="never forced"):
        fake.tools().run(*argv)
    assert fake.asked() == []


def test_one_that_hangs_is_left(fake: FakeZfs) -> None:
    fake.on("get", sleep=60)
    assert refusal(fake.tools(limit_s=0.3).run, "get", "guid", "tank").code == "zfs-no-answer"


def test_one_that_is_not_wanted_any_more_is_ended(fake: FakeZfs) -> None:
    fake.on("get", sleep=60)

    def cancelled() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fake.tools(check=cancelled).run("get", "guid", "tank")


def test_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = command.Zfs(str(tmp_path / "zfs"), str(tmp_path / "zpool"))
    assert refusal(missing.run, "list", "tank").code == "zfs-not-running"
    monkeypatch.setattr(command, "_MORE_PATHS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.Zfs.find() is None


def test_a_stream_that_is_cut_by_a_refusal_is_told_as_the_refusal(fake: FakeZfs) -> None:
    fake.on("send", err="warning: cannot send 'tank/ws@b': permission denied")

    def read() -> None:
        with fake.tools().reading("send", "tank/ws@b") as file:
            if not file.read():
                raise ValueError("cut off")

    assert refusal(read).code == "zfs-permission"


def test_a_snapshot_is_marked_in_the_same_moment_and_held(
    fake: FakeZfs, datasets: Datasets
) -> None:
    fake.on("get", "guid", out="18446744073709551615\n")
    assert datasets.take(SNAPSHOT, [("ds:below", b"a\tb\n")]) == "18446744073709551615"
    assert fake.commands()[:2] == [
        ["zfs", "snapshot", "-o", "ds:below=YQliCg", SNAPSHOT],
        ["zfs", "hold", "dotscience", SNAPSHOT],
    ]


def test_without_its_hold_nothing_stays_of_a_snapshot(fake: FakeZfs, datasets: Datasets) -> None:
    fake.on("hold", err=f"cannot hold snapshot '{SNAPSHOT}': permission denied")
    assert refusal(datasets.take, SNAPSHOT, []).code == "zfs-permission"
    assert ["zfs", "destroy", SNAPSHOT] in fake.commands()


def test_what_another_holds_stays_held_by_us_too(fake: FakeZfs, datasets: Datasets) -> None:
    fake.on("destroy", err=HELD)
    fake.on("guid", out="7\n")
    fake.on("holds", out=f"{SNAPSHOT}\tdotscience\tnow\n{SNAPSHOT}\tbackup\tnow\n")
    failure = refusal(datasets.destroy, SNAPSHOT)
    assert (failure.code, failure.fields["who"]) == ("zfs-held", "backup")
    assert fake.commands().index(["zfs", "destroy", SNAPSHOT]) < fake.commands().index(
        ["zfs", "hold", "dotscience", SNAPSHOT]
    )


def test_the_newest_that_a_target_has_stays(fake: FakeZfs, datasets: Datasets) -> None:
    fake.on("destroy", err=HELD)
    fake.on("guid", out="7\n")
    fake.on("holds", out=f"{SNAPSHOT}\tds:nas\tnow\n")
    failure = refusal(datasets.destroy, SNAPSHOT)
    assert (failure.code, failure.fields["who"]) == ("zfs-replicated", "nas")


def test_one_that_is_gone_is_given_up_already(fake: FakeZfs, datasets: Datasets) -> None:
    fake.on(
        "release", err=f"cannot release hold from snapshot '{SNAPSHOT}': dataset does not exist"
    )
    fake.on("destroy", err="could not find any snapshots to destroy; check snapshot names.")
    datasets.destroy(SNAPSHOT)


def test_rows_that_others_forged_are_left_out(fake: FakeZfs, datasets: Datasets) -> None:
    rows = [
        "tank/ws@a\tguid\t5",
        "tank/ws@a\tcreatetxg\t9",
        "tank/wsx@b\tguid\t6",
        "tank/ws@c\tguid",
    ]
    fake.on("guid,createtxg", out="\n".join(rows) + "\nnonsense\ttank/ws@d\n")
    assert [(one.name, one.guid) for one in datasets.snapshots("tank/ws")] == [("tank/ws@a", "5")]


def test_a_renamed_dataset_keeps_its_snapshots(fake: FakeZfs, datasets: Datasets) -> None:
    fake.on("value guid tank/old@ds-1", err="cannot open 'tank/old@ds-1': dataset does not exist")
    fake.on("guid,createtxg", out="tank/new@ds-1\tguid\t5\ntank/new@ds-1\tcreatetxg\t9\n")
    assert datasets.find("tank/old@ds-1", "5", "tank/new") == "tank/new@ds-1"
    assert datasets.find("tank/old@ds-1", "6", "tank/new") is None


def test_a_host_is_asked_once_for_what_it_can_do(fake: FakeZfs) -> None:
    usage = Path(__file__).parent / "fixtures" / "usage-2.3.2.txt"
    fake.on("allow", err="receive\n", code=2)
    fake.on("version", out="zfs-2.3.2-2\nzfs-kmod-2.3.2-2\n")
    fake.on("get", err="\twritten@<snap>  NO  NO  <size>\n", code=2)
    fake.answers.append({"when": ["zfs"], "err": usage.read_text(), "code": 2})
    fake.on("holds", err="usage:\n\tholds [-rHp] <snapshot> ...\n", code=2)
    can = asking.capabilities(fake.tools())
    asked = len(fake.asked())
    assert asking.capabilities(fake.tools()) == can
    assert len(fake.asked()) == asked
    assert (can.version, can.module, can.fuse) == ("2.3.2-2", "2.3.2-2", False)
    assert (can.send_flags, can.recv_flags) == ("Lec", "su")
    names = (
        "bookmarks holds_listed written_since diff resume estimate raw recv_properties get_types"
    )
    assert all(getattr(can, name) for name in f"{names} list_parsable json programs".split())
    assert not can.append_only
    assert can.to_json()["send_flags"] == "Lec"


ALLOW = """---- Permissions on tank/ws ---------------------------------------------
Permission sets:
\t@take hold,release,snapshot
Local permissions:
\tuser ann send
Descendent permissions:
\tuser ann rollback
Local+Descendent permissions:
\tuser ann @take,userprop
\tuser bob destroy
\tgroup lab mount
\teveryone diff
---- Permissions on tank ------------------------------------------------
Local permissions:
\tuser ann rename
Local+Descendent permissions:
\tuser ann bookmark
"""


def test_rights_come_from_the_user_its_groups_sets_and_above() -> None:
    have = delegation.rights(ALLOW, "tank/ws", "ann", ["lab"])
    wanted = "send hold release snapshot userprop mount diff bookmark @take"
    assert have == set(wanted.split())
    assert delegation.rights(ALLOW, "tank/ws", "eve", []) == {"diff"}


@pytest.mark.parametrize("almighty", [True, False])
def test_root_of_the_host_lacks_nothing(
    datasets: Datasets, monkeypatch: pytest.MonkeyPatch, almighty: bool
) -> None:
    monkeypatch.setattr(delegation, "is_almighty", lambda: almighty)
    assert (delegation.missing(datasets, "tank/ws") == []) is almighty


def test_root_of_a_container_is_not_that_of_the_host() -> None:
    probe = "from dotscience_server.zfs.delegation import is_almighty; print(is_almighty())"
    argv = ["unshare", "--user", "--map-root-user", sys.executable, "-c", probe]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    assert done.stdout == "False\n"


def test_the_grant_is_one_command() -> None:
    assert delegation.grant("tank/ws", "ann") == [
        *("zfs", "allow", "-u", "ann"),
        "snapshot,hold,release,userprop,destroy,mount,send,bookmark,diff",
        "tank/ws",
    ]


MOUNTS = rb"""22 1 0:20 / / rw - ext4 /dev/vda rw
30 22 0:30 / /tank rw shared:1 - zfs tank rw,xattr
31 30 0:31 / /tank/a\040b rw - zfs tank/a\040b rw
32 31 0:32 / /tank/a\040b/.zfs/snapshot/s rw - zfs tank/a\040b@s ro
33 31 0:33 / /tank/a\040b/inner rw - zfs tank/a\040b/inner rw
34 22 0:31 /part /else rw - zfs tank/a\040b rw
35 22 0:35 / /fuse rw - fuse.zfs pool rw
"""


def test_where_a_folder_lies(tmp_path: Path) -> None:
    mounts = read_mounts(MOUNTS)
    real = os.path.realpath
    try:
        os.path.realpath = lambda path, strict=False: str(path)  # type: ignore[assignment]
        place = place_of(Path("/tank/a b/x/y"), mounts)
        part = place_of(Path("/else/x"), mounts)
        fuse = place_of(Path("/fuse"), mounts)
        assert place is not None and part is not None and fuse is not None
        assert (place.dataset, place.below, place.mountpoint) == ("tank/a b", b"x/y", b"/tank/a b")
        assert (part.dataset, part.below, part.mountpoint) == ("tank/a b", b"part/x", b"/tank/a b")
        assert (fuse.dataset, fuse.below, fuse.fuse) == ("pool", b"", True)
        assert place_of(Path("/home"), mounts) is None
        assert place_of(Path("/tank/a b/.zfs/snapshot/s/x"), mounts) is None
        assert mounts_below(Path("/tank/a b"), mounts) == [b".zfs/snapshot/s", b"inner"]
    finally:
        os.path.realpath = real
