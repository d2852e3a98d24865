"""What a process uses: samples, when they are taken, GPUs by a stand-in for NVIDIA's library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dotscience import _journal
from dotscience._activity import Activity
from dotscience._meter import Meter, interval_s, process
from tests.library.programs import LIMIT_S, Place

NVML = """
#include <stdio.h>
#include <unistd.h>
#include <stdlib.h>
int nvmlInit_v2(void) { if (getenv("STAND_IN_HANGS")) sleep(600); return getenv("STAND_IN_NONE") ? 9 : 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (void *)(0x7f0000000000 + i); return 0; }
int nvmlDeviceGetName(void *d, char *s, unsigned n) {
  snprintf(s, n, "Stand-in %d", (int)((long)d & 15)); return 0; }
int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m) {
  m[0] = 80ull << 30; m[1] = 70ull << 30; m[2] = 10ull << 30; return 0; }
int nvmlDeviceGetUtilizationRates(void *d, unsigned *u) { u[0] = 37; u[1] = 12; return 0; }
int nvmlDeviceGetPowerUsage(void *d, unsigned *mw) {
  if ((long)d & 1) return 3; *mw = 123456; return 0; }
int nvmlSystemGetDriverVersion(char *s, unsigned n) { snprintf(s, n, "550.54.15"); return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = 12040; return 0; }
"""


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ``libnvidia-ml.so.1`` that answers like two GPUs."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    folder = tmp_path_factory.mktemp("nvml")
    (folder / "nvml.c").write_text(NVML)
    command = [compiler, "-shared", "-fPIC", "-o", "libnvidia-ml.so.1", "nvml.c"]
    subprocess.run(command, cwd=folder, check=True)
    return folder


WORK = """
    import sys, time
    import dotscience as ds
    ds.start("work")
    sys.stdin.readline()
    ds.publish()
"""


def until(place: Place, process: subprocess.Popen[str], *names: str) -> None:
    """Wait until each of these records is in the journal."""
    deadline = time.monotonic() + LIMIT_S
    while not all(place.of(name) for name in names):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


def test_gpus_of_the_stand_in(place: Place, stand_in: Path) -> None:
    running = place.start(WORK, LD_LIBRARY_PATH=str(stand_in))
    until(place, running, "meter", "environment")
    _, stderr = running.communicate("\n", timeout=LIMIT_S)
    assert (running.returncode, stderr) == (0, "")
    machine: Any = place.of("environment")[0]["machine"]
    assert machine["gpus"] == [
        {"name": "Stand-in 0", "memory_bytes": 80 << 30},
        {"name": "Stand-in 1", "memory_bytes": 80 << 30},
    ]
    assert (machine["driver"], machine["cuda"]) == ("550.54.15", "12.4")
    use = {"util_percent": 37, "memory_used_bytes": 10 << 30}
    assert place.of("meter")[0]["gpus"] == [
        {"index": 0, "power_w": 123.456, **use},
        {"index": 1, **use},
    ]


def test_no_driver_is_no_gpu(place: Place, stand_in: Path) -> None:
    done = place.run(
        "import dotscience as ds; ds.start(); ds.publish()",
        LD_LIBRARY_PATH=str(stand_in),
        STAND_IN_NONE="1",
    )
    assert done.stderr == ""
    [told] = place.of("environment")
    assert told["machine"]["driver"] is None  # type: ignore[index]


def test_a_gpu_that_hangs_holds_up_nothing(place: Place, stand_in: Path) -> None:
    done = place.run(
        "import dotscience as ds, os\nds.start()\nif os.fork() == 0: os._exit(0)\nos.wait(); ds.publish()",
        LD_LIBRARY_PATH=str(stand_in),
        STAND_IN_HANGS="1",
    )
    assert (done.code, done.stderr) == (0, "")
    assert len(place.of("environment")) == 1


def test_a_sample_says_what_the_process_uses(place: Place) -> None:
    running = place.start(WORK)
    until(place, running, "meter")
    running.communicate("\n", timeout=LIMIT_S)
    told: Any = place.of("meter")[0]
    assert told["cpu_s"] > 0 and told["rss_bytes"] > 1 << 20 and told["threads"] >= 1
    assert told["read_bytes"] >= 0 and told["written_bytes"] >= 0
    assert 0 < told["machine"]["memory_used_bytes"] < told["machine"]["memory_bytes"]
    assert int(told["t"]) > 1e18


def test_living_children_count(tmp_path: Path) -> None:
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        pytest.skip("this kernel does not list children")
    code = "x = bytearray(64 << 20); print('ready', flush=True); input()"
    before = process()["rss_bytes"]
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert process()["rss_bytes"] > before + (60 << 20)
        child.communicate(b"\n")


def test_slower_with_time() -> None:
    assert [interval_s(s) for s in (0, 119, 120, 3599, 3600, 1e6)] == [1, 1, 10, 10, 60, 60]


def test_cells_outrank_a_run_that_was_left_open() -> None:
    activity = Activity()
    activity.saw(_journal.START, {"id": "a"})
    assert activity.is_active()
    activity.saw(_journal.CELL, {"n": 1})
    activity.saw(_journal.CELL, {"n": 2})
    activity.saw(_journal.CELL_END, {"n": 2})
    assert activity.is_active()
    activity.saw(_journal.CELL_END, {"n": 1})
    assert not activity.is_active()  # the run goes on, but nothing executes


def test_idle_writes_nothing_and_ends_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dotscience._meter.LINGER_S", 0.05)
    active, written, wrote = threading.Event(), [], threading.Event()

    def write(sample: dict[str, Any]) -> None:
        written.append(sample)
        wrote.set()

    meter = Meter(active.is_set, write)
    meter.poke()
    assert meter._thread is None and not written
    active.set()
    meter.poke()
    assert wrote.wait(LIMIT_S)
    active.clear()
    thread = meter._thread
    meter.poke()
    assert thread is not None
    thread.join(LIMIT_S)
    assert not thread.is_alive() and len(written) <= 2
    active.set()
    wrote.clear()
    meter.poke()  # the next activity begins it again
    assert wrote.wait(LIMIT_S)
    meter.pause()
    assert meter._thread is None
