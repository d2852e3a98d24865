"""What ``python -m dotscience_server.worker`` ends with."""

from __future__ import annotations

STARTED = 0
REFUSED = 3
"""An error of the catalogue stands on stdout as JSON."""
ANOTHER_HOLDS_THE_LOCK = 4
