"""What users may do."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, Request, Response, Router, get, param, root, websocket
from asgikit.auth.bearer import Bearer
from asgikit.auth.scheme import Authenticated, HasUser
from asgikit.errors import CompositionError
from asgikit.middleware.auth import authenticate
from asgikit.middleware.permissions import all_of, any_of, denial, none_of, require, require_that
from asgikit.testing import call, play, websocket_scope


async def by_token(request: Request[object], token: str) -> str | None:
    return token


def is_ada(user: str) -> bool:
    return user == "ada"


def is_long(user: str) -> bool:
    return len(user) > 3


@get(root)
async def secret(request: Request[HasUser[str]]) -> Response:
    return Response.text(request.state.user)


@get(root / "doc" / param("owner", str))
async def document(request: Request[Authenticated[None, str]], owner: str) -> Response:
    return Response.text(owner)


async def status(app: App[None], user: str, target: str = "/") -> int:
    return (await call(app, target=target, headers={"authorization": f"Bearer {user}"})).status


async def test_a_permission_lets_through_whom_it_is_true_of() -> None:
    """Others get 403, which asks for no other credentials."""
    app = App(Router(secret).wrap(require(is_ada)).wrap(authenticate(Bearer(by_token))))
    assert [await status(app, user) for user in ("ada", "eve")] == [200, 403]
    answer = await call(app, headers={"authorization": "Bearer eve"})
    assert "www-authenticate" not in answer.headers
    assert (await call(app)).status == 401


async def test_where_the_existence_is_secret_it_is_404() -> None:
    """With the text of a path that is not there."""
    app = App(Router(secret).wrap(require(is_ada, hidden=True)).wrap(authenticate(Bearer(by_token))))
    hidden = await call(app, headers={"authorization": "Bearer eve"})
    missing = await call(app, target="/missing", headers={"authorization": "Bearer ada"})
    assert (hidden.status, hidden.text) == (missing.status, missing.text) == (404, "Not Found")
    assert hidden.headers == missing.headers


@pytest.mark.parametrize("answer", [1, "yes", [0], None])
async def test_nothing_but_true_will_do(answer: Any) -> None:
    """A coroutine that nobody awaited would be true, too."""
    app = App(secret.wrap(require(lambda user: answer)).wrap(authenticate(Bearer(by_token))))
    assert await status(app, "ada") == 403

    async def check(request: Request[object]) -> Any:
        return answer

    checked: Any = secret.wrap(require_that(check))
    assert await status(App(checked.wrap(authenticate(Bearer(by_token)))), "ada") == 403
    assert not all_of(lambda user: answer)("x")
    assert not any_of(lambda user: answer)("x")
    assert not none_of(lambda user: answer)("x")


@pytest.mark.parametrize("user", ["ada", "eve", "adam", "ada lovelace"])
def test_permissions_compose(user: str) -> None:
    """As and, or, and neither."""
    assert all_of(is_ada, is_long)(user) == (is_ada(user) and is_long(user))
    assert any_of(is_ada, is_long)(user) == (is_ada(user) or is_long(user))
    assert none_of(is_ada, is_long)(user) == (not is_ada(user) and not is_long(user))


async def own(request: Request[Authenticated[None, str]]) -> bool:
    return request.args == (request.state.user,)


async def test_a_check_sees_the_request() -> None:
    """Whose document it is, say."""
    app = App(Router(document).wrap(require_that(own, hidden=True)).wrap(authenticate(Bearer(by_token))))
    assert [await status(app, user, "/doc/ada") for user in ("ada", "eve")] == [200, 404]


async def test_an_error_of_a_permission_lets_nobody_through() -> None:
    """It is a 500."""

    def broken(user: str) -> bool:
        raise LookupError(user)

    assert await status(App(secret.wrap(require(broken)).wrap(authenticate(Bearer(by_token)))), "ada") == 500


async def test_a_handshake_is_denied() -> None:
    """As a request is."""

    @websocket(root)
    async def socket(request: Request[HasUser[str]]) -> Response:
        raise AssertionError

    app = App(socket.wrap(require(is_ada)).wrap(authenticate(Bearer(by_token))))
    scope = websocket_scope("/", denial=True, headers={"authorization": "Bearer eve"})
    denied = await play(app, scope, [{"type": "websocket.connect"}])
    assert denied.events[0]["status"] == 403


async def later(user: object) -> bool:
    return False


@pytest.mark.parametrize("wrong", [None, True, "admin", later])
def test_what_is_no_permission_is_refused_when_it_is_given(wrong: Any) -> None:
    """An asynchronous function above all: its coroutine is true of everybody."""
    for make in (require, all_of, any_of, none_of):
        with pytest.raises(CompositionError):
            make(wrong)
    for nothing in (all_of, any_of, none_of):
        with pytest.raises(CompositionError):
            nothing()


@pytest.mark.parametrize("wrong", [None, is_ada])
def test_what_is_no_check_is_refused_when_it_is_given(wrong: Any) -> None:
    """It has to be asynchronous."""
    with pytest.raises(CompositionError):
        require_that(wrong)


def test_a_denial_is_pure() -> None:
    """403 or 404, without a challenge."""
    assert [denial(hidden=hidden).status for hidden in (False, True)] == [403, 404]
    assert len(denial(hidden=False).headers) == 0
