"""Where to go after signing in: a place on this site, whatever the query says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from asgikit.errors import Unauthorized
from asgikit.http.media import MediaType, parse_accept
from asgikit.http.query import Query
from asgikit.request import Request
from asgikit.response import Response

# RFC 3986, 3.3 and 3.4: a path and its query. A second slash, or a backslash for some browsers, would make it a host.
_ON_SITE: Final = re.compile(r"/(?!/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2}){0,2000}")


def return_path(given: str | None, /, default: str = "/") -> str:
    """The path, with its query, if it leads to a place on this site; the default for anything else."""
    return given if given is not None and _ON_SITE.fullmatch(given) is not None else default


def to_sign_in(path: str, /, *, parameter: str = "next") -> Callable[[Request[object], Unauthorized], Response]:
    """Sends people who look at pages to this path, and back here afterwards.

    It is for `catch(Unauthorized, to_sign_in("/sign-in"))`. What is no navigation of a browser (another method, a WebSocket,
    a client that takes no HTML) gets the 401. Raises ValueError for a path that is none.
    """
    if not path or return_path(path, "") != path or "?" in path:
        raise ValueError(f"{path!r} is not a path on this site")

    def to_response(request: Request[object], error: Unauthorized) -> Response:
        if not _is_navigation(request):
            return Response.error(error)
        here = return_path(_target(request))
        return Response.redirect(f"{path}?{Query([(parameter, here)])}", headers=[("cache-control", "no-store")])

    return to_response


def _is_navigation(request: Request[object]) -> bool:
    if request.scope["type"] != "http" or request.method not in {"GET", "HEAD"}:
        return False
    mode = request.headers.get("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    html = MediaType("text", "html").essence
    return any(preference.name == html and preference.q > 0 for preference in parse_accept(request.headers.get("accept") or ""))


def _target(request: Request[object]) -> str:
    url = request.url
    return url.path if url.query is None else f"{url.path}?{url.query}"
