"""Header fields and cookies of the library, as far as httpx and httpx2 have the same."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from http import cookiejar
from typing import Protocol, TypeAlias, overload

from typing_extensions import TypeVar

T = TypeVar("T")

Fields: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Header fields: by name, or as pairs where a name comes twice."""


class TextItems(Protocol):
    """Values by name, which can be changed: what header fields and cookies have in common."""

    def __getitem__(self, name: str, /) -> str:
        """The value. Raises KeyError for a name that there is not."""
        ...

    def __setitem__(self, name: str, value: str, /) -> None:
        """Sets it; a header field in place of those of its name, a cookie for every host and path."""
        ...

    def __delitem__(self, name: str, /) -> None:
        """Takes it away. Raises KeyError for a name that there is not."""
        ...

    def __contains__(self, name: object, /) -> bool:
        """Whether there is one of this name."""
        ...

    def __iter__(self) -> Iterator[str]:
        """The names."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def keys(self) -> KeysView[str]:
        """The names."""
        ...

    def values(self) -> ValuesView[str]:
        """The values."""
        ...

    def items(self) -> ItemsView[str, str]:
        """Both."""
        ...

    @overload
    def pop(self, name: str, /) -> str: ...
    @overload
    def pop(self, name: str, default: str, /) -> str: ...
    def pop(self, name: str, default: str = ..., /) -> str:
        """The value, which is taken away. Raises KeyError for a name that there is not, without a default."""
        ...

    def popitem(self) -> tuple[str, str]:
        """One of them, which is taken away. Raises KeyError where there is none."""
        ...

    def setdefault(self, name: str, default: str, /) -> str:
        """The value; if there is none, it is set first."""
        ...


class HTTPHeaders(TextItems, Protocol):
    """The fields of a message, or those that a client sends with every request; names in any case."""

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: T, /) -> str | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """The value, its lines joined by ", "; or the default."""
        ...

    def get_list(self, name: str, /, split_commas: bool = False) -> list[str]:
        """The lines of a field, or the elements of a list."""
        ...

    def multi_items(self) -> list[tuple[str, str]]:
        """Each line, with its name in lower case."""
        ...

    def update(self, headers: Fields | None = None, /) -> None:
        """Sets these, in place of those of their names."""
        ...

    def clear(self) -> None:
        """Takes all away."""
        ...

    def copy(self) -> HTTPHeaders:
        """The same, to be changed."""
        ...

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """As bytes."""
        ...


class CookieJar(TextItems, Protocol):
    """The cookies of a client, by name; where several hosts or paths have one of a name, say which: else httpx raises."""

    def get(self, name: str, default: str | None = None, domain: str | None = None, path: str | None = None) -> str | None:
        """The value, of a host or path; or the default."""
        ...

    def set(self, name: str, value: str, domain: str = "", path: str = "/") -> None:
        """Sets it, for one host or path."""
        ...

    def delete(self, name: str, domain: str | None = None, path: str | None = None) -> None:
        """Forgets it, for one host or path. Raises KeyError where there is none."""
        ...

    def update(self, cookies: dict[str, str] | list[tuple[str, str]] | None = None, /) -> None:
        """Sets these, for every host and path."""
        ...

    def clear(self, domain: str | None = None, path: str | None = None) -> None:
        """Forgets all of them, or those of a host or path."""
        ...

    @property
    def jar(self) -> cookiejar.CookieJar:
        """Those of the standard library behind it, with host, path and time."""
        ...

    @property
    def extract_cookies(self) -> Callable[..., None]:
        """Keeps those that a response sets, or forgets them."""
        ...
