"""Every exception of asgikit, one tree; what a client may read apart from what only the log may.

AsgikitError
├── HTTPError                 the client did something wrong, or we refuse: becomes a response
│   ├── BadRequest            400
│   ├── Unauthorized          401
│   ├── Forbidden             403
│   ├── NotFound              404
│   ├── NotAcceptable         406
│   ├── RequestTimeout        408
│   ├── PreconditionFailed    412
│   ├── ContentTooLarge       413
│   ├── UnsupportedMediaType  415
│   ├── UnprocessableContent  422
│   │   └── MissingField      a form lacks a field that the program asks for
│   ├── PreconditionRequired  428
│   ├── TooManyRequests       429
│   ├── ServiceUnavailable    503
│   └── ProblemError          any: carries a problem document, beside which it is defined, in problems
├── CallError                 another service answers otherwise than its operation says: beside Problem, in problems
├── ClientDisconnected        the client left while we were reading from it or writing to it
├── ResponseTimeout           a response that was not sent in time, and is cut off
├── BodyConsumed              the program reads a body it has already streamed
├── SocketError
│   ├── UndecodableMessage    a WebSocket message that does not decode: closes with 1007
│   │   └── UnacceptableKind  a binary message where text is needed, or the other way round: closes with 1003
│   ├── MessageTooLarge       a WebSocket message past the limit: closes with 1009
│   ├── MessageTimeout        no WebSocket message came in time: closes with 1001
│   ├── PolicyViolation       a client of a WebSocket breaks the rules of the program: closes with 1008
│   └── SubscriberTooSlow     a subscriber of a channel that fell too far behind: closes with 1008
├── SessionError              a session that cannot be kept: too large for its cookie, or too late for one
├── LifespanFailed            a mounted application did not start, or did not stop
├── CompositionError          the program is put together wrongly: raised before the first request
│   ├── RouteConflict         two routes answer the same requests, or one can never be reached
│   ├── ConfigError           the settings of the environment are missing or do not fit
│   └── MissingExtra          a feature needs a package that is not installed
└── ProtocolError             the server or an application breaks the ASGI specification
    ├── UnknownScope          a scope type that this application does not serve
    ├── InvalidEvent          an event that the protocol does not allow here
    ├── IncorrectLength       a body does not have the announced content-length
    └── StateMissing          a request came before the lifespan had given its state
"""

from __future__ import annotations

from typing import ClassVar

from asgikit.faults import Fault
from asgikit.http.headers import Headers
from asgikit.http.pairs import PairItems


class AsgikitError(Exception):
    """The root of every exception of asgikit."""


class HTTPError(AsgikitError):
    """A refusal that becomes a response: `public` is for the client, `log` only for us (RFC 9110, 15).

    Raises ValueError for a status that is not an error (below 400 or above 599).
    """

    status: int
    faults: tuple[Fault, ...] = ()

    def __init__(self, status: int, public: str, *, log: str | None = None, headers: PairItems = ()) -> None:
        """`headers` are sent with the response. Raises ValueError for header fields that HTTP does not allow."""
        if not 400 <= status <= 599:
            raise ValueError(f"an error has a status from 400 to 599, not {status}; return a Response instead")
        super().__init__(status, public, log)
        self.status = status
        self.public: str = public
        self.log: str | None = log
        self.headers: Headers = Headers(headers)

    def __str__(self) -> str:
        """The text for the log."""
        return f"{self.status} {self.public}" + (f" ({self.log})" if self.log else "")


class _FixedStatus(HTTPError):
    """An HTTPError whose class says the status; `faults` are for documents that name the places."""

    fixed: ClassVar[int]

    def __init__(self, public: str, *, log: str | None = None, headers: PairItems = (), faults: tuple[Fault, ...] = ()) -> None:
        """`public` is for the client, `log` only for us; `headers` are sent with the response."""
        super().__init__(self.fixed, public, log=log, headers=headers)
        if faults:
            self.faults: tuple[Fault, ...] = faults


class BadRequest(_FixedStatus):
    """400: the request is malformed (RFC 9110, 15.5.1)."""

    fixed = 400


class Unauthorized(_FixedStatus):
    """401: credentials are missing or wrong; the challenges say which would do (RFC 9110, 15.5.2)."""

    fixed = 401


class Forbidden(_FixedStatus):
    """403: whoever asks may not do this (RFC 9110, 15.5.4)."""

    fixed = 403


class NotFound(_FixedStatus):
    """404: there is no such resource (RFC 9110, 15.5.5)."""

    fixed = 404


class NotAcceptable(_FixedStatus):
    """406: no representation fits the Accept fields (RFC 9110, 15.5.7)."""

    fixed = 406


class RequestTimeout(_FixedStatus):
    """408: the request did not come in time (RFC 9110, 15.5.9)."""

    fixed = 408


class PreconditionFailed(_FixedStatus):
    """412: the resource is not as the request expects it to be (RFC 9110, 15.5.13)."""

    fixed = 412


class ContentTooLarge(_FixedStatus):
    """413: the content is larger than we take (RFC 9110, 15.5.14)."""

    fixed = 413


class UnsupportedMediaType(_FixedStatus):
    """415: the content is of a type we do not read (RFC 9110, 15.5.16)."""

    fixed = 415


class UnprocessableContent(_FixedStatus):
    """422: well-formed content whose values do not fit (RFC 9110, 15.5.21)."""

    fixed = 422


class MissingField(UnprocessableContent, KeyError):
    """A form lacks a field that the program asks for: a KeyError that tells the client."""


class PreconditionRequired(_FixedStatus):
    """428: a request that changes something has to say which state it expects (RFC 6585, 3)."""

    fixed = 428


class TooManyRequests(_FixedStatus):
    """429: this client has sent too many requests in too short a time (RFC 6585, 4)."""

    fixed = 429


class ServiceUnavailable(_FixedStatus):
    """503: not now, but perhaps soon: too much to do, too slow, or about to stop (RFC 9110, 15.6.4)."""

    fixed = 503

    def __init__(self, public: str, *, log: str | None = None, retry_after: int = 5, headers: PairItems = ()) -> None:
        """The client may come back after `retry_after` seconds (RFC 9110, 10.2.3)."""
        super().__init__(public, log=log, headers=headers)
        self.headers: Headers = self.headers.with_field("retry-after", str(retry_after))


class ClientDisconnected(AsgikitError):
    """The client left while we were reading from it or writing to it."""


class ResponseTimeout(AsgikitError, TimeoutError):
    """A response was not sent in time: this cuts it off, as servers then close the connection (www, Response Body)."""


class BodyConsumed(AsgikitError):
    """The body was streamed, so it was not kept: read `request.body()` first, or stream only once."""


class SocketError(AsgikitError):
    """A WebSocket connection has to be closed because of its client, who is told the text; left alone, it closes."""

    code: ClassVar[int] = 1008


class UndecodableMessage(SocketError):
    """A WebSocket message that is not what the session receives (close code 1007; RFC 6455, 7.4.1)."""

    code = 1007


class UnacceptableKind(UndecodableMessage):
    """A binary message where the session takes text, or text where it takes bytes (close code 1003; RFC 6455, 7.4.1)."""

    code = 1003


class MessageTooLarge(SocketError):
    """A WebSocket message past the limit (close code 1009; RFC 6455, 7.4.1)."""

    code = 1009


class SubscriberTooSlow(SocketError):
    """A subscriber of a channel fell too far behind (close code 1008; RFC 6455, 7.4.1)."""

    code = 1008


class MessageTimeout(SocketError, TimeoutError):
    """No WebSocket message came in time: a TimeoutError.

    Left alone it closes with 1001, for the client has done nothing that 1008 could mean (RFC 6455, 7.4.1).
    """

    code = 1001


class PolicyViolation(SocketError):
    """The client of a WebSocket breaks the rules of the program (close code 1008; RFC 6455, 7.4.1)."""

    code = 1008


class SessionError(AsgikitError):
    """A session that cannot be kept: it is too large for its cookie, or needs one when the response has gone."""


class LifespanFailed(AsgikitError):
    """A mounted application did not start, or did not stop; the text has its name and its own message."""


class CompositionError(AsgikitError, TypeError):
    """The program is put together wrongly; the text says what to write instead."""


class RouteConflict(CompositionError):
    """Two routes answer the same requests, a route can never be reached, or a name is given twice."""


class ConfigError(CompositionError):
    """The settings of the environment are missing or do not fit; all problems at once, and no values."""

    def __init__(self, *problems: str) -> None:
        """Each problem is one text that names a variable or a file."""
        super().__init__(*problems)
        self.problems: tuple[str, ...] = problems

    def __str__(self) -> str:
        """Every problem, each on a line."""
        return "\n  ".join(["the settings do not fit:", *self.problems])


class MissingExtra(CompositionError, ImportError):
    """A feature needs a package that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        """Names the feature, and the extra of typed-asgikit that brings the package."""
        super().__init__(f"{feature} needs the extra {extra!r}: install typed-asgikit[{extra}]")
        self.extra: str = extra


class ProtocolError(AsgikitError):
    """The server or an application breaks the ASGI specification."""


class UnknownScope(ProtocolError):
    """A scope type that this application does not serve (asgi, Protocol Specifications)."""


class InvalidEvent(ProtocolError):
    """An event that the protocol does not allow here (asgi, Error Handling)."""


class IncorrectLength(ProtocolError):
    """A response body that does not have the announced content-length (RFC 9110, 8.6)."""


class StateMissing(ProtocolError):
    """A request came before the lifespan had given its state."""
