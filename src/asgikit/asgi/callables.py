"""The callables between server and application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from typing_extensions import TypeVar

from asgikit.asgi.events import Inbound, Outbound

Event_co = TypeVar("Event_co", covariant=True, default=Inbound)
Event_contra = TypeVar("Event_contra", contravariant=True, default=Outbound)


class Receive(Protocol[Event_co]):
    """An awaitable callable that gives the next event (asgi, Applications)."""

    def __call__(self) -> Awaitable[Event_co]:
        """The next event, when there is one."""
        ...


class Send(Protocol[Event_contra]):
    """An awaitable callable that takes one event (asgi, Applications)."""

    def __call__(self, event: Event_contra, /) -> Awaitable[None]:
        """Returns when the event is sent or the connection is closed."""
        ...


AnyReceive: TypeAlias = Callable[[], Awaitable[Mapping[str, object]]]
AnySend: TypeAlias = Callable[[Any], Awaitable[None]]


class ASGIApp(Protocol):
    """An ASGI 3 application (asgi, Applications), in the one signature that every server and client accepts."""

    def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> Awaitable[None]:
        """Serves one connection."""
        ...


ForeignApp: TypeAlias = Callable[[Any, Callable[[], Awaitable[Any]], AnySend], Awaitable[None]]
"""Any other framework's application: whatever its own types for scopes and events are."""
