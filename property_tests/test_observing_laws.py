"""Laws of what watches requests: one line for each, no secret in it, few labels, an id for everybody."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import anyio
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry

from asgikit import App, HTTPError, Request, Response, Router, get, param, root
from asgikit.http.redaction import encoded, escaped, redacted_query, redacted_url
from asgikit.middleware.access_log import access_log
from asgikit.middleware.metrics import metrics
from asgikit.middleware.request_id import current_request_id, request_id
from asgikit.middleware.server_timing import Timings, check_part, metrics_of
from asgikit.middleware.tracing import tracing
from asgikit.telemetry import metric_attributes, request_attributes
from asgikit.testing import play

SECRET = "s3cr3t"
words = st.text(max_size=20)
evil = st.one_of(words, st.text('\r\n\t\x1b\x00"\\ %&;=?#/\x7f\x85\u2028', max_size=20))
raw = st.one_of(st.binary(max_size=30), evil.map(lambda text: text.encode("utf-8", "replace")))


@st.composite
def scopes(draw: st.DrawFn) -> dict[str, Any]:
    """Whatever a server might let through, and more."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": draw(st.one_of(st.just("1.1"), words)),
        "method": draw(st.one_of(st.sampled_from(["GET", "POST"]), evil)),
        "path": "/" + draw(evil),
        "query_string": draw(raw),
        "headers": draw(
            st.lists(
                st.tuples(
                    st.sampled_from(
                        [
                            b"host",
                            b"user-agent",
                            b"referer",
                            b"x-note",
                            b"x-request-id",
                            b"traceparent",
                            b"tracestate",
                            b"baggage",
                        ]
                    ),
                    raw,
                ),
                max_size=6,
            )
        ),
    }
    if draw(st.booleans()):
        scope["raw_path"] = draw(raw)
    if draw(st.booleans()):
        scope["client"] = (draw(evil), 1)
    return scope


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)


def logger() -> tuple[logging.Logger, list[logging.LogRecord]]:
    handler, made = Lines(), logging.Logger("laws", logging.INFO)  # noqa: LOG001  # nobody else has it
    made.addHandler(handler)
    return made, handler.found


@get(root / "u" / param("name", str))
async def show(request: Request[object], name: str) -> Response:
    if len(name) == 3:
        raise HTTPError(403, "no")
    return Response.text(name)


def run(app: App[None], scope: dict[str, Any]) -> Any:
    return anyio.run(play, app, scope, [{"type": "http.request"}])


@given(scopes())
def test_a_line_is_one_line(scope: dict[str, Any]) -> None:
    """Printable ASCII, and JSON where it says so, whatever the request; the fields of the record, too."""
    text, lines = logger()
    objects, found = logger()
    log = Router(show).wrap(access_log(text, headers=["x-note"])).wrap(access_log(objects, style="json", headers=["x-note"]))
    log = log.wrap(tracing(tracer_provider=TracerProvider()))  # whatever a propagator makes of what came
    assert run(App(log), scope).error is None
    (line,), (entry,) = lines, found
    for record in (line, entry):
        message = record.getMessage()
        assert message.isascii()
        assert message.isprintable()
    said = json.loads(entry.getMessage())
    assert (said["status"], said["ending"]) == (entry.__dict__["status"], "complete")
    for value in said.values():
        assert not isinstance(value, str) or (value.isascii() and value.isprintable())
    # The fields of a line of text stay where they are: seven before the duration, the quoted ones whole.
    fields = r'\S+ - - \[[^]]+\] "(?:[^"\\]|\\.)*" \S+ \d+ "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*" \d+\.\d{6} '
    assert re.match(fields, line.getMessage())


names = st.sampled_from(
    ["token", "pass%77ord", "Api-Key", "access_token", "X-Amz-Signature", "sig", "client_secret", "code", "plate"]
)
pairs = st.lists(st.tuples(st.one_of(names, words), words.filter(lambda text: not re.search("[&;]", text))), max_size=4)


@given(pairs, names, st.sampled_from("&;"))
def test_no_secret_is_logged(more: list[tuple[str, str]], name: str, between: str) -> None:
    """Wherever it stands among others, in a query and in the address of another page."""
    rest = between.join(f"{key}={value}" for key, value in more)
    query = f"{rest}{between}{name}={SECRET}{between}{rest}"
    assert SECRET not in redacted_query(query, {"plate"})
    assert SECRET not in redacted_url(f"https://a.org/x?{query.replace('#', '')}#{SECRET}", {"plate"})
    target = encoded(query.encode("utf-8", "replace"))
    assert SECRET not in redacted_query(target, {"plate"})


@given(st.text())
def test_what_is_escaped_can_be_told_from_what_was_written(text: str) -> None:
    """No two texts look the same."""
    assert escaped(text).encode("ascii").decode("unicode_escape") == text


@given(st.lists(scopes(), max_size=8))
def test_labels_are_few(found: list[dict[str, Any]]) -> None:
    """Known methods and one other, routes and one miss: nothing that a client makes up."""
    registry = CollectorRegistry()
    app = App(Router(show).wrap(metrics(registry)))
    for scope in found:
        run(app, scope)
    samples = [sample for family in registry.collect() for sample in family.samples if sample.name == "http_requests_total"]
    assert sum(sample.value for sample in samples) == len(found)
    assert {sample.labels["method"] for sample in samples} <= {"GET", "POST", "other"}
    assert {sample.labels["route"] for sample in samples} <= {"/u/{name}", "unmatched"}
    assert all(value == 0 for labels, value in running(registry))


def running(registry: CollectorRegistry) -> list[tuple[dict[str, str], float]]:
    families = (family for family in registry.collect() if family.name == "http_requests_in_progress")
    return [(sample.labels, sample.value) for family in families for sample in family.samples]


@given(scopes())
def test_attributes_are_made_of_anything(scope: Any) -> None:
    """No request is refused for what a trace says of it; measurements have few."""
    found = request_attributes(scope, "/u/{name}")
    assert all(isinstance(value, str | int) for value in found.values())
    assert metric_attributes(scope, "")["http.request.method"] in {"GET", "POST", "_OTHER"}


@given(scopes(), st.booleans())
def test_a_response_has_the_id_of_its_request(scope: dict[str, Any], trust: bool) -> None:
    """One word, whatever came; nothing is left of it afterwards."""
    answer = run(App(Router(show).wrap(request_id(trust=trust))), scope)
    given_ids = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"]
    word = answer.headers["x-request-id"]
    assert re.fullmatch(r"[A-Za-z0-9._:+/=-]{1,128}", word)
    assert (word in given_ids) <= trust
    assert current_request_id() is None


@given(st.lists(st.tuples(words, st.floats(0, 1e6), words)))
def test_server_timing_is_a_list_of_metrics(parts: list[tuple[str, float, str]]) -> None:
    """Of what is allowed into it."""
    timings = Timings(lambda: 0.0, 0.0)
    for name, seconds, description in parts:
        try:
            check_part(name, description)
        except ValueError:
            continue
        timings.add(name, seconds, description)
    metric = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+;dur=\d+\.\d(?:;desc=\"(?:[ !#-\[\]-~]|\\[\"\\])*\")?"
    value = metrics_of(timings, "total", 0.0)
    assert re.fullmatch(rf"{metric}(?:, {metric})*", value)
    assert len(re.findall(";dur=", re.sub(r'"(?:[^"\\]|\\.)*"', "", value))) == len(timings.parts) + 1
