"""``ds.autolog()``: training with six libraries is recorded by their own callbacks.

Nothing of a library is imported here: what is to be done with it is done when the user's program loads it. A fit inside
a run belongs to it; outside, it is a run of its own, published when it ends. Keys are listed in ``docs/ds.md``.
"""

from __future__ import annotations

from dotscience._autolog import _keras, _lightgbm, _lightning, _sklearn, _transformers, _xgboost
from dotscience._guard import guarded

_LIBRARIES = {
    "keras": _keras.install,
    "lightgbm": _lightgbm.install,
    "lightning": _lightning.install,
    "sklearn": _sklearn.install,
    "transformers": _transformers.install,
    "xgboost": _xgboost.install,
}
_installed: set[str] = set()


def autolog(*libraries: str) -> None:
    """Record what these libraries train, all six without a name. Calling it again changes nothing.

    Raises ValueError for a name that is none of them.
    """
    unknown = sorted(set(libraries) - set(_LIBRARIES))
    if unknown:
        known = ", ".join(_LIBRARIES)
        raise ValueError(f"autolog knows {known}; not {', '.join(map(repr, unknown))}")
    for name in libraries or _LIBRARIES:
        if name not in _installed:
            _installed.add(name)
            guarded(_LIBRARIES[name])()
