# mypy: ignore-errors
"""Runs in Pythons that an observed process starts (see ``_children.py``): any version from 2.7 on.

First it runs the `sitecustomize` that would have run without it, in its place; then, from 3.8 on, it lets this
process observe itself once it opens something that is not Python's own.
"""

import os
import sys


def _next():
    here = os.path.dirname(os.path.abspath(__file__))
    paths = [path for path in sys.path if os.path.abspath(path or ".") != here]
    module = sys.modules.pop("sitecustomize", None)
    try:
        if sys.version_info >= (3, 5):  # noqa: UP036 - any Python may be started
            from importlib.machinery import PathFinder
            from importlib.util import module_from_spec

            spec = PathFinder.find_spec("sitecustomize", paths)
            if spec is None or spec.loader is None:
                return
            found = module_from_spec(spec)
            sys.modules["sitecustomize"] = found
            spec.loader.exec_module(found)
        else:
            import imp

            try:
                place = imp.find_module("sitecustomize", paths)
            except ImportError:
                return
            imp.load_module("sitecustomize", *place)
    finally:
        if module is not None and "sitecustomize" not in sys.modules:
            sys.modules["sitecustomize"] = module


def _observe():
    library = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    place = os.path.join(library, "dotscience", "_observe", "_child.py")
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("_dotscience_child", place)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.begin(library, os.environ["DOTSCIENCE_OBSERVED"])


try:
    _next()
finally:
    try:
        if sys.version_info >= (3, 8) and os.environ.get("DOTSCIENCE_OBSERVED"):
            if os.environ.get("DOTSCIENCE_OBSERVE") != "0":
                _observe()
    except Exception:  # noqa: S110 - the program is the user's
        pass
