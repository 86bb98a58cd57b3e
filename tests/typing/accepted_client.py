"""Programs that call endpoints and are right: the value that decorates a handler types its client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypedDict, assert_type

from asgikit import (
    App,
    Endpoint,
    Request,
    Response,
    Router,
    cookie,
    form,
    get,
    header,
    host,
    json,
    param,
    post,
    query,
    root,
    websocket,
)
from asgikit.calls import Call, Operation, ReadableOutput, Reply
from asgikit.drafts import Draft, WritableInput
from asgikit.http.headers import Headers
from asgikit.inputs import Input, Output
from asgikit.negotiation import accepts, last_event_id, subprotocol
from asgikit.problems import CallError, Problem
from asgikit.testing import AsyncClient, Client
from asgikit.uploads import Upload


@dataclass(frozen=True)
class NewUser:
    name: str


@dataclass(frozen=True)
class User(NewUser):
    id: int = 0


@dataclass(frozen=True)
class Page:
    limit: int = 10


@dataclass(frozen=True)
class Profile:
    name: str
    avatar: Upload
    more: list[Upload] = field(default_factory=list[Upload])


class Filter(TypedDict, total=False):
    tag: list[str]


@dataclass(frozen=True, kw_only=True)
class OutOfCredit(Problem):
    type: str = "https://example.com/probs/out-of-credit"
    balance: int


users = root / "users"
user = users / param("id", int)

create_user = post(users).takes(json(NewUser)).returns(json(User, status=201))
show_user = get(user).returns(json(User))
list_users = get(users).takes(query(Page)).returns(json(list[User]))
find_users = get(users / "found").takes(query(Filter)).returns(json(User | None))
replace_user = (
    post(user).takes(json(NewUser)).takes(header("if-match", str, default=None)).takes(cookie("on", date)).returns(json(User))
)
send_profile = post(users / "profile").takes(form(Profile))
ping = get(root / "ping")
of_team = get(host(param("team", str), "example.com") / param("id", int)).returns(json(dict[str, float]))
shown = get(root / "shown").takes(accepts(Literal["text/html", "application/json"])).takes(last_event_id(int))
chat = websocket(root / "chat" / param("room", str)).takes(subprotocol(Literal["v2", "v1"]))


@create_user
async def create(request: Request[object], new: NewUser) -> User:
    return User(new.name, 1)


@show_user
async def show(request: Request[object], id: int) -> User:
    return User("ada", id)


async def against(client: AsyncClient) -> None:
    """In process and over the network: a client is a client."""
    assert_type(await client(create_user, NewUser("ada")), User)
    assert_type(await client(create_user, User("ada", 3)), User)
    assert_type(await client(show_user, 3), User)
    assert_type(await client(list_users, Page(3)), list[User])
    assert_type(await client(find_users, Filter(tag=["a"])), User | None)
    assert_type(await client(replace_user, 3, NewUser("eve"), None, date(2026, 1, 1)), User)
    assert_type(await client(replace_user, 3, NewUser("eve"), '"tag"', date(2026, 1, 1)), User)
    assert_type(await client(send_profile, Profile("ada", Upload.of("a.png", b"", "image/png"))), Response)
    assert_type(await client(ping), Response)
    assert_type(await client(of_team, "acme", 3), dict[str, float])
    assert_type(await client(shown, "text/html", None), Response)


def at_once(client: Client) -> None:
    """The same for synchronous tests."""
    assert_type(client(create_user, NewUser("ada")), User)
    assert_type(client(ping), Response)


async def through() -> None:
    """The application and the address of a server take the same place."""
    async with AsyncClient(App(Router(create, show))) as here, AsyncClient("https://example.com") as there:
        await against(here)
        await against(there)


# Both halves of an operation, for any client.
assert_type(create_user, Endpoint[User, NewUser])
assert_type(create_user.call(NewUser("ada")), Call)
assert_type(create_user.result(Reply(201, Headers(), b"{}")), User)
assert_type(chat.call("room", "v2").url, str)
operation: Operation[User, [NewUser]] = create_user
wider: Operation[object, [NewUser]] = create_user


async def told(client: AsyncClient) -> int:
    """Errors are typed too."""
    try:
        await client(create_user, NewUser("ada"))
    except CallError as error:
        assert_type(error.status, int)
        assert_type(error.headers, Headers)
        assert_type(error.content, bytes)
        assert_type(error.problem, Problem)
        assert_type(error.problem_of(OutOfCredit), OutOfCredit)
        return error.problem_of(OutOfCredit).balance
    return 0


class Level:
    """An input of one's own, that a client can write."""

    async def read(self, request: Request[object], /) -> int:
        return int(request.headers["x-level"])

    def write_to(self, draft: Draft, value: int, /) -> Draft:
        return draft.with_header("x-level", str(value))


class Count:
    """An output of one's own, that a client can read."""

    def write(self, value: int, /) -> Response:
        return Response.text(str(value))

    def read_from(self, reply: Reply, /) -> int:
        return int(reply.content)


level: Input[int] = Level()
writable: WritableInput[int] = Level()
count: Output[int] = Count()
readable: ReadableOutput[int] = Count()
climb = get(root / "climb").takes(Level()).returns(Count())
assert_type(climb, Endpoint[int, int])
