"""A shop with sessions in a store under `/store`, and in an encrypted cookie under `/sealed`: a cart, signing in and out."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_urlsafe

from asgikit import App, Path, Request, Response, Router, WebSocket, get, json, param, post, root, websocket
from asgikit.config import Secret
from asgikit.middleware.sessions import sessions
from asgikit.sealing import Sealer
from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.session import HasSession
from asgikit.stores.memory_sessions import MemorySessions


@dataclass(frozen=True)
class Cart:
    """What somebody is going to buy."""

    items: tuple[str, ...] = ()

    def plus(self, item: str) -> Cart:
        """With one more."""
        return Cart((*self.items, item))


Shopper = Request[HasSession[Cart]]


def shop(base: Path[()]) -> Router[HasSession[Cart]]:
    """The same under each path."""

    @get(base)
    async def show(request: Shopper) -> Response:
        session = request.state.session
        return Response.html(f"<p>{await session.subject()}: {' '.join((await session.get()).items)}")

    @post(base / "add" / param("item", str))
    async def add(request: Shopper, item: str) -> Response:
        request.state.session.update(lambda cart: cart.plus(item))
        return Response.redirect(base.url())

    @post(base / "sign-in" / param("name", str))
    async def sign_in(request: Shopper, name: str) -> Response:
        request.state.session.sign_in(name)
        return Response.redirect(base.url())

    @post(base / "sign-out")
    async def sign_out(request: Shopper) -> Response:
        request.state.session.clear()
        return Response.redirect(base.url())

    @websocket(base / "talk")
    async def talk(request: Shopper) -> Response:
        async def open_socket(socket: WebSocket[str | bytes, str | bytes]) -> None:
            async for item in socket:
                request.state.session.update(lambda cart, item=str(item): cart.plus(item))  # type: ignore[misc]  # bound here
                await request.state.session.save()
                await socket.send(" ".join((await request.state.session.get()).items))

        return Response.upgrade(open_socket)

    return Router(show, add, sign_in, sign_out, talk)


@get(root)
async def home(request: Request[object]) -> Response:
    """A page without a session."""
    return Response.html("<p>home")


stored = shop(root / "store").wrap(sessions(MemorySessions(), json(Cart), default=Cart()))
key = Sealer(Secret(token_urlsafe(32)), purpose="session")
sealed = shop(root / "sealed").wrap(
    sessions(key, json(Cart), default=Cart(), policy=SessionPolicy(name="__Host-sealed", samesite="strict", persistent=False))
)
app = App(Router(home, stored, sealed))
