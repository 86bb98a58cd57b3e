"""Hypothesis strategies for everything that a legal server or client does, and for what comes near it and is not legal.

Each is legal by construction and shrinks to the plain full case. They need the extra `conformance`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asgikit.conformance.client_strategies import Body, Course, any_body, behave, pieces_of, request_course
from asgikit.conformance.conversation_strategies import conversation, lifespan, message
from asgikit.conformance.drafts import Draft, Field, parse_target
from asgikit.conformance.drawing import Choose, Strategy, drawn
from asgikit.conformance.response_faults import broken_answer, broken_message
from asgikit.conformance.response_strategies import answer
from asgikit.conformance.scenario import Deliver, Scenario
from asgikit.conformance.scope_faults import broken_events, broken_scope
from asgikit.conformance.scope_strategies import draft_scope
from asgikit.conformance.transcript import Message

_BODIED = frozenset({"POST", "PUT", "PATCH", "QUERY"})


def http_scopes(
    where: str | Sequence[str] = "GET /", *, headers: Iterable[Field] = (), one_shot: bool = False
) -> Strategy[dict[str, object]]:
    """Scopes of HTTP requests to one of the places, "GET /items": a `Once` in them stands for a fresh iterator.

    `headers` are in each of them, whatever else is. `one_shot`: headers may be iterators, which the text allows and no
    framework survives. Raises ValueError for a place that is none, or of another protocol.
    """
    return _scopes("http", where, tuple(headers), one_shot=one_shot)


def websocket_scopes(
    where: str | Sequence[str] = "WS /", *, headers: Iterable[Field] = (), one_shot: bool = False
) -> Strategy[dict[str, object]]:
    """Scopes of WebSockets at one of the places, "WS /chat"; the rest is as for HTTP."""
    return _scopes("websocket", where, tuple(headers), one_shot=one_shot)


def lifespan_scopes() -> Strategy[dict[str, object]]:
    """Scopes of lifespans."""
    return _scopes("lifespan", "lifespan", (), one_shot=False)


def _scopes(type_: str, where: str | Sequence[str], headers: tuple[Field, ...], *, one_shot: bool) -> Strategy[dict[str, object]]:
    targets = [parse_target(place) for place in ([where] if isinstance(where, str) else where)]
    if not targets or any(target.type != type_ for target in targets):
        raise ValueError(f"{where!r} names no places of {type_}")
    return drawn(lambda choose: draft_scope(choose, choose.one_of(targets), headers, one_shot=one_shot).finished())


def cut_bodies(bodies: Strategy[bytes]) -> Strategy[list[bytes]]:
    """Bodies in pieces: together they are the body, and any of them may be empty."""
    return drawn(lambda choose: pieces_of(choose, choose.value(bodies)))


def request_bodies() -> Strategy[bytes]:
    """Bodies of requests: what applications parse, whole and broken, and any bytes."""
    return drawn(lambda choose: any_body(choose, likely=True).content)


def request_events(bodies: Strategy[bytes] | None = None) -> Strategy[list[Message]]:
    """The events of a whole request, in any legal form: cut anywhere, with keys missing and unknown keys."""

    def events(choose: Choose) -> list[Message]:
        body = any_body(choose, likely=True).content if bodies is None else choose.value(bodies)
        return [action.event for action in request_course(choose, body).actions if isinstance(action, Deliver)]

    return drawn(events)


def websocket_messages() -> Strategy[Message]:
    """`websocket.receive` events in any legal form."""
    return drawn(lambda choose: message(choose)[0])


def scenarios(
    where: str = "GET /", *, headers: Iterable[Field] = (), bodies: Strategy[bytes] | None = None, one_shot: bool = False
) -> Strategy[Scenario]:
    """Whole connections to one place, "GET /items", "WS /chat" or "lifespan": the scope, and what the client does.

    `headers` are in each of them but for Content-Length, which is that of the body; `bodies` are those of requests, instead of
    the kit's own. `one_shot` as for `http_scopes`. `Scenario.marks` names the rules whose unusual but legal cases
    one holds. Raises ValueError for a place that is none.
    """
    target = parse_target(where)
    fields = tuple((name, value) for name, value in headers if name.lower() != b"content-length")

    def scenario(choose: Choose) -> Scenario:
        if target.type == "http":
            body = any_body(choose, likely=target.method in _BODIED) if bodies is None else Body(choose.value(bodies))
            course, described = _request(choose, body, fields)
        else:
            course, described = (conversation(choose) if target.type == "websocket" else lifespan(choose)), ()
        draft = draft_scope(choose, target, (*described, *fields), one_shot=one_shot)
        return _scenario(draft, course, where)

    return drawn(scenario)


def _request(choose: Choose, body: Body, fields: Sequence[Field]) -> tuple[Course, tuple[Field, ...]]:
    """The events of a request with this body, and the fields that describe it, unless the caller's do."""
    course = behave(choose, request_course(choose, body.content))
    given = {name.lower() for name, _ in fields}
    described: list[Field] = []
    if body.content_type and b"content-type" not in given:
        described.append((b"content-type", body.content_type))
    if body.content and b"transfer-encoding" not in given:
        if choose.once_in(4):
            course = Course(course.actions, (*course.marks, "HTTP-REQ-009"))
        else:
            described.append((b"content-length", str(len(body.content)).encode()))
    return course, tuple(described)


def _scenario(draft: Draft, course: Course, where: str) -> Scenario:
    marks = tuple(dict.fromkeys((*draft.marks, *course.marks)))
    return Scenario(scope=draft.finished(), actions=course.actions, marks=marks, name=where)


def illegal_scopes(where: str = "GET /") -> Strategy[tuple[dict[str, object], str]]:
    """Scopes for a place with one fault, and the rule that it breaks: what an application need not live with."""
    target = parse_target(where)
    return drawn(lambda choose: broken_scope(choose, target))


def illegal_events(where: str = "GET /") -> Strategy[tuple[Scenario, str]]:
    """Scenarios whose server breaks a rule in its last event, and that rule; the scope is plain."""
    target = parse_target(where)

    def scenario(choose: Choose) -> tuple[Scenario, str]:
        scope, events, rule = broken_events(choose, target)
        return Scenario(scope=scope, actions=tuple(map(Deliver, events)), name=where), rule

    return drawn(scenario)


def illegal_messages(where: str = "GET /") -> Strategy[tuple[dict[str, object], str]]:
    """Messages that an application may not send there, whatever went before, and the rule that each breaks.

    No extension and no subprotocol is offered there.
    """
    target = parse_target(where)
    return drawn(lambda choose: broken_message(choose, target))


def legal_responses(where: str = "GET /", *, extensions: Iterable[str] = ()) -> Strategy[list[dict[str, object]]]:
    """All that an application sends to answer there, with use of these extensions; a `Once` stands for a fresh iterator.

    The second message of a lifespan answers its shutdown.
    """
    target, offered = parse_target(where), frozenset(extensions)
    return drawn(lambda choose: answer(choose, target, offered))


def illegal_responses(where: str = "GET /") -> Strategy[tuple[list[dict[str, object]], str]]:
    """All that an application sends there, and the rule that this breaks; no extension is offered there."""
    target = parse_target(where)
    return drawn(lambda choose: broken_answer(choose, target))
