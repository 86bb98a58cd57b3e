"""The places that an OpenAPI document describes."""

import json

import pytest

from asgikit.conformance.openapi import described, sample

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/": {"get": {}},
        "/items/{item_id}": {
            "parameters": [{"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 5}}],
            "get": {
                "parameters": [
                    {"name": "q", "in": "query", "required": True, "schema": {"enum": ["a b", "c"]}},
                    {"name": "no", "in": "query", "schema": {"type": "string"}},
                    {"name": "X-Token", "in": "header", "required": True, "example": "secret"},
                ]
            },
            "put": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}},
            "x-other": {},
        },
        "/form": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
                        }
                    }
                }
            }
        },
        "/upload": {"post": {"requestBody": {"content": {"multipart/form-data": {}}}}},
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "required": ["name", "kind"],
                "properties": {"name": {"type": "string"}, "kind": {"$ref": "#/x"}},
            }
        }
    },
    "x": {"const": "k"},
}


def places():
    return {place.where: place for place in described(json.dumps(DOCUMENT).encode())}


def test_every_operation_is_a_place():
    """With parameters of the path filled in, and those of the query that are required."""
    assert list(places()) == ["GET /", "GET /items/5?q=a%20b", "PUT /items/5", "POST /form", "POST /upload"]


def test_required_fields_are_sent():
    """With their examples."""
    assert places()["GET /items/5?q=a%20b"].headers == ((b"x-token", b"secret"),)


def test_bodies_are_made_from_their_schemas():
    """References are followed; what cannot be made is left to be tried."""
    found = places()
    assert found["PUT /items/5"].body == b'{"name": "1", "kind": "k"}'
    assert found["PUT /items/5"].headers == ((b"content-type", b"application/json"),)
    assert found["POST /form"].body == b"a=1"
    assert found["POST /upload"].body is None


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, "1"),
        ({"type": "string", "minLength": 3}, "111"),
        ({"type": "string", "format": "uuid"}, "00000000-0000-4000-8000-000000000001"),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "string"]}, None),
        ({"type": "array", "items": {"type": "number"}}, [1]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"oneOf": [{"const": 7}]}, 7),
        ({"default": 3, "type": "string"}, 3),
        ({"examples": ["e"]}, "e"),
        (
            {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]},
            {"a": "1", "b": "1"},
        ),
        ({"allOf": [{"type": "integer"}]}, 1),
        ({"$ref": "#/nowhere"}, "1"),
        ({"$ref": "https://example.com/schema"}, "1"),
        (None, "1"),
        ({"type": "string", "minLength": 10**9}, "1" * 1000),
    ],
)
def test_a_sample_is_what_a_schema_allows(schema, value):
    """The least of it."""
    assert sample({}, schema) == value


def test_a_schema_that_holds_itself_comes_to_an_end():
    """So deep and no deeper."""
    document = {"s": {"type": "object", "required": ["s"], "properties": {"s": {"$ref": "#/s"}}}, "loop": {"$ref": "#/loop"}}
    assert "s" in sample(document, {"$ref": "#/s"})
    assert sample(document, {"$ref": "#/loop"}) == "1"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[]",
        b"3",
        b"{}",
        b'{"paths": 3}',
        b'{"paths": {"/": 3}}',
        b"[" * 100_000,
        b"\xff",
        b'{"paths":{"x":{"get":{"parameters":[3]}}}}',
    ],
)
def test_what_is_no_document_has_few_places(text):
    """Whatever an application answers; nothing is raised."""
    assert len(described(text)) <= 1
