"""Seeds that the program sets in code, seen at the functions that set them (``docs/formats/journal.md`` type 17).

- The functions of `_FUNCTIONS` are replaced where their module keeps them, at once or when it is loaded, and only in
  a process that tracks something: a seed set before is not known, nor one set through a name imported before.
- A replacement calls the original and returns what it returns; signature, pickling and binding are the original's.
  It costs half a microsecond: noting is a list's `append`, records are written by `flush`.
- A name's values are those since the last published run, at most `_KEPT`; where none came since, the last ones stay.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import time
from types import MethodType

from dotscience import _journal
from dotscience._guard import guarded
from dotscience._on_import import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from dotscience._recorder import Recorder

#: (module to wait for, where it keeps the function, name that is told, keyword of the seed)
_FUNCTIONS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("random", ("seed",), "random.seed", "a"),
    ("numpy.random", ("seed",), "numpy.random.seed", "seed"),
    ("numpy.random", ("default_rng",), "numpy.random.default_rng", "seed"),
    ("torch", ("manual_seed", "random.manual_seed"), "torch.manual_seed", "seed"),
    ("tensorflow", ("random.set_seed",), "tensorflow.random.set_seed", "seed"),
    ("keras", ("utils.set_random_seed",), "keras.utils.set_random_seed", "seed"),
    ("jax.random", ("PRNGKey",), "jax.random.PRNGKey", "seed"),
    ("jax.random", ("key",), "jax.random.key", "seed"),
    ("lightning", ("seed_everything",), "lightning.seed_everything", "seed"),
    ("lightning.pytorch", ("seed_everything",), "lightning.seed_everything", "seed"),
    ("lightning.fabric", ("seed_everything",), "lightning.seed_everything", "seed"),
    ("pytorch_lightning", ("seed_everything",), "lightning.seed_everything", "seed"),
    ("transformers.trainer_utils", ("set_seed",), "transformers.set_seed", "seed"),
)
_UNSEEDED = frozenset(("numpy.random.default_rng",))
"""Functions that libraries call without a seed all the time: that is not told."""
_KEPT = 5
_LONGEST = 100
_PLAIN = frozenset((int, float, bool, str, bytes, type(None)))
_OURS = "_dotscience_seed"


class Seeds:
    """`note` from any thread; `flush` writes what is new."""

    def __init__(self) -> None:
        self._values: dict[str, list[Any]] = {}
        self._published: set[str] = set()
        self._is_new = False
        self._recorder: Recorder | None = None
        self._has_begun = False

    def begin(self, recorder: Recorder) -> None:
        """The process has recorded its first thing; a forked child has, and tells its parent's seeds too."""
        self._recorder = recorder
        self._is_new = bool(self._values)
        if self._has_begun:
            return
        self._has_begun = True
        from dotscience._recorder import recorders

        recorders.before_publish.append(self._before_publish)
        atexit.register(self.flush)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)
        for module, paths, name, keyword in _FUNCTIONS:
            on_import.when_loaded(module, _wish(paths, name, keyword))

    def note(self, name: str, value: Any) -> None:
        """This seed was set. Raises nothing."""
        try:
            if type(value) not in _PLAIN:
                value = _text(value)
                if value is None:
                    return
            if value is None and name in _UNSEEDED:
                return
            values = self._values.get(name)
            if values is None or name in self._published:
                self._published.discard(name)
                self._values[name] = [value]
            elif values[-1] is not value and values[-1] != value:
                values.append(value)
                del values[:-_KEPT]
            else:
                return
            self._is_new = True
        except Exception:  # noqa: S110 - a seed of an odd type is not told
            pass

    @guarded
    def flush(self) -> None:
        """Write what is new; nothing where nothing is."""
        recorder = self._recorder
        if not self._is_new or recorder is None:
            return
        self._is_new = False
        told = {
            name: ", ".join(map(_shown, list(values)))
            for name, values in sorted(self._values.copy().items())
        }
        recorder.note(_journal.SEEDS, {"t": str(time.time_ns()), "seeds": told})

    def _before_publish(self) -> None:
        self.flush()
        self._published.update(list(self._values))

    def _after_fork(self) -> None:
        self._recorder = None  # a child that records nothing has no journal


def _wish(paths: tuple[str, ...], name: str, keyword: str) -> Callable[[Any], None]:
    def replace(module: Any) -> None:
        """Replace the function in a module that was loaded, wherever it keeps it."""
        made: dict[int, Any] = {}
        for path in paths:
            parents, _, last = path.rpartition(".")
            holder = getattr(module, parents, None) if parents else module
            original = getattr(holder, last, None)
            if callable(original) and not hasattr(original, _OURS):
                if id(original) not in made:
                    made[id(original)] = _noted(original, name, keyword)
                setattr(holder, last, made[id(original)])
                _name(made[id(original)], module.__name__, path)

    return replace


def _noted(original: Any, name: str, keyword: str) -> Any:
    """The function, noting the seed after it has taken it."""
    if isinstance(original, MethodType):  # of a module's only instance: `random.seed`
        method = _noted_function(original.__func__, name, keyword, 1)
        return MethodType(method, original.__self__)
    if hasattr(type(original), "__get__"):
        return _noted_function(original, name, keyword, 0)
    return _Noted(original, name, keyword)


def _name(made: Any, module: str, path: str) -> None:
    """Let it be pickled by a name that it has in every process."""
    if isinstance(made, MethodType):
        return  # by its instance's
    found = sys.modules.get(made.__module__)
    for part in made.__qualname__.split("."):
        found = getattr(found, part, None)
    if found is not made:
        made.__module__, made.__qualname__ = module, path


def _noted_function(original: Any, name: str, keyword: str, at: int) -> Any:
    note = seeds.note

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        value = args[at] if len(args) > at else kwargs.get(keyword)
        note(name, result if value is None and type(result) is int else value)
        return result

    setattr(call, _OURS, True)
    return call


class _Noted:
    """As a function that does not bind where it is a class's attribute: built-in ones do not."""

    __qualname__: str  # of the instance

    def __init__(self, original: Any, name: str, keyword: str) -> None:
        functools.update_wrapper(self, original)
        self._original = original
        self._name = name
        self._keyword = keyword
        setattr(self, _OURS, True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self._original(*args, **kwargs)
        seeds.note(self._name, args[0] if args else kwargs.get(self._keyword))
        return result

    def __reduce__(self) -> str:
        return str(self.__qualname__)

    def __getattr__(self, name: str) -> Any:
        if name == "_original":  # of an object that is being made
            raise AttributeError(name)
        return getattr(self._original, name)


def _text(value: Any) -> str | None:
    """Text of a NumPy number or a few numbers; None for what is no seed that can be told."""
    if hasattr(value, "tolist") and type(value).__module__ == "numpy" and value.size <= _KEPT:
        value = value.tolist()
    if isinstance(value, (list, tuple)) and len(value) <= _KEPT:
        return str([one if type(one) in (int, float) else type(one).__name__ for one in value])
    return str(value) if type(value) in (int, float) else None


def _shown(value: Any) -> str:
    if type(value) is int and value.bit_length() > 4 * _LONGEST:
        return f"an integer of {value.bit_length()} bits"
    if type(value) is bytes:
        return f"{len(value)} bytes"
    text = str(value)
    if type(value) is str:
        from dotscience._variables import looks_secret

        text = "…" if looks_secret(text) else text
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


#: Of this process.
seeds = Seeds()


def begin(recorder: Recorder) -> None:
    """A part of `_first`."""
    seeds.begin(recorder)


def flush() -> None:
    """Write what is new of this process."""
    seeds.flush()
