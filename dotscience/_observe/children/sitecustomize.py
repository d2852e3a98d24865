# mypy: ignore-errors
"""Runs in Pythons that an observed process starts (see ``_children.py``): any version from 2.7 on.

First it runs the `sitecustomize` that would have run without it, in its place; then, from 3.8 on, it lets this
process observe itself once it opens something that is not Python's own. It imports as little as can be.
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


def _observe():
    import _dotscience_child

    observe = os.path.dirname(_HERE)
    library = os.path.dirname(os.path.dirname(observe))
    _dotscience_child.begin(library, os.environ["DOTSCIENCE_OBSERVED"])


_is_wanted = sys.version_info >= (3, 8) and os.environ.get("DOTSCIENCE_OBSERVE") != "0"
try:
    _next()
finally:
    try:
        if _is_wanted and os.environ.get("DOTSCIENCE_OBSERVED"):
            _observe()
    except Exception:  # noqa: S110 - the program is the user's
        pass
