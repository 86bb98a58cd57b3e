"""Cookies that a test gives its client, as the application would."""

from __future__ import annotations

from asgikit.http.cookies import SetCookie
from asgikit.testing.library import HTTPClient, Library, R


def give_cookie(http: HTTPClient[R], library: Library[R], cookie: SetCookie) -> None:
    """Puts a cookie where a response of the application would: for its host and its path, in place of one that is there.

    Raises ValueError for one that this client would not send back: a Secure one over http, one of another domain.
    """
    request = http.build_request("GET", "/")
    http.cookies.extract_cookies(library.Response(200, headers=[("set-cookie", str(cookie))], request=request))
    if cookie.max_age == 0:
        return  # it takes one away
    url = request.url
    host = f"[{url.host}]" if ":" in url.host else url.host
    origin = f"{url.scheme}://{host}" if url.port is None else f"{url.scheme}://{host}:{url.port}"
    back = http.build_request("GET", origin + (cookie.path or "/"))
    sent = [value.decode("latin-1") for name, value in back.headers.raw if name.lower() == b"cookie"]
    if f"{cookie.name}={cookie.value}" not in "; ".join(sent).split("; "):
        needs_tls = cookie.secure and url.scheme != "https"
        why = "it is Secure: write base_url='https://testserver'" if needs_tls else "its domain is another, or its time is over"
        raise ValueError(f"no client sends the cookie {cookie.name} to {origin}, for {why}")
