"""Options that are lists of texts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from asgikit.http.listing import listed
from asgikit.middleware.access_log import access_log
from asgikit.middleware.cache import cache
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.ip_allow import ip_allow
from asgikit.middleware.proxies import proxies
from asgikit.middleware.server_timing import server_timing
from asgikit.middleware.tracing import tracing
from asgikit.middleware.trusted_hosts import trusted_hosts


def test_what_is_listed() -> None:
    """In its order."""
    assert listed(["b", "a"], "names") == ("b", "a")
    assert listed((each for each in "ab"), "names") == ("a", "b")


LISTS: dict[str, Callable[[], object]] = {
    "origins": lambda: cors("x"),
    "headers": lambda: cors("*", headers="x"),
    "expose": lambda: cors("*", expose="x"),
    "trusted_origins": lambda: csrf(trusted_origins="x"),
    "hosts": lambda: trusted_hosts("x"),
    "networks": lambda: ip_allow("x"),
    "also": lambda: proxies(["::1"], fields="x-forwarded", also="x"),  # type: ignore[arg-type]  # wrong on purpose
    "credentials": lambda: cache(credentials="x"),
    "redact": lambda: (access_log(redact="x"), tracing(redact="x")),
}


@pytest.mark.parametrize("option", LISTS)
def test_a_text_is_no_list_of_texts(option: str) -> None:
    """Wherever one is asked for, it says what to write."""
    with pytest.raises(ValueError, match=re.escape(f"{option} is a list of texts: write ['x']")):
        LISTS[option]()


def test_origins_that_may_read_timings() -> None:
    """All of them, or a list."""
    with pytest.raises(ValueError, match="list of texts"):
        server_timing("all", origins="https://a.example")
