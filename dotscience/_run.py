"""One run while it is recorded: what was said about it, and its run block.

Pure apart from the clock, the id and the listing of folders; `Dotscience` adds locking and the
journal. Readings are those of the original: one clock reading at start and at end, one uuid4 for
each `newID`.
"""

from __future__ import annotations

import datetime
import json
import sys
import uuid

from dotscience._block import VERSION, render
from dotscience._calls import Calls
from dotscience._paths import expand_input, expand_output, relative
from dotscience._scalars import read_scalar, read_step, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional

    from dotscience._writer import Point

    #: kind, key (None for description and error), text: what a value record of the journal holds
    Listener = Callable[[str, Optional[str], Optional[str]], None]
    #: some points, all of one call
    PointListener = Callable[[List[Point]], None]

_PLAIN = frozenset((float, int, bool))  # what never changes and whose text is cheap


class Run(Calls):
    """A run whose paths are relative to ``root``. `str` gives its block without the last newline."""

    def __init__(self, root: str) -> None:
        self._id: str | None = None
        self._root = root
        self._description: str | None = None
        self._error: str | None = None
        self._start: datetime.datetime | None = None
        self._end: datetime.datetime | None = None
        self._workload_file: str | None = None
        self._inputs: set[str] = set()
        self._outputs: set[str] = set()
        self._labels: dict[str, str] = {}
        self._metrics: dict[str, object] = {}  # texts, but numbers of Python as they are
        self._next_steps: dict[str, float] = {}
        self._parameters: dict[str, str] = {}
        self._model_dir: str | None = None
        self._listener: Listener | None = None
        self._point_listener: PointListener | None = None

    def start(self) -> None:
        """Take the start time. Raises RuntimeError when it is taken already."""
        if self._start is not None:
            raise RuntimeError("Run.start() has been called more than once")
        self._start = _now()

    @property
    def is_running(self) -> bool:
        """Whether it has started and its times are not forgotten."""
        return self._start is not None

    def lazy_start(self) -> None:
        """Take the start time unless it is taken."""
        if self._start is None:
            self.start()

    def end(self) -> None:
        """Take the end time; only the first call counts."""
        if self._end is None:
            self._end = _now()

    def forget_times(self) -> None:
        self._start = None
        self._end = None

    def newID(self) -> None:
        self._id = str(uuid.uuid4())

    def takeID(self, id: str) -> None:
        """Be the run of this id."""
        self._id = id

    def set_description(self, description: object) -> None:
        self._description = str(description)
        self._heard("description", None, self._description)

    def set_error(self, error: object) -> None:
        self._error = str(error)
        self._heard("error", None, self._error)

    def add_input(self, filename: Any) -> None:
        for path in expand_input(filename, self._root):
            self._inputs.add(path)
            self._heard("input", path, None)

    def add_input_file(self, filename: Any) -> None:
        """An input that is never looked into, though it be a folder."""
        path = relative(filename, self._root)
        self._inputs.add(path)
        self._heard("input", path, None)

    def add_output(self, filename: Any) -> None:
        path = relative(filename, self._root)
        self._outputs.add(path)
        self._heard("output", path, None)

    def add_label(self, label: object, value: object) -> None:
        self._set("label", self._labels, label, value)

    def add_metric(self, label: object, value: object, step: Any = None) -> None:
        point = self._point(str(label), value, step)
        if point is not None and self._point_listener is not None:
            self._point_listener([point])

    def _add_points(self, values: Iterable[tuple[object, object]], step: Any) -> None:
        points = [self._point(str(label), value, step) for label, value in values]
        if self._point_listener is not None:
            self._point_listener([point for point in points if point is not None])

    def _point(self, key: str, value: Any, step: Any) -> Point | None:
        """Take a metric's value; its point, None where it is no number and was told as text."""
        scalar = read_scalar(value)
        if scalar is None:
            text = str(value)
            self._metrics[key] = text
            self._heard("metric", key, text)
            return None
        kind, number = scalar
        self._metrics[key] = value if type(value) in _PLAIN else text_of(value, number)
        if step is not None:
            step = read_step(step)
        if step is None:
            step = self._next_steps.get(key, 0)
        self._next_steps[key] = step + 1
        return key, kind, step, number

    def add_parameter(self, label: object, value: object) -> None:
        self._set("parameter", self._parameters, label, value)

    def model(self, module: Any, name: str, filepath: Any, *args: object, **kwargs: object) -> Any:
        """Record a model file or folder made with ``module``; keyword ``classes``: its class names.

        Any module is taken; the kind is its name and ``-model``. Raises RuntimeError for what has
        no ``__name__``.
        """
        kind = getattr(module, "__name__", None)
        if not isinstance(kind, str):
            raise RuntimeError("Unknown model type None")
        files = {"model": relative(filepath, self._root)}
        if "classes" in kwargs:
            files["classes"] = relative(kwargs["classes"], self._root)
            self.add_output(kwargs["classes"])
        label = {
            "files": files,
            "type": kind + "-model",
            "version": getattr(module, "__version__", None),
        }
        text = json.dumps(label, sort_keys=True, separators=(",", ":"), default=str)
        self.add_label("artefact:" + name, text)
        self.add_output(filepath)
        self._model_dir = str(filepath)
        return filepath

    def add_model(self, kind: Any, name: str, *args: Any, **kwargs: Any) -> None:
        self.model(kind, name, *args, **kwargs)

    def said(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Everything recorded so far, as a `Listener` hears it."""
        for kind, text in (("description", self._description), ("error", self._error)):
            if text is not None:
                yield kind, None, text
        for kind, paths in (("input", self._inputs), ("output", self._outputs)):
            for path in list(paths):
                yield kind, path, None
        for kind, values in (
            ("label", self._labels),
            ("metric", self._summary()),
            ("parameter", self._parameters),
        ):
            for key, value in list(values.items()):
                yield kind, key, value

    def getModelDir(self) -> str | None:
        """The last model's path as given."""
        return self._model_dir

    def metadata(self) -> dict[str, Any]:
        """What the block holds. Lists the files of output folders."""
        data: dict[str, Any] = {
            "version": VERSION,
            "input": sorted(self._inputs),
            "output": sorted({f for o in self._outputs for f in expand_output(o, self._root)}),
            "labels": dict(self._labels),
            "summary": self._summary(),
            "parameters": dict(self._parameters),
        }
        optional = {
            "description": self._description,
            "error": self._error,
            "start": self._start and _stamp(self._start),
            "end": self._end and _stamp(self._end),
            "workload-file": self._workload_file,
        }
        data.update((key, text) for key, text in optional.items() if text is not None)
        return data

    def debug(self) -> None:
        """Print the run's metadata."""
        print(json.dumps(self.metadata(), sort_keys=True, indent=4))

    def block(self, metadata: dict[str, Any]) -> str:
        """The block of what `metadata` gave, so that folders are listed once."""
        return render(self._id, metadata)

    def __str__(self) -> str:
        return self.block(self.metadata())

    def count_steps_anew(self) -> None:
        """Metrics without a step count from 0 again."""
        self._next_steps.clear()

    def take_over(self, block: Mapping[str, Any]) -> None:
        """Begin with what is known of a run that goes on: the body of a block, as it is read."""
        self._description = block.get("description")
        self._inputs.update(block["input"])
        self._outputs.update(block["output"])
        self._labels.update(block["labels"])
        self._metrics.update(block["summary"])
        self._parameters.update(block["parameters"])

    def _summary(self) -> dict[str, str]:
        return {key: str(value) for key, value in list(self._metrics.items())}

    def _set_workload_file(self, workload_file: str | None) -> None:
        self._workload_file = workload_file

    def _set(self, kind: str, values: dict[str, str], key: object, value: object) -> None:
        name, text = str(key), str(value)
        values[name] = text
        self._heard(kind, name, text)

    def _heard(self, kind: str, key: str | None, text: str | None) -> None:
        if self._listener is not None:
            self._listener(kind, key, text)


def _now() -> datetime.datetime:
    # Through the module at each call, as the original does: a patched clock is seen.
    if sys.version_info >= (3, 12):  # where utcnow warns
        return datetime.datetime.now(datetime.timezone.utc)
    return datetime.datetime.utcnow()


def _stamp(moment: datetime.datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%f")
