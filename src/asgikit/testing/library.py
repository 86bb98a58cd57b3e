"""What the client needs of httpx, imported here alone: httpx2 has the same, and whatever comes next with these public names."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Final, Generic, Protocol, Self, TypeAlias

from typing_extensions import TypedDict, TypeVar

from asgikit.testing.fields import CookieJar, Fields, HTTPHeaders
from asgikit.testing.waiting import Timeout

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx
    except ImportError:
        httpx = None

FileContent: TypeAlias = IO[bytes] | bytes | str
File: TypeAlias = FileContent | tuple[str | None, FileContent] | tuple[str | None, FileContent, str | None]
"""A file to upload: its content, with its name, with its media type."""

Value: TypeAlias = str | int | float | bool | None
"""What a parameter of a query can be."""

Params: TypeAlias = Mapping[str, Value | Sequence[Value]] | Sequence[tuple[str, Value]] | str
"""The parameters of a query: by name, as pairs, or written out."""

Pieces = TypeVar("Pieces", default=AsyncIterable[bytes])


class RequestOptions(TypedDict, total=False):
    """What every request can have, as httpx has it."""

    params: Params
    headers: Fields
    cookies: Mapping[str, str]
    auth: object
    """A pair of name and password, or an Auth of the library."""
    follow_redirects: bool
    timeout: Timeout
    """Seconds without a sign of the application until the test fails, in place of the client's; None for no limit."""
    extensions: Mapping[str, object]


class BodyOptions(RequestOptions, Generic[Pieces], total=False):
    """What a request with a body can have besides, as httpx has it."""

    content: str | bytes | bytearray | memoryview | Pieces
    """Whole, or an iterator that is read as the application asks for more: a chunked body, a slow writer."""
    data: Mapping[str, object]
    files: Mapping[str, File] | Sequence[tuple[str, File]]
    json: object


class HTTPURL(Protocol):
    """A URL of the library."""

    @property
    def scheme(self) -> str:
        """Http or https."""
        ...

    @property
    def host(self) -> str:
        """Without the port."""
        ...

    @property
    def port(self) -> int | None:
        """None for that of the scheme."""
        ...

    @property
    def path(self) -> str:
        """Decoded."""
        ...

    @property
    def raw_path(self) -> bytes:
        """The path and the query, percent-encoded."""
        ...


class HTTPRequest(Protocol):
    """A request of the library."""

    @property
    def method(self) -> str:
        """GET."""
        ...

    @property
    def url(self) -> HTTPURL:
        """Absolute."""
        ...

    @property
    def headers(self) -> HTTPHeaders:
        """With Host."""
        ...

    @property
    def stream(self) -> object:
        """The body, to be iterated."""
        ...

    @property
    def content(self) -> bytes:
        """The body. Raises RequestNotRead where it comes piece by piece."""
        ...

    @property
    def extensions(self) -> Mapping[str, object]:
        """The timeout among them."""
        ...


class HasExtensions(Protocol):
    """What says more than its type has a place for."""

    @property
    def extensions(self) -> Mapping[str, object]:
        """By name."""
        ...


class HTTPResponse(HasExtensions, Protocol):
    """A response of the library."""

    @property
    def status_code(self) -> int:
        """200."""
        ...

    @property
    def headers(self) -> HTTPHeaders:
        """The fields."""
        ...

    @property
    def url(self) -> HTTPURL:
        """Of its request."""
        ...

    @property
    def content(self) -> bytes:
        """The body, once it is read."""
        ...

    @property
    def text(self) -> str:
        """The same, decoded."""
        ...

    def raise_for_status(self) -> Self:
        """Raises the library's HTTPStatusError for anything but a 2xx."""
        ...

    @property
    def request(self) -> HTTPRequest:
        """What it answers."""
        ...

    async def aread(self) -> bytes:
        """Reads the body."""
        ...

    async def aclose(self) -> None:
        """Leaves what was not read."""
        ...

    def aiter_raw(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """The body as it comes."""
        ...

    def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """The body as it comes, its encoding undone."""
        ...

    def aiter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:
        """The same as text."""
        ...

    def aiter_lines(self) -> AsyncIterator[str]:
        """The same line by line."""
        ...


R = TypeVar("R", bound=HTTPResponse, default="httpx.Response")
R_co = TypeVar("R_co", bound=HTTPResponse, covariant=True)


class HTTPClient(Protocol[R_co]):
    """An asynchronous client of the library."""

    @property
    def headers(self) -> HTTPHeaders:
        """What is sent with every request."""
        ...

    @property
    def cookies(self) -> CookieJar:
        """What responses have set, and tests."""
        ...

    @property
    def build_request(self) -> Callable[..., HTTPRequest]:
        """Makes a request from a method, a URL and options."""
        ...

    @property
    def send(self) -> Callable[..., Awaitable[R_co]]:
        """Sends a request."""
        ...

    @property
    def request(self) -> Callable[..., Awaitable[R_co]]:
        """Both."""
        ...

    async def aclose(self) -> None:
        """Ends it."""
        ...


class Library(Protocol[R_co]):
    """A module: httpx, or httpx2."""

    @property
    def AsyncClient(self) -> Callable[..., HTTPClient[R_co]]:  # noqa: N802  # theirs
        """The class of clients."""
        ...

    @property
    def Response(self) -> Callable[..., R_co]:  # noqa: N802  # theirs
        """The class of responses."""
        ...

    @property
    def ByteStream(self) -> Callable[[bytes], object]:  # noqa: N802  # theirs
        """A body that is there."""
        ...

    @property
    def AsyncByteStream(self) -> type[object]:  # noqa: N802  # theirs
        """The base class of bodies that come."""
        ...

    @property
    def RequestNotRead(self) -> type[Exception]:  # noqa: N802  # theirs
        """Raised by the content of a request that comes piece by piece."""
        ...


_PUBLIC: Final = ("AsyncClient", "Response", "ByteStream", "AsyncByteStream", "RequestNotRead")

DEFAULT: Final[Library[httpx.Response] | None] = httpx
"""httpx, if it is installed."""


def require_library(module: Library[R]) -> Library[R]:
    """The same. Raises TypeError for a module that is none of them."""
    if missing := [name for name in _PUBLIC if not hasattr(module, name)]:
        raise TypeError(f"library is {module!r}, without {missing[0]}: give the module httpx, or httpx2")
    return module
