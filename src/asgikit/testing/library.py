"""What the client needs of httpx, imported here alone: httpx2 has the same, and whatever comes next with these public names."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Final, Protocol, TypeAlias

from typing_extensions import TypedDict, TypeVar

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

Fields: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Header fields: by name, or as pairs where a name comes twice."""


class RequestOptions(TypedDict, total=False):
    """What every request can have, as httpx has it."""

    params: Mapping[str, Value | Sequence[Value]] | Sequence[tuple[str, Value]] | str
    headers: Fields
    cookies: Mapping[str, str]
    auth: object
    """A pair of name and password, or an Auth of the library."""
    follow_redirects: bool
    timeout: float
    """Seconds without a sign of the application until the test fails, in place of the client's."""
    extensions: Mapping[str, object]


class BodyOptions(RequestOptions, total=False):
    """What a request with a body can have besides, as httpx has it."""

    content: str | bytes | AsyncIterable[bytes]
    """Bytes, or an iterator that is read as the application asks for more: a chunked body, a slow writer."""
    data: Mapping[str, object]
    files: Mapping[str, File] | Sequence[tuple[str, File]]
    json: object


class Named(Protocol):
    """Values by name, as a mapping has them."""

    def __getitem__(self, name: str, /) -> str:
        """The value."""
        ...

    def __setitem__(self, name: str, value: str, /) -> None:
        """Sets it, in place of one that is there."""
        ...

    def __delitem__(self, name: str, /) -> None:
        """Takes it away."""
        ...

    def __contains__(self, name: object, /) -> bool:
        """Whether there is one."""
        ...

    def get(self, name: str, /) -> str | None:
        """The value, if there is one."""
        ...

    def update(self, given: dict[str, str], /) -> None:
        """Sets all of these."""
        ...


class HTTPHeaders(Named, Protocol):
    """The fields of a message, or those that a client sends with every request; names in any case."""

    def clear(self) -> None:
        """Takes all away."""
        ...

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """As bytes."""
        ...


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


class HTTPResponse(Protocol):
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
    def content(self) -> bytes:
        """The body, once it is read."""
        ...

    @property
    def extensions(self) -> Mapping[str, object]:
        """What is of no other place."""
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

    def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """The body as it comes, its encoding undone."""
        ...

    def aiter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:
        """The same as text."""
        ...

    def aiter_lines(self) -> AsyncIterator[str]:
        """The same line by line."""
        ...


class CookieJar(Named, Protocol):
    """The cookies of a client, by name; one that is set by its name alone is for every host and path."""

    def __iter__(self) -> Iterator[str]:
        """The names."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def set(self, name: str, value: str, domain: str = "", path: str = "/") -> None:
        """Sets it, for one host or path."""
        ...

    def delete(self, name: str, domain: str | None = None, path: str | None = None) -> None:
        """Forgets it, that of one host or path. Raises KeyError where there is none."""
        ...

    def clear(self, domain: str | None = None, path: str | None = None) -> None:
        """Forgets all of them, or those of a host or path."""
        ...

    @property
    def extract_cookies(self) -> Callable[..., None]:
        """Keeps those that a response sets, or forgets them."""
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


DEFAULT: Final[Library[httpx.Response] | None] = httpx
"""httpx, if it is installed."""
