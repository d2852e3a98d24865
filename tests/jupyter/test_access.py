"""G7: every route of the local API asks for the server's own authentication, authorization and XSRF."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from dotscience_server.api.routes import ROUTES, SERVER_ROUTES, Route

FIELDS = {"id": "0" * 36, "n": "0", "run": "r", "job": "j", "notice": "n"}


def url_of(route: Route) -> str:
    return "dotscience/api/" + re.sub(r"\{(\w+)\}", lambda m: FIELDS[m[1]], route.pattern)


def body_of(method: str) -> dict[str, Any]:
    return {} if method in ("GET", "DELETE") else {"body": "{}"}


each_route = pytest.mark.parametrize(
    "route", (*ROUTES, *SERVER_ROUTES), ids=lambda r: f"{r.method} {r.pattern}"
)


@each_route
async def test_without_token_nothing_is_served(jp_fetch: Any, route: Route) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(
            url_of(route),
            method=route.method,
            headers={"Authorization": ""},
            follow_redirects=False,
            **body_of(route.method),
        )
    assert refused.value.code in (302, 403)


async def test_unknown_route_is_a_json_404(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("dotscience/api/nothing")
    assert refused.value.code == 404
    assert json.loads(refused.value.response.body)["code"] == "route-not-found"
