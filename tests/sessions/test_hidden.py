"""Hidden state: the scenarios that a replayed log must tell apart, the quiet ones as well as the loud ones."""

from __future__ import annotations

import time

import pytest

from dotscience_server.sessions.code import code_of
from dotscience_server.sessions.hidden import Mark, hidden_state
from dotscience_server.sessions.saved import Saved, read_saved
from tests.sessions.logs import START_NS, Told, saved


def marks(told: Told, notebook: Saved | None, *, alive: bool = False) -> list[tuple[int, str, str]]:
    """(n, kind, names) of every mark."""
    log = told.log()
    state = hidden_state(log.executions, log.sources, notebook, alive=alive)
    return [
        (n, mark.kind, " ".join(mark.names))
        for n, found in sorted(state.marks.items())
        for mark in found
    ]


@pytest.fixture
def told() -> Told:
    return Told()


def test_top_to_bottom_is_silent(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    told.cell("b", "y = x + 1", "y")
    told.cell("c", "print(y)")
    assert marks(told, saved(("a", "x = 1"), ("b", "y = x + 1"), ("c", "print(y)"))) == []


def test_comments_are_silent(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    assert marks(told, saved(("a", "# the first\nx = 1  # one"))) == []


def test_formatting_is_silent(told: Told) -> None:
    told.cell("a", "x = f(1,2)", "x")
    assert marks(told, saved(("a", "x = f(\n    1, 2,\n)\n"))) == []


def test_an_edited_cell(told: Told) -> None:
    n = told.cell("a", "x = 1\ny = 2\nz = 3", "x y z")
    log = told.log()
    state = hidden_state(log.executions, log.sources, saved(("a", "x = 1\ny = 20\nz = 3")))
    assert state.marks == {n: (Mark("edited", lines=1),)}


def test_an_earlier_version_that_ran_again_as_saved_is_silent(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    told.cell("a", "x = 2", "x")
    assert marks(told, saved(("a", "x = 2"))) == []


def test_a_deleted_cell_whose_name_is_read(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    n = told.cell("b", "print(x)")
    assert marks(told, saved(("b", "print(x)"))) == [(n, "gone", "x")]


def test_a_deleted_scratch_cell_that_nobody_reads_is_silent(told: Told) -> None:
    told.cell("a", "df.head(); tmp = 1", "tmp")
    told.cell("b", "x = 1", "x")
    assert marks(told, saved(("b", "x = 1"))) == []


def test_stale_source(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    n = told.cell("b", "y = x", "y")
    found = marks(told, saved(("a", "x = 2"), ("b", "y = x")))
    assert found == [(1, "edited", ""), (n, "stale_source", "x")]


def test_stale_value(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    n = told.cell("b", "y = x", "y")
    told.cell("a", "x = 2", "x")
    assert marks(told, saved(("a", "x = 2"), ("b", "y = x"))) == [(n, "stale_value", "x")]


def test_a_binder_that_ran_again_as_it_was_is_silent(told: Told) -> None:
    told.cell("a", "x = load()", "x")
    told.cell("b", "y = x", "y")
    told.cell("a", "x = load()", "x")
    assert marks(told, saved(("a", "x = load()"), ("b", "y = x"))) == []


def test_out_of_order(told: Told) -> None:
    told.cell("b", "x = 1", "x")
    n = told.cell("a", "y = x", "y")
    assert marks(told, saved(("a", "y = x"), ("b", "x = 1"))) == [(n, "out_of_order", "x")]


def test_a_plot_cell_that_ran_again_is_silent(told: Told) -> None:
    told.cell("a", "df = load()", "df")
    told.cell("b", "df.plot()")
    told.cell("c", "model = fit(df)", "model")
    told.cell("b", "df.plot()")
    assert (
        marks(told, saved(("a", "df = load()"), ("b", "df.plot()"), ("c", "model = fit(df)"))) == []
    )


def test_a_cell_that_built_on_itself(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    told.cell("b", "x = x + 1", "x")
    n = told.cell("b", "x = x + 1", "x")
    assert marks(told, saved(("a", "x = 1"), ("b", "x = x + 1"))) == [(n, "rerun_self", "x")]


def test_a_cell_that_built_on_itself_after_a_fresh_start_is_silent(told: Told) -> None:
    for _ in range(2):
        told.cell("a", "x = 1", "x")
        told.cell("b", "x += 1", "x")
    assert marks(told, saved(("a", "x = 1"), ("b", "x += 1"))) == []


def test_a_branch_not_taken_is_silent(told: Told) -> None:
    """The static bind below is not what ran: its id did not change."""
    told.cell("a", "x = 1", "x")
    told.cell("c", "if False:\n    x = 2")
    told.cell("b", "y = x", "y")
    cells = (("a", "x = 1"), ("b", "y = x"), ("c", "if False:\n    x = 2"))
    assert marks(told, saved(*cells)) == []


def test_the_same_import_again_below_is_silent(told: Told) -> None:
    told.cell("a", "import numpy as np", "np")
    told.cell("c", "import numpy as np")
    told.cell("b", "y = np.ones(3)", "y")
    cells = (("a", "import numpy as np"), ("b", "y = np.ones(3)"), ("c", "import numpy as np"))
    assert marks(told, saved(*cells)) == []


def test_exec_and_star_imports_bind_what_they_bound(told: Told) -> None:
    told.cell("b", "exec('x = 1')\nfrom math import *", "x pi")
    n = told.cell("a", "print(x, pi)")
    cells = (("a", "print(x, pi)"), ("b", "exec('x = 1')\nfrom math import *"))
    assert marks(told, saved(*cells)) == [(n, "out_of_order", "pi x")]


def test_a_loop_variable_of_a_lower_cell_is_silent(told: Told) -> None:
    told.cell("a", "for i in range(3):\n    pass", "i")
    told.cell("c", "for i in range(9):\n    pass", "i")
    told.cell("b", "print(i)")
    cells = (
        ("a", "for i in range(3):\n    pass"),
        ("b", "print(i)"),
        ("c", "for i in range(9):\n    pass"),
    )
    assert marks(told, saved(*cells)) == []


def test_names_in_magics_and_shell_lines_are_read(told: Told) -> None:
    told.cell("c", "path = 'a'\nn = 3", "path n")
    one = told.cell("a", "%time y = f(n)", "y")
    two = told.cell("b", "!cat {path}")
    cells = (("a", "%time y = f(n)"), ("b", "!cat {path}"), ("c", "path = 'a'\nn = 3"))
    assert marks(told, saved(*cells)) == [(one, "out_of_order", "n"), (two, "out_of_order", "path")]


def test_changes_in_place_raise_no_alarm(told: Told) -> None:
    told.cell("a", "xs = []", "xs")
    told.cell("b", "xs.append(1)")
    told.cell("b", "xs.append(1)")
    assert marks(told, saved(("a", "xs = []"), ("b", "xs.append(1)"))) == []


# Beyond the seventeen.


def test_a_function_reads_its_globals_when_it_is_called(told: Told) -> None:
    told.cell("a", "def f():\n    return lr", "f")
    told.cell("c", "lr = 1", "lr")
    n = told.cell("b", "y = f()", "y")
    cells = (("a", "def f():\n    return lr"), ("b", "y = f()"), ("c", "lr = 1"))
    assert marks(told, saved(*cells)) == [(n, "out_of_order", "lr")]


def test_an_import_cell_that_grew_and_ran_again_makes_nothing_stale(told: Told) -> None:
    told.cell("a", "import os", "os")
    told.cell("b", "os.getcwd()")
    told.cell("a", "import os\nimport sys", "sys")
    told.cell("c", "os.listdir()")
    cells = (("a", "import os\nimport sys"), ("b", "os.getcwd()"), ("c", "os.listdir()"))
    assert marks(told, saved(*cells)) == []


def test_a_cell_that_the_program_says_is_deleted_is_gone_before_the_file_is_saved(
    told: Told,
) -> None:
    told.cell("a", "x = 1", "x")
    n = told.cell("b", "print(x)", deleted=["a"])
    stale = saved(("a", "x = 1"), ("b", "print(x)"), time_ns=START_NS)
    assert marks(told, stale) == [(n, "gone", "x")]
    assert marks(told, saved(("a", "x = 1"), ("b", "print(x)"))) == []  # it was undone and saved


def test_what_ran_after_the_last_save_of_a_living_session_is_not_called_edited(told: Told) -> None:
    told.cell("a", "x = 2", "x")
    stale = saved(("a", "x = 1"), time_ns=START_NS)
    assert marks(told, stale, alive=True) == []
    assert marks(told, stale) == [(1, "edited", "")]


def test_a_syntax_error_binds_and_reads_nothing(told: Told) -> None:
    told.cell("a", "x = 1", "x")
    told.cell("b", "x = (", error={"kind": "SyntaxError", "message": "m", "before": True})
    assert marks(told, saved(("a", "x = 1"), ("b", "x = ("))) == []


def test_vscode_cells_are_matched_by_source(told: Told) -> None:
    told.cell(None, "x = 1", "x", uri="vscode-notebook-cell:/a.ipynb#W0")
    n = told.cell(None, "y = x", "y", uri="vscode-notebook-cell:/a.ipynb#W1")
    told.cell(None, "x = 100", "x", uri="vscode-notebook-cell:/a.ipynb#W0")
    found = marks(told, saved((None, "x = 100"), (None, "y = x")))
    assert found == [(n, "stale_value", "x")]


def test_nbclient_cells_are_matched_by_order_and_source(told: Told) -> None:
    for source, bound in (("x = 1", "x"), ("x += 1", "x"), ("x += 1", "x"), ("print(x)", "")):
        told.cell(None, source, bound)
    cells = ((None, "x = 1"), (None, "x += 1"), (None, ""), (None, "x += 1"), (None, "print(x)"))
    log = told.log()
    state = hidden_state(log.executions, log.sources, saved(*cells))
    assert [state.cells[n].position for n in (1, 2, 3, 4)] == [1, 2, 4, 5]
    assert state.marks == {}


def test_ids_that_the_file_does_not_hold_are_matched_by_source(told: Told) -> None:
    """An old notebook: JupyterLab gives ids, and does not save them."""
    told.cell("r1", "x = 1", "x")
    told.cell("r2", "print(x)")
    assert marks(told, saved((None, "x = 1"), (None, "print(x)"))) == []


def test_nested_executions_are_their_outer_cells_affair(told: Told) -> None:
    outer = told.begin("a", "run_cell('y = 1')")
    inner = told.begin("a", "y = 1", nested=True)
    told.end(inner, "y")
    told.end(outer, "y")
    told.cell("b", "print(y)")
    assert marks(told, saved(("a", "run_cell('y = 1')"), ("b", "print(y)"))) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"cells": 3}', b'{"cells": [3, null, {"cell_type": 1}]}',
     b'{"cells": [{"cell_type": "code", "source": {"a": 1}, "id": 3}]}', b"\xff\xfe", b"[" * 100_000],
)  # fmt: skip
def test_a_broken_notebook_is_no_crash(told: Told, content: bytes) -> None:
    told.cell("a", "x = 1", "x")
    marks(told, read_saved(content, 0))


@pytest.mark.parametrize(
    "source",
    ["x = (", "\0", "%%bash\nls $x", "%%time", "%time", "!", "?", "x?", "\\", "'''", "%%writefile a\n(",
     "x = !ls", "x = %pwd", "!ls \\\n -l", "await f()", "(" * 5_000, "match x:\n case {'a': b}: pass",
     "try:\n  pass\nexcept* E as e:\n  pass", "x = '''\n%not magic\n'''", "\ud800", "-" * 50_000 + "1"],
)  # fmt: skip
def test_any_source_is_no_crash(told: Told, source: str) -> None:
    code_of(source)
    told.records.append((11, {"n": 1, "t": "1", "hash": "h", "source": source, "cell": "a"}))
    told.end(1)
    marks(told, saved(("a", "y = 1")))


def test_five_hundred_cells_take_less_than_a_second_of_processor(told: Told) -> None:
    """The bar is a second; here it may be a slow machine, so the test only says that it is bounded."""
    cells = []
    for number in range(500):
        lines = [f"name_{number}_{k} = [v + {k} for v in range(name_{number - 1}_{k})]"
                 for k in range(30)]  # fmt: skip
        source = "\n".join(
            [f"# cell {number}", f"def helper_{number}(x):", "    return x + lr", *lines]
        )
        bound = " ".join([f"name_{number}_{k}" for k in range(30)] + [f"helper_{number}"])
        told.cell(f"c{number}", source, bound)
        cells.append((f"c{number}", source))
    log, notebook = told.log(), saved(*cells)
    begun = time.process_time()
    assert hidden_state(log.executions, log.sources, notebook).marks == {}
    assert time.process_time() - begun < 30
    print("took", time.process_time() - begun)
