"""What the server of a test is like."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.rules import catalogue
from asgikit.testing import Profile
from asgikit.testing.profile import CheckOptions, ServerOptions, named


def test_every_option_has_a_default() -> None:
    """And each field of a profile is an option."""
    fields = {name for name in Profile.__dataclass_fields__ if name != "quiet"}
    assert fields == ServerOptions.__optional_keys__ | CheckOptions.__optional_keys__
    assert CheckOptions.__optional_keys__ - ServerOptions.__optional_keys__ == {"timeout"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"spec_version": "2.6"},
        {"root_path": "api"},
        {"root_path": "/api/"},
        {"buffer_size": -1},
        {"chunk_size": 0},
        {"timeout": 0},
        {"ignore": ["HTTP-NONE-*"]},
    ],
)
def test_what_no_server_has_is_refused(wrong: dict[str, Any]) -> None:
    """When the profile is made."""
    with pytest.raises(ValueError):
        Profile(**wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"check": "all"}, "check is 'all': write 'must', 'should', 'note' or None"),
        ({"check": False}, "check is False: write 'must', 'should', 'note' or None"),
        ({"http_version": "HTTP/2"}, "http_version is 'HTTP/2': write '1.0', '1.1', '2' or '3'"),
        ({"client": "127.0.0.1"}, r"client is '127.0.0.1': write .* \('127.0.0.1', 50000\), or None"),
        ({"client": ("127.0.0.1",)}, "an address and a port"),
        ({"timeout": "5"}, "timeout is '5': write seconds, timeout=3, or None"),
        ({"extensions": ["trailers"]}, "no extension 'trailers': write 'http.response.trailers'"),
        ({"extensions": ["response.push"]}, "no extension 'response.push': write 'http.response.push'"),
        ({"extensions": {"fast": {}}}, "no extension 'fast': names of extensions have a dot"),
    ],
)
def test_what_cannot_be_meant_says_what_to_write(wrong: dict[str, Any], said: str) -> None:
    """Instead of being put into scopes."""
    with pytest.raises((TypeError, ValueError), match=said):
        Profile(**wrong)


def test_extensions_that_nobody_knows_are_possible() -> None:
    """And so is the known one without a dot."""
    assert Profile(extensions=["tls", "example.com.fast"]).offers("http").keys() == {"tls", "example.com.fast"}


@pytest.mark.parametrize("wrong", [{"extensions": "tls"}, {"ignore": "HTTP-SEM-022"}])
def test_a_text_is_no_list(wrong: dict[str, Any]) -> None:
    """The error says what to write."""
    with pytest.raises(TypeError, match=r"write \['"):
        Profile(**wrong)


def test_notes_fail_no_test() -> None:
    """Unless that is asked for; with "must" neither does what only should be, and with None nothing."""
    rules = catalogue()

    def levels(profile: Profile) -> set[str]:
        return {rule.level for name, rule in rules.items() if name not in profile.quiet}

    assert (levels(Profile()), levels(Profile(check="must")), levels(Profile(check=None))) == (
        {"must", "should"},
        {"must"},
        set(),
    )
    assert levels(Profile(check="note")) == {"must", "should", "note"}


def test_rules_can_be_ignored_by_pattern() -> None:
    """And by id."""
    quiet = Profile(check="note", ignore=["HTTP-SEM-*", "LIFE-STATE-002"]).quiet
    assert quiet == {name for name in catalogue() if name.startswith("HTTP-SEM-") or name == "LIFE-STATE-002"}


def test_extensions_are_offered_where_they_make_sense() -> None:
    """Those of a handshake to handshakes; those that nobody knows to all."""
    profile = Profile(extensions=["websocket.http.response", "http.response.push", "tls", "x.mine"])
    assert profile.offers("http").keys() == {"http.response.push", "tls", "x.mine"}
    assert profile.offers("websocket").keys() == {"websocket.http.response", "tls", "x.mine"}


def test_what_an_extension_says_is_copied() -> None:
    """No request can change what the next one is told."""
    profile = Profile(extensions={"tls": {"tls_version": 772}})
    told: Any = profile.offers("http")
    told["tls"]["tls_version"] = 1
    assert profile.offers("http") == {"tls": {"tls_version": 772}} == named(profile.extensions)


@pytest.mark.parametrize(("level", "raises"), [("2.0", False), ("2.3", False), ("2.4", True), ("2.5", True)])
def test_send_raises_since_2_4(level: Any, raises: bool) -> None:
    """When the client has left (www, Disconnected Client)."""
    assert Profile(spec_version=level).raises_when_left is raises
