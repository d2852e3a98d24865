"""Jobs and notices as the user meets them; signals for who waits."""

from __future__ import annotations

import asyncio

import pytest

from dotscience_server.protocol.failure import ApiError
from dotscience_server.snapshots.failures import Cancelled
from dotscience_server.worker.jobs import JobResult, Jobs
from dotscience_server.worker.notices import Notices
from dotscience_server.worker.signals import Signals
from dotscience_server.worker.storer import Storer
from tests.worker.schemas import check
from tests.worker.workspaces import wait_for


def test_a_cancelled_job_ends_as_cancelled() -> None:
    job = Jobs(lambda: None).add("checkout", "Restore", "files")
    job.begin()
    job.cancel()
    with pytest.raises(Cancelled):
        job.check()
    job.fail(ApiError.of("cancelled"))
    check("job", job.to_json())
    assert job.to_json()["state"] == "cancelled"


def test_a_job_that_ended_cannot_be_cancelled() -> None:
    job = Jobs(lambda: None).add("snapshot", "Save snapshot", "files")
    job.begin()
    job.succeed(JobResult(snapshot="s"))
    job.cancel()
    assert not job.cancelled and job.to_json()["state"] == "done"


def test_a_job_says_what_it_printed_last_until_its_next_part() -> None:
    job = Jobs(lambda: None).add("rerun", "Run again", "lines")
    job.say(b"epoch 1 \xff\n")
    job.say(b"   \n")
    check("job", job.to_json())
    assert job.to_json()["line"] == "epoch 1 \ufffd"
    job.say("x" * 5_000)
    assert len(job.to_json()["line"]) == 200
    job.turn("Compare", "files")
    assert job.to_json()["line"] is None


def test_old_jobs_are_forgotten() -> None:
    jobs = Jobs(lambda: None)
    for _ in range(50):
        jobs.add("rebuild", "Rebuild", "records").succeed(JobResult())
    assert len(jobs.all()) <= 21 and not jobs.active()


def test_one_notice_a_cause_until_it_ends() -> None:
    heard: list[int] = []
    notices = Notices(lambda: heard.append(1))
    error = ApiError.of("notebook-half-written", path="a.ipynb", detail="it is empty")
    notices.post(error, "a.ipynb", path="a.ipynb")
    notices.post(error, "a.ipynb", path="a.ipynb")
    assert len(heard) == 1
    (notice,) = notices.shown()
    check("notice", notice)
    notices.dismiss(notice["id"])
    notices.post(error, "a.ipynb", path="a.ipynb")
    assert notices.shown() == []  # dismissed as long as the cause lasts
    notices.clear("notebook-half-written", "a.ipynb")
    notices.post(error, "a.ipynb", path="a.ipynb")
    assert [one["id"] for one in notices.shown()] == [notice["id"]]


def test_who_waits_hears_of_revision_and_status() -> None:
    async def scenario() -> None:
        signals = Signals(5)
        signals.attach(asyncio.get_running_loop())
        status = signals.now.status
        waiting = asyncio.ensure_future(signals.wait(5, None, 30))
        counting = asyncio.ensure_future(signals.wait(5, status, 30))
        await asyncio.sleep(0)
        signals.bump()
        assert (await counting).status > status
        assert not waiting.done()
        signals.set_revision(6)
        assert (await waiting).revision == 6
        assert (await signals.wait(0, None, 30)).revision == 6

    asyncio.run(scenario())


def test_a_task_that_fails_for_good_does_not_hold_the_others() -> None:
    failures: list[BaseException] = []
    done: list[str] = []
    storer = Storer(failures.append, lambda: None, lambda: None)

    def bad() -> None:
        raise ValueError("no")

    storer.submit(bad)
    storer.submit(lambda: done.append("good"))
    storer.start()
    wait_for(lambda: done)
    storer.stop()
    assert [type(error) for error in failures] == [ValueError]
