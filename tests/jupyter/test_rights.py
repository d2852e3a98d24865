"""G7 again, with a browser's cookie and with an authorizer: XSRF, and the permission each route declares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError

from dotscience_server.api.routes import ROUTES, SERVER_ROUTES, Route
from tests.jupyter.test_access import body_of, each_route, url_of

WRITES = [route for route in (*ROUTES, *SERVER_ROUTES) if route.permission != "read"]


@pytest.fixture
def cookie(jp_asyncio_loop: Any, jp_fetch: Any, jp_serverapp: Any) -> str:
    """What a logged-in browser sends: the login's cookie and the XSRF cookie."""
    cookies: SimpleCookie = SimpleCookie()
    for params in ({}, {"token": jp_serverapp.identity_provider.token}):
        page = jp_fetch(
            "login",
            params=params,
            headers={"Authorization": ""},
            follow_redirects=False,
            raise_error=False,
        )
        for line in jp_asyncio_loop.run_until_complete(page).headers.get_list("Set-Cookie"):
            cookies.load(line)
    assert "_xsrf" in cookies
    return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in cookies.items())


@pytest.mark.parametrize("route", WRITES, ids=lambda r: f"{r.method} {r.pattern}")
async def test_a_cookie_without_xsrf_writes_nothing(
    jp_fetch: Any, cookie: str, route: Route
) -> None:
    headers = {"Authorization": "", "Cookie": cookie}
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(url_of(route), method=route.method, headers=headers, **body_of(route.method))
    assert refused.value.code == 403
    assert json.loads(refused.value.response.body)["code"] == "forbidden"


@pytest.mark.parametrize("route", WRITES, ids=lambda r: f"{r.method} {r.pattern}")
async def test_a_cookie_with_xsrf_is_let_in(jp_fetch: Any, cookie: str, route: Route) -> None:
    found = re.search(r"_xsrf=([^;]+)", cookie)
    assert found is not None
    headers = {"Authorization": "", "Cookie": cookie, "X-XSRFToken": found[1]}
    if route in SERVER_ROUTES:
        answer = await jp_fetch(
            url_of(route), method=route.method, headers=headers, **body_of(route.method)
        )
        assert answer.code == 200
        return
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(url_of(route), method=route.method, headers=headers, **body_of(route.method))
    assert json.loads(refused.value.response.body)["code"] == "workspace-unknown"


class Refusing(Authorizer):
    """Notes what is asked and allows nothing."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 - an authorizer is made by the server

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return False


@pytest.fixture
def refusing(jp_serverapp: Any) -> Iterator[list[tuple[str, str]]]:
    Refusing.asked.clear()
    jp_serverapp.web_app.settings["authorizer"] = Refusing(parent=jp_serverapp)
    yield Refusing.asked
    Refusing.asked.clear()


@each_route
async def test_each_route_asks_for_its_permission(
    jp_fetch: Any, refusing: list[tuple[str, str]], route: Route
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(url_of(route), method=route.method, **body_of(route.method))
    assert refused.value.code == 403
    resource = "kernels" if route.permission == "execute" else "dotscience"
    assert refusing == [(route.permission, resource)]
