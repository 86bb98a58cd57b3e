"""The places of an application: what it tells of itself in OpenAPI, and the routes that its object has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeGuard

from asgikit.asgi import ForeignApp
from asgikit.conformance.driver import drive
from asgikit.conformance.http_variants import plain_actions
from asgikit.conformance.openapi import FORMATS, described
from asgikit.conformance.place import Place
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.served import served

DOCUMENTS: Final = ("/openapi.json", "/schema/openapi.json")
"""Where frameworks put their OpenAPI document."""

OWN: Final = re.compile(r"/(?:openapi\.json|docs|redoc|schema|static)(?:/|$)")
"""The pages of frameworks themselves."""

MAX_PLACES: Final = 100
"""Places that are found at most."""

DEFAULT: Final = (Place(type="lifespan"), Place(type="http"))
"""What is looked at of an application that does not tell its places."""

_SHOWN: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

_PARAMETER: Final = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<kind>[^{}]*))?\}|<(?:(?P<converter>[^<>:]*):)?(?P<other>[^<>:]*)>")
_VALUES: Final = {"float": "1.5", "decimal": "1.5", "path": "a", "date": FORMATS["date"], "datetime": FORMATS["date-time"]}


async def discover(app: ForeignApp) -> tuple[Place, ...]:
    """The lifespan and all places that can be found; none if nothing else can.

    Asks the application for its OpenAPI document, and looks for `routes` as of Starlette, FastAPI, Litestar and asgikit
    and for the `url_map` of Quart. Parameters of paths get values that suit their type.
    """
    found = {place.where: place for place in await _documented(app)}
    known = {(place.method, place.path) for place in found.values()}
    for place in _routed(app):
        if not OWN.match(place.path) and (place.type != "http" or (place.method, place.path) not in known):
            found.setdefault(place.where, place)
    places = tuple(islice(found.values(), MAX_PLACES))
    return (Place(type="lifespan"), *places) if places else ()


async def _documented(app: ForeignApp) -> tuple[Place, ...]:
    async with served(app) as state:
        for path in DOCUMENTS:
            place = Place(type="http", path=path)
            answer = await drive(app, Scenario(scope=place.scope(), actions=plain_actions(place)), patience=5.0, state=state)
            if answer.status == 200:
                bodies = [body for message in answer.sent if isinstance(body := message.get("body"), bytes)]
                if places := described(b"".join(bodies)):
                    return places
    return ()


def _routed(app: object) -> Iterator[Place]:
    """What the attributes of an application tell."""
    for route in _items(getattr(app, "routes", None)):
        yield from _of_route(route, "")
    rules = getattr(getattr(app, "url_map", None), "iter_rules", None)
    for rule in _items(rules()) if callable(rules) else ():
        path, methods = getattr(rule, "rule", None), _texts(getattr(rule, "methods", None))
        if isinstance(path, str):
            yield from _places(path, methods, is_websocket=bool(getattr(rule, "websocket", False)))


def _of_route(route: object, before: str) -> Iterator[Place]:
    path = getattr(route, "path", None) or getattr(route, "pattern", None)
    if not isinstance(path, str):
        return
    mounted = getattr(getattr(route, "handler", None), "app", None)  # as a mount of asgikit holds an application
    inner = list(_items(getattr(route, "routes", None) or getattr(mounted, "routes", None)))
    if inner:
        for each in inner:
            yield from _of_route(each, before + path)
        return
    method = getattr(route, "method", None)
    methods = [method] if isinstance(method, str) else _texts(getattr(route, "methods", None))
    is_websocket = "WebSocket" in type(route).__name__ or methods == ["WEBSOCKET"]
    yield from _places(before + path, methods, is_websocket=is_websocket)


def _places(pattern: str, methods: Iterable[str], *, is_websocket: bool) -> Iterator[Place]:
    path = _PARAMETER.sub(_filled, pattern)
    if not path.startswith("/"):
        return
    if is_websocket:
        yield Place(type="websocket", path=path)
        return
    for method in sorted(_SHOWN.intersection(methods)):
        yield Place(type="http", method=method, path=path)


def _filled(match: re.Match[str]) -> str:
    kind = (match["kind"] or match["converter"] or "").partition("(")[0]
    return _VALUES.get(kind, FORMATS.get(kind, "1"))


def _is_iterable(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def _items(value: object) -> Iterator[object]:
    return iter(islice(value, 1000)) if _is_iterable(value) else iter(())


def _texts(value: object) -> list[str]:
    return [item for item in _items(value) if isinstance(item, str)]
