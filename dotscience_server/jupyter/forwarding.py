"""From a request of the browser to the worker and back, for a handler that has done the checks."""

from __future__ import annotations

import json
from dataclasses import dataclass

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.iostream import StreamClosedError

from ..api.routes import Route
from ..protocol.failure import ApiError
from ..settings import UserSettings
from .proxy import REQUEST_HEADERS, Passed, Proxy, picked
from .root import ContentsRoot
from .upstream import Incoming
from .workspaces import Opened, Workspaces

PREFIX = "dotscience/api"
#: A stored file is data: never run in this server's origin.
_FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


@dataclass(frozen=True)
class Host:
    """What the handlers work with."""

    root: ContentsRoot
    workspaces: Workspaces
    proxy: Proxy
    settings: UserSettings


async def open_workspace(handler: APIHandler, host: Host, route: Route) -> None:
    """GET ``workspace?path=``: the one route that names a path and may start a worker."""
    os_path = host.root.os_path(handler.get_query_argument("path", ""))
    await _pass_on(handler, host, route, await host.workspaces.open(os_path), "workspace")


async def forward(handler: APIHandler, host: Host, route: Route) -> None:
    """Any route below ``w/{id}/``."""
    opened = host.workspaces.get(handler.path_kwargs["id"])
    target = handler.request.path[len(url_path_join(handler.base_url, PREFIX)) + 1 :]
    if handler.request.query:
        target += "?" + handler.request.query
    await (_stream if route.stream else _pass_on)(handler, host, route, opened, target)


async def _pass_on(
    handler: APIHandler, host: Host, route: Route, opened: Opened, target: str
) -> None:
    answer = await host.proxy.pass_on(route, opened, _passed(handler, target))
    content_type = answer.headers.pop("Content-Type", "application/json")
    answer.headers.pop("Content-Length", None)
    handler.set_status(answer.status)
    for name, value in answer.headers.items():
        handler.set_header(name, value)
    await handler.finish(answer.body or None, set_content_type=content_type)


async def _stream(
    handler: APIHandler, host: Host, route: Route, opened: Opened, target: str
) -> None:
    begun = False
    try:
        async with host.proxy.open(opened, _passed(handler, target)) as incoming:
            if incoming.status >= 400:
                raise ApiError.from_body(json.loads(await incoming.read()), incoming.status)
            begun = True
            _begin(handler, incoming)
            await _copy(handler, incoming)
    except ApiError:
        if not begun:
            raise
        _break_off(handler)
    else:
        if not handler._finished:
            await handler.finish(set_content_type=handler._headers.get("Content-Type"))


async def _copy(handler: APIHandler, incoming: Incoming) -> None:
    async for piece in incoming.pieces():
        handler.write(piece)
        try:
            await handler.flush()
        except StreamClosedError:  # the browser went away
            _break_off(handler)
            return


def _break_off(handler: APIHandler) -> None:
    """Close the connection: half a file must not look like a whole one."""
    handler.detach().close()


def _begin(handler: APIHandler, incoming: Incoming) -> None:
    handler.set_status(incoming.status)
    for name, value in {**picked(incoming), **_FILE_HEADERS}.items():
        handler.set_header(name, value)


def _passed(handler: APIHandler, target: str) -> Passed:
    request = handler.request
    headers = {name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers}
    body = None if request.method == "GET" else request.body
    return Passed(str(request.method), target, body, headers)
