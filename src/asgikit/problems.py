"""Problem documents: errors that programs can read (RFC 9457), as values, as JSON and as exceptions."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from http import HTTPStatus
from inspect import get_annotations
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final, Self, get_type_hints
from urllib.parse import quote

from typing_extensions import TypeVar

from asgikit.calls import Reply
from asgikit.codec import JSON, JSONValues, decode_json, is_mapping
from asgikit.errors import AsgikitError, HTTPError
from asgikit.faults import Fault
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.pairs import PairItems
from asgikit.schema import JSONCodec

PROBLEM_TYPE: Final = "application/problem+json"
"""The media type of a problem document (RFC 9457, 6.1)."""

MAX_DETAIL: Final = 16 * 1024
"""Bytes of a plain text up to which it is taken for what an error has to say; a longer one is a document."""

P = TypeVar("P", bound="Problem")

_CHARSETS: Final = {None: "utf-8", "utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1"}
_JSON: Final = JSONValues()
_REFERENCE: Final = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # RFC 3986, 2: what a URI reference can hold, "%" included
_NO_MEMBERS: Final[Mapping[str, JSON]] = MappingProxyType({})
_PHRASES: Final[Mapping[int, str]] = {
    **{status.value: status.phrase for status in HTTPStatus},
    # As RFC 9110, 15.5 has them; Python has older names before 3.13.
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def phrase_of(status: int) -> str:
    """The name of a status; that of its class where it has none (RFC 9110, 15)."""
    other = "Client Error" if 400 <= status <= 499 else "Server Error" if status >= 500 else "Unknown"
    return _PHRASES.get(status, other)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A problem document: what kind of error, and what happened this time (RFC 9457, 3.1).

    `type` is a URI reference that names the kind; `title` is what people call it, by default the name of the status;
    `detail` and `instance` are about this occurrence, `members` whatever else is known of it. A frozen, keyword-only
    dataclass that inherits from this one adds members with types of their own. Raises ValueError for a status out of
    100 to 599, for a `type` or `instance` that is no URI reference, and for a member that has the name of a field.
    """

    status: int
    type: str = "about:blank"
    title: str = ""
    detail: str | None = None
    instance: str | None = None
    members: Mapping[str, JSON] = field(default_factory=lambda: _NO_MEMBERS, hash=False)

    def __post_init__(self) -> None:
        """Checks all of them."""
        if not 100 <= self.status <= 599:
            raise ValueError(f"{self.status} is not a status")
        for reference in (self.type, self.instance or ""):
            if reference not in {"about:blank", ""} and not is_reference(reference):
                raise ValueError(f"{reference!r} is not a URI reference")
        if self.members and (taken := {entry.name for entry in fields(self)} & self.members.keys()):
            raise ValueError(f"members cannot be called {' or '.join(sorted(taken))}: those are fields")
        if not self.title:
            object.__setattr__(self, "title", phrase_of(self.status))
        if self.members is not _NO_MEMBERS:
            object.__setattr__(self, "members", MappingProxyType(dict(self.members)))

    @classmethod
    def of(cls, error: HTTPError) -> Problem:
        """What an HTTPError tells the client: its text as the detail, and what is wrong in which place as `errors`."""
        if isinstance(error, ProblemError):
            return error.problem
        members: dict[str, JSON] = {"errors": [_place(fault) for fault in error.faults]} if error.faults else {}
        detail = None if error.public in {"", phrase_of(error.status)} else error.public
        return Problem(status=error.status, detail=detail, members=members)

    @classmethod
    def parse(cls, data: bytes, /, *, status: int) -> Self:
        """The problem in a response with this status; members of wrong types count as missing (RFC 9457, 3.1).

        Raises ValueError for what is no JSON object, or lacks a member that this class needs. Where it has members with
        types of their own, raises MissingExtra without msgspec.
        """
        try:
            document = decode_json(data)
        except HTTPError as error:
            raise ValueError(error.public) from None
        given = _members(document)
        found = _standard(given, status)
        codecs = cls._codecs()
        for name, codec in codecs.items():
            if name in given:
                with suppress(HTTPError):
                    found[name] = codec.decode(_JSON.encode(given[name]))
        needed = [entry.name for entry in fields(cls) if entry.default is entry.default_factory is MISSING]
        if missing := [name for name in needed if name not in found]:
            raise ValueError(f"the problem lacks {', '.join(missing)}")
        known = {entry.name for entry in fields(cls)}
        return cls(**found, members={name: value for name, value in given.items() if name not in known})

    def encode(self) -> bytes:
        """The document as JSON. Raises TypeError and ValueError for members that JSON cannot hold."""
        document: dict[str, JSON] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail is not None:
            document["detail"] = self.detail
        if self.instance is not None:
            document["instance"] = self.instance
        for name, codec in self._codecs().items():
            document[name] = decode_json(codec.encode(getattr(self, name)))
        document.update(self.members)
        return _JSON.encode(document)

    @classmethod
    def _codecs(cls) -> dict[str, JSONCodec[object]]:
        """How the members are read and written that a subclass gives types to; made each time, for problems are rare."""
        if cls is Problem:
            return {}
        own = {entry.name for entry in fields(cls)} - _NAMES
        return {name: JSONCodec(hint) for name, hint in _hints(cls, own).items()}


_NAMES: Final = frozenset(entry.name for entry in fields(Problem))


def _hints(cls: type[Problem], names: AbstractSet[str]) -> dict[str, Any]:
    """The types of these fields, in their order; those of Problem are not looked at, for JSON is an alias of its own module."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found = {name: hint for name, hint in get_annotations(base).items() if name in names}
        hints |= get_type_hints(SimpleNamespace(__annotations__=found), vars(sys.modules[base.__module__]), include_extras=True)
    return hints


def is_reference(text: str) -> bool:
    """Whether it is made of what a URI reference can hold (RFC 3986, 4.1)."""
    return _REFERENCE.fullmatch(text) is not None


def _members(document: JSON) -> dict[str, Any]:
    if not is_mapping(document):
        raise ValueError("a problem document is a JSON object")
    return {str(name): value for name, value in document.items()}


def _standard(given: Mapping[str, Any], status: int) -> dict[str, Any]:
    """The members that the RFC defines, as far as they are what it says they are."""
    found: dict[str, Any] = {"status": status}
    match given.get("status"):
        case int(said) if not isinstance(said, bool) and 100 <= said <= 599:
            found["status"] = said
        case _:
            pass
    for name in ("title", "detail"):
        if isinstance(given.get(name), str):
            found[name] = given[name]
    for name in ("type", "instance"):
        if isinstance(given.get(name), str) and is_reference(given[name]):
            found[name] = given[name]
    return found


def _place(fault: Fault) -> JSON:
    """As OpenAPI says where a parameter is; in a JSON body a pointer, as a fragment (RFC 6901, 6)."""
    if fault.source != "body":
        return {"detail": fault.detail, "in": fault.source, "name": fault.path[0] if fault.path else ""}
    steps = [quote(step.replace("~", "~0").replace("/", "~1"), safe="!$&'()*+,;=:@", errors="replace") for step in fault.path]
    return {"detail": fault.detail, "in": "body", "pointer": "#" + "".join(f"/{step}" for step in steps)}


def said_in_text(status: int, body: bytes, charset: str) -> Problem | None:
    """What the plain text of an error says; None if it is too long for that."""
    if len(body) > MAX_DETAIL:
        return None
    text = body.decode(charset, "replace").strip()
    return Problem(status=status, detail=None if text in {"", phrase_of(status)} else text)


def told_in_text(status: int, body: bytes, content_type: bytes) -> Problem | None:
    """The same by a content-type that others have written; None for what is no plain text."""
    try:
        kind = MediaType.parse(content_type.decode("latin-1"))
    except ValueError:
        return None
    charset = _CHARSETS.get(kind.charset)
    return None if kind.essence != "text/plain" or charset is None else said_in_text(status, body, charset)


class ProblemError(HTTPError):
    """A refusal that says what it is in a problem document; in plain text, where nobody asks for that, by its detail.

    Raises ValueError for a problem whose status is not an error.
    """

    def __init__(self, problem: Problem, *, log: str | None = None, headers: PairItems = ()) -> None:
        """`log` is only for us, `headers` are sent with the response."""
        super().__init__(problem.status, problem.detail or problem.title, log=log, headers=headers)
        self.problem: Problem = problem


class CallError(AsgikitError):
    """An operation of a server was answered otherwise than it says that it returns.

    No HTTPError: in a handler that calls another service it is not what our own client has done wrong.
    """

    def __init__(self, operation: str, reply: Reply, reason: str) -> None:
        """`operation` is what was called, `reason` why its reply is no result."""
        super().__init__(operation, reply, reason)
        self.operation: str = operation
        self.status: int = reply.status
        self.headers: Headers = reply.headers
        self.content: bytes = reply.content
        self.reason: str = reason

    @property
    def problem(self) -> Problem:
        """What the reply says of the error: a problem document, a short plain text as the detail, or its status alone."""
        try:
            return self.problem_of(Problem)
        except ValueError:
            told = told_in_text(self._class, self.content, self._content_type.encode("latin-1"))
            return Problem(status=self._class) if told is None else told

    def problem_of(self, kind: type[P], /) -> P:
        """The problem document in the reply, of this kind, whose members have types.

        Raises ValueError for a reply that is no problem document, or lacks a member that the kind needs.
        """
        if self._content_type.partition(";")[0].strip().lower() != PROBLEM_TYPE:
            raise ValueError(f"{self.operation} was answered {self.status} without a problem document")
        return kind.parse(self.content, status=self._class)

    @property
    def _content_type(self) -> str:
        return self.headers.get("content-type") or ""

    @property
    def _class(self) -> int:
        return self.status if 100 <= self.status <= 599 else 500  # what else there is, is a server's error (RFC 9110, 15)

    def __str__(self) -> str:
        """The operation, the status, the reason, and the detail of the problem, up to 200 characters of each."""
        detail = self.problem.detail
        said = f"; it says {detail[:200]!r}" if detail else ""
        reason = self.reason[:200]
        why = reason if reason.isprintable() else repr(reason)  # it may repeat what a server has sent
        return f"{self.operation} was answered {self.status} {phrase_of(self.status)}: {why}{said}"
