"""The routes about what is kept of single paths. Methods are named as in the route table."""

from __future__ import annotations

import json
from typing import Any

from ..protocol.failure import ApiError
from ..worker.services import Services
from .calls import Answer, Call, Json


class PolicyHandlers:
    """Handlers over one worker's services. Methods run in threads."""

    _it: Services

    def path_policy(self, call: Call) -> Answer:
        """What is kept of a file or folder, or of what a pattern names."""
        pattern = call.query.get("pattern", "")
        if pattern:
            return Json(self._it.path_policies.of_pattern(pattern))
        return Json(self._it.path_policies.of_path(_path(call.query.get("path", ""))))

    def set_path_policy(self, call: Call) -> Answer:
        """One rule for each path; the user's agreement stays as it is."""
        policy = self._it.path_policies.changed(call.body.get("paths"), call.body.get("policy"))
        self._it.set_policy(policy, self._it.tree.agreed)
        return Json(policy.to_json())


def _path(text: str) -> Any:
    if not text.startswith('{"b64"'):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError.of("bad-request", detail="path is no path") from None
