# mypy: ignore-errors
"""What `sitecustomize` beside it begins: seeds, clock and CPU count of a controlled repetition; what was loaded.

Only what a program did not set itself is set: a seed of its own stays its own.
"""

import os
import sys


def begin(wanted):
    """Hold still what is wanted, from now on."""
    if wanted.get("told"):
        _tell_at_exit(wanted["told"])
    if wanted.get("cpus"):
        _cpus(wanted["cpus"])
    if wanted.get("clock") is not None:
        _clock(float(wanted["clock"]))
    if wanted.get("seed") is not None:
        _seeds.value = int(wanted["seed"])
        _when_loaded["numpy.random"] = _seed_numpy
        _seed_random()
    if wanted.get("torch_threads") or wanted.get("seed") is not None:
        threads, seed = wanted.get("torch_threads"), wanted.get("seed")
        _when_loaded["torch"] = lambda torch: _torch(torch, threads, seed)
    if _when_loaded:
        sys.meta_path.insert(0, _Finder())


def again():
    """The user's program begins only now (in a kernel): seeds as at its beginning."""
    if _seeds.value is not None:
        _seed_global()
    _ticks.clear()


class _seeds:
    value = None


_when_loaded = {}
_ticks = {}


class _Finder:
    """Calls what waits for a module when it has been loaded."""

    def find_spec(self, name, path=None, target=None):
        if name not in _when_loaded:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return None
        act = _when_loaded.pop(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            try:
                act(module)
            except Exception:  # noqa: S110 - the module is as it was
                pass

        spec.loader.exec_module = exec_module
        return spec


def _seed_random():
    import random

    plain = random.Random

    class Random(plain):
        def __init__(self, x=None):
            super().__init__(_seeds.value if x is None else x)

        def seed(self, a=None, *rest, **named):
            super().seed(_seeds.value if a is None else a, *rest, **named)

    Random.__name__ = Random.__qualname__ = "Random"
    random.Random = Random
    own = random._inst.seed

    def seed(a=None, version=2):
        own(_seeds.value if a is None else a, version)

    random.seed = seed
    random.seed()


def _seed_numpy(numpy_random):
    make, state = numpy_random.default_rng, numpy_random.RandomState
    own = numpy_random.seed

    def default_rng(seed=None):
        return make(_seeds.value if seed is None else seed)

    def seed(seed=None):
        own(_seeds.value if seed is None else seed)

    class RandomState(state):
        def __init__(self, seed=None):
            super().__init__(_seeds.value if seed is None else seed)

    numpy_random.default_rng = default_rng
    numpy_random.seed = seed
    numpy_random.RandomState = RandomState
    seed()


def _torch(torch, threads, seed):
    if threads:
        torch.set_num_threads(threads)
    if seed is not None:
        torch.manual_seed(seed)


def _seed_global():
    import random

    random.seed(_seeds.value)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(_seeds.value)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(_seeds.value)


def _cpus(count):
    os.cpu_count = lambda: count
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = os.cpu_count
    if hasattr(os, "sched_getaffinity"):
        os.sched_getaffinity = lambda pid: set(range(count))


def _clock(start):
    """The clock stands at ``start``; each look of the same thread is a microsecond later."""
    import datetime
    import threading
    import time

    whole_us = int(start * 1_000_000)

    def now_us():
        thread = threading.get_ident()
        _ticks[thread] = _ticks.get(thread, 0) + 1
        return whole_us + _ticks[thread]

    plain = {name: getattr(time, name) for name in ("gmtime", "localtime", "ctime", "strftime")}
    time.time = lambda: now_us() / 1_000_000
    time.time_ns = lambda: now_us() * 1000

    def at(name):
        return lambda seconds=None: plain[name](time.time() if seconds is None else seconds)

    time.gmtime, time.localtime, time.ctime = at("gmtime"), at("localtime"), at("ctime")

    def strftime(form, moment=None):
        return plain["strftime"](form, time.localtime() if moment is None else moment)

    time.strftime = strftime
    _datetimes(datetime, now_us)


def _datetimes(datetime, now_us):
    """Classes that stand for the built-in ones and make instances of them."""
    date, moment, utc = datetime.date, datetime.datetime, datetime.timezone.utc
    epoch = moment(1970, 1, 1, tzinfo=utc)

    def now(tz=None):
        found = epoch + datetime.timedelta(microseconds=now_us())
        return found.astimezone(tz) if tz is not None else found.astimezone().replace(tzinfo=None)

    class _OfDate(type):
        def __instancecheck__(cls, one):
            return isinstance(one, date) if cls is Date else type.__instancecheck__(cls, one)

        def __subclasscheck__(cls, one):
            return issubclass(one, date) if cls is Date else type.__subclasscheck__(cls, one)

    class _OfMoment(type):
        def __instancecheck__(cls, one):
            return isinstance(one, moment) if cls is Moment else type.__instancecheck__(cls, one)

        def __subclasscheck__(cls, one):
            return issubclass(one, moment) if cls is Moment else type.__subclasscheck__(cls, one)

    class Date(date, metaclass=_OfDate):
        def __new__(cls, *args, **named):
            return date.__new__(date if cls is Date else cls, *args, **named)

        @classmethod
        def today(cls):
            return now().date()

    class Moment(moment, metaclass=_OfMoment):
        def __new__(cls, *args, **named):
            return moment.__new__(moment if cls is Moment else cls, *args, **named)

        @classmethod
        def now(cls, tz=None):
            return now(tz)

        @classmethod
        def today(cls):
            return now()

        @classmethod
        def utcnow(cls):
            return now(utc).replace(tzinfo=None)

    Date.__name__ = Date.__qualname__ = "date"
    Moment.__name__ = Moment.__qualname__ = "datetime"
    datetime.date, datetime.datetime = Date, Moment


def _tell_at_exit(folder):
    import atexit

    owner = os.getpid()

    def tell():
        if os.getpid() == owner and "dotscience_server" not in sys.modules:
            try:
                _tell(folder)
            except Exception:  # noqa: S110 - it is only not known then
                pass

    atexit.register(tell)


def _tell(folder):
    import json

    loaded = dict(sys.modules)
    files = sorted(
        {f for f in (getattr(m, "__file__", None) for m in loaded.values()) if isinstance(f, str)}
    )
    told = dict(_distributions(loaded), files=files[:20000])
    path = os.path.join(folder, f"loaded-{os.getpid()}.json")
    with open(path + ".new", "w") as file:
        json.dump(told, file)
    os.rename(path + ".new", path)


def _distributions(loaded):
    """Installed distributions that something was loaded of, and all whose modules are known; neither where that is
    not to be known."""
    try:
        from importlib.metadata import packages_distributions
    except ImportError:
        return {"loaded": [], "known": []}
    tops = {name.partition(".")[0] for name in loaded}
    table = packages_distributions()
    return {
        "loaded": _plain(one for top, names in table.items() if top in tops for one in names),
        "known": _plain(one for names in table.values() for one in names),
    }


def _plain(names):
    return sorted({name.replace("_", "-").lower() for name in names})
