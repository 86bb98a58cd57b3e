"""Own content for error responses, by status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from asgikit.functions import require_sync
from asgikit.handler import Middleware, after
from asgikit.replacement import replaced
from asgikit.request import Request
from asgikit.response import Response

Page: TypeAlias = Callable[[Request[object], Response], Response]
"""From a request and the response to it to one whose content is shown in its place."""


def with_page(pages: Mapping[int, Page], request: Request[object], response: Response) -> Response:
    """The response with the content of the page for its status; its status stays, and so do the fields of the error."""
    page = pages.get(response.status)
    if page is None:
        return response
    made = page(request, response)
    return response if made is response else replaced(response, made)


def on_status(pages: Mapping[int, Page], /) -> Middleware:
    """Gives errors with these statuses a content of your own, misses and the 500 of the edge included.

    The status stays, whatever the page's: a page that says "not found" with a 200 would be one to search engines. Fields
    stay too: Allow, Retry-After, WWW-Authenticate, and what other middleware has added. Raises ValueError for a status
    that is no error and for no page at all, CompositionError for a page that is no function, or an asynchronous one.
    """
    known = dict(pages)
    if not known:
        raise ValueError("on_status() needs one page at least: on_status({404: page})")
    for status, page in known.items():
        if not 400 <= status <= 599:
            raise ValueError(f"{status} is not the status of an error")
        require_sync(page, f"on_status() for {status}")

    def paged(request: Request[object], response: Response) -> Response:
        return response if response.status < 400 else with_page(known, request, response)

    return after(paged)
