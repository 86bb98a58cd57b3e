"""The environ that a scope makes."""

from __future__ import annotations

import io
from typing import Any

import pytest

from asgikit.conformance.environ import environ_findings

SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/mount/a",
    "root_path": "/mount",
    "query_string": b"a=1",
    "headers": [[b"host", b"example.org"]],
    "server": ["127.0.0.1", 8000],
    "client": ["127.0.0.2", 50000],
}
ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "/mount",
    "PATH_INFO": "/a",
    "QUERY_STRING": "a=1",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.2",
    "HTTP_HOST": "example.org",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(),
    "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def findings(scope: dict[str, Any], changes: Any, size: int = 0) -> list[tuple[str, str]]:
    environ = {key: value for key, value in {**ENVIRON, **changes}.items() if value is not ...}
    return [(finding.rule, finding.message) for finding in environ_findings({**SCOPE, **scope}, environ, size)]


@pytest.mark.parametrize(
    ("scope", "changes"),
    [
        ({}, {}),
        ({}, {"REMOTE_PORT": "50000", "REMOTE_HOST": "a.example", "mine.object": object(), "MINE": "1"}),
        ({}, {"REMOTE_ADDR": ..., "REMOTE_HOST": "127.0.0.2"}),
        ({}, {"CONTENT_TYPE": "", "CONTENT_LENGTH": "0"}),
        ({"query_string": b""}, {"QUERY_STRING": ...}),
        ({"path": "/mount"}, {"PATH_INFO": ...}),
        ({"path": "/mount"}, {"PATH_INFO": ""}),
        ({"path": "/mount"}, {"PATH_INFO": "/"}),
        ({"path": "/mountain"}, {"PATH_INFO": "/mountain"}),
        ({"path": "/a", "root_path": ""}, {"SCRIPT_NAME": ...}),
        ({"path": "/mount/é"}, {"PATH_INFO": "/Ã©"}),
        ({"http_version": "2"}, {"SERVER_PROTOCOL": "HTTP/2"}),
        ({"http_version": "2"}, {"SERVER_PROTOCOL": "HTTP/2.0"}),
        ({"server": None, "client": None}, {"SERVER_NAME": "anything", "SERVER_PORT": "1", "REMOTE_ADDR": ...}),
        ({"server": ["/run/x.sock", None]}, {"SERVER_NAME": "/run/x.sock", "SERVER_PORT": "0"}),
        ({"headers": [[b"x-a", b"1"], [b"x-a", b"2"]]}, {"HTTP_HOST": ..., "HTTP_X_A": "1, 2"}),
        ({"headers": [[b"x-a", b"caf\xe9"]]}, {"HTTP_HOST": ..., "HTTP_X_A": "caf\xe9"}),
    ],
)
def test_a_right_environ_is_left_alone(scope: Any, changes: Any) -> None:
    """And so is what the text leaves open."""
    assert findings(scope, changes) == []


@pytest.mark.parametrize(
    ("scope", "changes", "rule", "text"),
    [
        ({}, {"REQUEST_METHOD": ...}, "WSGI-001", "REQUEST_METHOD is missing; the scope makes it 'GET'"),
        ({}, {"SCRIPT_NAME": ""}, "WSGI-001", "SCRIPT_NAME is ''; the scope makes it '/mount'"),
        ({}, {"PATH_INFO": "/mount/a"}, "WSGI-001", "PATH_INFO is '/mount/a'; the scope makes it '/a'"),
        ({"path": "/"}, {"PATH_INFO": ...}, "WSGI-001", "PATH_INFO is missing; the scope makes it '/'"),
        ({}, {"SERVER_NAME": ...}, "WSGI-001", "SERVER_NAME is ''; the scope makes it '127.0.0.1'"),
        ({}, {"SERVER_PORT": "80"}, "WSGI-001", "SERVER_PORT is '80'; the scope makes it '8000'"),
        ({}, {"SERVER_PORT": 8000}, "WSGI-002", "SERVER_PORT is 8000, an int, not a str"),
        ({"server": None}, {"SERVER_NAME": ""}, "WSGI-001", "SERVER_NAME is ''; it is never empty, whatever server is"),
        ({"server": None}, {"SERVER_PORT": "None"}, "WSGI-001", "SERVER_PORT is 'None'; it is a number, whatever server is"),
        ({}, {"REMOTE_ADDR": ...}, "WSGI-001", "REMOTE_ADDR is ''; the scope makes it '127.0.0.2'"),
        ({}, {"REMOTE_ADDR": "127.0.0.3", "REMOTE_HOST": "127.0.0.2"}, "WSGI-001", "REMOTE_ADDR is '127.0.0.3'"),
        ({}, {"REMOTE_PORT": "1"}, "WSGI-001", "REMOTE_PORT is '1'; the scope makes it '50000'"),
        ({"client": None}, {"REMOTE_ADDR": "None"}, "WSGI-001", "REMOTE_ADDR is 'None', and there is no client"),
        ({}, {"wsgi.url_scheme": "https"}, "WSGI-001", "wsgi.url_scheme is 'https'; the scope makes it 'http'"),
        ({}, {"CONTENT_LENGTH": "4"}, "WSGI-001", "CONTENT_LENGTH is '4'; the scope makes it ''"),
        ({"path": "/mount/é"}, {"PATH_INFO": "/é"}, "WSGI-002", "PATH_INFO is '/é'; the scope makes it '/Ã©'"),
        ({}, {"PATH_INFO": "/日"}, "WSGI-002", "PATH_INFO is '/\\u65e5', with code points beyond U+00FF"),
        ({}, {"MINE": "日"}, "WSGI-002", "MINE is '\\u65e5', with code points beyond U+00FF"),
        ({}, {"MINE": b"a"}, "WSGI-002", "MINE is b'a', a bytes, not a str"),
        ({}, {b"MINE": "a"}, "WSGI-002", "b'MINE' is a key of the environ"),
        (
            {"headers": [[b"x-a", b"1"], [b"X-A", b"2"]]},
            {"HTTP_X_A": "2"},
            "WSGI-005",
            "HTTP_X_A is '2'; the scope makes it '1,2'",
        ),
        ({"headers": [[b"Cookie", b"a"], [b"cookie", b"b"]]}, {"HTTP_COOKIE": "a,b"}, "WSGI-005", "the scope makes it 'a; b'"),
        ({"headers": [[b"Content-Type", b"a/b"]]}, {}, "HTTP-SCOPE-017", "CONTENT_TYPE is missing; the scope makes it 'a/b'"),
        ({}, {"HTTP_CONTENT_TYPE": "a/b"}, "WSGI-001", "wsgiref.validate says: Environment should not have the key"),
        ({}, {"wsgi.input": ...}, "WSGI-001", "wsgiref.validate says: Environment missing required key: 'wsgi.input'"),
        ({}, {"wsgi.version": "1.0"}, "WSGI-001", "wsgiref.validate says: wsgi.version should be a tuple"),
    ],
)
def test_a_wrong_environ_is_found(scope: Any, changes: Any, rule: str, text: str) -> None:
    """One finding, which names the key and what it should be."""
    ((found, message),) = findings(scope, changes)
    assert found == rule
    assert text in message


def test_an_environ_is_a_plain_dict() -> None:
    """PEP 3333 allows no subclass and no other mapping."""
    for environ in (None, [], type("Environ", (dict,), {})(ENVIRON)):
        ((rule, message),) = environ_findings(SCOPE, environ, 0)
        assert rule == "WSGI-001"
        assert "not a dict" in message


def test_the_environ_stays_as_it_is() -> None:
    """The validator, which changes it, gets a copy."""
    environ = {**ENVIRON}
    environ_findings(SCOPE, environ, 0)
    assert environ == ENVIRON
