"""Problem documents as values."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, dataclass, replace
from datetime import date
from typing import Any

import pytest

from asgikit.calls import Reply
from asgikit.errors import BadRequest, HTTPError, NotFound
from asgikit.faults import Fault
from asgikit.http.headers import Headers
from asgikit.problems import MAX_DETAIL, CallError, Problem, ProblemError, phrase_of


@dataclass(frozen=True, kw_only=True)
class OutOfCredit(Problem):
    type: str = "https://example.com/probs/out-of-credit"
    balance: int
    until: date | None = None


def parsed(document: Any, status: int = 500) -> Problem:
    return Problem.parse(json.dumps(document).encode(), status=status)


def test_a_problem_is_json() -> None:
    """With the members of the RFC first; what is not known is left out."""
    assert Problem(status=404).encode() == b'{"type":"about:blank","title":"Not Found","status":404}'
    full = Problem(status=409, type="/taken", title="Taken", detail="by é", instance="urn:x:1", members={"by": ["a", None]})
    assert json.loads(full.encode()) == {
        "type": "/taken",
        "title": "Taken",
        "status": 409,
        "detail": "by é",
        "instance": "urn:x:1",
        "by": ["a", None],
    }


def test_a_title_is_the_name_of_the_status() -> None:
    """RFC 9110's, whatever Python calls it; that of the class where there is none."""
    assert (Problem(status=413).title, Problem(status=422).title) == ("Content Too Large", "Unprocessable Content")
    assert (phrase_of(499), phrase_of(599), phrase_of(299)) == ("Client Error", "Server Error", "Unknown")


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"status": 99}, "99 is not a status"),
        ({"status": 600}, "600 is not a status"),
        ({"type": "a b"}, "'a b' is not a URI reference"),
        ({"instance": "<x>"}, "'<x>' is not a URI reference"),
        ({"members": {"title": "x"}}, "members cannot be called title"),
    ],
)
def test_what_is_no_problem_is_refused(wrong: dict[str, Any], text: str) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match=text):
        Problem(**{"status": 400, **wrong})


def test_a_problem_is_a_value() -> None:
    """Equal by its fields, hashable, and nothing of it can be assigned to."""
    given = {"a": 1}
    problem = Problem(status=400, members=given)
    given["a"] = 2
    untyped: Any = problem
    assert problem == Problem(status=400, members={"a": 1})
    assert hash(problem) == hash(replace(problem))
    with pytest.raises(FrozenInstanceError):
        untyped.detail = "x"
    with pytest.raises(TypeError):
        untyped.members["a"] = 3


def test_members_of_wrong_types_count_as_missing() -> None:
    """RFC 9457, 3.1: the response says the status then."""
    wrong = {"type": 3, "title": ["x"], "status": True, "detail": {}, "instance": "not a reference", "more": 1}
    assert parsed(wrong, 403) == Problem(status=403, members={"more": 1})
    assert parsed({"status": 1000}, 403).status == 403
    assert parsed({"status": 404}, 403).status == 404


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff", b'"x"', b"[" * 10_000, b'{"a":NaN}'])
def test_what_is_no_json_object_is_no_problem(data: bytes) -> None:
    """A ValueError, whatever it is."""
    with pytest.raises(ValueError):
        Problem.parse(data, status=500)


def test_a_subclass_has_typed_members() -> None:
    """Written and read by their types, other members beside them."""
    problem = OutOfCredit(status=403, balance=30, until=date(2026, 1, 2), members={"more": True})
    document = json.loads(problem.encode())
    assert (document["type"], document["balance"], document["until"]) == (problem.type, 30, "2026-01-02")
    assert OutOfCredit.parse(problem.encode(), status=500) == problem
    assert Problem.parse(problem.encode(), status=500).members == {"balance": 30, "until": "2026-01-02", "more": True}


def test_a_typed_member_that_does_not_fit_counts_as_missing() -> None:
    """Its default, if it has one; an error that names it, if the class needs it."""
    assert OutOfCredit.parse(b'{"balance":1,"until":"soon"}', status=403) == OutOfCredit(status=403, balance=1)
    with pytest.raises(ValueError, match="the problem lacks balance"):
        OutOfCredit.parse(b'{"balance":"much"}', status=403)


def test_an_http_error_is_a_problem() -> None:
    """Its text is the detail, unless that is the name of the status; the text for the log is in no part of it."""
    assert Problem.of(NotFound("no such user", log="secret")) == Problem(status=404, detail="no such user")
    assert Problem.of(NotFound("Not Found")) == Problem(status=404)
    assert Problem.of(HTTPError(418, "")) == Problem(status=418)


def test_what_does_not_fit_has_its_place() -> None:
    """A pointer in the body, a name elsewhere (RFC 6901, 6)."""
    faults = (
        Fault("too long", "body", ("a/b", "~", "0", "é x")),
        Fault("missing", "query", ("page",)),
        Fault("unreadable", "form"),
    )
    assert Problem.of(BadRequest("no", faults=faults)).members["errors"] == [
        {"detail": "too long", "in": "body", "pointer": "#/a~1b/~0/0/%C3%A9%20x"},
        {"detail": "missing", "in": "query", "name": "page"},
        {"detail": "unreadable", "in": "form", "name": ""},
    ]


def test_a_problem_error_carries_a_problem() -> None:
    """It is an HTTPError with its status, fields, and the detail for who reads text."""
    problem = OutOfCredit(status=403, title="No credit", balance=3)
    error = ProblemError(problem, log="user 3", headers={"x-a": "b"})
    assert (error.status, error.public, error.log, error.headers["x-a"]) == (403, "No credit", "user 3", "b")
    assert Problem.of(error) is problem
    assert ProblemError(Problem(status=400, detail="d")).public == "d"
    with pytest.raises(ValueError, match="an error has a status"):
        ProblemError(Problem(status=200))


def call_error(status: int, kind: str | None, content: bytes, reason: str = "201 was expected") -> CallError:
    return CallError("POST /buy", Reply(status, Headers({"content-type": kind} if kind else {}), content), reason)


def test_a_call_error_says_what_another_service_answered() -> None:
    """It is no HTTPError: what another service refuses is not what our own client did wrong."""
    error = call_error(404, "text/plain; charset=utf-8", b"no such thing\n")
    assert str(error) == "POST /buy was answered 404 Not Found: 201 was expected; it says 'no such thing'"
    assert (error.operation, error.status, error.content) == ("POST /buy", 404, b"no such thing\n")
    assert error.headers["content-type"] == "text/plain; charset=utf-8"
    assert not isinstance(error, HTTPError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # our own


def test_no_word_of_a_server_breaks_a_line_of_the_log() -> None:
    """Nor fills it."""
    error = call_error(400, "text/plain", b"a\nb" * 1000, "unknown field `a\nb`")
    assert str(error).isprintable()
    assert len(str(error)) < 700


TOLD = [
    (400, "text/plain", b" sorry ", Problem(status=400, detail="sorry")),
    (400, "text/plain; charset=iso-8859-1", b"\xe9", Problem(status=400, detail="é")),
    (500, "text/plain", b"x" * (MAX_DETAIL + 1), Problem(status=500)),
    (500, "text/html", b"<p>", Problem(status=500)),
    (500, None, b"x", Problem(status=500)),
    (500, "nonsense", b"x", Problem(status=500)),
    (500, "é", b"x", Problem(status=500)),
    (999, "text/plain", b"x", Problem(status=500, detail="x")),
    (409, "Application/Problem+JSON", b'{"status":410,"detail":"d"}', Problem(status=410, detail="d")),
    (409, "application/problem+json", b"[]", Problem(status=409)),
    (409, "application/json", b'{"detail":"d"}', Problem(status=409)),
]


@pytest.mark.parametrize(("status", "kind", "content", "problem"), TOLD)
def test_every_call_error_has_a_problem(status: int, kind: str | None, content: bytes, problem: Problem) -> None:
    """Of the document, of a short plain text, of the status alone."""
    assert call_error(status, kind, content).problem == problem


def test_a_problem_of_a_kind_has_its_members() -> None:
    """Another one is a ValueError."""
    document = OutOfCredit(status=403, balance=3).encode()
    assert call_error(403, "application/problem+json", document).problem_of(OutOfCredit).balance == 3
    with pytest.raises(ValueError, match="lacks balance"):
        call_error(403, "application/problem+json", b"{}").problem_of(OutOfCredit)
    for kind in ("application/json", None, "nonsense"):
        with pytest.raises(ValueError, match="POST /buy was answered 403 without a problem document"):
            call_error(403, kind, document).problem_of(OutOfCredit)
