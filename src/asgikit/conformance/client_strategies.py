"""What clients do: bodies cut in any way, messages, leaving at any point, not reading, and lifespans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from asgikit.conformance.drafts import copied
from asgikit.conformance.drawing import Choose
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Resume, Stall

Event: TypeAlias = dict[str, object]

PIECES: Final = 6
"""Cuts in one body."""


class Course(NamedTuple):
    """A course of events, and the rules whose unusual cases it holds."""

    actions: tuple[Action, ...]
    marks: tuple[str, ...]


class Body(NamedTuple):
    """A request body and the field that says what it is."""

    content: bytes
    content_type: bytes = b""


BODIES: Final = (
    Body(b""),
    Body(b'{"name": "a", "id": 1}', b"application/json"),
    Body(b"name=a&id=1", b"application/x-www-form-urlencoded"),
    Body(b"hello", b"text/plain; charset=utf-8"),
    Body(b"[]", b"application/json"),
    Body(b"null", b"application/json; charset=utf-8"),
    Body(b"\xff\xfe", b"application/json"),
    Body(b'{"a": "\\ud800"}', b"application/json"),
    Body(b"[" * 3000, b"application/json"),
    Body(b"", b"application/json"),
    Body(b"a=%ff&=&a&%", b"application/x-www-form-urlencoded"),
    Body(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n', b"multipart/form-data; boundary=x"),
    Body(b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n', b"multipart/form-data; boundary=x"),
    Body(b"--x--", b"multipart/form-data"),
    Body(b"\x00" * 70_000, b"application/octet-stream"),
    Body(b"caf\xe9", b"text/plain; charset=x-unknown"),
    Body(b"a", b"/"),
)
"""Bodies that applications look into, whole ones and broken ones."""


def any_body(choose: Choose, *, likely: bool) -> Body:
    """A body; for a method that seldom has one, an empty one most of the time."""
    if not likely and not choose.once_in(6):
        return BODIES[0]
    return Body(choose.octets(200), b"application/octet-stream") if choose.once_in(4) else choose.one_of(BODIES)


def pieces_of(choose: Choose, body: bytes) -> list[bytes]:
    """The body in pieces; some may be empty, whatever the body is."""
    ends = [*choose.places(len(body), PIECES), len(body)]
    return [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def request_course(choose: Choose, body: bytes) -> Course:
    """The events of a whole request with this body."""
    pieces = [body] if choose.below(2) == 0 else pieces_of(choose, body)
    last = len(pieces) - 1
    events: list[Event] = [
        {"type": "http.request", "body": piece, "more_body": index < last} for index, piece in enumerate(pieces)
    ]
    marks = ["HTTP-REQ-006"] if last else []
    if any(not piece for piece in pieces[:last]):
        marks.append("HTTP-REQ-007")
    if choose.once_in(4):
        events = [sparse(event) for event in events]
        marks.append("HTTP-REQ-004")
    if choose.once_in(8):
        events = [with_more(choose, event) for event in events]
        marks.append("CORE-MSG-010")
    return Course(tuple(Deliver(event) for event in events), tuple(marks))


def sparse(event: Event) -> Event:
    """The event without the keys that say what their absence says too."""
    defaults: Mapping[str, object] = {"body": b"", "more_body": False, "reason": ""}
    return {key: value for key, value in event.items() if key not in defaults or value != defaults[key]}


_UNKNOWN: Final[tuple[tuple[str, object], ...]] = (
    ("x-unknown", 1),
    ("x-more", {"a": [1, 2.5, None, True, b"c"]}),
    ("stream_id", 7),
    ("", ""),
)


def with_more(choose: Choose, event: Event) -> Event:
    """The event with keys that no specification knows."""
    unknown = choose.several(_UNKNOWN, 2) or _UNKNOWN[:1]
    return {**event, **{key: copied(value) for key, value in unknown}}


Behaviour: TypeAlias = Callable[[Choose, Sequence[Action]], Course]


def _stays(_: Choose, actions: Sequence[Action]) -> Course:
    return Course(tuple(actions), ())


def _leaves_behind(choose: Choose, actions: Sequence[Action]) -> Course:
    """Leaves when its request is complete."""
    return Course((*actions, Leave(choose.one_of(_SENDS))), ("HTTP-DISC-007",))


def _leaves_before(choose: Choose, actions: Sequence[Action]) -> Course:
    """Leaves before its request is complete."""
    if len(actions) < 2:
        return _leaves_behind(choose, actions)
    kept = actions[: 1 + choose.below(len(actions) - 1)]
    return Course((*kept, Leave(choose.one_of(_SENDS))), ("HTTP-REQ-013",))


def _ends_its_half(choose: Choose, actions: Sequence[Action]) -> Course:
    """Sends nothing more, with its request incomplete, and stays: the server gives up in the end."""
    if len(actions) < 2:
        return _stays(choose, actions)
    return Course(tuple(actions[: 1 + choose.below(len(actions) - 1)]), ("HTTP-REQ-013",))


def _reads_late(choose: Choose, actions: Sequence[Action]) -> Course:
    """Does not read for a while, from the beginning or from somewhere on."""
    at = choose.below(len(actions) + 1)
    return Course((*actions[:at], Stall(), *actions[at:], Resume()), ())


def _reads_never(choose: Choose, actions: Sequence[Action]) -> Course:
    """Does not read, and leaves while `send()` waits for it."""
    at = choose.below(len(actions) + 1)
    return Course((*actions[:at], Stall(), *actions[at:], Leave(choose.one_of(_SENDS))), ("HTTP-DISC-007",))


def _is_cancelled(choose: Choose, actions: Sequence[Action]) -> Course:
    """Its server cancels the application, somewhere."""
    return Course((*actions[: 1 + choose.below(max(len(actions), 1))], Cancel()), ("CANCEL-001",))


_SENDS: Final = ("raise", "ignore")
BEHAVIOURS: Final[tuple[Behaviour, ...]] = (
    *(_stays,) * 6,
    *(_leaves_behind, _leaves_before, _leaves_before, _reads_late, _reads_never, _is_cancelled, _ends_its_half),
)
"""The ways of an HTTP client, with the weight that they have."""


def behave(choose: Choose, course: Course) -> Course:
    """The course of a client that may not wait for the end."""
    done = choose.one_of(BEHAVIOURS)(choose, course.actions)
    return Course(done.actions, (*course.marks, *done.marks))
