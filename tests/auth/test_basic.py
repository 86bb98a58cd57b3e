"""User names and passwords."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from asgikit import Request
from asgikit.auth.basic import Basic, Login, known_users, parse_login
from asgikit.auth.passwords import Passwords
from asgikit.auth.scheme import Rejected, Verified
from asgikit.errors import CompositionError
from tests.auth.asking import asking, basic


async def ada(request: Request[object], login: Login) -> str | None:
    return login.name if login == Login("ada", "pä:ss") else None


BASIC = Basic(ada, realm="site")


async def test_the_right_password_is_its_users() -> None:
    """In UTF-8, and with colons in it."""
    outcome = await BASIC.authenticate(asking(basic("ada", "pä:ss")))
    assert isinstance(outcome, Verified)
    assert outcome.user == "ada"


@pytest.mark.parametrize("login", [("ada", "x"), ("eve", "pä:ss"), ("", "")])
async def test_wrong_ones_are_401_and_all_alike(login: tuple[str, str]) -> None:
    """Nobody learns which names exist."""
    outcome = await BASIC.authenticate(asking(basic(*login)))
    assert outcome == Rejected("the user name or the password is wrong", "wrong user name or password", 401, BASIC.challenges[0])


async def test_the_challenge_asks_for_utf8() -> None:
    """RFC 7617, 2.1."""
    assert await BASIC.authenticate(asking()) is None
    assert [str(challenge) for challenge in BASIC.challenges] == ['Basic realm="site", charset="UTF-8"']


@pytest.mark.parametrize("data", [b"ada", b"", b"ada:\xff", b"a\nda:x", b"ada:x\x00", b"ada:\xc2\x80"])
async def test_what_is_no_login_is_400(data: bytes) -> None:
    """No colon, no UTF-8, control characters."""
    field = "Basic " + base64.b64encode(data).decode()
    outcome = await BASIC.authenticate(asking({"authorization": field.strip()}))
    assert isinstance(outcome, Rejected)
    assert outcome.status == 400


@pytest.mark.parametrize("token68", ["YWRh", "YWRhOng", "YWR-OngA", "="])
def test_what_is_no_base64_is_refused(token68: str) -> None:
    """Padding is not optional (RFC 4648, 3.2)."""
    with pytest.raises(ValueError):
        parse_login(token68)


def test_a_login_does_not_show_its_password() -> None:
    """Logs would keep it."""
    assert "secret" not in repr(Login("ada", "secret"))


async def test_known_users() -> None:
    """By their hashes; others have no password that fits."""
    cheap = Passwords(ln=12, p=1)
    verify = known_users({"ada": await cheap.hash("x")}, cheap)
    request = asking()
    assert await verify(request, Login("ada", "x")) == "ada"
    assert await verify(request, Login("ada", "y")) is None
    assert await verify(request, Login("eve", "x")) is None


def test_what_cannot_be_meant_is_refused_when_it_is_made() -> None:
    """A function that is not asynchronous, a realm that no field can hold."""
    wrong: Any = lambda request, login: "ada"  # noqa: E731
    with pytest.raises(CompositionError):
        Basic(wrong, realm="x")
    with pytest.raises(ValueError):
        Basic(ada, realm="a\r\nb")
