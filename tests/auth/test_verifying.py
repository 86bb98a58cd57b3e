"""Asynchronous functions, and plain ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from asgikit import blocking
from asgikit.auth.verifying import require_async, require_sync
from asgikit.errors import CompositionError


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
