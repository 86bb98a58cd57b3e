"""Endpoints with every kind of input, and their handlers: imported by their clients, and served over the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from asgikit import (
    App,
    HTTPError,
    Request,
    Response,
    Router,
    after,
    cookie,
    delete,
    form,
    get,
    head,
    header,
    json,
    param,
    post,
    put,
    query,
    rest,
    root,
)
from asgikit.http.cookies import SetCookie
from asgikit.middleware.compress import compress
from asgikit.middleware.problem_details import problem_details
from asgikit.negotiation import accepts
from asgikit.problems import Problem, ProblemError
from asgikit.uploads import Upload


@dataclass(frozen=True)
class NewUser:
    name: str
    born: date | None = None


@dataclass(frozen=True)
class User(NewUser):
    id: int = 0


@dataclass(frozen=True)
class Page:
    limit: int = 10
    tags: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Profile:
    name: str
    avatar: Upload
    more: list[Upload] = field(default_factory=list[Upload])


@dataclass(frozen=True, kw_only=True)
class OutOfCredit(Problem):
    type: str = "https://example.com/probs/out-of-credit"
    balance: int


users = root / "users"
user = users / param("id", int)

create_user = post(users).takes(json(NewUser)).returns(json(User, status=201))
show_user = get(user).returns(json(User))
list_users = get(users).takes(query(Page)).returns(json(list[User]))
rename_user = (
    put(user)
    .takes(form(NewUser))
    .takes(header("if-match", str, default=None))
    .takes(cookie("theme", str))
    .returns(json(list[str | None]))
)
forget_user = delete(user)
send_profile = post(root / "profile").takes(form(Profile)).returns(json(dict[str, str]))
find_file = get(root / "files" / rest("path")).returns(json(str))
look = head(root / "look")
shown = get(root / "shown").takes(accepts(Literal["text/plain", "text/html"]))
buy = post(root / "buy").takes(json(int)).returns(json(int))
wrong = get(root / "wrong" / param("how", Literal["type", "json", "model"])).returns(json(User))
long_text = get(root / "long").returns(json(str))


@create_user
async def create(request: Request[object], new: NewUser) -> User:
    return User(new.name, new.born, 1)


@show_user
async def show(request: Request[object], id: int) -> User:
    if id != 1:
        raise HTTPError(404, "there is no such user")
    return User("ada", date(1815, 12, 10), id)


@list_users
async def index(request: Request[object], page: Page) -> list[User]:
    return [User(tag, None, page.limit) for tag in page.tags]


@rename_user
async def rename(request: Request[object], id: int, new: NewUser, tag: str | None, theme: str) -> list[str | None]:
    return [new.name, str(new.born), tag, theme, request.cookies.get("seen")]


@forget_user
async def forget(request: Request[object], id: int) -> Response:
    return Response.empty().with_cookie(SetCookie("seen", str(id), secure=False))


@send_profile
async def take_profile(request: Request[object], sent: Profile) -> dict[str, str]:
    files = [sent.avatar, *sent.more]
    return {"name": sent.name} | {file.filename: f"{file.content_type} {len(await file.read())}" for file in files}


@find_file
async def find(request: Request[object], path: str) -> str:
    return path


@look
async def looked(request: Request[object]) -> Response:
    return Response.text("five!")


@shown
async def show_as(request: Request[object], kind: Literal["text/plain", "text/html"]) -> Response:
    return Response.text(kind, status=203)


@buy
async def bought(request: Request[object], price: int) -> int:
    if price > 3:
        raise ProblemError(OutOfCredit(status=403, balance=3))
    return 3 - price


@wrong
async def wrongly(request: Request[object], how: Literal["type", "json", "model"]) -> User:
    raise HTTPError(400, how)


def broken(request: Request[object], response: Response) -> Response:
    """What another version of the service could answer."""
    match request.path.rpartition("/")[2]:
        case "type":
            return Response.text('{"name":"ada"}')
        case "json":
            return Response.json({}).with_body(b"{")
        case "model":
            return Response.json({"nme": "ada"})
        case _:
            return response


@long_text
async def long(request: Request[object]) -> str:
    return "ada " * 5000


handlers = (create, show, index, rename, forget, take_profile, find, looked, show_as, bought, long)
app = App(Router(*handlers, wrongly.wrap(after(broken))).wrap(compress()).wrap(problem_details()))
