"""TensorBoard's event files and DVCLive's folders become runs or points of the run that went on (real files)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience import _points
from dotscience._facts import Run
from dotscience_server.detect import tfevents
from dotscience_server.store.layout import Store, locate, open_store
from dotscience_server.store.objects import ObjectStore
from dotscience_server.store.records import Draft
from dotscience_server.worker.ledger import Ledger
from dotscience_server.worker.other_trackers import QUIET_S, OtherTrackers

FIXTURES = Path(__file__).with_name("fixtures")
EVENTS = FIXTURES / "tensorboard" / "events.out.tfevents.1700000000.host"


class Place:
    """A workspace with its ledger, and other trackers followed at a time that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store(locate(folder))
        self.ledger = Ledger(self.store, lambda: True, lambda lines: None)
        self.objects = ObjectStore(self.store.path)
        self.began: list[int] = []
        self.now_s = 0.0
        self.trackers = self.follow()

    def follow(self) -> OtherTrackers:
        return OtherTrackers(
            self.store, self.ledger, self.objects, lambda: self.began, lambda: self.now_s
        )

    def look(self) -> None:
        """Everything is known, read, and quiet for long enough."""
        files = [path for path in self.folder.rglob("*") if OtherTrackers.is_sign(path.name)]
        self.trackers.know(files)
        self.now_s = max(path.stat().st_mtime for path in files) + QUIET_S + 1
        self.trackers.poll()

    def runs(self) -> list[Run]:
        ids = [told["id"] for told in self.ledger.index.summaries_before(1 << 62, 100)]
        return [run for id in reversed(ids) if (run := self.ledger.index.run(id))]

    def points(self, run: Run, key: str) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        for part in run.points:
            assert part.object is not None
            for curve in _points.decode(self.objects.read(part.object), key):
                found += zip(curve.steps, curve.values, strict=True)
        return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.ledger.close()


def test_an_event_folder_is_a_run(place: Place) -> None:
    shutil.copytree(FIXTURES / "tensorboard", place.folder / "runs" / "a")
    place.look()
    (run,) = place.runs()
    assert (run.description, run.state) == ("runs/a", "published")
    assert run.started == "2023-11-14T22:13:20.000000Z"
    assert {value.key: value.text for value in run.metrics} == {"acc": "0.95", "train/loss": "0.05"}
    assert [step for step, _ in place.points(run, "train/loss")] == [i * 10 for i in range(20)]
    assert place.points(run, "acc")[3] == (3, pytest.approx(0.15))


def test_looking_again_repeats_nothing(place: Place) -> None:
    shutil.copytree(FIXTURES / "tensorboard", place.folder / "runs" / "a")
    place.look()
    revision = place.ledger.index.revision()
    place.look()
    place.trackers = place.follow()  # the worker was killed
    place.look()
    assert place.ledger.index.revision() == revision


def test_what_grows_later_is_added(place: Place) -> None:
    data = EVENTS.read_bytes()
    target = place.folder / "runs" / EVENTS.name
    target.parent.mkdir()
    target.write_bytes(data[:1000])  # cut inside a record
    place.look()
    before = len(place.points(place.runs()[0], "acc"))
    target.write_bytes(data)
    place.look()
    (run,) = place.runs()
    assert 0 < before < 20
    assert [step for step, _ in place.points(run, "acc")] == list(range(20))
    assert {value.key: value.text for value in run.metrics}["acc"] == "0.95"
    assert not run.conflict


def test_the_run_that_went_on_gets_the_points(place: Place) -> None:
    around = {"start": "2023-11-14T22:13:10.000000Z", "end": "2023-11-14T22:15:00.000000Z"}
    other = {"start": "2023-11-14T20:00:00.000000Z", "end": "2023-11-14T21:00:00.000000Z"}
    for id, times in (("a" * 8, around), ("b" * 8, other)):
        body = {**times, "summary": {"acc": "0.5"}}
        place.ledger.record([Draft("run.block", "journal:x", body, id)])
    shutil.copytree(FIXTURES / "tensorboard", place.folder / "runs" / "a")
    place.look()
    owner, stranger = place.runs()
    assert len(place.points(owner, "train/loss")) == 20
    assert {v.key: v.text for v in owner.metrics} == {"acc": "0.5", "train/loss": "0.05"}
    assert not stranger.points


def test_a_run_that_goes_on_is_waited_for(place: Place) -> None:
    shutil.copytree(FIXTURES / "tensorboard", place.folder / "runs" / "a")
    place.began = [1_699_999_990_000_000_000]
    place.look()
    assert not place.runs()
    place.began = []
    place.look()
    assert len(place.runs()) == 1


def test_a_dvclive_folder_is_a_run(place: Place) -> None:
    shutil.copytree(FIXTURES / "dvclive", place.folder / "dvclive")
    place.look()
    (run,) = place.runs()
    assert {v.key: v.text for v in run.parameters} == {"lr": "0.1", "net.h": "[1, 2]"}
    metrics = {v.key: v.text for v in run.metrics}
    assert metrics["final"] == "5"
    assert metrics["train/loss"] == "0.3333333333333333"
    assert place.points(run, "train/loss") == [(0, 1.0), (1, 0.5), (2, 1 / 3)]


def test_a_metrics_file_of_something_else_is_left_alone(place: Place) -> None:
    (place.folder / "metrics.json").write_text('{"a": 1}')
    place.look()
    assert not place.runs()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_a_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "events.out.tfevents.1"
    path.write_bytes(data)
    found, offset, _ = tfevents.read_scalars(str(path), 0)
    assert offset <= len(data)
    assert not found or len(data) > 12


@given(st.integers(0, 7437), st.integers(0, 255))
def test_damage_costs_no_more_than_what_follows(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    data = bytearray(EVENTS.read_bytes())
    data[min(at, len(data) - 1)] = byte
    path = tmp_path_factory.getbasetemp() / "events.out.tfevents.2"
    path.write_bytes(data)
    found, offset, _ = tfevents.read_scalars(str(path), 0)
    assert offset <= len(data)
    assert len(found) <= 40
