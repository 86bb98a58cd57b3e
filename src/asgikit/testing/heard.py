"""What an application says: the start of its response, and what goes with it through extensions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, final

from asgikit.conformance.values import shown
from asgikit.http.headers import Headers
from asgikit.testing.failures import Refused


class Push(NamedTuple):
    """A resource that the server was asked to push (extensions, HTTP/2 Server Push)."""

    path: str
    headers: Headers


@final
class Heard:
    """What an application has said so far, but for the body of its response."""

    __slots__ = ("debug", "early_hints", "fields", "offered", "pushes", "raw_trailers", "start", "status")

    def __init__(self, offered: Collection[str] = ()) -> None:
        """Nothing yet; `offered` are the extensions of the scope."""
        self.offered: Collection[str] = offered
        self.start: Mapping[str, object] | None = None
        """The event that started the response."""
        self.status: int = 0
        self.fields: list[tuple[bytes, bytes]] = []
        """Of the response."""
        self.early_hints: list[list[str]] = []
        """The links of each 103 response."""
        self.pushes: list[Push] = []
        self.raw_trailers: list[tuple[bytes, bytes]] = []
        """The fields behind the body, as pairs of bytes."""
        self.debug: dict[str, object] = {}
        """What `http.response.debug` told."""

    @property
    def trailers(self) -> Headers:
        """The fields behind the body, as far as they have come."""
        return Headers.from_raw(self.raw_trailers)

    @property
    def expects_trailers(self) -> bool:
        """Whether the response ends with trailers, and not with its body."""
        return "http.response.trailers" in self.offered and self.start is not None and bool(self.start.get("trailers"))

    def take(self, event: Mapping[str, object]) -> str:
        """Takes one more message, and gives its type. Raises Refused for one that no server can read."""
        message: Any = event
        try:
            kind: str = message["type"]
            self._take(kind, message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(f"no server can read {shown(event)}: {error!r}") from error
        return kind

    def _take(self, kind: str, message: Mapping[str, Any]) -> None:
        match kind:
            case "http.response.start":
                self._begin(message)
            case "http.response.body":
                memoryview(message.get("body", b""))
            case "http.response.pathsend" | "http.response.zerocopysend":
                if kind not in self.offered:
                    raise Refused(f"{kind} was not offered")
            case "http.response.early_hint":
                self.early_hints.append([bytes(link).decode("latin-1") for link in message.get("links", ())])
            case "http.response.push":
                self.pushes.append(Push(message["path"], Headers.from_raw(message.get("headers", ()))))
            case "http.response.trailers":
                self.raw_trailers.extend((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
            case "http.response.debug":
                self.debug.update(message.get("info", {}))
            case _:
                pass  # an unknown extension is nothing to us

    def _begin(self, message: Mapping[str, Any]) -> None:
        if self.start is None:
            self.status = int(message["status"])
            self.fields = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            self.start = message
