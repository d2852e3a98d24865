"""What hf-xet sends: checked, and kept in a chunk store. `cas_server` speaks HTTP for it.

    xorb    verified while it streams in ─► synced by another thread ─► has its name
    shard   waits for the xorbs ─► checked against them ─► stored, durable
The first failure is kept for the writer (`failure`) and refuses everything that follows.
"""

from __future__ import annotations

import contextlib
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from ..store.failures import ChunksRefused, StoreFailure, StoreUnwritable
from .cas_server import Body, Server
from .folder import NewFile
from .hashing import text_of
from .shard import parse
from .store import ChunkStore
from .xorb import BadXorb, XorbLayout, verify

_SYNCERS = 2
_AHEAD_BYTES = 56 << 20
_LOOK_S = 0.1


class Cas:
    """Serves `store` at `path` from `start` until `close`. `floor_bytes` must stay free."""

    def __init__(self, store: ChunkStore, path: str, floor_bytes: int = 0) -> None:
        self.store = store
        self.floor_bytes = floor_bytes
        self.failure: StoreFailure | None = None
        self.stored_bytes = 0
        self.taken: set[str] = set()
        self._path = path
        self._lock = threading.Lock()
        self._arrived = threading.Condition()
        self._arriving = 0
        self._handed_over = 0
        self._syncing: list[Future[None]] = []
        self._syncers = ThreadPoolExecutor(_SYNCERS, "ds-chunks-sync")
        self._server: Server | None = None

    def start(self) -> None:
        """Listen. Raises StoreUnwritable when the socket cannot be made."""
        try:
            self._server = Server(self._path, self)
        except OSError as error:
            raise StoreUnwritable(str(error), path=self._path) from error
        threading.Thread(target=self._server.serve, name="ds-chunks-cas", daemon=True).start()

    def close(self) -> None:
        """Stop; connections are cut, unfinished files removed."""
        if self._server is not None:
            self._server.stop()
            self._server.server_close()
            self._server = None
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        self._syncers.shutdown()

    def reset(self) -> None:
        """A new commit begins: forget the failure of the last one. Nothing may be under way."""
        with contextlib.suppress(StoreFailure):
            self.settle()
        self.failure, self.stored_bytes, self.taken = None, 0, set()

    def fail(self, failure: StoreFailure) -> None:
        """Keep the first failure."""
        with self._lock:
            self.failure = self.failure or failure

    def settle(self) -> None:
        """Return once every xorb that came in is durable. Raises the failure."""
        with self._lock:
            syncing, self._syncing = self._syncing, []
        for future in syncing:
            future.result()
        if self.failure is not None:
            raise self.failure

    def wait_for_room(self, size: int) -> None:
        """Before `size` more bytes are handed to hf-xet: wait while a xorb is coming in and nearly as much as
        another was handed over since it began. So hf-xet has one that it sends and one that grows, and no third.
        """
        with self._arrived:
            while self._arriving and self._handed_over >= _AHEAD_BYTES and self.failure is None:
                self._arrived.wait(_LOOK_S)
            self._handed_over += size

    def take_xorb(self, xorb: str, body: Body) -> bool:
        """Verify a xorb and store it; False: it was there. Raises BadXorb, StoreFailure."""
        with self._arrived:
            self._arriving += 1
            self._handed_over = 0
        try:
            return self._take_xorb(xorb, body)
        finally:
            with self._arrived:
                self._arriving -= 1
                self._arrived.notify_all()

    def _take_xorb(self, xorb: str, body: Body) -> bool:
        if self.store.layout_of(xorb) is not None:
            body.drain()
            return False
        file = self.store.folder.new_file(body.left, self.floor_bytes)
        try:
            layout = verify(body.readinto, file.write)
            if body.left or text_of(layout.xorb_hash()) != xorb:
                raise BadXorb("its bytes are not what its name says")
            file.start()
        except BaseException:
            file.close()
            raise
        self.taken.add(xorb)
        self.keep(xorb, file, layout)
        return True

    def keep(self, xorb: str, file: NewFile, layout: XorbLayout) -> None:
        """Have a verified xorb made durable and named by another thread; `settle` waits for it."""
        with self._lock:
            self._syncing.append(self._syncers.submit(self._publish, xorb, file, layout))

    def take_shard(self, data: bytes) -> None:
        """Check a shard and store it. Raises BadShard, StoreFailure."""
        self.settle()
        shard = parse(data)
        if shard.files or shard.xorbs:
            self.store.accept(shard, self.floor_bytes)

    def _publish(self, xorb: str, file: NewFile, layout: XorbLayout) -> None:
        """Make a xorb durable; it has its name only then."""
        with file:
            try:
                file.sync()
                file.publish(self.store.folder.xorb_path(xorb))
                self.store.note_xorb(xorb, layout)
                self.stored_bytes += layout.offsets[-1]
            except StoreFailure as failure:
                self.fail(failure)
            except Exception as error:
                self.fail(ChunksRefused(str(error)))
