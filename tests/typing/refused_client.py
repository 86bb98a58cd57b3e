"""Programs that call endpoints and are wrong: each mistake is an error in mypy and in pyright, on the line whose comment says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from asgikit import App, Request, Response, cookie, form, get, header, json, param, post, query, root, websocket
from asgikit.calls import Call, Operation, ReadableOutput, Reply
from asgikit.drafts import Draft, WritableInput
from asgikit.negotiation import accepts, subprotocol
from asgikit.problems import CallError, Problem
from asgikit.testing import AsyncClient, Client
from asgikit.uploads import Upload


@dataclass(frozen=True)
class NewUser:
    name: str


@dataclass(frozen=True)
class User:
    id: int


@dataclass(frozen=True)
class Page:
    limit: int = 10


@dataclass(frozen=True)
class Profile:
    avatar: Upload


create_user = post(root / "users").takes(json(NewUser)).returns(json(User, status=201))
show_user = get(root / "users" / param("id", int)).returns(json(User))
list_users = get(root / "users").takes(query(Page)).returns(json(list[User]))
replace_user = (
    post(root / "users" / param("id", int))
    .takes(json(NewUser))
    .takes(header("if-match", str, default=None))
    .takes(cookie("on", date))
    .returns(json(User))
)
send_profile = post(root / "profile").takes(form(Profile))
ping = get(root / "ping")
shown = get(root / "shown").takes(accepts(Literal["text/html", "application/json"]))
chat = websocket(root / "chat" / param("room", str)).takes(subprotocol(Literal["v2", "v1"]))
today = date(2026, 1, 1)


@create_user
async def create(request: Request[object], new: NewUser) -> User:
    return User(1)


async def against(client: AsyncClient) -> None:
    await client(create_user, User(1))  # wrong [arg-type]: another model than the endpoint takes
    await client(create_user, "ada")  # wrong [arg-type]: a text for a model
    await client(create_user, {"name": "ada"})  # wrong [arg-type]: a dict for a model
    await client(create_user)  # wrong [call-arg]: an input missing
    await client(create_user, NewUser("ada"), 3)  # wrong [call-arg]: an input too many
    await client(create_user, new=NewUser("ada"))  # wrong [call-arg]: an input by a name that the endpoint does not know
    await client(show_user, "3")  # wrong [arg-type]: a text for a number of the path
    await client(show_user, None)  # wrong [arg-type]: nothing for a number of the path
    await client(list_users, NewUser("ada"))  # wrong [arg-type]: a body for a query
    await client(replace_user, NewUser("ada"), 3, None, today)  # wrong [arg-type]: another order
    await client(replace_user, 3, NewUser("ada"), today)  # wrong [arg-type, call-arg]: a header left out that has a default
    await client(replace_user, 3, NewUser("ada"), 5, today)  # wrong [arg-type]: a number for a header of text
    await client(replace_user, 3, NewUser("ada"), None, "today")  # wrong [arg-type]: a text for a cookie that is a date
    await client(send_profile, Profile(b"\x89PNG"))  # wrong [arg-type]: bytes for a file
    await client(shown, "text/plain")  # wrong [arg-type]: a representation that there is not
    await client(ping, 3)  # wrong [call-arg]: an argument for an endpoint without
    await client(create, NewUser("ada"))  # wrong [arg-type]: the route in place of its endpoint
    await client("/users", NewUser("ada"))  # wrong [arg-type]: a path in place of an endpoint
    text: str = await client(show_user, 3)  # wrong [arg-type]: the result taken for something else
    print((await client(show_user, 3)).name)  # wrong [attr-defined]: a field that the result does not have
    for found in await client(list_users, Page()):
        print(found.name)  # wrong [attr-defined]: a field that no element of the result has
    (await client(ping)).json()  # wrong [call-overload]: a Response taken for one of httpx
    print(client(show_user, 3).id)  # wrong [attr-defined]: the result without await
    del text


def at_once(client: Client) -> None:
    client(create_user, "ada")  # wrong [arg-type]: the same mistakes in synchronous tests
    print(client(show_user, 3).name)  # wrong [attr-defined]: and with their results
    with Client(App(create)) as own:
        own(show_user)  # wrong [call-arg]: an argument missing


# Both halves of an operation.
create_user.call("ada")  # wrong [arg-type]: another model than the endpoint takes
show_user.call()  # wrong [call-arg]: an argument missing
chat.call("room", "v3")  # wrong [arg-type]: a subprotocol that there is not
create_user.result(b"{}")  # wrong [arg-type]: content in place of a reply
other: Operation[User, [User]] = create_user  # wrong [assignment]: an operation that takes something else
another: Operation[str, [NewUser]] = create_user  # wrong [assignment]: an operation that returns something else
create_user.call(NewUser("ada")).url = "/"  # wrong [misc]: assigning to a call
Reply(200).status = 201  # wrong [misc]: assigning to a reply
Draft().with_header("x", 3)  # wrong [arg-type]: a header that is no text
Upload.of("a.png", "text")  # wrong [arg-type]: a file of text


def told(error: CallError) -> None:
    print(error.problem.balance)  # wrong [attr-defined]: a member that problems do not have
    error.problem_of(User)  # wrong [type-var]: a kind of problem that is none
    wrong: str = error.problem_of(Problem)  # wrong [assignment]: a problem taken for something else
    del wrong


class Level:
    async def read(self, request: Request[object], /) -> int:
        return 3

    def write_to(self, draft: Draft, value: int, /) -> Call:
        return draft.finish("GET", "/")


class Count:
    def write(self, value: int, /) -> Response:
        return Response.text(str(value))

    def read_from(self, reply: Reply, /) -> str:
        return ""


writable: WritableInput[int] = Level()  # wrong [assignment]: an input that writes no draft
readable: ReadableOutput[int] = Count()  # wrong [assignment]: an output that reads something else
