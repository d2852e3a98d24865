"""What an interpreter has now: its environment, as a run in it would record it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_WITHIN_S = 30
_CODE = """
import json, os, sys
sys.path.append(sys.argv[1])
from dotscience._environment import environment
from dotscience._gpu import load
gpu = load()
told = environment(os.getcwd(), lambda diff: None, lambda: gpu.facts() if gpu is not None else None)
told["python"] = "{}.{}.{}".format(*sys.version_info)
told["executable"] = sys.executable
sys.stdout.write(json.dumps(told))
"""


def environment_now(
    interpreter: str, library: Path, env: Mapping[str, str], folder: Path
) -> Json | None:
    """As an environment record (``journal.md``) with ``python`` and ``executable``; None where it can't be asked."""
    asked = {**env, "DOTSCIENCE_DISABLE": "1", "DOTSCIENCE_OBSERVE": "0"}
    try:
        done = subprocess.run(
            [interpreter, "-c", _CODE, os.fspath(library)],
            cwd=folder,
            env=asked,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_WITHIN_S,
            check=True,
        )
        told = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if not isinstance(told, dict):
        return None
    conda = told.get("conda")
    return {**told, "conda": conda or None}
