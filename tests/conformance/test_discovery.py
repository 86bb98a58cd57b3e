"""The places of an application."""

import json
from types import SimpleNamespace

import pytest

from asgikit.conformance.discovery import discover
from tests.conformance.sample_apps import END, START, right


class App:
    """Answers everything, or its document at a path."""

    def __init__(self, document=None, at="/openapi.json", **attributes):
        self.document, self.at = document, at
        self.__dict__.update(attributes)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await right(scope, receive, send)
        elif scope["path"] == self.at and self.document is not None:
            await send(START)
            await send({"type": "http.response.body", "body": json.dumps(self.document).encode()})
        else:
            await send({**START, "status": 404})
            await send(END)


async def found(app):
    return [place.where for place in await discover(app)]


async def test_nothing_known_is_the_root():
    """And the lifespan, as always."""
    assert await found(right) == []


@pytest.mark.parametrize("at", ["/openapi.json", "/schema/openapi.json"])
async def test_an_application_is_asked_for_its_document(at):
    """Where frameworks have it."""
    assert await found(App({"paths": {"/a": {"get": {}}, "/b": {"post": {}}}}, at)) == ["lifespan", "GET /a", "POST /b"]


async def test_routes_are_looked_at():
    """Of Starlette: paths, methods, mounts and sockets."""

    class WebSocketRoute(SimpleNamespace):
        pass

    routes = [
        SimpleNamespace(path="/", methods={"GET", "HEAD"}),
        SimpleNamespace(path="/items/{item:int}/{day:date}", methods={"DELETE", "POST"}),
        SimpleNamespace(path="/docs", methods={"GET"}),
        SimpleNamespace(path="/mount", routes=[SimpleNamespace(path="/{rest:path}", methods=["GET"])]),
        SimpleNamespace(path=None),
        WebSocketRoute(path="/ws", methods=None),
    ]
    assert await found(App(routes=routes)) == [
        "lifespan",
        "GET /",
        "DELETE /items/1/2026-01-31",
        "POST /items/1/2026-01-31",
        "GET /mount/a",
        "WS /ws",
    ]


async def test_routes_with_a_pattern_and_one_method_are_looked_at():
    """As those of asgikit."""
    routes = (SimpleNamespace(pattern="/a/{id}", method="GET"), SimpleNamespace(pattern="/ws", method="WEBSOCKET"))
    assert await found(App(routes=routes)) == ["lifespan", "GET /a/1", "WS /ws"]


async def test_a_map_of_rules_is_looked_at():
    """Of Quart."""
    rules = [
        SimpleNamespace(rule="/a/<int(min=1):x>", methods={"GET", "OPTIONS"}, websocket=False),
        SimpleNamespace(rule="/b/<name>", methods={"POST"}, websocket=False),
        SimpleNamespace(rule="/static/<path:filename>", methods={"GET"}, websocket=False),
        SimpleNamespace(rule="/ws", methods={"GET"}, websocket=True),
    ]
    assert await found(App(url_map=SimpleNamespace(iter_rules=lambda: iter(rules)))) == [
        "lifespan",
        "GET /a/1",
        "POST /b/1",
        "WS /ws",
    ]


async def test_what_is_documented_is_not_found_twice():
    """The document says more."""
    document = {"paths": {"/a": {"get": {"parameters": [{"name": "q", "in": "query", "required": True}]}}}}
    assert await found(App(document, routes=[SimpleNamespace(path="/a", methods=["GET"])])) == ["lifespan", "GET /a?q=1"]


async def test_odd_attributes_are_passed_over():
    """An application can have any."""
    for routes in (3, "routes", [3, None, SimpleNamespace(path=3)], lambda: None):
        assert await found(App(routes=routes, url_map=3)) == []


async def test_there_is_an_end_to_the_places():
    """A hundred and the lifespan."""
    routes = [SimpleNamespace(path=f"/{index}", methods=["GET"]) for index in range(500)]
    assert len(await found(App(routes=routes))) == 101


async def test_what_is_mounted_is_looked_into():
    """A mount of asgikit holds an application, which has routes of its own; one that has none is no place."""
    inside = SimpleNamespace(routes=[SimpleNamespace(path="/x", methods=["GET"])])
    routes = [
        SimpleNamespace(pattern="/a", method="*", handler=SimpleNamespace(app=inside)),
        SimpleNamespace(pattern="/b", method="*", handler=SimpleNamespace(app=object())),
    ]
    assert await found(App(routes=routes)) == ["lifespan", "GET /a/x"]
