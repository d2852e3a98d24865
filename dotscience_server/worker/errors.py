"""One place that turns whatever went wrong into an error of the catalogue."""

from __future__ import annotations

import logging
from pathlib import Path

from ..protocol.errors import ERRORS
from ..protocol.failure import ApiError
from ..snapshots.failures import SnapshotFailure
from ..store.failures import StoreFailure, write_failure

log = logging.getLogger(__name__)


def as_api_error(error: BaseException, store: Path, logged_in: Path) -> ApiError:
    """The error as clients see it. What nobody foresaw is logged and becomes ``internal``."""
    if isinstance(error, OSError):
        error = write_failure(error, store, "this was", 0)
    if isinstance(error, ApiError):
        return error
    if isinstance(error, (StoreFailure, SnapshotFailure)) and error.code in ERRORS:
        return ApiError.of(error.code, **error.fields)
    log.error("unforeseen", exc_info=error)
    detail = f"{type(error).__name__}: {str(error)[:200]}"
    return ApiError.of("internal", detail=detail, log=str(logged_in))
