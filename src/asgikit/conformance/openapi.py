"""The places that an OpenAPI document describes, with parameters and bodies made from its schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, TypeGuard
from urllib.parse import quote

from asgikit.conformance.place import Place

METHODS: Final = ("get", "post", "put", "patch", "delete")

DEPTH: Final = 8
"""Levels of a schema that a sample goes down."""

FORMATS: Final[Mapping[str, str]] = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1S",
    "email": "user@example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
"""A value of each format of strings."""

_TYPES: Final[Mapping[str, object]] = {"string": "1", "integer": 1, "number": 1, "boolean": True, "null": None}


def described(text: bytes) -> tuple[Place, ...]:
    """The places of a document; none if it is no OpenAPI document. References outside the document are not followed."""
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not _is_table(document):
        return ()
    found: list[Place] = []
    for path, item in _table(document.get("paths")).items():
        entry = _table(_resolved(document, item))
        for method in METHODS:
            if _is_table(operation := entry.get(method)):
                found.append(_place(document, method.upper(), path, {**entry, **operation, "both": _lists(entry, operation)}))
    return tuple(found)


def _lists(entry: Mapping[str, object], operation: Mapping[str, object]) -> list[object]:
    """The parameters of a path, and those of one method."""
    return [*_items(entry.get("parameters")), *_items(operation.get("parameters"))]


def _place(document: Mapping[str, object], method: str, path: str, operation: Mapping[str, object]) -> Place:
    query: list[str] = []
    headers: list[tuple[bytes, bytes]] = []
    for raw in _items(operation["both"]):
        parameter = _table(_resolved(document, raw))
        name, place, value = str(parameter.get("name")), parameter.get("in"), _text(_value(document, parameter))
        if place == "path":
            path = path.replace(f"{{{name}}}", value)
        elif parameter.get("required") is True and place == "query":
            query.append(f"{quote(name)}={quote(value)}")
        elif parameter.get("required") is True and place == "header" and name.isascii() and value.isascii():
            headers.append((name.lower().encode(), value.encode()))
    kind, body = _body(document, _table(_resolved(document, operation.get("requestBody"))))
    if kind:
        headers.append((b"content-type", kind.encode()))
    return Place(
        type="http", method=method, path=path, query="&".join(query).encode(), headers=tuple(headers), body=body if kind else None
    )


def _body(document: Mapping[str, object], described_body: Mapping[str, object]) -> tuple[str, bytes]:
    """A content type and a body of it; two empty ones where there is none that can be made."""
    for kind, media in _table(described_body.get("content")).items():
        value = _value(document, _table(media))
        if kind.endswith("json"):
            return kind, json.dumps(value).encode()
        if kind == "application/x-www-form-urlencoded":
            fields = _table(value).items()
            return kind, "&".join(f"{quote(name)}={quote(_text(each))}" for name, each in fields).encode()
        if kind.startswith("text/") or kind == "application/octet-stream":
            return kind, _text(value).encode()
    return "", b""


def _value(document: Mapping[str, object], described_value: Mapping[str, object]) -> object:
    """The example of a parameter or a body, or a sample of its schema."""
    if "example" in described_value:
        return described_value["example"]
    for example in _table(described_value.get("examples")).values():
        if "value" in (table := _table(_resolved(document, example))):
            return table["value"]
    return sample(document, described_value.get("schema"))


def sample(document: Mapping[str, object], schema: object, depth: int = 0) -> object:
    """A value that a schema most likely allows: an example, the first choice, the least that its type needs."""
    table = _table(_resolved(document, schema))
    for key in ("const", "example", "default"):
        if key in table:
            return table[key]
    for key in ("enum", "examples"):
        if items := _items(table.get(key)):
            return items[0]
    if depth > DEPTH:
        return None
    for key in ("oneOf", "anyOf"):
        if items := _items(table.get(key)):
            return sample(document, items[0], depth + 1)
    parts = [sample(document, part, depth + 1) for part in _items(table.get("allOf"))]
    if not parts:
        return _of_type(document, table, depth)
    own = _of_type(document, {"properties": {}, **table}, depth)
    merged = [part for part in (*parts, own) if _is_table(part)]
    return {key: value for part in merged for key, value in part.items()} if _is_table(parts[0]) else parts[0]


def _of_type(document: Mapping[str, object], schema: Mapping[str, object], depth: int) -> object:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = next(iter(_items(kind)), "string") if not isinstance(kind, str) else kind
    if kind == "object":
        required = set(map(str, _items(schema.get("required"))))
        properties = _table(schema.get("properties")).items()
        return {name: sample(document, each, depth + 1) for name, each in properties if name in required}
    if kind == "array":
        return [sample(document, schema.get("items"), depth + 1)]
    if kind in {"integer", "number"}:
        return next((value for key in ("minimum", "maximum") if isinstance(value := schema.get(key), int | float)), 1)
    if kind == "string":
        least = schema.get("minLength")
        return FORMATS.get(str(schema.get("format")), "1" * min(least, 1000) if isinstance(least, int) and least > 0 else "1")
    return _TYPES.get(str(kind))


def _resolved(document: Mapping[str, object], value: object) -> object:
    """What a reference into the document stands for; {} for one that leads nowhere."""
    for _ in range(DEPTH):
        reference = _table(value).get("$ref")
        if not isinstance(reference, str):
            return value
        value = _at(document, reference)
    return {}


def _at(document: Mapping[str, object], reference: str) -> object:
    found: object = document if reference.startswith("#/") else {}
    for part in reference[2:].split("/"):
        found = _table(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _table(value: object) -> Mapping[str, object]:
    return value if _is_table(value) else {}


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _items(value: object) -> list[object]:
    return value if _is_list(value) else []
