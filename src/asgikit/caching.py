"""Cached responses as values and as bytes, and the protocol of what keeps them."""

from __future__ import annotations

import re
from hashlib import blake2b
from secrets import token_hex
from typing import Final, NamedTuple, Protocol, TypeAlias, final

from asgikit.http.headers import Headers
from asgikit.http.storing import Terms


class CacheStore(Protocol):
    """Keeps bytes by key, each for a time at most: in the memory of one process, or for several of them.

    It may lose any of them at any time.
    """

    async def get(self, key: str, /) -> bytes | None:
        """What is kept under this key, if it is still there."""
        ...

    async def set(self, key: str, value: bytes, seconds: int, /) -> None:
        """Keeps a value for so many seconds, in place of an earlier one."""
        ...

    async def delete(self, key: str, /) -> None:
        """Forgets what is kept under this key."""
        ...


class Stored(NamedTuple):
    """A response as it was made at a time, in seconds since 1970, and the terms on which it is kept."""

    made: int
    terms: Terms
    status: int
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def encode(self) -> bytes:
        """As bytes: a line of numbers, one of names that is never empty, its fields, an empty line, its body."""
        terms = self.terms
        numbers = (self.made, self.status, terms.lifetime, terms.shared, terms.while_revalidate, terms.if_error)
        head = b"R %d %d %d %d %d %d" % numbers
        lines = [head, (":" + ",".join(terms.vary)).encode("latin-1"), *(name + b":" + value for name, value in self.fields)]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


class Index(NamedTuple):
    """In place of a response that depends on request fields: their names, and under which word those that there are are kept."""

    word: str
    names: tuple[str, ...]

    def encode(self) -> bytes:
        """As bytes."""
        return f"V {self.word}\r\n{','.join(self.names)}".encode("latin-1")


Record: TypeAlias = Stored | Index
"""What a store keeps."""

_RESPONSE: Final = re.compile(rb"R (\d{1,12}) ([2-5]\d\d) (\d{1,10}) ([01]) (\d{1,10}) (\d{1,10})")
_INDEX: Final = re.compile(rb"V ([0-9a-f]+)\r\n(.+)")


def decode(data: bytes) -> Record | None:
    """What was encoded; None for anything else, as another version may have kept it."""
    if (index := _INDEX.fullmatch(data)) is not None:
        return Index(index[1].decode(), tuple(index[2].decode("latin-1").split(",")))
    head, separator, body = data.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    numbers = _RESPONSE.fullmatch(first)
    if numbers is None or not separator:
        return None
    made, status, lifetime, shared, while_revalidate, if_error = map(int, numbers.groups())
    names, *lines = rest.split(b"\r\n")
    vary = tuple(names[1:].decode("latin-1").split(",")) if len(names) > 1 else ()
    fields = tuple([(name, value) for name, _, value in [line.partition(b":") for line in lines]])
    return Stored(made, Terms(lifetime, vary, bool(shared), while_revalidate, if_error), status, fields, body)


_INDEXED: Final = 24 * 60 * 60  # seconds; what is found through an index has a time of its own


@final
class Shelf:
    """Responses in a store, by what was asked for, and by the request fields that they depend on."""

    __slots__ = ("_store",)

    def __init__(self, store: CacheStore) -> None:
        """Whatever is in the store."""
        self._store: CacheStore = store

    async def find(self, key: str, request: Headers) -> Stored | None:
        """The response for a request with these fields; whose it is, and whether it is fresh, is for others to judge."""
        record = await self._get(key)
        if isinstance(record, Index):
            record = await self._get(_variant(key, record, request))
        return record if isinstance(record, Stored) else None

    async def keep(self, key: str, request: Headers, stored: Stored) -> None:
        """Keeps the response to a request with these fields.

        Of one URL all responses depend on what one of them does: those that do not say so are not for everybody.
        """
        terms = stored.terms
        seconds = terms.lifetime + max(terms.while_revalidate, terms.if_error)
        index = await self._get(key)
        before = index if isinstance(index, Index) else None
        if before is None and not terms.vary:
            await self._store.set(key, stored.encode(), seconds)
            return
        names = set(terms.vary)
        if before is None or not names <= set(before.names):
            before = Index(token_hex(8), tuple(sorted(names | set(before.names if before else ()))))
        await self._store.set(key, before.encode(), max(_INDEXED, seconds))
        await self._store.set(_variant(key, before, request), stored.encode(), seconds)

    async def forget(self, key: str) -> None:
        """Forgets every response to what was asked for: those behind an index are not found without it."""
        await self._store.delete(key)

    async def _get(self, key: str) -> Record | None:
        data = await self._store.get(key)
        return None if data is None else decode(data)


def _variant(key: str, index: Index, request: Headers) -> str:
    digest = blake2b(digest_size=16)
    for name in index.names:
        lines = request.get_all(name)
        digest.update(f"{len(lines)}\n{''.join(line + chr(10) for line in lines)}".encode("latin-1"))
    return f"{key}\n{index.word}\n{digest.hexdigest()}"
