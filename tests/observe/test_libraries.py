"""The real libraries, each case seen by whatever means; once as usual, once where the watch is refused, once outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integrations.environments import interpreter
from tests.library.programs import Place
from tests.observe.programs import BEGIN, REFUSED, seen

LIMIT_S = 240  # the first import of such a library may compile it

pytestmark = pytest.mark.integrations

MAKE = """
import pandas as pd, numpy as np
frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
"""
#: name → (what makes ``{f}`` before anything is tracked, what reads it, what writes ``{o}``)
CASES = {
    "pandas parquet": ("frame.to_parquet(f)", "pd.read_parquet(f)", "frame.to_parquet(o)"),
    "pandas csv": ("frame.to_csv(f)", "pd.read_csv(f)", "frame.to_csv(o)"),
    "pandas hdf": (
        "frame.to_hdf(f, key='k')",
        "pd.read_hdf(f, key='k')",
        "frame.to_hdf(o, key='k')",
    ),
    "pyarrow parquet": (
        "import pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'a': [1]}), f)",
        "pq.read_table(f)",
        "pq.write_table(pa.table({'a': [1]}), o)",
    ),
    "pyarrow dataset": (
        "frame.to_parquet(f); import pyarrow.dataset as d",
        "d.dataset(f).to_table()",
        "frame.to_parquet(o)",
    ),
    "h5py": (
        "import h5py; h5py.File(f, 'w').close()",
        "h5py.File(f, 'r').close()",
        "h5py.File(o, 'w').close()",
    ),
    "pillow": (
        "from PIL import Image; Image.new('L', (4, 4)).save(f, 'PNG')",
        "Image.open(f).load()",
        "Image.new('L', (4, 4)).save(o, 'PNG')",
    ),
    "opencv": (
        "import cv2; f += '.png'; o += '.png'; cv2.imwrite(f, np.zeros((4, 4), np.uint8))",
        "cv2.imread(f).shape",
        "cv2.imwrite(o, np.zeros((4, 4), np.uint8))",
    ),
    "memmap": (
        "np.arange(8).tofile(f)",
        "np.memmap(f, dtype='int64', mode='r').sum()",
        "m = np.memmap(o, dtype='int64', mode='w+', shape=4); m[:] = 1; m.flush(); del m",
    ),
    "safetensors": (
        "from safetensors.numpy import save_file, load_file; save_file({'a': np.zeros(3)}, f)",
        "load_file(f)",
        "save_file({'a': np.zeros(3)}, o)",
    ),
    "polars csv": (
        "import polars as pl; frame.to_csv(f)",
        "pl.read_csv(f)",
        "pl.DataFrame({'a': [1]}).write_csv(o)",
    ),
    "polars parquet": (
        "import polars as pl; frame.to_parquet(f)",
        "pl.scan_parquet(f).collect()",
        "pl.DataFrame({'a': [1]}).write_parquet(o)",
    ),
    "duckdb": (
        "import duckdb; f += '.csv'; o += '.csv'; frame.to_csv(f)",
        "duckdb.sql(f\"select * from '{f}'\").fetchall()",
        "duckdb.sql(f\"copy (select 1) to '{o}' (format csv)\")",
    ),
    # As torch.load: a zip archive read through Python's own file object.
    "zip archive": (
        "import zipfile; z = zipfile.ZipFile(f, 'w'); z.writestr('data.pkl', b'1'); z.close()",
        "file = open(f, 'rb'); zipfile.ZipFile(file).read('data.pkl'); file.close()",
        "z = zipfile.ZipFile(o, 'w'); z.writestr('data.pkl', b'1'); z.close()",
    ),
}


def program(case: str, folder: Path, before: str, is_import_first: bool) -> str:
    """``is_import_first``: the libraries are there before anything is tracked; else they come after."""
    make, read, write = CASES[case]
    names = f"f, o = {os.fspath(folder / 'in.bin')!r}, {os.fspath(folder / 'out.bin')!r}\n"
    made = MAKE + names + make + "\n"
    if is_import_first:
        return made + before + BEGIN + f"{read}\n{write}\n"
    parts = [part.strip() for part in make.split(";")]
    kept = [part for part in parts if part.startswith(("import ", "from ", "f +=", "o +="))]
    first = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {made!r}], check=True)\n"
    )
    return first + before + BEGIN + MAKE + names + "\n".join([*kept, read, write, ""])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("where", ["workspace", "refused", "outside"])
def test_reads_and_writes(place: Place, tmp_path: Path, case: str, where: str) -> None:
    folder = tmp_path / "mnt" if where == "outside" else place.root
    folder.mkdir(exist_ok=True)
    before = REFUSED if where == "refused" else ""
    found = found_by(place, program(case, folder, before, is_import_first=False))
    assert ("in", "r") in found, seen(place)
    assert {("out", "w"), ("out", "rw")} & found, seen(place)  # HDF5 in pandas opens to append
    assert not [one for one in seen(place) if "site-packages" in one.path]


@pytest.mark.parametrize("case", ["pyarrow parquet", "h5py", "opencv", "polars parquet", "duckdb"])
def test_libraries_imported_before(place: Place, tmp_path: Path, case: str) -> None:
    folder = tmp_path / "mnt"
    folder.mkdir()
    found = found_by(place, program(case, folder, "", is_import_first=True))
    assert {("in", "r"), ("out", "w")} <= found, seen(place)


@pytest.mark.parametrize("where", ["workspace", "outside"])
def test_real_torch(place: Place, tmp_path: Path, where: str) -> None:
    folder = tmp_path / "mnt" if where == "outside" else place.root
    folder.mkdir(exist_ok=True)
    paths = f"f, o = {os.fspath(folder / 'in.pt')!r}, {os.fspath(folder / 'out.pt')!r}\n"
    make = f"{paths}import torch; torch.save({{'a': torch.zeros(3)}}, f)\n"
    first = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {make!r}], check=True)\n"
    )
    use = f"{paths}import torch\nmodel = torch.load(f)\ntorch.save(model, o)\n"
    found = found_by(place, first + BEGIN + use, python=interpreter("torch"))
    assert {("in", "r"), ("out", "w")} <= found, seen(place)


def found_by(place: Place, code: str, python: str | None = None) -> set[tuple[str, str]]:
    """Names without their ends, with modes."""
    process = place.start(code, python=python or _python())
    _, stderr = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, stderr[-2000:]
    return {(Path(one.path).name.split(".")[0], one.mode) for one in seen(place)}


def _python() -> str:
    return os.environ.get("DOTSCIENCE_TEST_OBSERVE_PYTHON") or interpreter("observe")
