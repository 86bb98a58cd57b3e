"""Cached responses as values and as bytes."""

from __future__ import annotations

import pytest

from asgikit.caching import Index, Shelf, Stored, decode
from asgikit.http.headers import Headers
from asgikit.http.storing import Terms
from asgikit.stores.memory_cache import MemoryCache

STORED = Stored(made=1, terms=Terms(lifetime=9), status=200, fields=((b"content-type", b"a: b"), (b"x", b"")), body=b"1\r\n\r\n2")


def varying(*names: str, body: bytes = b"") -> Stored:
    return STORED._replace(terms=Terms(lifetime=9, vary=names), body=body)


@pytest.mark.parametrize(
    "record",
    [
        STORED,
        STORED._replace(fields=(), body=b""),
        varying("accept", "cookie"),
        STORED._replace(terms=Terms(lifetime=1, shared=True, while_revalidate=2, if_error=3)),
        Index("ab12", ("accept",)),
    ],
)
def test_a_record_is_bytes_and_back(record: Stored | Index) -> None:
    """Whatever is in its fields and its body."""
    assert decode(record.encode()) == record


@pytest.mark.parametrize(
    "data", [b"", b"R", b"R 1 200 9 0 0 0", b"R 1 99 9 0 0 0\r\n\r\n\r\n", b"V \r\nx", b"X 1\r\n\r\n\r\n", b"\xff\r\n\r\n"]
)
def test_anything_else_is_nothing(data: bytes) -> None:
    """Another version may have kept it, or something may have been lost."""
    assert decode(data) is None


async def test_a_response_is_found_by_what_it_depends_on() -> None:
    """The one for these fields, no other."""
    shelf = Shelf(MemoryCache())
    for language in ("de", "en"):
        await shelf.keep("k", Headers({"accept-language": language}), varying("accept-language", body=language.encode()))
    found = [await shelf.find("k", Headers({"Accept-Language": language})) for language in ("de", "en", "fr")]
    assert [None if stored is None else stored.body for stored in found] == [b"de", b"en", None]
    assert await shelf.find("other", Headers({"accept-language": "de"})) is None


async def test_no_two_sets_of_fields_are_one() -> None:
    """Lines, and values that look like several fields."""
    shelf = Shelf(MemoryCache())
    await shelf.keep("k", Headers({"a": "1", "b": "2"}), varying("a", "b"))
    for other in ([("a", "1\t2")], [("a", "1"), ("a", "2")], [("b", "1"), ("a", "2")], [("a", "1, b: 2")]):
        assert await shelf.find("k", Headers(other)) is None


async def test_what_once_depends_on_a_field_goes_on_doing_so() -> None:
    """A response that does not say so is for those with the same field alone; it overrides no other."""
    shelf = Shelf(MemoryCache())
    ada, bob = Headers({"cookie": "ada"}), Headers({"cookie": "bob"})
    await shelf.keep("k", ada, varying("cookie", body=b"ada"))
    await shelf.keep("k", bob, varying(body=b"bob"))
    assert [stored.body for who in (ada, bob) if (stored := await shelf.find("k", who))] == [b"ada", b"bob"]
    assert await shelf.find("k", Headers()) is None
    await shelf.keep("k", ada, varying("accept", body=b"new"))
    assert [stored.body for who in (ada, bob) if (stored := await shelf.find("k", who))] == [b"new"]


async def test_forgetting_one_forgets_all_that_there_are_of_it() -> None:
    """Whatever they depend on; also for what is kept after."""
    shelf, ada, bob = Shelf(MemoryCache()), Headers({"cookie": "ada"}), Headers({"cookie": "bob"})
    for who in (ada, bob):
        await shelf.keep("k", who, varying("cookie"))
    await shelf.forget("k")
    await shelf.keep("k", ada, varying("cookie"))
    assert await shelf.find("k", ada) is not None
    assert await shelf.find("k", bob) is None


async def test_a_response_is_kept_for_as_long_as_it_may_be_used() -> None:
    """Fresh or stale."""
    kept: dict[str, int] = {}

    class Store(MemoryCache):  # type: ignore[misc]  # final, for users
        async def set(self, key: str, value: bytes, seconds: int, /) -> None:
            kept[key] = seconds

    await Shelf(Store()).keep("k", Headers(), STORED._replace(terms=Terms(lifetime=9, while_revalidate=5, if_error=7)))
    assert kept == {"k": 16}
