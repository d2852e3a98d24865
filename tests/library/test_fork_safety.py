"""A fork in the middle of an import by a thread of ours (G1), and a worker started by an observed process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

FORKED = """
import os, signal, sys, threading
sys.path.insert(0, ".")
import dotscience as ds
threading.Thread(target=lambda: __import__("slow.part"), name="dotscience-test", daemon=True).start()
while not os.path.exists("importing"):
    pass
pid = os.fork()
if pid == 0:
    signal.alarm(20)  # the child would wait for ever
    import slow.part
    os._exit(7 if slow.part.whole else 1)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""

SLOW = """
import os, time
if not os.path.exists("importing"):
    open("importing", "w").close()
    time.sleep(60)
whole = True
"""

STARTS_A_WORKER = """
import io, sys, time
import dotscience as ds
ds.start(); ds.metric("a", 1)
open("seen.txt", "w").close()
ds.publish(stream=io.StringIO())
from dotscience_server.client import connect
for place in sys.argv[1:]:
    print(connect(place, timeout=20, idle_seconds=0.2).get("workspace")["runs"])
"""


def _run(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={
            "PYTHONPATH": str(PROJECT),
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_child_imports_what_our_thread_was_importing(tmp_path: Path) -> None:
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "__init__.py").write_text("")
    (tmp_path / "slow" / "part.py").write_text(SLOW)
    assert _run(FORKED, tmp_path).returncode == 7


def test_an_observed_process_starts_workers_that_are_not(tmp_path: Path) -> None:
    places = [tmp_path / name for name in "abc"]
    for place in places:
        place.mkdir()
    done = _run(STARTS_A_WORKER, tmp_path, *map(str, places))
    assert done.stdout.split() == ["0", "0", "0"], done.stderr
    journals = [path for place in places for path in place.glob(".dotscience/journal/*")]
    assert not journals
