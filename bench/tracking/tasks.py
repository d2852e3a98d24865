"""One task of one tracker, in a fresh process of that tracker's environment: prints one line of JSON.

    PEER_PYTHON bench/tracking/tasks.py PEER TASK [ARGUMENT …]

Runs in environments where nothing of ours is installed: standard library only. The current folder is the
project that the tracker writes to.
"""

import importlib
import json
import math
import os
import random
import resource
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PARAMS = {"lr": 0.001, "batch": 64, "optimizer": "adam"}
clock = time.perf_counter


def folder_bytes(path="."):
    """(apparent, allocated, files) of everything below."""
    apparent = allocated = files = 0
    for place, _, names in os.walk(path):
        for name in names:
            try:
                info = os.lstat(os.path.join(place, name))
            except OSError:
                continue
            apparent, allocated, files = (
                apparent + info.st_size,
                allocated + info.st_blocks * 512,
                files + 1,
            )
    return apparent, allocated, files


def percentiles(calls):
    calls = sorted(calls)
    return {
        "p50_us": calls[len(calls) // 2] * 1e6,
        "p90_us": calls[len(calls) * 90 // 100] * 1e6,
        "p99_us": calls[len(calls) * 99 // 100] * 1e6,
        "max_ms": calls[-1] * 1e3,
    }


def settle(peer):
    getattr(peer, "settle", lambda: None)()


def imports(peer):
    """Import alone."""
    began = clock()
    peer.load()
    took = clock() - began
    with open("/proc/self/statm") as file:
        rss = int(file.read().split()[1]) * resource.getpagesize()
    return {"import_ms": took * 1e3, "modules": len(sys.modules), "rss_mib": rss / 2**20}


def starts(peer):
    """Start with three parameters to the first metric, then the end."""
    peer.load()
    began = clock()
    run = peer.start(PARAMS)
    peer.log(run, "loss", 0.5, 0)
    first = clock()
    peer.finish(run)
    return {"first_ms": (first - began) * 1e3, "finish_ms": (clock() - first) * 1e3}


def calls(peer, count, budget_s, kill):
    """A tight loop of one scalar with a step; stops after ``budget_s`` seconds. ``kill``: ends by SIGKILL."""
    count, budget_s = int(count), float(budget_s)
    peer.load()
    run = peer.start(PARAMS)
    peer.log(run, "loss", 0.5, 0)
    took, cpu, thread = [], time.process_time(), time.thread_time()
    began = clock()
    for step in range(1, count + 1):
        a = clock()
        peer.log(run, "loss", 1.0 / step, step)
        took.append(clock() - a)
        if clock() - began > budget_s:
            break
    loop = clock() - began
    if kill == "kill":
        told = {"made": len(took) + 1}
        os.write(1, (json.dumps(told) + "\n").encode())
        os.kill(os.getpid(), 9)
    spent, main = time.process_time() - cpu, time.thread_time() - thread
    began = clock()
    peer.finish(run)
    return {
        **percentiles(took),
        "calls": len(took) + 1,
        "total_s": loop,
        "finish_s": clock() - began,
        "main_us": main / len(took) * 1e6,
        "background_us": max(0.0, spent - main) / len(took) * 1e6,
    }


def paced(peer, count, per_s):
    """Points at a steady pace, then SIGKILL."""
    peer.load()
    run = peer.start(PARAMS)
    for step in range(int(count)):
        peer.log(run, "loss", 1.0 / (step + 1), step)
        time.sleep(1 / float(per_s))
    os.write(1, (json.dumps({"made": int(count)}) + "\n").encode())
    os.kill(os.getpid(), 9)


def counted(peer, key="loss", beside=None):
    """How many points of a metric are there, in a fresh process; ``beside``: in the run that has that one too."""
    peer.load()
    return {"count": peer.count(key, beside)}


def size(peer):
    """Bytes below the current folder, after everything has settled."""
    settle(peer)
    apparent, allocated, files = folder_bytes()
    return {"bytes": apparent, "allocated": allocated, "files": files}


def runs(peer, count, budget_s):
    """Many small runs of ten parameters and ten metrics."""
    peer.load()
    seeded = random.Random(0)
    began, made, spent = clock(), 0, 0.0
    for n in range(int(count)):
        a = clock()
        run = peer.start({f"p{i}": n * 10 + i for i in range(10)})
        peer.log(run, "acc", seeded.random(), 0)
        for i in range(9):
            peer.log(run, f"m{i}", seeded.random(), 0)
        peer.finish(run)
        spent += clock() - a
        made += 1
        if clock() - began > float(budget_s):
            break
    return {"made": made, "create_ms": spent / made * 1e3}


def query(peer):
    """Filter and sort, the first and the second time in a process."""
    peer.load()
    began = clock()
    found = peer.query()
    first = clock()
    peer.query()
    return {"found": found, "first_ms": (first - began) * 1e3, "repeat_ms": (clock() - first) * 1e3}


def long_write(peer, count, budget_s):
    """One metric of very many points."""
    peer.load()
    run = peer.start(PARAMS)
    began, step = clock(), 0
    seeded = random.Random(0)
    for step in range(int(count)):
        peer.log(run, "loss", seeded.random(), step)
        if clock() - began > float(budget_s):
            break
    peer.finish(run)
    return {"written": step + 1, "points_per_s": (step + 1) / (clock() - began)}


def long_read(peer):
    """Read that metric back, twice in one process."""
    peer.load()
    began = clock()
    count = peer.read("loss")
    first = clock()
    peer.read("loss")
    return {"read": count, "read_ms": (first - began) * 1e3, "again_ms": (clock() - first) * 1e3}


HOSTILE = {
    "NaN, infinities": lambda p, r: [
        p.log(r, "x", v, i) for i, v in enumerate((math.nan, math.inf, -math.inf))
    ],
    "key with emoji, quote, ..": lambda p, r: [
        p.log(r, k, 1.0, 0) for k in ("précision 🎯", 'a"b', "../x")
    ],
    "key of 300 characters": lambda p, r: p.log(r, "k" * 300, 1.0, 0),
    "text as value": lambda p, r: p.log(r, "x", "high", 0),
    "None as value": lambda p, r: p.log(r, "x", None, 0),
    "integer 2**70": lambda p, r: p.log(r, "x", 2**70, 0),
}


def hostile(peer, name):
    """One hostile value; an exception is reported, not raised."""
    peer.load()
    run = peer.start(PARAMS)
    try:
        HOSTILE[name](peer, run)
    except BaseException as error:
        return {"raised": type(error).__name__}
    peer.finish(run)
    return {"raised": None}


def parameter(peer, length):
    """A long parameter."""
    peer.load()
    try:
        peer.finish(peer.start({"text": "x" * int(length)}))
    except BaseException as error:
        return {"raised": type(error).__name__}
    return {"raised": None}


def steps(peer):
    """Steps that fall and repeat."""
    peer.load()
    run = peer.start(PARAMS)
    for step in (5, 3, 4, 3):
        peer.log(run, "loss", float(step), step)
    peer.finish(run)
    return {"raised": None}


def endure(peer, count, budget_s):
    """As many calls as the budget allows on a disk that takes nothing; counts exceptions, longest call."""
    peer.load()
    raised, longest, made = {}, 0.0, 0
    began = clock()
    try:
        run = peer.start(PARAMS)
    except BaseException as error:
        return {"raised_at": "start", "kind": type(error).__name__, "start_s": clock() - began}
    started = clock() - began
    for step in range(int(count)):
        a = clock()
        try:
            peer.log(run, "loss", 1.0, step)
        except BaseException as error:
            raised[type(error).__name__] = raised.get(type(error).__name__, 0) + 1
        longest = max(longest, clock() - a)
        made += 1
        if clock() - began > float(budget_s):
            break
    a, kind = clock(), None
    try:
        peer.finish(run)
    except BaseException as error:
        kind = type(error).__name__
    return {
        "start_s": started,
        "made": made,
        "raised": raised,
        "longest_ms": longest * 1e3,
        "finish_s": clock() - a,
        "finish_raised": kind,
    }


def forks(peer, children, points):
    """Forked children log into the parent's run."""
    peer.load()
    run = peer.start(PARAMS)
    peer.log(run, "main", 0.5, 0)
    pids = []
    for child in range(int(children)):
        pid = os.fork()
        if pid == 0:
            status = 0
            try:
                for step in range(int(points)):
                    peer.log(run, f"child{child}", 1.0, step)
            except BaseException:
                status = 1
            sys.stdout.flush()
            os._exit(status)
        pids.append(pid)
    failed = sum(os.waitpid(pid, 0)[1] != 0 for pid in pids)
    peer.finish(run)
    return {"failed": failed}


def threads(peer, count, points):
    """Threads log into the run that is going on, every point with a step of its own."""
    peer.load()
    run = peer.start(PARAMS)
    peer.log(run, "main", 0.5, 0)
    raised = []

    def work(name):
        for step in range(int(points)):
            try:
                peer.log(run, "loss", 1.0, name * int(points) + step)
            except BaseException as error:
                raised.append(type(error).__name__)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(int(count))]
    began = clock()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = clock() - began
    peer.finish(run)
    return {"raised": len(raised), "took_s": took}


def _work(rounds, block):
    for _ in range(rounds):
        sum(x * x for x in block)


def calibrate(peer, step_ms):
    """How many rounds of the training loop's work take ``step_ms`` on this machine now."""
    block, rounds = [float(i) for i in range(200)], 1
    while True:
        a = clock()
        _work(rounds, block)
        if (clock() - a) * 1e3 >= float(step_ms):
            return {"rounds": rounds}
        rounds += 1


def training(peer, count, rounds, tracked):
    """A loop whose steps compute (no sleep: so that background threads and the interpreter's lock show),
    with or without one log call a step."""
    logs = tracked == "tracked"
    block, run = [float(i) for i in range(200)], None
    if logs:
        peer.load()
        run = peer.start(PARAMS)
        peer.log(run, "loss", 1.0, 0)
    began = clock()
    for step in range(1, int(count) + 1):
        _work(int(rounds), block)
        if logs:
            peer.log(run, "loss", 1.0, step)
    took = clock() - began
    if logs:
        peer.finish(run)
    return {"loop_s": took}


def main():
    sys.path.insert(0, os.path.dirname(os.path.dirname(HERE)))
    name, task, *arguments = sys.argv[1:]
    # Not as the package bench.tracking: its name must not hide a library of the peer.
    sys.path[0] = HERE
    peer = importlib.import_module(f"peers.{name}")
    told = globals()[task](peer, *arguments)
    sys.stdout.flush()
    os.write(1, (json.dumps(told) + "\n").encode())


if __name__ == "__main__":
    main()
