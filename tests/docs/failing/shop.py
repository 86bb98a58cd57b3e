"""A shop that says no without saying how to be let in, for the picture of a failing test in the documentation."""

from __future__ import annotations

from asgikit.asgi import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(f"{scope['type']} is not served")
    while (event := await receive())["type"] == "http.request" and event.get("more_body", False):
        pass
    status, body = (200, b"lamps") if scope["method"] == "GET" else (401, b"your token has expired")
    headers = [[b"content-type", b"text/plain"], [b"set-cookie", b"cart=tomato; Path=/"]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
