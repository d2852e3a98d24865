"""Functions of libraries that open files natively, and where in their calls the paths stand.

``module: ((name, mode, position, keyword), …)``. ``mode`` is r, w or rw; ``mode=N`` reads it from argument N
(keyword ``mode``); ``sql`` takes the quoted strings of a query. A name that is missing is left out: libraries
change. Types are never replaced (isinstance), only their methods.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    Target = Tuple[str, str, int, str]


def _all(names: str, mode: str, position: int, keyword: str) -> tuple[Target, ...]:
    return tuple((name, mode, position, keyword) for name in names.split())


_POLARS_READS = "csv parquet ipc ipc_stream ndjson json avro excel delta csv_batched"
_POLARS_SCANS = "csv parquet ipc ndjson delta"
_POLARS_WRITES = "csv parquet ipc ipc_stream ndjson json avro excel"
_POLARS_SINKS = "csv parquet ipc ndjson"


def _each(prefix: str, names: str) -> str:
    return " ".join(prefix + name for name in names.split())


_POLARS_IO = (
    *_all(_each("read_", _POLARS_READS), "r", 0, "source"),
    *_all(_each("scan_", _POLARS_SCANS), "r", 0, "source"),
)
_DUCKDB = (
    *_all("sql query execute", "sql", 0, "query"),
    *_all("read_csv read_parquet read_json from_csv_auto from_parquet", "r", 0, "path_or_buffer"),
)

TABLE: dict[str, tuple[Target, ...]] = {
    "pyarrow.parquet.core": (
        *_all("ParquetFile.__init__ read_metadata read_schema", "r", 1, "source"),
        ("ParquetDataset.__init__", "r", 1, "path_or_paths"),
        ("ParquetWriter.__init__", "w", 1, "where"),
        ("read_table", "r", 0, "source"),
        ("write_table", "w", 1, "where"),
    ),
    "pyarrow.dataset": (
        ("dataset", "r", 0, "source"),
        ("write_dataset", "w", 1, "base_dir"),
    ),
    "pyarrow._csv": (
        *_all("read_csv open_csv", "r", 0, "input_file"),
        ("write_csv", "w", 1, "output_file"),
    ),
    "pyarrow.orc": (
        ("ORCFile.__init__", "r", 1, "source"),
        ("ORCWriter.__init__", "w", 1, "where"),
    ),
    "pyarrow.feather": (
        *_all("read_table read_feather", "r", 0, "source"),
        ("write_feather", "w", 1, "dest"),
    ),
    "pyarrow.lib": (("memory_map", "mode=1", 0, "path"),),
    "pandas.io.parquet": (
        ("PyArrowImpl.write", "w", 2, "path"),
        ("PyArrowImpl.read", "r", 1, "path"),
    ),
    "h5py._hl.files": (("File.__init__", "mode=2", 1, "name"),),
    "tables.file": (("File.__init__", "mode=2", 1, "filename"),),
    "cv2": (
        *_all("imread imreadmulti imcount", "r", 0, "filename"),
        *_all("imwrite imwritemulti", "w", 0, "filename"),
    ),
    "safetensors.numpy": (
        ("load_file", "r", 0, "filename"),
        ("save_file", "w", 1, "filename"),
    ),
    "safetensors.torch": (
        ("load_file", "r", 0, "filename"),
        ("save_file", "w", 1, "filename"),
    ),
    "polars": _POLARS_IO,
    "polars.dataframe.frame": _all(_each("DataFrame.write_", _POLARS_WRITES), "w", 1, "file"),
    "polars.lazyframe.frame": _all(_each("LazyFrame.sink_", _POLARS_SINKS), "w", 1, "path"),
    "duckdb": (
        *_DUCKDB,
        ("connect", "rw", 0, "database"),
        *_all("DuckDBPyConnection.execute DuckDBPyConnection.sql", "sql", 1, "query"),
        *_all("DuckDBPyConnection.query", "sql", 1, "query"),
        *_all("DuckDBPyConnection.read_csv DuckDBPyConnection.read_parquet", "r", 1, "path"),
    ),
    "torch.serialization": (("save", "w", 1, "f"),),
    "torch.jit._serialization": (
        ("load", "r", 0, "f"),
        ("save", "w", 1, "f"),
    ),
}

#: Packages whose import is worth a wait for the watch: what they open comes soon after.
NATIVE = frozenset(name.partition(".")[0] for name in TABLE) | {"numpy"}
