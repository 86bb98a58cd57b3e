"""The access log: one line for each request and each session, when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter, time
from typing import Literal, TypeAlias, final

from typing_extensions import TypeVar

from asgikit.entries import End, as_json, as_text, entry_of, fields_of, fields_to_show, level_of, shown, target_of
from asgikit.handler import Handler, Middleware
from asgikit.http.grammar import is_token
from asgikit.http.redaction import CREDENTIALS, name_set
from asgikit.request import Request
from asgikit.response import Response
from asgikit.watching import Sent

S = TypeVar("S")

Style: TypeAlias = Literal["text", "json"]
"""Lines for people, in the combined format of web servers and a little more, or JSON objects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessPolicy:
    """How lines look, whose values are redacted besides those that look like secrets, and which header fields they show.

    Raises ValueError for another style, for what is no header name, and for a header that holds credentials.
    """

    style: Style = "text"
    redact: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Checks every part."""
        if self.style not in {"text", "json"}:
            raise ValueError(f'the style is "text" or "json", not {self.style!r}')
        for name in self.headers:
            if not is_token(name):
                raise ValueError(f"{name!r} is not a header name")
            if name in CREDENTIALS:
                raise ValueError(f"{name!r} holds credentials, which do not belong in a log")


@final
class _Log:
    """What one `access_log()` needs for each request."""

    __slots__ = ("_clock", "_logger", "_policy", "_wanted")

    def __init__(self, policy: AccessPolicy, logger: logging.Logger, clock: Callable[[], float]) -> None:
        self._policy: AccessPolicy = policy
        self._wanted: Mapping[bytes, tuple[str, bool]] = fields_to_show(policy.headers, policy.redact)
        self._logger: logging.Logger = logger
        self._clock: Callable[[], float] = clock

    def begin(self, request: Request[object]) -> _Logged:
        logged = _Logged(self, request, target_of(request, self._policy.redact), time(), self._clock())
        request.connection.watch(logged.end)
        return logged

    def write(self, logged: _Logged, sent: Sent) -> None:
        end = End(sent, self._clock() - logged.began, logged.raised)
        logged.raised = None  # no error holds what holds it
        logger, level = self._logger, level_of(sent.status, end.ending)
        if logger.isEnabledFor(level):
            request = logged.request
            entry = entry_of(request, logged.target, logged.time, end, shown(self._wanted, request, self._policy.redact))
            fields = fields_of(entry)
            line = as_json(fields) if self._policy.style == "json" else as_text(entry)
            # What Logger.log does, without a look for the line of code, which is always this one, and without one for each
            # field at what records have already.
            record = logger.makeRecord(logger.name, level, __name__, 0, line, (), None)
            record.__dict__.update(fields)
            logger.handle(record)


@final
@dataclass(slots=True)
class _Logged:
    """One request that is going to be logged; its target as the client has sent it, whatever middleware makes of it."""

    log: _Log
    request: Request[object]
    target: tuple[str, str]
    time: float
    began: float
    raised: BaseException | None = None

    def end(self, sent: Sent) -> None:
        self.log.write(self, sent)


def access_log(
    logger: logging.Logger | None = None,
    /,
    *,
    style: Style = "text",
    redact: Iterable[str] = (),
    headers: Iterable[str] = (),
    clock: Callable[[], float] = perf_counter,
) -> Middleware:
    """Logs each request when its response is sent, and each WebSocket when it is closed; to "asgikit.access" if not said.

    The fields of the Entry are attributes of the record, too. Values of query parameters and headers whose names look
    like secrets are redacted, and those named by `redact`; `headers` are request headers to show, never those of
    credentials. Which requests are left out says `except_for(predicate, access_log())`. Raises ValueError as AccessPolicy.
    """
    policy = AccessPolicy(style=style, redact=name_set(redact, "redact"), headers=name_set(headers, "headers"))
    log = _Log(policy, logging.getLogger("asgikit.access") if logger is None else logger, clock)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def logged(request: Request[S]) -> Response:
            current = log.begin(request)
            try:
                return await handler(request)
            except BaseException as error:
                current.raised = error
                raise

        return logged

    return middleware
