"""Everything that looks after the store: what it holds, cleaning up, the budget. Built by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from ..storage.source import StoreSource
from ..store.layout import Store
from ..store.objects import ObjectStore
from .gc import Collector
from .giving_up import Freezes
from .jobs import Jobs
from .ledger import Ledger
from .notices import Notices
from .sealer import Sealer
from .snapshotter import Snapshotter
from .storage import Storage
from .storage_keeper import StorageKeeper
from .storer import Storer
from .tree import Tree
from .verify import Verifier


class StoreCare:
    """Any thread."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        tree: Tree,
        writers: tuple[Snapshotter, Storer, Sealer],
        jobs: Jobs,
        notices: Notices,
        idle: Callable[[], bool],
    ) -> None:
        self._objects = objects
        self._tree = tree
        self._writers = writers
        self.storage = Storage(store, ledger, objects, StoreSource(store.path, objects))
        self.collector = Collector(
            store,
            ledger,
            objects,
            self.storage,
            jobs,
            self._alone,
            self._forget,
            Freezes(ledger, tree, objects),
        )
        self.verifier = Verifier(store, ledger, objects, tree, self.storage, notices)
        self.keeper = StorageKeeper(ledger, self.storage, self.collector, notices, idle)

    def start(self) -> None:
        """Begin to work."""
        self.verifier.start()
        self.keeper.start()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody takes a snapshot, stores what belongs to a run, moves files into chunks, or looks at the tree."""
        snapshotter, storer, sealer = self._writers
        engine = self._objects.engine
        paused = nullcontext() if engine is None else engine.paused()
        # The sealer first: it waits for nobody who waits for us.
        with sealer.paused(), snapshotter.paused(), storer.paused(), self._tree.lock, paused:
            yield

    def _forget(self) -> None:
        self._objects.forget()
        self._tree.forget()
