"""Requests to providers."""

from __future__ import annotations

import pytest

from asgikit.auth.outgoing import max_age, require_secure


@pytest.mark.parametrize("url", ["https://id.example/x", "http://localhost:8080/", "http://127.0.0.1/x", "http://[::1]:80/"])
def test_secure_addresses(url: str) -> None:
    """Https, or this machine."""
    assert require_secure(url, "x") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/x",
        "https://",
        "https:///x",
        "//id.example",
        "ftp://x",
        "",
        None,
        "https://u:p@x/",
        "https://x/#f",
        "https://x\n",
    ],
)
def test_insecure_addresses(url: object) -> None:
    """Whoever is on the way could answer."""
    with pytest.raises(ValueError):
        require_secure(url, "x")


@pytest.mark.parametrize(
    ("field", "age"),
    [(None, None), ("", None), ("max-age=60, public", 60), ("no-store", None), ("max-age=x", 0), ("max-age=0", 0)],
)
def test_how_long_an_answer_may_be_kept(field: str | None, age: float | None) -> None:
    """None where it does not say; what it says wrongly is no time at all."""
    assert max_age(field) == age
