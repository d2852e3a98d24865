"""``%%ds`` makes a cell a run; ``%ds`` tells where you are.

The first line of a ``%%ds`` cell becomes a call that begins the run, and the lines below it run as the
cell they are: line numbers, ``await``, the last expression and errors are as without the magic. The
run ends with the cell, with its error where it raised, unless the cell started or published runs of
its own. Called as a function, or below ``%%time``, the magic runs its cell's code itself.
"""

from __future__ import annotations

import re
import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter

import dotscience
from dotscience._cell_log import message_of
from dotscience._cells import Cell, Listener, cells_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn

    from dotscience._run import Run

_LISTENER = "magic"
_FIRST_LINE = re.compile(r"%%ds(?=\s|$)")
#: For a cell's text: the code follows in the cell itself. Not '', which IPython takes for a slip.
_HERE = "\n"


_HELP = """%%ds at the top of a cell: the cell is a run. %ds alone: where you are.

The run begins before the cell's first line and is published at its end, with the error of a cell
that raises. Values with spaces are quoted as in a shell; $name and {expression} stand for variables
of yours:

    %%ds small net --param lr={lr} --label team=vision --output model.bin
    accuracy = train(lr)
    ds.metric("accuracy", accuracy)

%ds tells the workspace, the current run with its values so far, and what is recorded.
"""


def pair(text: str) -> tuple[str, str]:
    """``name=value`` taken apart."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ArgumentTypeError(f"expected NAME=VALUE, such as lr=0.1, got {text!r}")
    return name.strip(), value


class Options(ArgumentParser):
    """Reads a ``%%ds`` line; its help is the magic's."""

    def __init__(self) -> None:
        super().__init__(
            "%%ds",
            usage="%%%%ds [description] [options]",  # argparse makes one of two
            description=_HELP,
            formatter_class=RawDescriptionHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        add = self.add_argument
        add("description", nargs="*", help="what the run is; need not be quoted")
        several: dict[str, Any] = {"action": "append", "default": []}
        pairs: dict[str, Any] = {**several, "type": pair, "metavar": "NAME=VALUE"}
        add("--param", **pairs, help="a parameter; all of these may stand several times")
        add("--label", **pairs, help="a label")
        add("--input", **several, metavar="PATH", help="a file or folder it reads")
        add("--output", **several, metavar="PATH", help="a file or folder it writes")
        add("--group", metavar="NAME", help="the sweep it belongs to (its label `group`)")

    def error(self, message: str) -> NoReturn:
        """As IPython's own magics: one line, no traceback."""
        raise usage_error(f"%%ds: {message}; %%ds? tells all of it")


def usage_error(message: str) -> Exception:
    """IPython shows it without a traceback."""
    from IPython.core.error import UsageError

    return UsageError(message)


def load(ipython: Any) -> None:
    """Give IPython's shell both magics. May be called again."""
    cells = cells_of(ipython)
    magic = Magic(ipython)
    cells.add(_LISTENER, magic)

    def call(line: str, cell: str | None = None) -> None:
        magic.call(line, cell)

    call.__doc__ = Options().format_help()
    ipython.register_magic_function(call, "line_cell", "ds")
    transforms = ipython.input_transformer_manager.cleanup_transforms
    names = [getattr(one, "__name__", "") for one in transforms]
    if begin_line.__name__ in names:
        transforms[names.index(begin_line.__name__)] = begin_line
    else:
        # Before IPython's own, which hands the whole cell to its magic as text.
        at = names.index("cell_magic") if "cell_magic" in names else len(names)
        transforms.insert(at, begin_line)


def begin_line(lines: list[str]) -> list[str]:
    """IPython's input transformation: the first line of a ``%%ds`` cell as the call that begins its run."""
    if not lines or not _FIRST_LINE.match(lines[0]):
        return lines
    from IPython.core import inputtransformer2

    cell_magic: Any = inputtransformer2.cell_magic
    line, body = lines[0][len("%%ds") :].strip(), lines[1:]
    call = f"get_ipython().run_cell_magic('ds', {line!r}, {_HERE!r})\n"
    return [call, *(cell_magic(body) if body else [])]


class Magic(Listener):
    """The magics of one shell, and the runs that end with their cells."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._pending: list[tuple[Cell | None, Run | None]] = []

    def call(self, line: str, cell: str | None) -> None:
        """``%ds``, or ``%%ds`` (its cell blank where the code follows in the cell itself). Raises
        UsageError, and what the code raises."""
        if cell is None:
            self._tell(line)
        elif not cell.strip():
            run = begin(line)
            self._pending.append((cells_of(self._shell).running(), run))
        else:
            run_cell(self._shell, begin(line), cell)

    def ended(self, cell: Cell, result: Any, duration_ns: int) -> None:
        """Publish the run of the cell that has ended."""
        mine = [run for of, run in self._pending if of is None or of is cell]
        self._pending = [one for one in self._pending if one[0] is not None and one[0] is not cell]
        error = error_of(result)
        first = _FIRST_LINE.match(cell.source.lstrip())
        if first and not mine and getattr(result, "error_before_exec", None) is not None:
            mine = [self._begun(cell.source.lstrip())]  # code that is no Python never began
        for run in mine:
            finish(run, error)

    def _begun(self, source: str) -> Run | None:
        line = source.split("\n", 1)[0][len("%%ds") :].strip()
        try:
            return begin(line)
        except Exception:
            return begin("")

    def _tell(self, line: str) -> None:
        from dotscience._where import where

        if line.strip():
            raise usage_error(
                "%ds takes nothing; %%ds as a cell's first line makes the cell a run, see %ds?"
            )
        print(where(self._shell))


def parsed(line: str) -> Any:
    """The options of a ``%%ds`` line. Raises UsageError, which says what is expected."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        if "--" in line:
            Options().error(f"{error}; values are quoted as in a shell, --param name='a value'")
        words = [line]  # a description with an apostrophe
    return Options().parse_intermixed_args(words)


def begin(line: str) -> Run | None:
    """Start the run that a ``%%ds`` line describes. Raises UsageError."""
    options = parsed(line)
    dotscience.start(" ".join(options.description) or None)
    for name, value in options.param:
        dotscience.parameter(name, value)
    if options.group is not None:
        dotscience.label("group", options.group)
    for name, value in options.label:
        dotscience.label(name, value)
    for path in options.input:
        dotscience.input(path)
    for path in options.output:
        dotscience.output(path)
    return dotscience._defaultDS.currentRun


def finish(run: Run | None, error: BaseException | None) -> None:
    """Publish ``run``, unless the cell did, or began another."""
    if run is None or dotscience._defaultDS.currentRun is not run or not run.is_running:
        return
    if error is not None:
        dotscience.set_error(f"{type(error).__name__}: {message_of(error)}")
    dotscience.publish()


def error_of(result: Any) -> BaseException | None:
    """The exception of a cell; a cancelled one counts as interrupted."""
    if result is None:
        return KeyboardInterrupt()
    before: BaseException | None = result.error_before_exec
    return before if before is not None else result.error_in_exec


def run_cell(ipython: Any, run: Run | None, code: str) -> None:
    """Run a cell's code within the cell that runs. Raises what it raises, which is shown once."""
    result = ipython.run_cell(code)
    error = error_of(result)
    finish(run, error)
    if error is not None:
        ipython.showtraceback = _but_for(error, ipython, ipython.showtraceback)
        raise error


def _but_for(error: BaseException, ipython: Any, show: Callable[..., Any]) -> Callable[..., Any]:
    """``show`` without the traceback that is on the screen already; gone after its first call."""

    def show_others(*args: Any, **kwargs: Any) -> Any:
        del ipython.showtraceback
        return None if sys.exc_info()[1] is error else show(*args, **kwargs)

    return show_others
