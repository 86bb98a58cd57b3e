"""Programs with users that are right: what type checkers have to infer, without a plugin and without Any."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, assert_type

from starlette.applications import Starlette

from asgikit import App, Handler, Request, Response, Route, Router, catch, get, json, mount, param, root, some, websocket
from asgikit.auth.api_key import APIKey
from asgikit.auth.basic import Basic, Login, known_users
from asgikit.auth.bearer import Bearer
from asgikit.auth.code_flow import OIDCClient
from asgikit.auth.fetching import HTTPXFetch
from asgikit.auth.jose import KeySet
from asgikit.auth.jwt import JWT, JWTPolicy
from asgikit.auth.oidc import OpenIDConnect, SignedIn
from asgikit.auth.provider import OpenIDProvider
from asgikit.auth.return_path import to_sign_in
from asgikit.auth.scheme import Authenticated, HasUser, Outcome, Scheme, Verified, first_of, load_user, optional
from asgikit.auth.session_user import SessionUser
from asgikit.config import Secret
from asgikit.errors import Unauthorized
from asgikit.http.authorization import Challenge
from asgikit.middleware.auth import Authentication, StateAuthentication, authenticate, guard
from asgikit.middleware.permissions import Requirement, all_of, any_of, none_of, require, require_that
from asgikit.signing import Signer


@dataclass(frozen=True)
class User:
    name: str


@dataclass(frozen=True)
class Admin(User):
    level: int


@dataclass(frozen=True)
class Service:
    id: int


class Database: ...


class HasDb(Protocol):
    @property
    def db(self) -> Database: ...


@dataclass(frozen=True)
class AppState:
    db: Database


@dataclass(frozen=True)
class UserState(AppState):
    user: User


# What verifies names what it needs of the state, or nothing.
async def by_token(request: Request[object], token: str) -> User | None:
    return None


async def by_login(request: Request[AppState], login: Login) -> User | None:
    return None


async def by_key(request: Request[AppState], key: str) -> Service | None:
    return None


async def by_session(request: Request[AppState]) -> Admin | None:
    return None


bearer = Bearer(by_token)
basic = Basic(by_login, realm="site")
key = APIKey(by_key, header="x-api-key")
session = SessionUser(by_session)
assert_type(bearer, Bearer[object, User])
assert_type(basic, Basic[AppState, User])
assert_type(authenticate(bearer), Authentication[User])
assert_type(authenticate(basic), StateAuthentication[AppState, User])


# What handlers need: a user, a user and a state, a state of their own, nothing.
@get(root / "me")
async def me(request: Request[HasUser[User]]) -> Response:
    assert_type(request.state.user, User)
    return Response.text(request.state.user.name)


@get(root / "both" / param("id", int))
async def both(request: Request[Authenticated[HasDb, User]], id: int) -> Response:
    assert_type(request.state.state.db, Database)
    assert_type(request.state.user, User)
    return Response.empty()


@get(root / "app")
async def in_app(request: Request[Authenticated[AppState, User]]) -> Response:
    return Response.empty()


@get(root / "flat")
async def flat(request: Request[UserState]) -> Response:
    return Response.empty()


@get(root / "any")
async def perhaps(request: Request[HasUser[User | None]]) -> Response:
    return Response.empty()


@get(root / "either")
async def either(request: Request[HasUser[User | Service]]) -> Response:
    return Response.empty()


@get(root / "open")
async def public(request: Request[HasDb]) -> Response:
    return Response.empty()


@get(root / "anyone")
async def anyone(request: Request[object]) -> Response:
    return Response.empty()


@websocket(root / "ws")
async def socket(request: Request[HasUser[User]]) -> Response:
    return Response.empty()


# On a handler, a route, a router, a mount.
async def plain(request: Request[Authenticated[HasDb, User]]) -> Response:
    return Response.empty()


as_handler: Handler[AppState] = authenticate(bearer)(plain)
assert_type(me.wrap(authenticate(bearer)), Route[object])
assert_type(both.wrap(authenticate(bearer)), Route[HasDb])
assert_type(Router(me).wrap(authenticate(bearer)), Router[object])
assert_type(Router(me, socket).wrap(authenticate(basic)), Router[AppState])
assert_type(Router(me, both, socket, anyone).wrap(authenticate(bearer)), Router[HasDb])
assert_type(Router(both).wrap(authenticate(basic)), Router[AppState])
assert_type(Router(mount(root / "admin", Starlette())).wrap(authenticate(bearer)), Router[object])

# The handler may need less than the scheme gives.
assert_type(Router(me).wrap(authenticate(session)), Router[AppState])

# A state of the application's own.
joined = authenticate(basic, into=lambda state, user: UserState(state.db, user))
assert_type(Router(flat, public).wrap(joined), Router[AppState])


def user_state(state: AppState, user: User) -> UserState:
    return UserState(state.db, user)


assert_type(Router(flat, public).wrap(authenticate(bearer, into=user_state)), Router[AppState])

# Several schemes, and anonymous users.
assert_type(first_of(bearer, basic), Scheme[AppState, User])
assert_type(first_of(bearer, key), Scheme[AppState, User | Service])
assert_type(Router(either).wrap(authenticate(first_of(session, key, bearer, basic))), Router[AppState])
assert_type(Router(perhaps).wrap(authenticate(optional(bearer))), Router[object])
assert_type(Router(perhaps).wrap(authenticate(bearer)), Router[object])

# A scheme for a part of the state serves a whole one.


# Permissions.
def is_admin(user: User) -> bool:
    return True


def is_high(user: Admin) -> bool:
    return True


async def is_own(request: Request[UserState]) -> bool:
    return True


assert_type(all_of(is_admin, none_of(is_admin)), Callable[[User], bool])
strict: Requirement[Admin] = require(any_of(is_admin, is_high))
permitted = Router(me).wrap(require(is_admin)).wrap(authenticate(bearer))
assert_type(permitted, Router[object])
permitted_state = Router(me, both).wrap(require(is_admin, hidden=True)).wrap(authenticate(basic))
assert_type(permitted_state, Router[AppState])
permitted_route = me.wrap(require(lambda user: user.name == "ada")).wrap(authenticate(bearer))
assert_type(permitted_route, Route[object])
assert_type(Router(me).wrap(strict).wrap(authenticate(session)), Router[AppState])
assert_type(Router(flat).wrap(require_that(is_own)).wrap(joined), Router[AppState])

# A guard leaves the state as it is.
assert_type(Router(public).wrap(some(guard(bearer), guard(bearer))), Router[HasDb])


# A scheme of one's own.
class ByName:
    @property
    def challenges(self) -> tuple[Challenge, ...]:
        return (Challenge("Name"),)

    async def authenticate(self, request: Request[HasDb], /) -> Outcome[User]:
        return Verified(User("ada"))


own: Scheme[HasDb, User] = ByName()
assert_type(Router(me).wrap(authenticate(ByName())), Router[HasDb])

# A scheme for a part of the state serves a whole one, where that is said.
whole: StateAuthentication[AppState, User] = authenticate(ByName())
assert_type(Router(in_app, me).wrap(whole), Router[AppState])


# Tokens and their claims; who is behind them.
@dataclass(frozen=True)
class Claims:
    sub: str


async def by_claims(request: Request[AppState], claims: Claims) -> User | None:
    return None


async def welcome(request: Request[AppState], who: SignedIn[Claims]) -> Response:
    assert_type(who.claims, Claims)
    return Response.redirect(who.return_to)


policy = JWTPolicy(issuer="https://id.example", audience="us")
tokens = JWT(KeySet.secret(Secret("x" * 32)), json(Claims), policy)
assert_type(tokens, JWT[Claims])
assert_type(load_user(tokens, by_claims), Scheme[AppState, User])
assert_type(Router(me).wrap(authenticate(load_user(tokens, by_claims))), Router[AppState])
provider = OpenIDProvider("https://id.example", HTTPXFetch())
client = OIDCClient(client_id="us", redirect_uri="https://us.example/callback")
oidc = OpenIDConnect(provider, client, json(Claims), welcome, signer=Signer(Secret("key"), purpose="oidc"))
signing = Router(get(root / "sign-in")(oidc.sign_in), get(root / "callback")(oidc.callback))
assert_type(signing, Router[AppState])
assert_type(JWT(provider, json(Claims), policy), JWT[Claims])
assert_type(Basic(known_users({"ada": "hash"}), realm="site"), Basic[object, str])


@asynccontextmanager
async def lifespan() -> AsyncGenerator[AppState]:
    yield AppState(Database())


app = App(
    Router(
        public,
        signing,
        Router(me, both, socket).wrap(require(is_admin)).wrap(authenticate(first_of(bearer, basic))),
    ).wrap(catch(Unauthorized, to_sign_in("/sign-in"))),
    lifespan=lifespan,
)
assert_type(app, App[AppState])
