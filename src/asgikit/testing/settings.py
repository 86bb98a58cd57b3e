"""What a client is made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from typing_extensions import TypedDict

from asgikit.testing.library import Fields
from asgikit.testing.lifespans import LifespanMode
from asgikit.testing.profile import ServerOptions

BASE_URL: Final = "http://testserver"


class NetworkOptions(TypedDict, total=False):
    """What every client can have, as httpx has it."""

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
    timeout: float | None
    """Seconds without a sign of the application until the test fails, 5; None for no limit."""


class ClientOptions(NetworkOptions, ServerOptions, total=False):
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
OWN_KEYS: Final = ClientOptions.__optional_keys__ - NetworkOptions.__optional_keys__
