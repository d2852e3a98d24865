"""Dotscience's tracking library: record what a run is made of, and publish it.

    import dotscience as ds

    ds.start("small net")
    train = load(ds.input("data/train.csv"))
    for epoch in range(ds.parameter("epochs", 10)):
        ...
    ds.metric("accuracy", accuracy)
    save(ds.output("model.bin"))
    ds.publish()

In a notebook, ``%load_ext dotscience`` gives the cell magic ``%%ds [description]``: the cell is a run
that starts before it and is published after it, with its error where it raises.

Every function that takes a value returns it, so a call can be put around an expression. Recording
never raises, blocks or prints where it can't keep something; wrong arguments raise as usual.
``DOTSCIENCE_DISABLE=1`` keeps nothing beyond the printed block, ``DOTSCIENCE_CARD=0`` prints blocks
as text in notebooks too.
"""

from __future__ import annotations

from dotscience._dotscience import Dotscience
from dotscience._run import Run
from dotscience._scopes import ScopedRun, Scopes
from dotscience._show import DEFAULT_STREAM as _STDOUT
from dotscience._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Mapping, TypeVar

    from dotscience._query import Runs
    from dotscience._steps import Steps

    T = TypeVar("T")
    M = TypeVar("M", bound=Mapping[Any, Any])

__all__ = [
    "ENV_DOTSCIENCE_BUILDER",
    "Dotscience",
    "Run",
    "__version__",
    "add_input",
    "add_inputs",
    "add_label",
    "add_labels",
    "add_metric",
    "add_metrics",
    "add_model",
    "add_output",
    "add_outputs",
    "add_parameter",
    "add_parameters",
    "add_summaries",
    "add_summary",
    "autolog",
    "connect",
    "debug",
    "description",
    "end",
    "error",
    "input",
    "interactive",
    "label",
    "log",
    "metric",
    "metrics",
    "model",
    "open",
    "output",
    "param",
    "parameter",
    "publish",
    "remote",
    "remove_prefix",
    "run",
    "runs",
    "script",
    "set_description",
    "set_error",
    "start",
    "steps",
    "summary",
]

ENV_DOTSCIENCE_BUILDER = "DOTSCIENCE_BUILDER"

_defaultDS = Dotscience()
_scopes = Scopes(_defaultDS)
_current = _scopes.current


def interactive() -> None:
    """Record as a notebook. Raises RuntimeError when another mode was chosen before."""
    _defaultDS.interactive()


def script(workload_file: object = None) -> None:
    """Record as a script, named ``workload_file`` or ``sys.argv[0]``. Raises RuntimeError when another
    mode was chosen before.
    """
    _defaultDS.script(workload_file)


def remote() -> None:
    """Choose remote mode, which comes with the hub: runs are recorded here until then."""
    _defaultDS.remote()


def connect(username: str, apikey: str, project: str, hostname: str = "") -> None:
    """Connect to a hub. There is none yet: says so, keeps recording here, sends nothing."""
    _defaultDS.connect(username, apikey, project, hostname)


def start(description: object = None, resume: str | None = None) -> None:
    """Begin a run. One that was begun and not published is dropped.

    ``resume``, a run's id or its first digits: go on with an interrupted or published run instead,
    with what is known of it. Raises LookupError where there is no such run, or it is still going on.
    """
    _scopes.start(description, resume)


def run(
    description: object = None,
    group: object = None,
    parameters: Mapping[Any, Any] | None = None,
    labels: Mapping[Any, Any] | None = None,
) -> ScopedRun:
    """``with ds.run("…") as run:`` or ``@ds.run("…")``: the block, or each call, is a run.

    It is published at the end, with its exception as error where it raises. Calls inside go to it.
    ``group`` is the label ``group``; a run inside another has its id as label ``parent``.
    """
    return ScopedRun(_scopes, description, group, parameters, labels)


def end() -> None:
    """Take the run's end time now rather than at `publish`; only the first call counts."""
    _current().end()


def publish(
    description: object = None,
    stream: Any = _STDOUT,
    build: bool = False,
    deploy: bool = False,
) -> None:
    """Record the run as done and show it: as a card in a notebook, else as a run block on stdout, or
    as a block on ``stream``.

    What was recorded stays for the next `publish`, until `start`. ``build`` and ``deploy`` come with
    the hub.
    """
    _current().publish(description, stream, build, deploy)


def debug() -> None:
    """Print what the run holds so far."""
    _current().debug()


def set_description(description: object) -> None:
    """Describe the run."""
    _current().set_description(description)


def description(description: T) -> T:
    """Describe the run and return the text."""
    return _current().description(description)


def set_error(error: object) -> None:
    """Mark the run as failed."""
    _current().set_error(error)


def error(error: T) -> T:
    """Mark the run as failed and return the text."""
    return _current().error(error)


def add_input(filename: Any) -> None:
    """Record a file or folder the run reads; a folder stands for the files in it now."""
    _current().add_input(filename)


def input(filename: T) -> T:
    """Record a file or folder the run reads; a folder stands for the files in it now.

    Returns the name.
    """
    return _current().input(filename)


def add_inputs(*filenames: Any) -> None:
    """Record several inputs."""
    _current().add_inputs(*filenames)


def add_output(filename: Any) -> None:
    """Record a file or folder the run writes; a folder stands for the files in it at `publish`."""
    _current().add_output(filename)


def output(filename: T) -> T:
    """Record a file or folder the run writes; a folder stands for the files in it at `publish`.

    Returns the name.
    """
    return _current().output(filename)


def add_outputs(*filenames: Any) -> None:
    """Record several outputs."""
    _current().add_outputs(*filenames)


def add_label(label: object, value: object) -> None:
    """Record a label."""
    _current().add_label(label, value)


def label(label: object, value: T) -> T:
    """Record a label and return the value."""
    return _current().label(label, value)


def add_labels(*args: object, **kwargs: object) -> None:
    """Record several: keywords, then ``label, value`` pairs. Raises ValueError for an odd count."""
    _current().add_labels(*args, **kwargs)


def add_metric(label: object, value: object, step: Any = None) -> None:
    """Record a point of a metric, as `metric`."""
    _current().add_metric(label, value, step)


def metric(label: object, value: T, step: Any = None) -> T:
    """Record a point of a metric and return the value.

    Every point is kept; the run block has the last. ``step`` is a number; without one the metric
    counts 0, 1, 2 … or takes the index of the loop (`steps`) it is recorded in.
    """
    _current().add_metric(label, value, step)
    return value


def metrics(values: M, step: Any = None) -> M:
    """Record several metrics at one step: ``ds.metrics({"loss": 0.1, "acc": 0.9}, step=3)``.

    Returns the mapping.
    """
    return _current().metrics(values, step)


def steps(iterable: Any, label: object = None) -> Steps:
    """``for epoch in ds.steps(range(60)):`` says how far the run is; also around an async iterable.

    Metrics inside without a step get the index of the turn, from 0.
    """
    from dotscience._steps import Steps

    return Steps(iterable, label, _current)


def log(key: object, thing: Any, step: Any = None, caption: object = None, mime: Any = None) -> Any:
    """Keep a table, figure, image, text, bytes (with ``mime``) or small file; returns the thing.

    A table is a DataFrame, a list of dicts or of rows; an image an array of height × width (× 3 or
    4), 0..255 or 0..1. At most 64 MiB a run, 10,000 rows a table.
    """
    return _current().log(key, thing, step, caption, mime)


def add_metrics(*args: object, **kwargs: object) -> None:
    """Record several: keywords, then ``metric, value`` pairs. Raises ValueError for an odd count."""
    _current().add_metrics(*args, **kwargs)


def add_summary(label: object, value: object, step: Any = None) -> None:
    """Record a metric (older name)."""
    _current().add_summary(label, value, step)


def summary(label: object, value: T, step: Any = None) -> T:
    """Record a metric (older name) and return the value."""
    return _current().summary(label, value, step)


def add_summaries(*args: object, **kwargs: object) -> None:
    """Record several: keywords, then ``metric, value`` pairs. Raises ValueError for an odd count."""
    _current().add_summaries(*args, **kwargs)


def add_parameter(label: object, value: object) -> None:
    """Record a parameter."""
    _current().add_parameter(label, value)


def parameter(label: object, value: T) -> T:
    """Record a parameter and return the value."""
    return _current().parameter(label, value)


def add_parameters(*args: object, **kwargs: object) -> None:
    """Record several: keywords, then ``parameter, value`` pairs. Raises ValueError for an odd count."""
    _current().add_parameters(*args, **kwargs)


def param(label: object, value: T) -> T:
    """Record a parameter and return the value."""
    return _current().parameter(label, value)


def model(kind: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Record a model: ``model(module, name, path, classes=path)``, where ``module`` is the library that
    made it, such as ``sklearn``. Returns the path.
    """
    return _current().model(kind, name, *args, **kwargs)


def add_model(kind: Any, name: str, *args: Any, **kwargs: Any) -> None:
    """As `model`, returning nothing."""
    _current().add_model(kind, name, *args, **kwargs)


def autolog(*libraries: str) -> None:
    """Record what scikit-learn, XGBoost, LightGBM, Keras, Lightning and Transformers train, or those named
    (``"sklearn"``, ``"xgboost"`` …). Inside a run it is the run's; else each training is a run of its own.

    Raises ValueError for another name.
    """
    from dotscience._autolog import autolog

    autolog(*libraries)


def remove_prefix(text: str, prefix: str) -> str:
    """``text`` without ``prefix``, where it begins with it."""
    return text[len(prefix) :] if text.startswith(prefix) else text


def runs(path: Any = None) -> Runs:
    """The runs of the workspace of ``path`` (default: the current folder), the newest first.

    ``ds.runs().to_pandas()`` gives a table.
    """
    from dotscience import _query

    return _query.runs(path)


def open(path: Any, run: Any, mode: str = "rb", encoding: str = "utf-8") -> IO[Any]:
    """A file as a run left it, for reading: ``ds.open("model.bin", run="9d20e4b7")``.

    ``run`` is an id, its first digits, or one of `runs`. Raises LookupError for an unknown run and
    FileNotFoundError, with the reason, where the bytes are not kept.
    """
    from dotscience import _query

    return _query.open(path, run, mode, encoding)


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext dotscience``: the cell magic ``%%ds``."""
    from dotscience import _magics

    _magics.load(ipython)
