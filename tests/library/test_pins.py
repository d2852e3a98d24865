"""Pins: declared outputs kept at publish, within bounds, whatever the outputs are."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

import pytest

from dotscience import _pins
from dotscience._pins import Pins
from tests.library.programs import Place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def take(pins: Pins, root: Path, *paths: str, run: str = "r") -> list[dict[str, Any]]:
    return pins.take(run, str(root), list(paths))


def test_fifty_runs_of_one_cell_keep_fifty_models(place: Place) -> None:
    place.run("""
        import dotscience as ds
        for n in range(50):
            ds.start()
            with open(ds.output("model.bin"), "w") as file: file.write("%02d" % n)
            ds.publish()
    """)
    pins = place.root / ".dotscience" / "pins"
    kept = [(pins / record["files"][0]["pin"]).read_text() for record in place.of("pin")]  # type: ignore[index]
    assert kept == [f"{n:02}" for n in range(50)]


def test_a_pin_is_the_file_and_names_its_state(root: Path, store: Path) -> None:
    file = root / "sub" / "m"
    file.parent.mkdir()
    file.write_bytes(os.urandom(3_000_000))
    file.chmod(0o640)
    os.utime(file, ns=(1, 1_234_567_890_123_456_789))
    (pin,) = take(Pins(str(store)), root, "sub/m")
    assert (store / "pins" / pin["pin"]).read_bytes() == file.read_bytes()
    assert pin == {
        "path": "sub/m",
        "pin": "r/1",
        "size": 3_000_000,
        "mtime_ns": "1234567890123456789",
        "mode": 0o640,
    }


def test_what_is_no_regular_file_is_never_opened(root: Path, store: Path) -> None:
    """A FIFO would block, a device may do anything (G1)."""
    os.mkfifo(root / "fifo")
    (root / "null").symlink_to("/dev/null")
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    found = take(Pins(str(store)), root, "fifo", "null", "dangling", "loop", "gone", "a\0b")
    assert [item.get("skipped") for item in found[:2]] == ["error", "error"]
    assert found[2:] == [{"path": p, "missing": True} for p in ("dangling", "loop", "gone", "a\0b")]
    assert not (store / "pins").exists()


def test_a_links_target_is_pinned(root: Path, store: Path) -> None:
    (root / "real").write_text("content")
    (root / "link").symlink_to("real")
    (pin,) = take(Pins(str(store)), root, "link")
    kept = store / "pins" / pin["pin"]
    assert kept.read_text() == "content"
    assert not kept.is_symlink()


def test_an_unchanged_file_is_named_as_the_same(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = Pins(str(store))
    (root / "m").write_text("one")
    assert "pin" in take(pins, root, "m", run="fresh")[0], "a fresh file may still change unseen"
    assert "pin" in take(pins, root, "m", run="again")[0]
    monkeypatch.setattr(_pins, "_RACY_NS", 0)
    assert take(pins, root, "m", run="old")[0]["pin"] == "old/1"
    assert take(pins, root, "m", run="next") == [{"path": "m", "same": "old/1"}]
    (root / "m").write_text("two")
    assert "pin" in take(pins, root, "m", run="changed")[0]


def test_a_file_mapped_for_writing_is_never_the_same(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its times do not tell when it changes."""
    pins = Pins(str(store))
    (root / "m").write_text("one")
    monkeypatch.setattr(_pins, "_RACY_NS", 0)
    assert take(pins, root, "m", run="a")[0]["pin"] == "a/1"
    with (root / "m").open("r+b") as file, mmap.mmap(file.fileno(), 3) as mapped:
        mapped[0:3] = b"two"
        (pin,) = take(pins, root, "m", run="b")
        assert (store / "pins" / pin["pin"]).read_text() == "two"


def test_bounds_skip_by_name_and_keep_the_small_ones(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pins, "_clone", lambda source, target: False)
    monkeypatch.setattr(_pins, "COPY_BYTES", 1000)
    for name, size in (("a", 600), ("b", 100), ("c", 500), ("d", 900)):
        (root / name).write_bytes(b"x" * size)
    found = {item["path"]: item for item in take(Pins(str(store)), root, "a", "b", "c", "d")}
    assert [name for name in "abcd" if "pin" in found[name]] == ["b", "c"]
    assert found["a"]["skipped"] == found["d"]["skipped"] == "too large"
    assert (found["d"]["size"], found["d"]["mtime_ns"]) == (
        900,
        str((root / "d").stat().st_mtime_ns),
    )
    assert sorted(os.listdir(store / "pins" / "r")) == sorted(
        found[name]["pin"].partition("/")[2] for name in "bc"
    )


def test_the_number_of_files_is_bounded(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pins, "FILES", 3)
    for n in range(5):
        (root / str(n)).write_text("x")
    found = take(Pins(str(store)), root, *"01234")
    assert ["pin" in item for item in found].count(True) == 3
    assert [item["skipped"] for item in found if "skipped" in item] == ["too large"] * 2


def test_waiting_pins_are_bounded_until_the_worker_has_taken_them(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pins, "WAITING_BYTES", 1000)
    (root / "m").write_bytes(b"x" * 400)
    pins = Pins(str(store))
    states = [next(iter(set(take(pins, root, "m", run=run)[0]) - {"path"})) for run in "ab"]
    assert "skipped" in take(pins, root, "m", run="c")[0], states
    for path in (store / "pins").glob("*/*"):
        path.unlink()
    assert "pin" in take(pins, root, "m", run="d")[0]


def test_a_floor_of_free_space_is_left(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "m").write_text("x")
    monkeypatch.setattr(_pins, "FREE_BYTES", 1 << 60)
    assert take(Pins(str(store)), root, "m")[0]["skipped"] == "too large"


@pytest.mark.parametrize("moves", [1, 99])
def test_a_file_that_changes_while_it_is_copied(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """G3: tried again, then skipped; never a mixture."""
    (root / "m").write_text("old")
    left = moves

    def copy(source: int, target: int, count: int) -> int:
        nonlocal left
        copied = _pins._by_hand(source, target, count)
        if left > 0:
            left -= 1
            (root / "m").write_text("newer")
            os.utime(root / "m", ns=(left, left))
        return copied

    monkeypatch.setattr(_pins, "_clone", lambda source, target: False)
    monkeypatch.setattr(_pins, "_by_range", copy)
    (pin,) = take(Pins(str(store)), root, "m")
    if moves == 1:
        assert (store / "pins" / pin["pin"]).read_text() == "newer"
    else:
        assert pin["skipped"] == "error"
        assert os.listdir(store / "pins" / "r") == []


@pytest.mark.parametrize("working", ["_by_sendfile", "_by_hand"])
def test_every_way_of_copying_gives_the_bytes(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch, working: str
) -> None:
    def refuse(*args: object) -> int:
        raise OSError("not on this file system")

    for name in {"_by_range", "_by_sendfile"} - {working}:
        monkeypatch.setattr(_pins, name, refuse)
    monkeypatch.setattr(_pins, "_clone", lambda source, target: False)
    (root / "m").write_bytes(os.urandom(5_000_000))
    (pin,) = take(Pins(str(store)), root, "m")
    assert (store / "pins" / pin["pin"]).read_bytes() == (root / "m").read_bytes()


def test_names_that_are_not_utf8(root: Path, store: Path) -> None:
    name = os.fsdecode(b"m\xff")
    (root / name).write_text("x")
    (pin,) = take(Pins(str(store)), root, name)
    assert (pin["path"], pin["pin"]) == (name, "r/1")
