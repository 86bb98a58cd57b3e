"""Credentials and challenges."""

from __future__ import annotations

import pytest

from asgikit.http.authorization import Challenge, Credentials, parse_challenges


@pytest.mark.parametrize(
    ("value", "scheme", "token68", "params"),
    [
        ("Basic QWxhZGRpbjpvcGVu==", "basic", "QWxhZGRpbjpvcGVu==", ()),
        ("bEARER   a.b-c_d~e+f/g", "bearer", "a.b-c_d~e+f/g", ()),
        ('Digest a=b,  C="d, \\"e"', "digest", None, (("a", "b"), ("c", 'd, "e'))),
        ("Digest a = b", "digest", None, (("a", "b"),)),
        ("Negotiate", "negotiate", None, ()),
    ],
)
def test_credentials_are_parsed(value: str, scheme: str, token68: str | None, params: tuple[tuple[str, str], ...]) -> None:
    """A scheme, and a token68 or parameters."""
    found = Credentials.parse(value)
    assert (found.scheme, found.token68, found.params) == (scheme, token68, params)


@pytest.mark.parametrize(
    "value", ["", " ", "Basic a b", "Basic a=b=c", 'Basic a="', "Basic a=b, a=c", "a=b", "B\tx", "Basic ä", "Bearer a,b", "B =a"]
)
def test_what_is_no_credentials_is_refused(value: str) -> None:
    """With a ValueError, which says nothing of the secret."""
    with pytest.raises(ValueError) as error:
        Credentials.parse(value)
    assert value.strip(" ") == "" or value not in str(error.value)


def test_too_many_parameters_are_refused() -> None:
    """Nobody sends that many."""
    with pytest.raises(ValueError):
        Credentials.parse("Digest " + ",".join(f"a{n}=b" for n in range(40)))


def test_the_repr_of_credentials_holds_no_secret() -> None:
    """It names the scheme."""
    assert repr(Credentials.parse("Bearer secret")) == "Credentials('bearer')"


@pytest.mark.parametrize(
    ("challenge", "text"),
    [
        (Challenge("Bearer"), "Bearer"),
        (Challenge("Basic", None, (("realm", "site"), ("charset", "UTF-8"))), 'Basic realm="site", charset="UTF-8"'),
        (Challenge("Digest", None, (("stale", "true"),)), "Digest stale=true"),
        (Challenge("Negotiate", "abc="), "Negotiate abc="),
        (Challenge("Bearer", None, (("realm", 'a "b"'),)), 'Bearer realm="a \\"b\\""'),
    ],
)
def test_challenges_are_printed_and_parsed_back(challenge: Challenge, text: str) -> None:
    """What older clients read only in quotes is in quotes."""
    assert str(challenge) == text
    assert parse_challenges(text) == (challenge,)


def test_several_challenges_are_told_apart() -> None:
    """Commas stand between challenges, and between the parameters of one."""
    found = parse_challenges('Basic realm="a, b", charset=UTF-8, Bearer, Negotiate abc==, Digest a=b , c="d"')
    assert [challenge.scheme for challenge in found] == ["Basic", "Bearer", "Negotiate", "Digest"]
    assert found[0].param("REALM") == "a, b"
    assert found[3].params == (("a", "b"), ("c", "d"))


@pytest.mark.parametrize("value", ["a=b", "Bearer, a=b", "Negotiate abc, a=b"])
def test_malformed_challenges_are_refused(value: str) -> None:
    """With a ValueError."""
    with pytest.raises(ValueError):
        parse_challenges(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Challenge("no token"),
        lambda: Challenge("X", "a b"),
        lambda: Challenge("X", "abc", (("a", "b"),)),
        lambda: Challenge("X", None, (("a", "b"), ("A", "c"))),
        lambda: Challenge("X", None, (("a b", "c"),)),
        lambda: Challenge("X", None, (("realm", "a\r\nset-cookie: b"),)),
        lambda: Challenge("X", None, (("realm", "☃"),)),
    ],
)
def test_what_a_field_cannot_hold_is_refused_when_it_is_made(make: object) -> None:
    """With a ValueError."""
    with pytest.raises(ValueError):
        make()  # type: ignore[operator]


def test_a_parameter_is_replaced() -> None:
    """The others stay."""
    challenge = Challenge("Bearer", None, (("realm", "x"), ("error", "a"))).with_param("Error", "b")
    assert challenge.params == (("realm", "x"), ("error", "b"))
