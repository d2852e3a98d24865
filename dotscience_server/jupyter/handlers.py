"""The local API under ``<base_url>dotscience/api/``: one handler class a pattern of the shared route table.

Every verb is authenticated and authorized (resource ``dotscience``, action as the table says); XSRF is the server's own.
Whatever goes wrong is an error of the catalogue, as JSON.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

from ..api.routes import ROUTES, SERVER_ROUTES, Permission, Route, methods_by_pattern
from ..protocol.failure import ApiError
from .forwarding import PREFIX, Host, forward, open_workspace
from .settings import serve_settings

RESOURCE = "dotscience"
EXECUTE_RESOURCE = "kernels"
"""Who may run code through us is who may run it in a kernel."""

_MEANT = (404, 409, 410)
"""What a route answers in the course of things: not there (any more), not yet."""

HandlerSpec = tuple[str, type[APIHandler], dict[str, Any]]
_Verb = Callable[..., Awaitable[None] | None]
#: By pattern; every other route belongs to a workspace that is open.
_OWN = {"workspace": open_workspace, "settings": serve_settings}


def handlers(base_url: str, host: Host) -> list[HandlerSpec]:
    """Patterns, classes and their arguments for tornado."""
    prefix = re.escape(url_path_join(base_url, PREFIX))
    found: list[HandlerSpec] = []
    for pattern, routes in methods_by_pattern((*ROUTES, *SERVER_ROUTES)).items():
        members = {method.lower(): _verb_of(route) for method, route in routes.items()}
        regex = next(iter(routes.values())).regex()
        found.append((f"{prefix}/{regex}$", _named(pattern, members), {"host": host}))
    unknown = {
        verb: _guarded(_refuse, "read") for verb in ("get", "post", "put", "patch", "delete")
    }
    found.append((f"{prefix}(?:/.*)?$", _named("unknown", unknown), {"host": host}))
    return found


class ApiBase(APIHandler):
    """Errors as JSON of the catalogue. What a route says in the course of things is no warning in the server's log."""

    auth_resource = RESOURCE
    host: Host
    own = False
    """Whether the answer is a route's own."""

    def initialize(self, host: Host) -> None:
        self.host = host

    @property
    def log(self) -> Any:
        """The server's; for its line about a request that is answered as meant, a quiet one."""
        meant = self.own and self.get_status() in _MEANT
        return _Quiet(super().log, {}) if meant else super().log

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.own = False
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.finish(json.dumps(_as_api_error(error, status_code, self.request.path).body()))


class _Quiet(logging.LoggerAdapter):  # type: ignore[type-arg]
    """Warnings as debug messages."""

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)


def _named(pattern: str, members: dict[str, _Verb]) -> type[APIHandler]:
    words = re.findall(r"[a-z]+", pattern)
    return type("".join(word.title() for word in words) + "Handler", (ApiBase,), members)


def _verb_of(route: Route) -> _Verb:
    run = _OWN.get(route.pattern, forward)

    async def verb(self: ApiBase, **_fields: str) -> None:
        self.own = True
        try:
            await run(self, self.host, route)
        except ApiError as error:
            self.set_status(error.status)
            await self.finish(json.dumps(error.body()))

    return _guarded(verb, route.permission)


def _guarded(verb: _Verb, permission: Permission) -> _Verb:
    """With the server's checks. Made anew for each verb: `authorized` keeps what it first saw."""
    resource = EXECUTE_RESOURCE if permission == "execute" else RESOURCE
    return authenticated(authorized(permission, resource)(verb))


async def _refuse(_handler: ApiBase, *_groups: str) -> None:
    raise HTTPError(404)


def _as_api_error(error: BaseException | None, status: int, path: str) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if status in (401, 403):
        return ApiError.of("forbidden")
    if status == 404:
        return ApiError.of("route-not-found", route=path)
    if status < 500:
        detail = getattr(error, "log_message", None) or f"status {status}"
        return ApiError.of("bad-request", detail=detail)
    return ApiError.of("internal", detail=type(error).__name__, log="of the Jupyter server")
