"""What the kit needs of httpx and of httpx2."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import httpx2
import pytest
from typing_extensions import get_protocol_members

from asgikit.testing import library
from asgikit.testing.library import DEFAULT, BodyOptions, Library, RequestOptions


def members(protocol: type[object]) -> set[str]:
    return {name for name in get_protocol_members(protocol) if not name.startswith("_")}


@pytest.mark.parametrize("module", [httpx, httpx2])
def test_both_have_what_the_kit_needs(module: Any) -> None:
    """Under public names: the module, its client, its requests and its responses."""
    client = module.AsyncClient()
    request = client.build_request("GET", "http://h/a?b")
    response = module.Response(200, content=b"x", request=request)
    for protocol, value in (
        (Library, module),
        (library.HTTPClient, client),
        (library.HTTPRequest, request),
        (library.HTTPResponse, response),
        (library.HTTPURL, request.url),
    ):
        wanted = members(protocol)
        assert wanted
        assert {name for name in wanted if not hasattr(value, name)} == set()


@pytest.mark.parametrize("module", [httpx, httpx2])
def test_both_take_the_options_of_a_request(module: Any) -> None:
    """By their names."""
    values: dict[str, Any] = {
        "headers": {"a": "b"},
        "cookies": {"c": "d"},
        "params": {"e": "f"},
        "timeout": 1.0,
        "extensions": {},
    }
    values |= {"content": b"x", "data": {"g": "h"}, "files": {"i": b"j"}, "json": [1]}
    built = values.keys() | {"auth", "follow_redirects"}
    assert built == RequestOptions.__optional_keys__ | BodyOptions.__optional_keys__
    for name, value in values.items():
        assert module.AsyncClient().build_request("POST", "http://h/", **{name: value}).method == "POST"


def test_any_other_module_is_refused() -> None:
    """With what to give."""
    wrong: Any = sys
    with pytest.raises(TypeError, match=r"library is <module 'sys'.*: give the module httpx, or httpx2"):
        library.require_library(wrong)
    assert library.require_library(httpx2) is httpx2


def test_httpx_is_what_is_taken() -> None:
    """If nothing else is said."""
    assert DEFAULT is httpx


def test_without_httpx_the_client_says_what_to_install() -> None:
    """Importing works, and so does all that needs no client."""
    program = (
        "import sys; sys.modules['httpx'] = None\n"
        "import asgikit.testing as t\n"
        "t.http_scope()\n"
        "try: t.AsyncClient(lambda scope, receive, send: None)\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "typed-asgikit[testing]" in done.stdout
