"""One spelling for each path (RFC 3986, 5.2.4 and 6.2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote, unquote_to_bytes

from typing_extensions import TypeVar

from asgikit.asgi import HTTPScope, WebSocketScope
from asgikit.connection import requoted
from asgikit.errors import BadRequest
from asgikit.handler import Handler, Middleware
from asgikit.request import Request
from asgikit.response import Response
from asgikit.target import origin_form

S = TypeVar("S")

Slash: TypeAlias = Literal["keep", "trim", "append"]
"""What becomes of a slash at the end: it stays as it is, is taken off, or put there."""

Action: TypeAlias = Literal["redirect", "rewrite"]
"""Whether who reads is told the right path, or gets what is there."""

EncodedSlash: TypeAlias = Literal["keep", "refuse"]
"""Whether a segment may have a slash in it, as `%2F`."""

_DOTS: Final = frozenset({".", ".."})


@dataclass(frozen=True, kw_only=True, slots=True)
class PathPolicy:
    """What is made of paths. Raises ValueError for words that it does not know."""

    slash: Slash = "keep"
    action: Action = "redirect"
    encoded_slash: EncodedSlash = "keep"

    def __post_init__(self) -> None:
        """Checks every word."""
        if self.slash not in {"keep", "trim", "append"}:
            raise ValueError(f"slash is 'keep', 'trim' or 'append', not {self.slash!r}")
        if self.action not in {"redirect", "rewrite"}:
            raise ValueError(f"action is 'redirect' or 'rewrite', not {self.action!r}")
        if self.encoded_slash not in {"keep", "refuse"}:
            raise ValueError(f"encoded_slash is 'keep' or 'refuse', not {self.encoded_slash!r}")

    @property
    def wrong_end(self) -> bool | None:
        """Whether it is wrong that a path ends in a slash, or that it does not; None if both are right."""
        return None if self.slash == "keep" else self.slash == "trim"


@dataclass(frozen=True, slots=True)
class Place:
    """A path, percent-encoded: the segments of the root path, if it has them, and those below."""

    root: tuple[str, ...]
    below: tuple[str, ...]

    @classmethod
    def of(cls, scope: HTTPScope | WebSocketScope) -> Place:
        """The path that a server gives; where it gives no raw one, what was encoded is not known any more."""
        raw = scope.get("raw_path")
        text = _encoded(scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")
        segments = origin_form(text).split("/")[1:]
        prefix = (scope.get("root_path") or "").strip("/")
        root = prefix.split("/") if prefix else []
        count = len(root) if [unquote(segment) for segment in segments[: len(root)]] == root else 0
        return cls(tuple(segments[:count]), tuple(segments[count:]))

    def __str__(self) -> str:
        """The path."""
        return "".join(f"/{segment}" for segment in self.root + self.below)


def _encoded(path: str) -> str:
    # Surrogates, of servers that decode so, go through and back.
    return quote(path, safe="/!$&'()*+,;=:@~", errors="surrogatepass")


def check(policy: PathPolicy, below: Sequence[str]) -> None:
    """Raises BadRequest for dots that are encoded, or between encoded slashes: no client means these well.

    They would lead elsewhere once somebody decodes them. So may an encoded slash, which the policy refuses or not.
    """
    for segment in below:
        if "%" in segment or "\\" in segment:
            decoded = unquote(segment).replace("\\", "/").split("/")
            if not _DOTS.isdisjoint(decoded) or (len(decoded) > 1 and policy.encoded_slash == "refuse"):
                raise BadRequest("the path has dots or slashes in it that are percent-encoded")


def normalized(policy: PathPolicy, below: Sequence[str]) -> tuple[str, ...]:
    """The segments without empty ones and dots; what climbs out of the root stays there (RFC 3986, 5.2.4)."""
    if not below:
        return ()  # the root path itself, without a slash
    kept: list[str] = []
    for segment in below:
        if segment == "..":
            del kept[-1:]
        elif segment and segment != ".":
            kept.append(segment)
    has_slash = not below[-1] or below[-1] in _DOTS
    if policy.slash != "keep":
        has_slash = policy.slash == "append"
    return (*kept, "") if has_slash or not kept else tuple(kept)


def reference(before: Place, below: Sequence[str]) -> str:
    """How a client gets from where it is to another place below the same root.

    Relative, so that no proxy's prefix is lost, unless it has climbed out of the root. It never begins with two slashes,
    nor with what could be read as a scheme.
    """
    depth = 0
    for segment in before.below[:-1]:
        depth += -1 if segment == ".." else segment != "."
        if depth < 0:
            return requoted("".join(f"/{each}" for each in (*before.root, *below)))
    return requoted(("../" * depth or "./") + "/".join(below))


def moved(scope: HTTPScope | WebSocketScope, place: Place) -> HTTPScope | WebSocketScope:
    """A scope with another path."""
    changed = scope.copy()
    path = str(place).encode("latin-1")
    if scope.get("raw_path") is None:
        changed["path"] = unquote_to_bytes(path).decode(errors="surrogatepass")
    else:
        changed["raw_path"] = path
        changed["path"] = unquote_to_bytes(path).decode(errors="replace")
    return changed


def normalize_path(*, slash: Slash = "keep", action: Action = "redirect", encoded_slash: EncodedSlash = "keep") -> Middleware:
    """Takes empty segments (`//`) and dots out of paths, and slashes from their end, or puts them there, if you say so.

    GET and HEAD are told the right path with a relative 308; other methods and handshakes, and all with `"rewrite"`, are
    served as if they had asked for it. What is percent-encoded stays as it is; dots that are, are answered with 400, and
    so is `%2F` if you refuse it: frameworks that are mounted take it for a slash. It belongs outside of all that looks at
    the path: it is the last `wrap` of the outermost router. Raises ValueError for other words than these.
    """
    policy = PathPolicy(slash=slash, action=action, encoded_slash=encoded_slash)
    wrong_end = policy.wrong_end

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def checked(request: Request[S]) -> Response:
            scope = request.scope
            path, raw = scope["path"], scope.get("raw_path")
            # Nearly all paths are as they should be. What looks wrong in the raw one does in the decoded one, which is text and
            # takes a tenth of the time. "%" as a number: as bytes it takes as long.
            suspect = "//" in path or "/." in path or "\\" in path or (raw is not None and 0x25 in raw)
            if not suspect and path.endswith("/") is not wrong_end:
                return await handler(request)
            before = Place.of(scope)
            check(policy, before.below)
            after = Place(before.root, normalized(policy, before.below))
            if after == before or path == "*":
                return await handler(request)
            if policy.action == "redirect" and request.method in {"GET", "HEAD"} and scope["type"] == "http":
                query = requoted((scope.get("query_string") or b"").decode("latin-1"), "?")
                # Without the raw path we do not know how many segments the client has seen, so none can be counted.
                target = reference(before, after.below) if raw is not None else requoted(str(after))
                return Response.redirect(target + (f"?{query}" if query else ""), status=308)
            return await handler(request.with_scope(moved(scope, after)))

        return checked

    return middleware
