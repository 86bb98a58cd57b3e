"""A report as JSON, against the schema in the documentation."""

import json
import math
from pathlib import Path

import pytest

from asgikit.conformance.replay import from_argument, from_json
from asgikit.conformance.report.json_report import ITEMS, json_report, json_value
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, NASTY, SERVER

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "conformance-report.schema.json").read_text())

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None)}


def problems(value, schema, place="$"):
    """Where a value is not as a schema says; of the keywords, those that ours uses."""
    schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    types = schema.get("type", list(TYPES))
    allowed = tuple(TYPES[name] for name in ([types] if isinstance(types, str) else types))
    if "type" in schema and (not isinstance(value, sum((each if isinstance(each, tuple) else (each,) for each in allowed), ()))):
        yield f"{place}: {value!r} is no {types}"
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        yield f"{place}: {value!r}"
    if isinstance(value, dict):
        yield from (f"{place} lacks {name}" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            yield from (
                (f"{place}.{name}",) if inner is False else problems(item, {} if inner is True else inner, f"{place}.{name}")
            )
    if isinstance(value, list):
        for item in value:
            yield from problems(item, schema.get("items", {}), f"{place}[]")


@pytest.mark.parametrize("report", [BROKEN, CLEAN, SERVER, HOSTILE])
def test_a_report_is_what_the_schema_says(report):
    """Every key, no other key."""
    assert list(problems(json.loads(json_report(report)), SCHEMA)) == []


@pytest.mark.parametrize(
    ("key", "value"), [("version", 2), ("verdict", "fine"), ("cases", {}), ("seed", "x"), ("counts", {"must": 1}), ("more", 1)]
)
def test_the_schema_refuses_what_is_not_so(key, value):
    """Or the test above would say nothing."""
    assert list(problems({**json.loads(json_report(BROKEN)), key: value}, SCHEMA))


def test_a_finding_is_complete():
    """With the exchange as values, and the sentence of the specification."""
    found = json.loads(json_report(BROKEN))["findings"][0]
    violation = BROKEN.findings[0].violation
    assert found["rule"] == violation.rule
    assert found["spec"] == violation.spec
    assert from_argument(found["replay"]) == from_json(json.dumps(found["scenario"])) == BROKEN.findings[0].scenario
    assert found["exchange"][1] == {
        "kind": "receive",
        "message": {"type": "http.request", "body": {"$bytes": '{"a": 1}'}, "more_body": False},
    }


@pytest.mark.parametrize(
    ("report", "level", "verdict"), [(CLEAN, "should", "clean"), (SERVER, "must", "violations"), (BROKEN, "must", "crashed")]
)
def test_the_verdict_is_the_exit_code_in_words(report, level, verdict):
    """At the level that was asked for."""
    document = json.loads(json_report(report, level=level))
    assert (document["verdict"], document["level"]) == (verdict, level)


def test_cases_point_to_their_findings():
    """By fingerprint."""
    document = json.loads(json_report(BROKEN))
    prints = {each["fingerprint"] for each in document["findings"]}
    assert {each for case in document["cases"] for each in case["fingerprints"]} == prints


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (math.inf, {"$repr": "inf"}),
        (2**60, {"$repr": str(2**60)}),
        pytest.param(10**5000, {"$repr": "<int object>"}, id="huge"),
        (b"a\xff", {"$bytes": "a\u00ff"}),
        (bytearray(b"a"), {"$repr": "bytearray(b'a')"}),
        ((1, [b""]), [1, [{"$bytes": ""}]]),
        ({1: 2}, {"1": 2}),
        (Text("a"), {"$repr": "'a'"}),
        ({1}, {"$repr": "{1}"}),
    ],
)
def test_values_that_json_does_not_have_are_told_apart(value, written):
    """Bytes from texts, and a text from what only looks like one."""
    assert json_value(value) == written


def test_values_have_limits():
    """Of depth and of length."""
    deep = []
    deep.append(deep)
    assert '"$repr": "[[...]]"' in json.dumps(json_value(deep))
    assert len(json_value(list(range(ITEMS + 1)))) == ITEMS + 1
    assert json_value(list(range(1000)))[-1] == {"$repr": "... (1000 items)"}
    assert json_value({str(n): n for n in range(1000)})["..."] == {"$repr": "... (1000 items)"}


def test_everything_is_ascii():
    """So that any file and any terminal takes it."""
    text = json_report(HOSTILE)
    assert text.isascii()
    assert json.loads(text)["target"] == NASTY
