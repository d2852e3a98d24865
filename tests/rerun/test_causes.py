"""Faults injected one at a time: the verdict names the right cause, never a wrong one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rerun.programs import run_notebook, run_program, verdict_of
from tests.worker.workspaces import Workspace

pytestmark = pytest.mark.slow

Json = dict[str, Any]


def why(workspace: Workspace, run: Json, **wanted: Any) -> list[str]:
    """The causes that are named."""
    told = verdict_of(workspace.connect(), run["id"], why=True, **wanted)
    print(told)
    assert told["verdict"] == ("differs" if told["causes"] else "unknown")
    return [one["cause"] for one in told["causes"]]


def test_nothing_is_wrong(workspace: Workspace) -> None:
    (workspace.path / "data.csv").write_text("1\n2\n3\n")
    run = run_program(workspace, "acc = sum(map(float, open('data.csv')))")
    told = verdict_of(workspace.connect(), run["id"], why=True)
    assert (told["verdict"], told["causes"]) == ("same", [])


def test_a_seed_is_not_set(workspace: Workspace) -> None:
    run = run_program(workspace, "import random\nacc = random.random()")
    assert why(workspace, run) == ["seed"]


def test_numpys_generator_has_no_seed(workspace: Workspace) -> None:
    run = run_program(workspace, "import numpy\nacc = float(numpy.random.default_rng().random())")
    assert why(workspace, run) == ["seed"]


def test_a_seed_was_changed(workspace: Workspace) -> None:
    code = "import os, random\nrandom.seed(int(os.environ['SEED']))\nacc = random.random()"
    run = run_program(workspace, code, env={"SEED": "1"})
    assert why(workspace, run, env={"SEED": "2"}) == ["seed"]


def test_the_order_of_a_set(workspace: Workspace) -> None:
    code = "words = {str(n) for n in range(1000)}\nacc = ''.join(words)[:40]"
    run = run_program(workspace, code)
    assert why(workspace, run) == ["seed"]


def test_a_hash_seed_was_changed(workspace: Workspace) -> None:
    code = "words = {str(n) for n in range(1000)}\nacc = ''.join(words)[:40]"
    run = run_program(workspace, code, env={"PYTHONHASHSEED": "1"})
    assert why(workspace, run, env={"PYTHONHASHSEED": "2"}) == ["seed"]


def test_a_row_changed_outside(workspace: Workspace, tmp_path: Path) -> None:
    data = tmp_path / "outside.csv"
    data.write_text("1\n2\n3\n")
    run = run_program(workspace, f"acc = sum(map(float, open({str(data)!r})))")
    data.write_text("1\n2\n4\n")
    assert why(workspace, run) == ["data"]


def test_a_row_changed_inside(workspace: Workspace) -> None:
    data = workspace.path / "data.csv"
    data.write_text("1\n2\n3\n")
    run = run_program(workspace, f"acc = sum(map(float, open({str(data)!r})))")
    data.write_text("1\n2\n4\n")
    assert why(workspace, run) == ["data"]


def test_a_file_was_not_kept(workspace: Workspace) -> None:
    client = workspace.connect()
    policy = client.get("status")["policy"]
    rules = [{"pattern": "big.csv", "policy": "fingerprint"}]
    client.put("policy", {**policy, "rules": rules})
    data = workspace.path / "big.csv"
    data.write_text("1\n2\n3\n")
    code = "import os\nacc = sum(map(float, open('big.csv'))) if os.path.exists('big.csv') else 0"
    run = run_program(workspace, code)
    data.write_text("1\n2\n4\n")
    assert why(workspace, run) == ["not_kept"]


def test_it_depends_on_the_clock(workspace: Workspace) -> None:
    run = run_program(workspace, "import time\nacc = time.time() % 1000")
    assert why(workspace, run) == ["clock"]


def test_it_depends_on_datetime(workspace: Workspace) -> None:
    code = "from datetime import datetime\nacc = datetime.now().timestamp() % 1000"
    run = run_program(workspace, code)
    assert why(workspace, run) == ["clock"]


def test_it_depends_on_the_number_of_threads(workspace: Workspace) -> None:
    code = (
        "import os\nparts = int(os.environ.get('OMP_NUM_THREADS') or os.cpu_count())\n"
        "values = [0.1 * n for n in range(1001)]\n"
        "acc = sum(sum(values[part::parts]) for part in range(parts)) + parts"
    )
    run = run_program(workspace, code, env={"OMP_NUM_THREADS": "7"})
    assert why(workspace, run, env={"OMP_NUM_THREADS": "3"}) == ["threads"]


def test_it_depends_on_the_number_of_cpus(workspace: Workspace, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "sitecustomize.py").write_text("import os\nos.cpu_count = lambda: 61\n")
    from tests.rerun.programs import environment

    path = os.pathsep.join((str(elsewhere), environment()["PYTHONPATH"]))
    run = run_program(workspace, "import os\nacc = 1 / os.cpu_count()", env={"PYTHONPATH": path})
    assert why(workspace, run) == ["threads"]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU has no second thread")
def test_numpys_blas_sums_in_another_order(workspace: Workspace) -> None:
    code = (
        "import numpy\nrng = numpy.random.default_rng(0)\n"
        "rows = rng.random((2_000_003, 4), dtype=numpy.float32)\n"
        "acc = float((rng.random(2_000_003, dtype=numpy.float32) @ rows).sum())"
    )
    run = run_program(workspace, code, env={"OPENBLAS_NUM_THREADS": "1"})
    told = verdict_of(workspace.connect(), run["id"], why=True, env={"OPENBLAS_NUM_THREADS": "2"})
    if told["verdict"] == "same":
        pytest.skip("this machine's BLAS sums in the same order")
    assert [one["cause"] for one in told["causes"]] == ["threads"]


@pytest.mark.parametrize(
    ("code", "name", "then", "now"),
    [
        ("import time\nacc = time.localtime(0).tm_hour", "TZ", "THEN-9", "NOW0"),
        (
            "import locale\nlocale.setlocale(locale.LC_ALL, '')\n"
            "acc = len(locale.nl_langinfo(locale.CODESET))",
            "LC_ALL",
            "C.UTF-8",
            "C",
        ),
        ("import os\nacc = len(os.environ['KERAS_BACKEND'])", "KERAS_BACKEND", "jax", "torch"),
    ],
    ids=["time zone", "locale", "variable"],
)
def test_a_variable_was_changed(
    workspace: Workspace, code: str, name: str, then: str, now: str
) -> None:
    """Of two that were, the one that matters is named."""
    run = run_program(workspace, code, env={name: then, "TOKENIZERS_PARALLELISM": "true"})
    env = {name: now, "TOKENIZERS_PARALLELISM": "false"}
    told = verdict_of(workspace.connect(), run["id"], why=True, env=env)
    (cause,) = told["causes"]
    assert (cause["cause"], f"{name}={then}" in cause["detail"]) == ("variable", True)
    assert "TOKENIZERS" not in cause["detail"]


def test_a_row_of_a_parquet_file_changed_outside(workspace: Workspace, tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    data = tmp_path / "outside.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"x": [1.0, 2.0, 3.0]}), data)
    code = f"import pandas\nacc = float(pandas.read_parquet({str(data)!r})['x'].sum())"
    run = run_program(workspace, code)
    pyarrow.parquet.write_table(pyarrow.table({"x": [1.0, 2.0, 4.0]}), data)
    assert why(workspace, run) == ["data"]


@pytest.fixture
def interpreter(tmp_path: Path) -> str:
    """Of an environment of its own, without pip."""
    folder = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


def install(interpreter: str, name: str, version: str, source: str) -> None:
    """A package of one module, as pip would have installed it."""
    found = next((Path(interpreter).parents[1] / "lib").glob("python*")) / "site-packages"
    for old in found.glob(f"{name}-*.dist-info"):
        shutil.rmtree(old)
    shutil.rmtree(found / "__pycache__", ignore_errors=True)
    (found / f"{name}.py").write_text(source)
    info = found / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"{name}.py,,\n{name}-{version}.dist-info/METADATA,,\n")
    (info / "top_level.txt").write_text(f"{name}\n")


def test_another_version_of_a_package(workspace: Workspace, interpreter: str) -> None:
    install(interpreter, "sums", "1.0", "def total(n):\n    return n * 2\n")
    run = run_program(workspace, "import sums\nacc = sums.total(3)", interpreter=interpreter)
    install(interpreter, "sums", "2.0", "def total(n):\n    return n * 3\n")
    assert why(workspace, run) == ["package"]


def test_a_package_that_it_does_not_use_is_no_cause(workspace: Workspace, interpreter: str) -> None:
    install(interpreter, "unused", "1.0", "")
    run = run_program(workspace, "import random\nacc = random.random()", interpreter=interpreter)
    install(interpreter, "unused", "2.0", "")
    assert why(workspace, run) == ["seed"]


def test_an_editable_source_was_changed(
    workspace: Workspace, interpreter: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    found = next((Path(interpreter).parents[1] / "lib").glob("python*")) / "site-packages"
    (found / "ours.pth").write_text(f"{source}\n")
    (source / "ours.py").write_text("def total(n):\n    return n * 2\n")
    run = run_program(workspace, "import ours\nacc = ours.total(3)", interpreter=interpreter)
    (source / "ours.py").write_text("def total(n):\n    return n * 3  # other\n")
    assert why(workspace, run) == ["code"]


def test_a_module_of_the_workspace_by_its_absolute_path(workspace: Workspace) -> None:
    module = workspace.path / "lib" / "model.py"
    module.parent.mkdir()
    module.write_text("def total(n):\n    return n * 2\n")
    code = f"import sys\nsys.path.insert(0, {str(module.parent)!r})\nimport model\nacc = model.total(3)"
    run = run_program(workspace, code)
    module.write_text("def total(n):\n    return n * 3  # other\n")
    assert why(workspace, run) == ["code"]


def test_what_nobody_can_see_is_unknown(workspace: Workspace) -> None:
    run = run_program(workspace, "import os\nacc = os.environ['ELSEWHERE']", env={"ELSEWHERE": "1"})
    assert why(workspace, run, env={"ELSEWHERE": "2"}) == []


def test_true_chance_is_unknown(workspace: Workspace) -> None:
    run = run_program(workspace, "import os\nacc = int.from_bytes(os.urandom(6), 'big')")
    assert why(workspace, run) == []


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import numpy\nacc = float(numpy.random.rand())", "seed"),
        ("import time\nacc = time.time() % 1000", "clock"),
    ],
)
def test_in_a_notebook(workspace: Workspace, code: str, cause: str) -> None:
    cells = (
        ("one", "import dotscience as ds\nds.start('in cells')"),
        ("two", code),
        ("three", "ds.metric('acc', acc)\nds.publish()"),
    )
    run = run_notebook(workspace, cells, (0, 1, 2))
    assert why(workspace, run) == [cause]
