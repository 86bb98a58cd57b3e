"""Asynchronous functions, and plain ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from asgikit import after, blocking, catch, except_for, json, when
from asgikit.errors import CompositionError
from asgikit.functions import has_methods, require_async, require_sync
from asgikit.middleware.cache import cache
from asgikit.middleware.compress import compress
from asgikit.middleware.concurrency_limit import concurrency_limit
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.error_pages import on_status
from asgikit.middleware.etag import etag
from asgikit.middleware.problem_details import problem_details
from asgikit.middleware.rate_limit import rate_limit
from asgikit.middleware.request_id import request_id
from asgikit.middleware.server_timing import server_timing
from asgikit.middleware.sessions import sessions
from asgikit.rates import per_hour
from asgikit.stores.memory_cache import MemoryCache
from asgikit.stores.memory_rates import MemoryRates
from asgikit.stores.memory_sessions import MemorySessions


async def asynchronous(a: int = 0, b: int = 0) -> bool:
    return True


def plain(a: int = 0) -> bool:
    return True


class Called:
    async def __call__(self) -> bool:
        return True


@pytest.mark.parametrize("function", [asynchronous, partial(asynchronous, 1), Called(), blocking(plain)])
def test_asynchronous_functions(function: Any) -> None:
    """Partials and objects too; none of them can permit anything."""
    require_async(function, "x()")
    with pytest.raises(CompositionError, match="plain"):
        require_sync(function, "x()")


@pytest.mark.parametrize("function", [plain, partial(plain, 1), lambda: True, len])
def test_plain_functions(function: Any) -> None:
    """They cannot be awaited."""
    require_sync(function, "x()")
    with pytest.raises(CompositionError, match="async def"):
        require_async(function, "x()")


@pytest.mark.parametrize("wrong", [None, True, "plain"])
def test_what_is_no_function(wrong: Any) -> None:
    """It is neither."""
    for require in (require_async, require_sync):
        with pytest.raises(CompositionError):
            require(wrong, "x()")


def test_methods() -> None:
    """An object has them, its class is another thing."""
    assert has_methods("x", "encode", "upper")
    assert not has_methods("x", "encode", "decode")
    assert not has_methods(str, "encode")


WRONG: Any = asynchronous
PLAIN: dict[str, Callable[[], object]] = {
    "when": lambda: when(WRONG, etag()),
    "except_for": lambda: except_for(WRONG, etag()),
    "after": lambda: after(WRONG),
    "catch": lambda: catch(LookupError, WRONG),
    "compress": lambda: compress(types=WRONG),
    "concurrency_limit": lambda: concurrency_limit(1, key=WRONG),
    "cors": lambda: cors(WRONG),
    "csrf": lambda: csrf(exempt=WRONG),
    "on_status": lambda: on_status({404: WRONG}),
    "problem_details page": lambda: problem_details(page=WRONG),
    "problem_details instance": lambda: problem_details(instance=WRONG),
    "rate_limit key": lambda: rate_limit(per_hour(1), key=WRONG),
    "rate_limit cost": lambda: rate_limit(per_hour(1), cost=WRONG),
    "request_id trust": lambda: request_id(trust=WRONG),
    "request_id make": lambda: request_id(make=WRONG),
    "server_timing": lambda: server_timing(WRONG),
    "sessions": lambda: sessions(MemorySessions(), json(int), default=0, into=WRONG),
}


@pytest.mark.parametrize("name", PLAIN)
def test_middleware_that_asks_a_plain_function_takes_no_other(name: str) -> None:
    """What an asynchronous one returns is true, whatever it would say: it would trust, let in or show everybody."""
    with pytest.raises(CompositionError, match="plain function"):
        PLAIN[name]()


STORES: dict[str, Callable[[Any], object]] = {
    "cache": cache,
    "rate_limit": lambda store: rate_limit(per_hour(1), store=store),
    "sessions": lambda store: sessions(store, json(int), default=0),
}


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("wrong", [MemoryCache, MemoryRates, MemorySessions, object(), "redis://"])
def test_middleware_that_keeps_something_takes_a_store(name: str, wrong: object) -> None:
    """Not its class, and none for something else."""
    with pytest.raises(CompositionError):
        STORES[name](wrong)
