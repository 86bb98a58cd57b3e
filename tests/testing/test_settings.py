"""What a client is made with."""

from __future__ import annotations

import httpx

from asgikit.testing.profile import ServerOptions
from asgikit.testing.settings import OWN_KEYS, SERVER_KEYS, ClientOptions, NetworkOptions


def test_every_option_goes_to_one_place() -> None:
    """To the library, or to the kit; the time limit alone to both."""
    assert ClientOptions.__optional_keys__ - OWN_KEYS == NetworkOptions.__optional_keys__
    assert ServerOptions.__optional_keys__ == SERVER_KEYS
    assert SERVER_KEYS & NetworkOptions.__optional_keys__ == {"timeout"}


def test_the_library_takes_what_it_is_given() -> None:
    """Under these names."""
    httpx.AsyncClient(headers={"a": "b"}, cookies={"c": "d"}, auth=("e", "f"), follow_redirects=True, timeout=1.0)
    assert NetworkOptions.__optional_keys__ == {"headers", "cookies", "auth", "follow_redirects", "timeout"}
