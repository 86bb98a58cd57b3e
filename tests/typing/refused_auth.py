"""Programs with users that are wrong: each mistake is an error in mypy and in pyright, on the line whose comment says so."""

from __future__ import annotations

from dataclasses import dataclass

from asgikit import App, Request, Response, Router, get, root
from asgikit.auth.basic import Basic, Login
from asgikit.auth.bearer import Bearer
from asgikit.auth.jose import KeySet
from asgikit.auth.jwt import JWT, JWTPolicy
from asgikit.auth.scheme import Authenticated, HasUser, first_of, load_user, optional
from asgikit.config import Secret
from asgikit.middleware.auth import authenticate, guard
from asgikit.middleware.permissions import all_of, require, require_that


@dataclass(frozen=True)
class User:
    name: str


@dataclass(frozen=True)
class Service:
    id: int


@dataclass(frozen=True)
class AppState:
    db: int


@dataclass(frozen=True)
class UserState(AppState):
    user: User


async def by_token(request: Request[object], token: str) -> User | None:
    return None


async def by_login(request: Request[AppState], login: Login) -> User | None:
    return None


async def service(request: Request[object], token: str) -> Service | None:
    return None


def plain(request: Request[object], token: str) -> User | None:
    return None


async def by_number(request: Request[object], token: int) -> User | None:
    return None


bearer = Bearer(by_token)


@get(root / "me")
async def me(request: Request[HasUser[User]]) -> Response:
    request.state.user = User("eve")  # wrong [misc]: assigning to the state
    return Response.text(request.state.user.id)  # wrong [attr-defined]: a user taken for something else


@get(root / "both")
async def both(request: Request[Authenticated[AppState, User]]) -> Response:
    return Response.text(request.state.db)  # wrong [attr-defined]: the state outside without saying so


@get(root / "flat")
async def flat(request: Request[UserState]) -> Response:
    return Response.empty()


@get(root / "perhaps")
async def perhaps(request: Request[HasUser[User | None]]) -> Response:
    return Response.text(request.state.user.name)  # wrong [union-attr]: an anonymous user's name


# A handler that needs a user where nobody has asked who it is.
App(Router(me))  # wrong [arg-type]: a user outside of authenticate
App(me)  # wrong [arg-type]: the same for a route
App(Router(me).wrap(guard(bearer)))  # wrong [arg-type]: a guard gives no user

# Another user than the handler needs.
Router(me).wrap(authenticate(Bearer(service)))  # wrong [arg-type]: the user of another scheme
Router(both).wrap(authenticate(Bearer(service)))  # wrong [arg-type]: the same with a state
Router(me).wrap(authenticate(optional(bearer)))  # wrong [arg-type]: a user who may be nobody
Router(me).wrap(authenticate(first_of(bearer, Bearer(service))))  # wrong [arg-type]: one of two users
Router(flat).wrap(authenticate(bearer))  # wrong [arg-type]: a state of one's own that nobody makes

# Another state than there is.
App(Router(me).wrap(authenticate(Basic(by_login, realm="x"))))  # wrong [arg-type]: a scheme whose state nobody gives
App(Router(both).wrap(authenticate(bearer)))  # wrong [arg-type]: a handler whose state nobody gives

# What is no scheme, and what makes none.
authenticate(by_token)  # wrong [call-overload]: a function where a scheme belongs
authenticate(Bearer)  # wrong [call-overload]: a scheme that was not made
Bearer(plain)  # wrong [arg-type]: a function that is not asynchronous
Bearer(by_login)  # wrong [arg-type]: a function of other credentials
Bearer(by_number)  # wrong [arg-type]: the same
Basic(by_login)  # wrong [call-arg]: no realm


# Permissions.
def is_admin(user: User) -> bool:
    return True


def of_service(user: Service) -> bool:
    return True


async def later(user: User) -> bool:
    return True


async def is_own(request: Request[UserState]) -> bool:
    return True


App(Router(me).wrap(require(is_admin)))  # wrong [arg-type]: a permission of nobody
all_of(is_admin, later)  # wrong [arg-type]: an asynchronous permission
require_that(is_admin)  # wrong [arg-type]: a permission where a check belongs
Router(flat).wrap(require(is_admin))  # wrong [arg-type]: a permission on a state of one's own
App(Router(flat).wrap(require_that(is_own)))  # wrong [arg-type]: a check of a state that nobody gives
of_another = require(of_service)
Router(me).wrap(of_another)  # wrong [arg-type]: a permission of another user
Router(both).wrap(of_another)  # wrong [arg-type]: the same with a state


# Tokens.
async def by_claims(request: Request[object], claims: User) -> User | None:
    return None


load_user(Bearer(service), by_claims)  # wrong [arg-type]: a function of other claims
JWT(KeySet.secret(Secret("x")), User, JWTPolicy(issuer="x", audience="y"))  # wrong [arg-type]: a model without its codec
JWTPolicy(issuer="x")  # wrong [call-arg]: tokens for anybody
KeySet.secret("text")  # wrong [arg-type]: a secret that would be printed
