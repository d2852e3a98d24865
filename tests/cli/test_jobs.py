"""Waiting for a job: progress, failure, Ctrl+C."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from dotscience_server.cli import jobs
from dotscience_server.protocol.failure import ApiError


def job(state: str = "running", **fields: Any) -> dict[str, Any]:
    return {
        **{"id": "j", "state": state, "title": "Save snapshot", "unit": "files"},
        **{"done": 0, "total": None, "done_bytes": None, "error": None, "result": None},
        **fields,
    }


class Scripted:
    """A worker whose job goes through the given states; notes what is deleted."""

    def __init__(self, states: list[dict[str, Any]]) -> None:
        self._states: Iterator[dict[str, Any]] = iter(states)
        self.deleted: list[str] = []

    def get(self, path: str) -> dict[str, Any]:
        return next(self._states)

    def delete(self, path: str) -> dict[str, Any]:
        self.deleted.append(path)
        return {}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def wait(worker: Scripted, begun: dict[str, Any]) -> dict[str, Any]:
    return jobs.wait(worker, begun)  # type: ignore[arg-type]


def test_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    running = job(done=1204, total=2900, done_bytes=1_280_000_000)
    wait(Scripted([running, job("done")]), running)
    assert capsys.readouterr().err == "Save snapshot: 1,204 files of 2,900 files, 1.28 GB\n"


def test_what_its_program_printed_last_is_shown_as_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    running = job(done=3, unit="lines", title="Rebuild", line="Collecting \x1b[2Jsums")
    wait(Scripted([running, job("done")]), running)
    assert capsys.readouterr().err == "Rebuild: 3 lines  Collecting \\x1b[2Jsums\n"


def test_a_job_that_ended_with_its_worker_is_said_so() -> None:
    class Next(Scripted):
        """A worker that was started since: it never heard of the job."""

        def get(self, path: str) -> dict[str, Any]:
            raise ApiError.of("job-not-found", job="j")

    with pytest.raises(ApiError, match=r"ended in the middle of it \(Save snapshot\)"):
        wait(Next([]), job())


def test_no_line_for_what_is_done_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wait(Scripted([job("done")]), job())
    assert capsys.readouterr().err == ""


def test_a_bar_on_a_terminal_is_wiped_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    running = job(done=1, total=2)
    wait(Scripted([job("done")]), running)
    shown = capsys.readouterr().err
    assert "█" * 12 + "░" * 12 in shown
    assert shown.endswith("\r\x1b[K")


def test_a_failed_job_raises_its_error() -> None:
    body = ApiError.of("disk-full", what="snapshot", free="1 MB", need="2 MB", kept="All.").body()
    with pytest.raises(ApiError) as caught:
        wait(Scripted([job("failed", error=body)]), job())
    assert caught.value.body() == body


def test_a_job_that_somebody_cancelled() -> None:
    with pytest.raises(ApiError) as caught:
        wait(Scripted([job("cancelled")]), job())
    assert caught.value.code == "cancelled"


def test_ctrl_c_cancels_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    worker = Scripted([])
    with pytest.raises(KeyboardInterrupt):
        wait(worker, job())
    assert worker.deleted == ["jobs/j"]
