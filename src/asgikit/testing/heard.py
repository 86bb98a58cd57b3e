"""What an application says beside its response, through extensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, final

from asgikit.http.headers import Headers


class Push(NamedTuple):
    """A resource that the server was asked to push (extensions, HTTP/2 Server Push)."""

    path: str
    headers: Headers


@final
class Heard:
    """What was said so far."""

    __slots__ = ("debug", "early_hints", "pushes", "trailers")

    def __init__(self) -> None:
        """Nothing."""
        self.early_hints: list[list[str]] = []
        """The links of each 103 response."""
        self.pushes: list[Push] = []
        self.trailers: list[tuple[bytes, bytes]] = []
        """The fields behind the body."""
        self.debug: dict[str, object] = {}
        """What `http.response.debug` told."""

    def take(self, event: Mapping[str, object]) -> None:
        """One more message of an extension; an unknown one is nothing to us."""
        message: Any = event
        match message["type"]:
            case "http.response.early_hint":
                self.early_hints.append([bytes(link).decode("latin-1") for link in message.get("links", ())])
            case "http.response.push":
                self.pushes.append(Push(message["path"], Headers.from_raw(message.get("headers", ()))))
            case "http.response.trailers":
                self.trailers.extend((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
            case "http.response.debug":
                self.debug.update(message.get("info", {}))
            case _:
                pass
