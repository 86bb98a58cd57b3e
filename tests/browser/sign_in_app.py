"""Us at localhost, and an OpenID provider at 127.0.0.1: two sites for a browser, one process for the test."""

from __future__ import annotations

import base64
import hashlib
import json as plain_json
import os
import time
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from asgikit import App, Request, Response, Router, SetCookie, catch, get, json, post, root
from asgikit.auth.code_flow import OIDCClient
from asgikit.auth.fetching import HTTPXFetch
from asgikit.auth.oidc import OpenIDConnect, SignedIn
from asgikit.auth.provider import OpenIDProvider
from asgikit.auth.return_path import to_sign_in
from asgikit.auth.scheme import HasUser
from asgikit.auth.session_user import SessionUser
from asgikit.config import Secret
from asgikit.errors import Unauthorized
from asgikit.middleware.auth import authenticate
from asgikit.signing import Signer

PORT = os.environ.get("SIGN_IN_PORT", "0")
ISSUER = f"http://127.0.0.1:{PORT}"
US = f"http://localhost:{PORT}"
KEY = RSAKey.generate_key(2048, {"kid": "k"})
CODES: dict[str, dict[str, str]] = {}


@get(root / ".well-known" / "openid-configuration")
async def discovery(request: Request[object]) -> Response:
    paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
    return Response.json({"issuer": ISSUER, **{name: ISSUER + path for name, path in paths.items()}})


@get(root / "jwks")
async def jwks(request: Request[object]) -> Response:
    return Response.text(plain_json.dumps({"keys": [KEY.as_dict(private=False)]}))


@get(root / "authorize")
async def authorize(request: Request[object]) -> Response:
    asked = dict(request.query)
    code = f"code-{len(CODES)}"
    CODES[code] = asked
    back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
    return Response.html(f'<title>Provider</title><a href="{escape(back)}">Continue as ada</a>')


@post(root / "token")
async def token(request: Request[object]) -> Response:
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    asked = CODES.pop(form["code"], {})
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    if asked.get("code_challenge") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
        return Response.json({"error": "invalid_grant"}, status=400)
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "us", "sub": "ada", "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
    return Response.json({"access_token": "a", "id_token": jwt.encode({"alg": "RS256", "kid": "k"}, claims, KEY)})


@dataclass(frozen=True)
class Claims:
    sub: str


SESSIONS = Signer(Secret("the key of our sessions, for a test"), purpose="session")


async def in_session(request: Request[object]) -> str | None:
    found = SESSIONS.verify(request.cookies.get("__Host-user") or "")
    return None if found is None else found.decode()


async def signed_in(request: Request[object], who: SignedIn[Claims]) -> Response:
    cookie = SetCookie("__Host-user", SESSIONS.sign(who.subject.encode()))
    return Response.redirect(who.return_to).with_cookie(cookie)


@get(root / "me")
async def me(request: Request[HasUser[str]]) -> Response:
    return Response.html(f"<title>Us</title><h1>hello {escape(request.state.user)}</h1>")


oidc = OpenIDConnect(
    OpenIDProvider(ISSUER, HTTPXFetch()),
    OIDCClient(client_id="us", redirect_uri=f"{US}/callback"),
    json(Claims),
    signed_in,
    signer=Signer(Secret("the key of our signing in, for a test"), purpose="oidc"),
)
provider = Router(discovery, jwks, authorize, token)
ours = Router(me.wrap(authenticate(SessionUser(in_session))).wrap(catch(Unauthorized, to_sign_in("/sign-in"))))
app = App(Router(provider, ours, get(root / "sign-in")(oidc.sign_in), get(root / "callback")(oidc.callback)))
