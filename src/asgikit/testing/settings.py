"""What a client is made with."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, Final, Literal, Protocol

from typing_extensions import TypedDict

from asgikit.testing.fields import Fields
from asgikit.testing.library import Params
from asgikit.testing.lifespans import LifespanMode
from asgikit.testing.profile import ServerOptions
from asgikit.testing.waiting import Timeout

BASE_URL: Final = "http://testserver"

_SCHEMES: Final = ("http://", "https://")


class Limits(Protocol):
    """The Limits of the library."""

    @property
    def max_connections(self) -> int | None:
        """At the same time."""
        ...

    @property
    def max_keepalive_connections(self) -> int | None:
        """Those that wait for another request."""
        ...

    @property
    def keepalive_expiry(self) -> float | None:
        """Seconds that they wait."""
        ...


class EveryOptions(TypedDict, total=False):
    """What every client can have, as httpx has it."""

    params: Params
    """Behind the URL of every request."""
    headers: Fields
    """Sent with every request."""
    cookies: Mapping[str, str]
    """Those that the client begins with."""
    auth: object
    """A pair of name and password, or an Auth of the library."""
    trust_env: bool
    """Whether the proxies and certificates that the environment names are used, as they are by default."""
    follow_redirects: bool
    """Whether a redirect is followed; by default it is the response."""
    max_redirects: int
    """How many are followed until the library raises TooManyRedirects, 20."""
    event_hooks: Mapping[Literal["request", "response"], Sequence[Callable[..., object]]]
    """Called with each request of the library, or each response: functions, asynchronous or not."""
    timeout: Timeout
    """Seconds without a sign of the application until the test fails, 5; None for no limit."""


class NetworkOptions(EveryOptions, total=False):
    """What a client over a network can have besides, as httpx has it."""

    verify: ssl.SSLContext | str | bool
    """What certificates of servers are checked with: a context; False for one that nobody has signed."""
    http2: bool
    """Whether HTTP/2 is spoken where the server does, which needs the package h2; there are no WebSockets then."""
    limits: Limits
    """How many connections there may be."""
    proxy: str
    """The URL of a proxy, "http://user:password@proxy:8080"."""


class ClientOptions(EveryOptions, ServerOptions, total=False):
    """What a client of an application in process can have besides."""

    base_url: str
    """Where the application seems to be, "http://testserver"; what is behind the host is before every path."""
    raise_app_exceptions: bool
    """Whether what comes out of the application is raised in the test, too, as it is by default; else it is a 500."""
    lifespan: LifespanMode
    """Whether the lifespan runs: "auto" by default, "on" if the application has to support it, "off"."""
    state: Mapping[str, object]
    """Values for the namespace that each scope has a copy of, in place of those that the lifespan put there."""


SERVER_KEYS: Final = ServerOptions.__optional_keys__
OWN_KEYS: Final = ClientOptions.__optional_keys__ - EveryOptions.__optional_keys__
_NETWORK: Final = NetworkOptions.__optional_keys__ - EveryOptions.__optional_keys__


def checked(app: object, options: Mapping[str, object]) -> dict[str, object]:
    """The options of a client. Raises TypeError and ValueError for those that there are not, with what to write."""
    known = _known(app)
    if unknown := options.keys() - known:
        where = " of an application in process" if unknown <= _NETWORK else ""
        raise TypeError(f"the client{where} has no option {', '.join(sorted(unknown))}: there are {', '.join(sorted(known))}")
    given: dict[str, Any] = {**options}
    if not given.get("base_url", _SCHEMES[0]).startswith(_SCHEMES):
        raise ValueError(f"base_url is {given['base_url']!r}: write it whole, 'https://example.com'")
    if given.get("lifespan", "auto") not in {"auto", "on", "off"}:
        raise ValueError(f"lifespan is {given['lifespan']!r}: write 'auto', 'on' or 'off'")
    if hooks := given.get("event_hooks"):
        given["event_hooks"] = _hooks(hooks)
    return given


def _known(app: object) -> frozenset[str]:
    if isinstance(app, str):
        if not app.startswith(_SCHEMES):
            raise ValueError(f"{app!r} is no base URL: write AsyncClient('https://example.com'), or give the application itself")
        return NetworkOptions.__optional_keys__
    if callable(app):
        return ClientOptions.__optional_keys__
    raise TypeError(f"{app!r} is neither an ASGI application nor a base URL")


def _hooks(given: Mapping[str, Sequence[Callable[..., object]]]) -> dict[str, list[Callable[..., Awaitable[None]]]]:
    if wrong := given.keys() - {"request", "response"}:
        raise ValueError(f"there is no event {', '.join(sorted(wrong))}: event_hooks has 'request' and 'response'")
    return {event: [partial(_hooked, hook) for hook in hooks] for event, hooks in given.items()}


async def _hooked(hook: Callable[..., object], *given: object) -> None:
    """The library waits for hooks; those of synchronous tests are plain functions."""
    done = hook(*given)
    if isawaitable(done):
        await done
