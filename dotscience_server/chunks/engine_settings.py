"""How hf-xet runs with us: quiet, on our socket, within bounds, with a cache of ours.

The numbers were measured on two cores (docs/decisions/0090-chunks-by-hf-xet.md): one file at a time
and one arena of memory halve the peak, and cost no time.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ENVIRONMENT = {
    "HF_XET_TELEMETRY_ENABLED": "false",
    "HF_XET_LOG_DEST": os.devnull,
    "RUST_LOG": "off",
}
_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")

# A dead CAS is noticed within seconds: it is in our own process, so there is nothing to wait for.
_SETTINGS: dict[str, Any] = {
    "client.retry_max_attempts": 1,
    "client.retry_base_delay": "50ms",
    "client.retry_max_duration": "2s",
    "client.connect_timeout": "5s",
    "client.read_timeout": "10min",  # a slow disk may take long to sync a first snapshot
    "client.enable_adaptive_concurrency": False,
    "client.ac_initial_upload_concurrency": 1,
    "client.ac_min_upload_concurrency": 1,
    "client.ac_max_upload_concurrency": 1,
    "client.legacy_direct_xorb_upload": True,  # else a question for leave before each xorb
    "client.shard_api_version": 1,
    "data.ingestion_block_size": 1_000_000,  # bytes; larger ones are mapped anew for each read
    "data.max_concurrent_file_ingestion": 1,
    "deduplication.global_dedup_query_enabled": False,
    "deduplication.min_n_chunks_per_range": 1.0,  # our disk reads short ranges well enough
    "telemetry.enabled": False,
}


_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
_MALLOC = {_ARENA_MAX: 1, _MMAP_THRESHOLD: 4 << 20, _TRIM_THRESHOLD: 8 << 20}


def keep_memory_small() -> None:
    """Have the C library give memory back. For the process that writes; nothing where there is no glibc."""
    mallopt = _libc_function("mallopt")
    for parameter, value in _MALLOC.items() if mallopt else ():
        mallopt(parameter, value)


def give_memory_back() -> None:
    """Give the system what is free now. Nothing where there is no glibc."""
    trim = _libc_function("malloc_trim")
    if trim:
        trim(0)


def _libc_function(name: str) -> Any:
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):
        return None


def imported(cache: Path) -> Any:
    """The module `hf_xet`. It makes folders when it is imported: below `cache`. Raises ImportError."""
    keep_memory_small()
    with engine_environment(cache):
        return importlib.import_module("hf_xet")


def engine_settings(hf_xet: Any, socket: str) -> Any:
    """The configuration; what the installed version does not know is left out."""
    config = hf_xet.XetConfig()
    known = set(config.keys())
    wanted = {key: value for key, value in _SETTINGS.items() if key in known}
    return config.with_config({**wanted, "client.unix_socket_path": socket})


@contextmanager
def engine_environment(cache: Path) -> Iterator[None]:
    """The variables hf-xet reads when it is imported, when a session and when a commit begins; as they were afterwards.
    Outside it, hf-xet would write to the user's own cache; settings of the user's are not for us.
    """
    ours = {**_ENVIRONMENT, "HF_XET_CACHE": str(cache)}
    theirs = [name for name in os.environ if name.startswith("HF_XET_") or name in _PROXIES]
    before = {name: os.environ.get(name) for name in (*ours, *theirs)}
    for name in theirs:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
