"""The composition root: builds the worker's parts, passes them to each other, starts and ends them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from dotscience._records import Line

from ..chunks.client import engine_for
from ..protocol.errors import ErrorCode
from ..protocol.failure import ApiError
from ..snapshots.contract import TreeResult
from ..snapshots.plan import TreePlan
from ..snapshots.policy import Policy
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .branches import Branches
from .changed_files import ChangedFiles
from .checkouts import Checkouts
from .claims import Claims
from .commands import Commands
from .diffs import Diffs
from .drafts import Drafts
from .environments import Environments
from .errors import as_api_error
from .ingest import Heard, Ingest
from .jobs import Job, JobResult, Jobs
from .journal_ingest import JournalIngest
from .ledger import Ledger
from .logs import Logs
from .migration import Migration
from .notebook_ingest import NotebookIngest
from .notices import Notices
from .other_trackers import OtherTrackers
from .path_policy import PathPolicies
from .refs import Refs
from .rerun_files import RerunFiles
from .reruns import Reruns
from .restores import Around, Restores
from .running import Running
from .sealer import Sealer
from .series import Curves, Series
from .sessions import Sessions
from .shown_media import ShownMedia
from .signals import Signals
from .snapshotter import Reports, Snapshotter
from .store_care import StoreCare
from .storer import Storer
from .survey import Survey
from .thinned import Thinned
from .tree import Tree
from .tree_notices import TreeNotices
from .trees import Trees
from .unfinished import Unfinished
from .versions import Versions
from .views import Views

_STORE_CODES: tuple[ErrorCode, ...] = ("disk-full", "disk-floor", "store-unwritable")
_NOT_NOTICED: tuple[ErrorCode, ...] = ("cancelled", "worker-unreachable")
"""Somebody wanted it, or this worker ends."""
_NEEDS_SNAPSHOT = ("run.block", "run.interrupted", "run.draft", "run.kept")


class Services:
    """Everything the handlers use. Built blocking, in a thread, before any request is answered."""

    def __init__(self, store: Store, stands: Callable[[], bool]) -> None:
        self.store = store
        self.stands = stands
        """Whether the store is still the one that this worker opened."""
        self.ledger = Ledger(store, stands, self._recorded)
        self.signals = Signals(self.ledger.index.revision())
        self.notices = Notices(self.signals.bump)
        self.jobs = Jobs(self.signals.bump)
        engine = engine_for(store.path, store.cache)
        self.objects = ObjectStore(store.path, store.cache, engine, self.failed)
        if not store.read_only:
            self.objects.clear_unfinished()
        self.tree = Tree(store, self.ledger, self.objects)
        self.path_policies = PathPolicies(self.tree)
        self.views = Views(self.ledger, self.objects, store.workspace, store.branch)
        self.refs = Refs(self.ledger, self.views)
        self.thinned = Thinned(self.ledger, self.objects)
        self.sealer = Sealer(
            self.ledger,
            self.tree,
            lambda: self.snapshotter.busy(),
            self.failed,
            self.signals.bump,
        )
        self.trees = Trees(self.ledger, self.objects, self.thinned, self.sealer.seal)
        self.unfinished = Unfinished(store.path)
        self.diffs = Diffs(store, self.objects, self.trees, self.tree)
        self.versions = Versions(store, self.ledger, self.objects, self.trees, self.tree)
        self.environments = Environments(store, self.ledger, self.objects)
        self.commands = Commands(store, self.ledger, self.objects, self.failed)
        self.logs = Logs(self.objects)
        self.checkouts = Checkouts(store, self.ledger, self.objects, self.trees, self.unfinished)
        self.branches = Branches(store, self.ledger, self.objects, self.trees, self.checkouts)
        self.storer = Storer(self.failed, self.recovered, self.signals.bump)
        self.sessions = Sessions(store, self.ledger, self.objects)
        self.rerun_files = RerunFiles(
            store, self.objects, self.trees, self.checkouts, self.unfinished
        )
        self.reruns = Reruns(
            store,
            self.ledger,
            self.objects,
            self.trees,
            self.rerun_files,
            self.environments,
            self.sessions,
        )
        self.drafts = Drafts(store, self.ledger, self.sessions, self.environments, self.storer)
        self.claims = Claims(self.ledger)
        journals = JournalIngest(
            store,
            self.ledger,
            self.objects,
            self.storer,
            self.sessions,
            self.drafts,
            self.signals.bump_soon,
        )
        notebooks = NotebookIngest(store, self.ledger, self.objects, self.storer, self.notices)
        self.running = Running(journals, store.workspace)
        self.curves = Curves(Series(journals, self.running, self.objects), self.views, self.ledger)
        self.shown_media = ShownMedia(journals.media, self.running, self.views, self.objects)
        self._tree_notices = TreeNotices(self.notices)
        files = ChangedFiles(store, self.ledger, self.objects, self.sessions)
        self.survey = Survey(self.ledger, self.tree, files, self.signals.bump, self._counted)
        heard = Heard(self.failed, self.recovered, self.survey.touched)
        trackers = OtherTrackers(
            store,
            self.ledger,
            self.objects,
            lambda: [shown.run.started_ns for shown in journals.live()],
        )
        self.ingest = Ingest(store.workspace, journals, notebooks, trackers, heard)
        reports = Reports(
            self._snapshot_taken,
            self.failed,
            self.ingest.wait_quiet,
            self.storer.wait_done,
            self.signals.bump,
        )
        branched_from = (store.branched or {}).get("snapshot")
        self.snapshotter = Snapshotter(
            self.ledger, self.tree, store.replica, reports, branched_from
        )
        around = Around(self.snapshotter.before_restore, self._written, self._told)
        self.restores = Restores(
            store, self.ledger, self.objects, self.trees, self.tree, self.unfinished, around
        )
        self.care = StoreCare(
            store,
            self.ledger,
            self.objects,
            self.tree,
            (self.snapshotter, self.storer, self.sealer),
            self.jobs,
            self.notices,
            lambda: not self.working(),
        )
        self.migration = Migration(self.ledger, self.objects, self.jobs, self.failed)
        self._any_alive = journals.any_alive
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="job")

    def start(self) -> None:
        """Begin to work; on a store that cannot be written there is nothing to do but to answer."""
        if self.store.read_only:
            self._say_damages()
            self.notices.post(self.read_only_error(), severity="error", actions=("dismiss",))
            return
        if self.store.binding != "same":
            self._record_workspace()
        self._say_damages()
        self.restores.recover()
        self._threads.submit(self.restores.clear_leftovers)
        self.storer.start()
        self.ingest.start()
        self.survey.start()
        self.snapshotter.start()
        self.sealer.start()
        self.care.start()
        self.migration.start()

    def stop(self) -> None:
        """End in order: nothing is half done, what is left is found again at the next start."""
        self.jobs.cancel_all()
        if self.store.read_only:
            self._threads.shutdown()
            self.objects.close()
            self.ledger.close()
            return
        self.care.keeper.stop()
        self.migration.stop()
        self.reruns.stop()
        self.ingest.stop()
        self.snapshotter.stop()
        self.sealer.stop()
        self.survey.stop()
        self.storer.stop()
        self._threads.shutdown()
        self.objects.close()
        self.ledger.close()

    def read_only_error(self) -> ApiError:
        """What is said of all that would write."""
        detail = "it is read-only; no run is recorded and nothing is saved here meanwhile"
        error = ApiError.of("store-unwritable", path=str(self.store.path), detail=detail)
        error.next = (
            "What is stored can be read: 'ds ls', 'ds cat', 'ds diff', 'ds log', and 'ds checkout RUN --into DIR'"
            " to a folder that you may write."
        )
        return error

    def any_alive(self) -> bool:
        """Whether a session of this workspace lives."""
        return self._any_alive()

    def working(self) -> bool:
        """Whether something is being stored or made."""
        return self.snapshotter.busy() or self.storer.busy() or self.jobs.active()

    def status(self) -> dict[str, Any]:
        """``status.schema.json``."""
        self.survey.looked()
        self.survey.touched()
        moment = self.signals.now
        last = self.ledger.index.snapshots(1)
        return {
            "format": 1,
            "workspace": self.store.replica,
            "revision": moment.revision,
            "status": moment.status,
            "state": "working" if self.working() else "idle",
            "running": self.running.shown(),
            "drafts": self.drafts.count(),
            "changes": self.survey.changes(),
            "jobs": [job.to_json() for job in self.jobs.all()],
            "notices": self.notices.shown(),
            "policy": self.tree.policy.to_json(),
            "cost": self.survey.cost(),
            "last_snapshot": last[0] if last else None,
        }

    def set_policy(self, policy: Policy, agreed: bool | None) -> None:
        """Record what the user wants and count anew."""
        self.tree.set_policy(policy, agreed)
        self.survey.again()
        self.signals.bump()

    def rebuild(self, job: Job) -> None:
        """The job that makes the index anew."""
        self.ledger.rebuild(lambda done: job.update(done, None, None, None))
        self._say_damages()
        job.succeed(JobResult(message=f"{self.ledger.index.count()} runs"))

    def run_job(self, job: Job, work: Callable[[], None]) -> None:
        """Do a job in a thread of its own; whatever it raises ends it as failed."""
        self._threads.submit(self._do, job, work)

    def run_long(self, job: Job, work: Callable[[], None]) -> None:
        """The same for one that may take hours: no other job waits for it."""
        self.reruns.begin(partial(self._do, job, work))

    def _do(self, job: Job, work: Callable[[], None]) -> None:
        try:
            job.begin()
            work()
        except Exception as error:
            job.fail(self.as_error(error))

    def as_error(self, error: BaseException) -> ApiError:
        """Any exception as an error of the catalogue."""
        return as_api_error(error, self.store.path, self.store.log)

    def failed(self, error: BaseException) -> ApiError:
        """A fault in the background becomes a notice."""
        known = self.as_error(error)
        if known.code not in _NOT_NOTICED:
            actions = ("retry",) if known.retryable else ("dismiss",)
            self.notices.post(known, severity="error", actions=actions)
        return known

    def recovered(self) -> None:
        """The disk takes our bytes again."""
        for code in _STORE_CODES:
            self.notices.clear(code)

    def _recorded(self, lines: list[Line]) -> None:
        self.signals.set_revision(lines[-1].record.rev)
        for run in {str(line.record.run) for line in lines if line.record.kind == "run.notebook"}:
            self.storer.submit(partial(self.sessions.compare_again, run))
        if any(line.record.kind in _NEEDS_SNAPSHOT for line in lines):
            self.objects.warm(self.tree.is_held)
            self.snapshotter.soon()

    def _snapshot_taken(self, result: TreeResult) -> None:
        self.recovered()
        self.survey.again()
        self._tree_notices.taken(result)
        if result.state == "frozen":
            self.sealer.soon()

    def _written(self) -> None:
        """Files of the workspace were brought back."""
        self.survey.again()
        self.signals.bump()

    def _told(self, error: ApiError, cause: str) -> None:
        self.notices.post(error, cause, severity="error")

    def _counted(self, plan: TreePlan) -> None:
        self.ingest.saw(plan)
        self._tree_notices.counted(plan)

    def _record_workspace(self) -> None:
        store = self.store
        body = {
            "replica": store.replica,
            "lineage": store.lineage,
            "path": str(store.workspace),
            "host": store.host,
        }
        self.ledger.record([Draft("workspace", "worker", body)])

    def _say_damages(self) -> None:
        if not self.ledger.damages:
            self.notices.clear("record-damaged")
            return
        files = ", ".join(sorted({damage.file for damage in self.ledger.damages}))
        error = ApiError.of("record-damaged", count=len(self.ledger.damages), path=files)
        self.notices.post(error, severity="error")
