"""What is not shown, not even to developers."""

from __future__ import annotations

import pytest

from asgikit.debugging.secrecy import HIDDEN, Secrets, is_secret, is_surely_secret


@pytest.mark.parametrize(
    "name",
    [
        *("password", "db_passwd", "PASSWORD2", "userPassword", "secret", "client_secret", "accessToken", "csrftoken", "api_key"),
        *(
            "apiKey",
            "X-API-Key",
            "key",
            "signing_key",
            "privateKey",
            "Authorization",
            "cookie",
            "Set-Cookie",
            "session",
            "sessionid",
        ),
        *("dsn", "JWT", "pwd", "credentials", "Proxy-Authorization"),
    ],
)
def test_a_name_says_that_it_is_secret(name: str) -> None:
    """However its words are put together."""
    assert is_secret(name)


@pytest.mark.parametrize("name", ["", "monkey", "author", "keyboard", "id", "passenger", "pine", "request", "x" * 10_000])
def test_other_names_do_not(name: str) -> None:
    """Though they have such words in them."""
    assert not is_secret(name)


def test_only_some_secrets_are_looked_for_elsewhere() -> None:
    """A key of a mapping may be any word."""
    assert is_surely_secret("api_token")
    assert not is_surely_secret("key")
    assert not is_surely_secret("session")


def test_a_secret_is_masked_wherever_it_turns_up() -> None:
    """As it is, and as it is in a repr; the longest first, and none that is short enough to be a word."""
    secrets = Secrets(["hunter2hunter2", "hunter2hunter2andmore", "quo\"te\n'secret", "word"])
    assert secrets.mask("a hunter2hunter2andmore b hunter2hunter2") == f"a {HIDDEN} b {HIDDEN}"
    assert secrets.mask(repr("quo\"te\n'secret")) == f"'{HIDDEN}'"
    assert secrets.mask(repr("it's \"" + "quo\"te\n'secret")) == f"'it\\'s \"{HIDDEN}'"
    assert secrets.mask("a word") == "a word"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://user:pa55@host/db", f"postgres://user:{HIDDEN}@host/db"),
        ("Authorization: Bearer abcd.efgh", f"Authorization: Bearer {HIDDEN}"),
        ("basic dXNlcjpwYXNz", f"basic {HIDDEN}"),
        ("http://host:80/a@b", "http://host:80/a@b"),
    ],
)
def test_credentials_show_what_they_are(text: str, shown: str) -> None:
    """The password of a URL, and what comes behind a scheme."""
    assert Secrets().mask(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("page=1&access_token=abc&x=y", f"page=1&access_token={HIDDEN}&x=y"),
        ("{'password': 'a b', 'x': 1}", f"{{'password': {HIDDEN}, 'x': 1}}"),
        ("User(name='a', password = \"a'b\")", f"User(name='a', password = {HIDDEN})"),
        ("(b'authorization', b'Basic x')", f"(b'authorization', b{HIDDEN})"),
        ("unexpected token: '}'", "unexpected token: '}'"),
        ("password=", "password="),
    ],
)
def test_what_stands_behind_a_name_is_masked(text: str, shown: str) -> None:
    """In the text of a value; a sentence about a token is left alone."""
    assert Secrets().mask_named(text) == shown


def test_masking_takes_no_longer_than_the_text() -> None:
    """Texts that make a pattern try again and again; the test has a time-out."""
    for hostile in ("token" * 20_000, "://" * 20_000, "password='" * 10_000, "Bearer " * 20_000, "secret-" * 20_000):
        Secrets(["x" * 50]).mask_named(hostile)
