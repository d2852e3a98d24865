# mypy: ignore-errors
"""Runs when a Python of a repetition starts (``DOTSCIENCE_AGAIN``, JSON; any version from 3.6 on).

It runs the `sitecustomize` that would have run without it, then holds still what the repetition is to hold still
(`seed`, `clock` in seconds since the epoch, `cpus`, `torch_threads`), and at the end says which distributions and
foreign files the program loaded (`told`: a folder).
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _next():
    ours = sys.modules.pop("sitecustomize", None)
    path = list(sys.path)
    sys.path[:] = [one for one in path if os.path.abspath(one or ".") != _HERE]
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if sys.path == [one for one in path if os.path.abspath(one or ".") != _HERE]:
            sys.path[:] = path
        sys.modules.setdefault("sitecustomize", ours)


def _begin(text):
    import json

    wanted = json.loads(text)
    sys.path.append(_HERE)
    try:
        import _dotscience_again
    finally:
        sys.path.remove(_HERE)
    _dotscience_again.begin(wanted)


try:
    _next()
finally:
    try:
        if os.environ.get("DOTSCIENCE_AGAIN") and sys.version_info >= (3, 6):
            _begin(os.environ["DOTSCIENCE_AGAIN"])
    except Exception:  # noqa: S110 - the program is the user's
        pass
