"""An exchange for people: a stand-alone program that shows it again, and a table of its steps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Final, TypeGuard

from asgikit.conformance.scenario import Cancel, Deliver, Leave, Once, Scenario, Stall
from asgikit.conformance.steps import lines
from asgikit.conformance.transcript import Message, Step

LINES: Final = 15
"""Lines of a reproducer."""

WIDTH: Final = 110
"""Columns of a reproducer, where its values let it."""

_OPENINGS: Final[Mapping[object, Message]] = {
    "http": {"type": "http.request", "body": b"", "more_body": False},
    "websocket": {"type": "websocket.connect"},
    "lifespan": {"type": "lifespan.startup"},
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a program plays, in the terms that its few lines have."""

    scope: Message
    events: tuple[Message, ...]
    waiting: int
    """Events at the end that come only when the application has sent something; 0 where there is no need to wait."""
    is_strict: bool
    """Whether they wait for ever, and not for a second."""
    is_terse: bool
    """Whether lines are saved at the cost of a plain look."""
    raises: int | None
    """So many sends succeed; None: all of them."""
    stays: int
    """Seconds for which the client stays, with all said, before the last event; 0: it goes at once."""
    is_slow: bool
    cancels: bool


def reproducer(target: str, scenario: Scenario, *, sent: int | None = None) -> str:
    """A program of at most 15 lines that plays the scenario against "module:application" and needs nothing but asyncio.

    It prints what the application sends, then its traceback or that it returned. `sent` are the messages that it sent before
    the client left, by the drive; without it they are guessed. Seconds stand for what a driver can see: a client
    that stalls is one that reads slowly. Empty where the target is no import path; "module:make()" names a factory.
    """
    module, _, attribute = target.partition(":")
    name, dot, rest = attribute.partition(".")
    is_factory = attribute.endswith("()")
    if is_factory:
        name, rest = (name, rest.removesuffix("()")) if dot else (name.removesuffix("()"), rest)
    names = [*module.split("."), name, *(rest.split(".") if dot else ())]
    if not all(part.isidentifier() and not iskeyword(part) for part in names):
        return ""
    call = "app" + (f".{rest}" if dot else "") + ("()" if is_factory else "")
    loaded = f"from {module} import {name}" + ("" if name == "app" else " as app")
    return _program(loaded, call, _plan(scenario, sent))


def _plan(scenario: Scenario, sent: int | None) -> _Plan:
    type_, actions = scenario.scope.get("type"), scenario.actions
    leaves = [action for action in actions if isinstance(action, Leave)]
    cancels = any(isinstance(action, Cancel) for action in actions)
    events = _events(scenario, leaves[0].code if leaves else 1000, cancels=cancels)
    said = [action.event for action in actions if isinstance(action, Deliver)]
    left = bool(leaves) or any(event.get("type") == f"{type_}.disconnect" for event in said)
    raises = None
    if leaves and leaves[0].sends == "raise":
        raises = _guess(events) if sent is None else sent
    return _Plan(
        scope=scenario.scope,
        events=tuple(events),
        waiting=_waiting(type_, events),
        is_strict=True,
        is_terse=False,
        raises=raises,
        stays=0 if left or type_ == "lifespan" else 9 if cancels else 1,
        is_slow=any(isinstance(action, Stall) for action in actions),
        cancels=cancels,
    )


def _events(scenario: Scenario, code: int, *, cancels: bool) -> list[Message]:
    """What the application receives: what the driver adds is among it."""
    type_ = scenario.scope.get("type")
    events = [action.event for action in scenario.actions if isinstance(action, Deliver)]
    opening = _OPENINGS.get(type_)
    if opening is not None and not (events and (type_ == "http" or events[0].get("type") == opening["type"])):
        events.insert(0, opening)
    types = [event.get("type") for event in events]
    if type_ == "lifespan":
        if not cancels and "lifespan.shutdown" not in types:
            events.append({"type": "lifespan.shutdown"})
    elif f"{type_}.disconnect" not in types:
        gone: Message = {"type": f"{type_}.disconnect"}
        events.append({**gone, "code": code} if type_ == "websocket" else gone)
    return events


def _waiting(type_: object, events: Sequence[Message]) -> int:
    """A legal server holds back messages until it is accepted, and the shutdown until the startup is complete."""
    if type_ == "lifespan":
        return len(events) - 1
    held = [index for index, event in enumerate(events) if event.get("type") == "websocket.receive"]
    return len(events) - held[0] if held else 0


def _guess(events: Sequence[Message]) -> int:
    """The sends of an application that answers as soon as it can: one message, and one for each that it gets."""
    if any(event.get("more_body") for event in events) and all(event.get("more_body", True) for event in events):
        return 0
    return 1 + sum(event.get("type") == "websocket.receive" for event in events)


def _program(loaded: str, call: str, plan: _Plan) -> str:
    """The program; what it can do without is left out where 15 lines are too few."""
    head = ["import asyncio", "", loaded, ""]  # with the empty rows that sorted imports have
    body = list(_body(plan, call))
    while (room := LINES - len(head) - sum(map(bool, body))) < 2:
        plan = _simpler(plan)
        body = list(_body(plan, call))
    data = _packed(plan, room)
    spare = LINES - len(head) - len(data) - sum(map(bool, body))
    blanks = [index for index, row in enumerate(body) if not row]
    dropped = frozenset(blanks[: max(len(blanks) - spare, 0)])
    return "\n".join([*head, *data, *(row for index, row in enumerate(body) if index not in dropped)]) + "\n"


def _simpler(plan: _Plan) -> _Plan:
    """The plan without what can be missed most easily; the shortest program has neither waiting nor raising."""
    if not plan.is_terse:
        return replace(plan, is_terse=True)
    if plan.waiting and plan.is_strict:
        return replace(plan, is_strict=False)
    if plan.is_slow:
        return replace(plan, is_slow=False)
    return replace(plan, raises=None) if plan.raises is not None else replace(plan, waiting=0)


def _body(plan: _Plan, call: str) -> Iterator[str]:
    """Everything below the data, with an empty row before each part."""
    counts = bool(plan.waiting) or plan.raises is not None
    if counts:
        yield "sent = []"
    yield from ("", "async def receive():")
    if plan.waiting and plan.is_strict:
        yield f"    while not sent and len(events) <= {plan.waiting}:"
        yield "        await asyncio.sleep(0.1)"
    if plan.waiting and not plan.is_strict:
        yield f"    await asyncio.sleep(0.1 if sent or len(events) > {plan.waiting} else 1)"
    else:
        yield f"    await asyncio.sleep({f'0.1 if events[1:] else {plan.stays}' if plan.stays else '0.1'})"
    if plan.scope.get("type") == "lifespan":
        yield "    return events.pop(0) if events else await asyncio.Event().wait()"
    else:
        yield "    return events.pop(0) if events[1:] else events[0]"
    yield from ("", "async def send(message):")
    if counts and plan.is_terse:
        yield "    sent.append(print(message))"
    else:
        yield from ("    print(message)", *(("    sent.append(message)",) if counts else ()))
    if plan.is_slow:
        yield "    await asyncio.sleep(1)  # the client reads slowly"
    if plan.raises is not None:
        yield from (f"    if len(sent) > {plan.raises}:", '        raise OSError("the client has left")')
    yield from ("", *_run(plan, f"{call}(scope, receive, send)"))


def _run(plan: _Plan, call: str) -> Iterator[str]:
    if plan.cancels:
        yield "loop = asyncio.new_event_loop()"
        yield f"task = loop.create_task({call})"
        yield "loop.call_later(1, task.cancel)"
        yield "print(loop.run_until_complete(asyncio.wait([task], timeout=3)))  # done, and not done"
    else:
        seconds = 5 + len(plan.events) // 5 + plan.stays + (10 if plan.is_slow else 0)
        yield f'print("returned", asyncio.run(asyncio.wait_for({call}, {seconds})))'


def _packed(plan: _Plan, room: int) -> list[str]:
    """The assignments of the data in so many rows, no wider than they have to be."""
    parts = [("scope = ", list(_pieces(plan.scope))), ("events = ", list(_pieces(list(plan.events))))]
    width = WIDTH
    while True:
        rows = [row for head, pieces in parts for row in _filled(head, pieces, width)]
        if len(rows) <= max(room, len(parts)):
            return rows
        width += 10 + width // 20


def _filled(head: str, pieces: Sequence[str], width: int) -> list[str]:
    rows: list[str] = []
    row = head
    for piece in pieces:
        if len(row) + len(piece.rstrip()) > width and row != head:
            rows.append(row.rstrip())
            row = "    "
        row += piece
    return [*rows, row.rstrip()]


def _pieces(value: object) -> Iterator[str]:
    """The value as Python writes it, in pieces between which a row may end."""
    if _is_dict(value) and value:
        yield from _joined("{", ((f"{_literal(key)}: ", item) for key, item in value.items()), "}")
    elif _is_items(value) and value and not _is_flat(value):
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ",)" if len(value) == 1 else ")")
        yield from _joined(opening, (("", item) for item in value), closing)
    else:
        yield _literal(value)


def _joined(opening: str, items: Iterable[tuple[str, object]], closing: str) -> Iterator[str]:
    """The pieces of a container: the brackets stay with the first and the last of its items, names with their values."""
    waiting = ""
    prefix = opening
    for name, item in items:
        for index, piece in enumerate(_pieces(item)):
            if waiting:
                yield waiting
            waiting = prefix + (name if not index else "") + piece
            prefix = ""
        waiting += ", "
    yield waiting.removesuffix(", ") + closing


def _is_flat(items: Sequence[object]) -> bool:
    return len(items) <= 2 and not any(_is_dict(item) or _is_items(item) for item in items)


def _literal(value: object) -> str:  # noqa: PLR0911  # one for each kind of value
    """A value as an expression of Python; an object that has none is an object()."""
    if isinstance(value, Once):
        return f"iter({_literal(list(value.items))})"
    if _is_dict(value):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if _is_items(value):
        inside = ", ".join(_literal(item) for item in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, str | bytes) and type(value) in {str, bytes}:
        return _quoted(value)
    return repr(value) if type(value) in {int, bool, float, type(None)} else "object()"


def _quoted(value: str | bytes) -> str:
    """A literal in double quotes where that is no longer; one long run of the same sign as a product."""
    if len(value) > 40 and len(set(value)) == 1:
        return f"{_quoted(value[:1])} * {len(value)}"
    text = repr(value)
    return text if '"' in text or "\\'" in text else text.replace("'", '"')


def _is_dict(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, dict)


def _is_items(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return type(value) in {list, tuple}


_ARROWS: Final = {"in": "-->", "out": "<--", "none": "   "}


def exchange_table(steps: Sequence[Step], *, width: int = WIDTH) -> str:
    """The exchange, a row for each step: its number, its way (--> to the application), what it is, and its values.

    The last row, the one that broke a rule, is marked with ">". Empty where there are no steps.
    """
    rows = lines(tuple(steps), 4 * width)
    titles = max((len(row.title) for row in rows), default=0)
    made: list[str] = []
    for row in rows:
        mark = ">" if row is rows[-1] else " "
        text = f"{mark} {row.number:>3} {_ARROWS[row.way]} {row.title:<{titles}}  {row.detail}".rstrip()
        made.append(text if len(text) <= width else f"{text[: width - 3]}...")
    return "\n".join(made)
