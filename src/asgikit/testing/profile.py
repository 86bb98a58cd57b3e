"""What the server is like that the application sees: its version of the specification, its extensions, its patience."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, TypeAlias, TypeGuard, get_args

from typing_extensions import TypedDict

from asgikit.conformance.facts import KNOWN_EXTENSIONS
from asgikit.conformance.rules import LEVELS, Level, at_least, catalogue, select
from asgikit.conformance.values import is_sequence
from asgikit.testing.waiting import seconds_of

SpecVersion: TypeAlias = Literal["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"]
"""A level of the HTTP and WebSocket specification."""

HTTPVersion: TypeAlias = Literal["1.0", "1.1", "2", "3"]

Extensions: TypeAlias = Collection[str] | Mapping[str, Mapping[str, object]]
"""The names of extensions that are offered, or what each of them has to say in the scope."""

BUFFER: Final = 65_536


class RuleOptions(TypedDict, total=False):
    """Which broken rules fail a test."""

    check: Level | None
    """The weakest rules of the specification that fail a test, "should"; "must" for less, None for none."""
    ignore: Collection[str]
    """Ids of rules that fail no test, or patterns of them: "HTTP-SEM-*"."""


class CheckOptions(RuleOptions, total=False):
    """When a test fails of itself."""

    timeout: float | None
    """Seconds without a sign of the application until the test fails, 5; None for no limit."""


class ServerOptions(RuleOptions, total=False):
    """How the server behaves that the application sees; every option has a default."""

    spec_version: SpecVersion
    """The level of the specification, "2.5". Since 2.4 `send()` raises OSError when the client has left."""
    http_version: HTTPVersion
    """Of the requests, "1.1"."""
    root_path: str
    """Where the application is mounted, "/api": the paths of all URLs begin with it."""
    client: tuple[str, int] | None
    """The address of the client, ("127.0.0.1", 50000)."""
    extensions: Extensions
    """What the server offers; by default `websocket.http.response`, which uvicorn, hypercorn and granian have."""
    buffer_size: int
    """Bytes that the client has not read before `send()` waits, 65,536; with 0 it waits until each piece is read."""
    chunk_size: int | None
    """The most bytes of a body that one `http.request` event has; None, the default, leaves bodies as they are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The same, with its defaults. Raises ValueError for what no server has, TypeError for a text in place of a list."""

    spec_version: SpecVersion = "2.5"
    http_version: HTTPVersion = "1.1"
    root_path: str = ""
    client: tuple[str, int] | None = ("127.0.0.1", 50000)
    extensions: Extensions = ("websocket.http.response",)
    buffer_size: int = BUFFER
    chunk_size: int | None = None
    timeout: float | None = 5.0
    check: Level | None = "should"
    ignore: Collection[str] = ()
    quiet: frozenset[str] = field(init=False, repr=False, compare=False)
    """The rules that fail no test."""

    def __post_init__(self) -> None:
        """Checks all of them."""
        if self.spec_version not in get_args(SpecVersion):
            raise ValueError(f"spec_version is {self.spec_version!r}: write '2.0' to '2.5'")
        _require_one("http_version", self.http_version, get_args(HTTPVersion))
        _require_one("check", self.check, (*LEVELS, None))
        if self.root_path and (not self.root_path.startswith("/") or self.root_path.endswith("/")):
            raise ValueError(f"root_path is {self.root_path!r}: write it with a slash before it and none behind it, '/api'")
        for name, given in (("extensions", self.extensions), ("ignore", self.ignore)):
            if isinstance(given, str):
                raise TypeError(f"{name} is a list: write [{given!r}]")
        if self.buffer_size < 0 or (self.chunk_size is not None and self.chunk_size < 1):
            raise ValueError("buffer_size cannot be negative, and chunk_size not less than 1")
        _require_address(self.client)
        _require_extensions(self.extensions)
        seconds_of(self.timeout)
        object.__setattr__(self, "quiet", _quiet(self.check, frozenset(self.ignore)))

    def offers(self, kind: Literal["http", "websocket"]) -> dict[str, object]:
        """The extensions of a scope of this type, each with what it says there; those that make no sense in it are left out."""
        other = "websocket." if kind == "http" else "http."
        return {
            name: value
            for name, value in named(self.extensions).items()
            if name not in KNOWN_EXTENSIONS or not name.startswith(other)
        }

    @property
    def raises_when_left(self) -> bool:
        """Whether `send()` raises when the client has left (www, Disconnected Client)."""
        return self.spec_version >= "2.4"


def named(extensions: Extensions) -> dict[str, object]:
    """Extensions as a scope has them: what each of them says, nothing where only names are given. Raises TypeError for a text."""
    if isinstance(extensions, str):
        raise TypeError(f"extensions is a list: write [{extensions!r}]")
    given: Mapping[str, Mapping[str, object]] = extensions if _is_told(extensions) else {name: {} for name in extensions}
    return {name: {**value} for name, value in given.items()}


def _is_told(extensions: Extensions) -> TypeGuard[Mapping[str, Mapping[str, object]]]:
    return isinstance(extensions, Mapping)


@cache
def _quiet(check: Level | None, ignore: frozenset[str]) -> frozenset[str]:
    fatal = () if check is None else at_least(check)
    return select(ignore) | {name for name, rule in catalogue().items() if rule.level not in fatal}


def _require_one(name: str, given: object, there: Sequence[object]) -> None:
    if given not in there:
        raise ValueError(f"{name} is {given!r}: write {', '.join(map(repr, there[:-1]))} or {there[-1]!r}")


def _require_address(client: object) -> None:
    if client is not None and (isinstance(client, str) or not is_sequence(client) or len(client) != 2):
        raise TypeError(f"client is {client!r}: write an address and a port, ('127.0.0.1', 50000), or None")


def _require_extensions(names: Iterable[str]) -> None:
    """Unknown ones there may be, but none whose name is a part of a known one's: all of these but "tls" have a dot."""
    for name in names:
        meant = [known for known in sorted(KNOWN_EXTENSIONS) if known.endswith(f".{name}")]
        if meant or ("." not in name and name not in KNOWN_EXTENSIONS):
            wanted = f"write {meant[0]!r}" if meant else "names of extensions have a dot, 'example.com.fast'"
            raise ValueError(f"there is no extension {name!r}: {wanted}")
