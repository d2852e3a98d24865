"""GET and PUT ``settings``: what kernels that start from now on record. Answered here, without a worker."""

from __future__ import annotations

import asyncio
import json

from jupyter_server.base.handlers import APIHandler

from ..api.routes import Route
from ..protocol.failure import ApiError
from ..settings import DEFAULTS
from .forwarding import Host


async def serve_settings(handler: APIHandler, host: Host, route: Route) -> None:
    """``settings.schema.json``; PUT takes any of its two values and answers with what then counts."""
    if route.method == "GET":
        found = await asyncio.to_thread(host.settings.read)
    else:
        found = await asyncio.to_thread(host.settings.write, _changes(handler.get_json_body()))
    await handler.finish(json.dumps(found.body()))


def _changes(body: object) -> dict[str, bool]:
    if not isinstance(body, dict):
        raise ApiError.of("bad-request", detail="the body has to be an object")
    changes = {name: body[name] for name in DEFAULTS if name in body}
    for name, value in changes.items():
        if not isinstance(value, bool):
            raise ApiError.of("bad-request", detail=f"{name} has to be true or false")
    return changes
