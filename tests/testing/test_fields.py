"""The fields and the cookies of httpx and httpx2."""

from __future__ import annotations

from typing import Any

import httpx
import httpx2
import pytest

from asgikit.testing import AsyncClient
from asgikit.testing.fields import CookieJar, HTTPHeaders
from tests.testing.apps import echo

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


def members(protocol: type[object]) -> set[str]:
    classes = [each for each in protocol.__mro__ if each.__module__ == protocol.__module__]
    return {name for each in classes for name in vars(each) if not name.startswith("_") or name in _OPERATORS}


_OPERATORS = {"__getitem__", "__setitem__", "__delitem__", "__contains__", "__iter__", "__len__"}


@LIBRARIES
@pytest.mark.parametrize(("protocol", "name"), [(HTTPHeaders, "Headers"), (CookieJar, "Cookies")])
def test_both_have_all_of_it(library: Any, protocol: type[object], name: str) -> None:
    """Whatever else they have is named by one of these two modules alone, or is not for tests."""
    theirs = getattr(library, name)
    wanted = members(protocol)
    assert {each for each in wanted if not hasattr(theirs(), each)} == set()
    public = {each for each in dir(theirs) if not each.startswith("_")}
    assert public - wanted == {"encoding" if name == "Headers" else "set_cookie_header"}


@LIBRARIES
async def test_fields_are_changed_as_in_httpx(library: Any) -> None:
    """And are sent from then on."""
    async with AsyncClient(echo, library=library) as client:
        headers = client.headers
        headers.update({"x-a": "1", "x-b": "2"})
        headers.update([("x-c", "3")])
        assert ("X-A" in headers, headers.get("x-a"), headers.get("x-d"), headers.get("x-d", "0")) == (True, "1", None, "0")
        assert (headers.pop("x-b"), headers.pop("x-b", "none"), headers.setdefault("x-e", "5")) == ("2", "none", "5")
        del headers["x-e"]
        assert {"x-a", "x-c"} < {*headers.keys()} == {name for name, _ in headers.items()} == {*headers}
        assert ("x-c", "3") in headers.multi_items()
        assert headers.get_list("x-c") == ["3"]
        copied = headers.copy()
        copied.clear()
        assert len(headers) > len(copied) == 0


@LIBRARIES
async def test_cookies_are_changed_as_in_httpx(library: Any) -> None:
    """For every host and path, or for one."""
    async with AsyncClient(echo, library=library) as client:
        cookies = client.cookies
        cookies["a"] = "1"
        cookies.set("b", "2", domain="testserver", path="/b")
        cookies.update({"c": "3"})
        assert ("a" in cookies, cookies.get("a"), cookies.get("d"), cookies.get("b", path="/b")) == (True, "1", None, "2")
        assert sorted(cookies.items()) == [("a", "1"), ("b", "2"), ("c", "3")]
        assert {cookie.name: cookie.path for cookie in cookies.jar} == {"a": "/", "b": "/b", "c": "/"}
        cookies.delete("b", domain="testserver", path="/b")
        assert cookies.pop("c") == "3"
        assert dict(cookies) == {"a": "1"}
        cookies.clear()
        assert len(cookies) == 0
