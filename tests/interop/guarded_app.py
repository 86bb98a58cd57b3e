"""An application behind schemes, which issues tokens too: for real servers."""

from __future__ import annotations

import json
import time

from joserfc import jwt
from joserfc.jwk import ECKey

from asgikit import App, Request, Response, Router, WebSocket, get, root, websocket
from asgikit.auth.bearer import Bearer
from asgikit.auth.scheme import HasUser
from asgikit.middleware.auth import authenticate

KEY = ECKey.generate_key("P-256", {"kid": "k"})


@get(root / "jwks")
async def jwks(request: Request[object]) -> Response:
    data = json.dumps({"keys": [KEY.as_dict(private=False)]})
    return Response.text(data, headers={"content-type": "application/json", "cache-control": "max-age=600"})


@get(root / "token")
async def token(request: Request[object]) -> Response:
    claims = {"iss": "here", "aud": "us", "sub": "ada", "exp": int(time.time()) + 60}
    return Response.text(jwt.encode({"alg": "ES256", "kid": "k"}, claims, KEY))


async def by_token(request: Request[object], given: str) -> str | None:
    return given if given == "ada" else None


@websocket(root / "ws")
async def socket(request: Request[HasUser[str]]) -> Response:
    name = request.state.user

    async def session(ws: WebSocket[str | bytes, str]) -> None:
        await ws.send(name)

    return Response.upgrade(session)


app = App(Router(jwks, token, socket.wrap(authenticate(Bearer(by_token)))))
