"""Where a router sends a request."""

from __future__ import annotations

from asgikit import App, Request, Response, Router, get, param, root
from asgikit.handler import Handler
from asgikit.testing import call

seen: list[str] = []


def noting(handler: Handler[object]) -> Handler[object]:
    async def noted(request: Request[object]) -> Response:
        found = request.route
        seen.append(f"{found!r} {found.name if found else ''} {request.args}")
        return await handler(request)

    return noted


@get(root / "users" / param("id", int), name="user")
async def user(request: Request[object], id: int) -> Response:
    return Response.text(str(id))


async def test_middleware_knows_the_route_before_it_runs() -> None:
    """Its pattern, its name, and the values of its path; a miss has no pattern."""
    seen.clear()
    app = App(Router(user).wrap(noting))
    await call(app, target="/users/3")
    await call(app, target="/nowhere")
    assert seen == ["<Matched /users/{id}> user (3,)", "<Matched >  ()"]
