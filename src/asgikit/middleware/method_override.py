"""PUT, PATCH and DELETE for clients that can only POST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import TypeVar

from asgikit.asgi import HTTPScope, WebSocketScope
from asgikit.errors import BadRequest
from asgikit.handler import Handler, Middleware
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

HEADER: Final = "X-HTTP-Method-Override"
_URLENCODED: Final = "application/x-www-form-urlencoded"

# Only what is as unsafe as POST: to become GET would get a request past what guards only unsafe methods.
_METHODS: Final = frozenset({"PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class OverridePolicy:
    """The field of a form that may name the method, None for the header alone. Raises ValueError for an empty name."""

    field: str | None = None

    def __post_init__(self) -> None:
        """Checks the name."""
        if self.field == "":
            raise ValueError("field is the name of a form field: '_method', say")


def overridden(asked: Sequence[str]) -> str | None:
    """The method that is asked for, None if none is. Raises ValueError for two that differ, and for any but these three."""
    methods = {text.strip().upper() for text in asked}
    if len(methods) > 1:
        raise ValueError("a request can ask for one method only")
    for method in methods:
        if method not in _METHODS:
            raise ValueError("POST can be overridden with PUT, PATCH and DELETE only")
        return method
    return None


async def _asked(policy: OverridePolicy, request: Request[object]) -> list[str]:
    asked = list(request.headers.get_all(HEADER))
    if policy.field is not None and (kind := request.content_type) is not None and kind.essence == _URLENCODED:
        form = await request.form()
        asked += form.fields.get_all(policy.field)
    return asked


def with_method(scope: HTTPScope | WebSocketScope, method: str) -> HTTPScope | WebSocketScope:
    """A scope with another method."""
    changed = scope.copy()
    if changed["type"] == "http":
        changed["method"] = method
    return changed


def method_override(*, field: str | None = None) -> Middleware:
    """Makes a PUT, PATCH or DELETE of a POST that asks for it with X-HTTP-Method-Override, and finds its route again.

    With `field`, a form that is not multipart can ask too, in the field of that name: `_method`, say. It is read for that
    before the route is known. Any other method is answered with 400. As pages of other sites can send forms, but no PUT
    without being asked first, guard what it leads to against them, further in: `csrf` around it would take a POST that is
    exempt for the DELETE that it becomes. Raises ValueError for an empty name.
    """
    policy = OverridePolicy(field=field)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def changed(request: Request[S]) -> Response:
            scope = request.scope
            if scope["type"] != "http" or scope["method"] != "POST":
                return await handler(request)
            try:
                method = overridden(await _asked(policy, request))
            except ValueError as error:
                raise BadRequest(str(error)) from None
            return await handler(request if method is None else request.with_scope(with_method(scope, method)))

        return changed

    return middleware
