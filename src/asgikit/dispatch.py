"""From a request to the handler of its route: matching, misses, slashes, and the middleware on the way."""

# pyright: reportPrivateUsage=false
# Routing is on the way of every request: it fills in the private fields of one that nobody else has seen yet.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, final

from typing_extensions import TypeVar

from asgikit.connection import Connection, requoted
from asgikit.errors import CompositionError, RouteConflict
from asgikit.handler import require_handler
from asgikit.http.url import encode_segment
from asgikit.matched import Matched, Run
from asgikit.matching import WEBSOCKET, Leaf, Tree
from asgikit.path import Pattern
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

Slash: TypeAlias = Literal["strict", "redirect", "match"]
"""What to do where only a trailing slash is missing or too much: 404, a relative 308, or answer all the same."""

End: TypeAlias = tuple[Callable[[str], object], dict[str, Matched]]
"""A parameter at the end of a path: how it is read, and the routes by their methods."""

_NOT_FOUND: Final = Response.text("Not Found", status=404)
_SPEAKS: Final = "This resource speaks WebSocket: send a handshake"
_UPGRADE: Final = Response.text(_SPEAKS, status=426, headers={"upgrade": "websocket", "connection": "upgrade"})
# Without an Upgrade field there is no 426, and HTTP/2 has none (RFC 9110, 15.5.22; RFC 9113, 8.2.2).
_NO_UPGRADE: Final = Response.text(_SPEAKS, status=400)


@final
class Gate:
    """One middleware around some routes, applied once; where a request goes on from it, its match knows."""

    __slots__ = ("run",)

    def __init__(self, middleware: Callable[[Run], Run]) -> None:
        """Raises CompositionError if the middleware does not give a handler."""

        def onward(request: Request[Any]) -> Awaitable[Response]:
            matched = request._matched
            if matched is None:
                raise CompositionError("a handler of a router was called with a request that no router has matched")
            try:
                step = matched.steps[self]
            except KeyError:
                step = matched.elsewhere
            return step(request)

        self.run: Run = require_handler(middleware(onward), middleware)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A route inside a router: what it answers, its handler, and the gates around it from the inside out."""

    method: str
    path: Pattern
    name: str
    explicit: bool
    run: Run
    gates: tuple[Gate, ...] = ()
    slash: Slash | None = None


@final
class Dispatch:
    """The routes of a router, ready to answer. Raises RouteConflict for routes that conflict, or a name given twice."""

    __slots__ = ("_ends", "_fixed", "_gates", "_greedy", "_lines", "_matched", "_otherwise", "_slash", "_tree")

    def __init__(
        self,
        lines: tuple[Line, ...],
        gates: tuple[Gate, ...] = (),
        slash: Slash = "redirect",
        otherwise: Run | None = None,
        tree: Tree | None = None,
    ) -> None:
        """`gates` are around the misses too; `tree` is given where the paths are those of another dispatch."""
        if tree is None:
            _require_names(lines)
            tree = Tree([(line.method, line.path) for line in lines])
        self._lines: tuple[Line, ...] = lines
        self._gates: tuple[Gate, ...] = gates
        self._slash: Slash = slash
        self._otherwise: Run | None = otherwise
        self._tree: Tree = tree
        self._matched: list[Matched] = [self._through(line, line.run) for line in lines]
        # Where hosts play a part, every request takes the long way.
        self._greedy: bool = not tree.has_hosts
        # Paths without parameters are found in one look.
        self._fixed: dict[str, dict[str, Matched]] = {}
        for path, leaf in ({} if tree.has_hosts else tree.fixed).items():
            self._fixed[path] = self._methods(leaf)
        # So are those that are fixed but for a parameter at their end: the fixed text, what else can follow it (which
        # comes first), and the parameters in their order.
        self._ends: dict[str, tuple[Mapping[str, object], list[End]]] = {
            text: (node.statics, [(parse, self._methods(child.leaf)) for _, parse, child in node.params if child.leaf])
            for text, node in tree.ends.items()
        }

    def _methods(self, leaf: Leaf) -> dict[str, Matched]:
        # Without handshakes: WEBSOCKET is no method that a client could ask for.
        return {method: self._matched[number] for method, number in leaf.methods.items() if method != WEBSOCKET}

    @property
    def tree(self) -> Tree:
        """The routes by path."""
        return self._tree

    def serve(self, request: Request[object]) -> Awaitable[Response]:
        """The response to an HTTP request that is ours: fresh from the edge, or a copy. It is told its route in place."""
        scope: Any = request._scope
        method = scope["method"]
        raw = scope.get("raw_path")
        if (raw is None or 0x25 not in raw) and not scope.get(
            "root_path"
        ):  # "%", as a number: as bytes it takes many times as long
            path = scope["path"]
            fixed = self._fixed.get(path)
            if fixed is not None and (matched := fixed.get(method)) is not None:
                request._matched = matched
                return matched.run(request)
            if self._greedy and method != WEBSOCKET:
                head, _, last = path.rpartition("/")
                if (end := self._ends.get(head)) is not None and last not in end[0]:
                    for parse, methods in end[1]:
                        try:
                            value = parse(last)
                        except ValueError:
                            continue
                        if (matched := methods.get(method)) is None:
                            break
                        request._matched = matched
                        request._args = (value,)
                        return matched.run(request)
                found = self._tree.greedy(method, path.split("/"))
                if found is not None:
                    matched = request._matched = self._matched[found[0]]
                    request._args = found[1]
                    return matched.run(request)
        return self._search(request, "" if method == WEBSOCKET else method)

    def handshake(self, request: Request[object]) -> Awaitable[Response]:
        """The response to a WebSocket handshake that is ours."""
        return self._search(request, WEBSOCKET)

    def answer(self, request: Request[S]) -> Awaitable[Response]:
        """The response to anybody's request, of which we take a copy."""
        own = Request(request.connection, request.state)
        return self.serve(own) if own._scope["type"] == "http" else self.handshake(own)

    def _search(self, request: Request[object], method: str) -> Awaitable[Response]:
        matched, request._args = self._find(request.connection, method)
        request._matched = matched
        return matched.run(request)

    def _find(self, connection: Connection, method: str) -> tuple[Matched, tuple[object, ...]]:
        segments = connection.segments
        if segments is None:
            return self._miss(), ()
        host = _host(connection)
        found = self._tree.find(method, segments, host)
        if found is not None:
            return self._matched[found[0]], found[1]
        other = segments[:-1] if segments[-1] == "" else [*segments, ""]
        odd = not any(other) or segments[-2:] == ["", ""]  # no slash too much makes another of it
        found = None if odd else self._tree.find(method, other, host)
        if found is not None and not self._tree.methods(segments, host):
            slash = self._lines[found[0]].slash or self._slash
            if slash == "match":
                return self._matched[found[0]], found[1]
            if slash == "redirect" and method != WEBSOCKET:
                return self._answer(_redirect(connection, other)), ()
        upgrade = _UPGRADE if connection.scope.get("http_version", "1.1").startswith("1") else _NO_UPGRADE
        if method == "OPTIONS" and (answer := self._options(connection, segments, host)) is not None:
            return answer, ()
        return self._refused(method, segments, host, upgrade), ()

    def _options(self, connection: Connection, segments: list[str], host: str | None) -> Matched | None:
        """The methods of a path, through what is around all of its routes; None where there is no such path.

        A preflight asks about one route (Fetch, 3.2.2): it goes through what is around that one, and is told no methods but
        those that have the same around them, for the browser may use each of them from then on.
        """
        lines: dict[str, Line] = {}
        for leaf, _ in self._tree.all(segments, host):
            for name, number in leaf.methods.items():
                lines.setdefault(name, self._lines[number])
        allowed = [name for name in self._tree.methods(segments, host) if name != WEBSOCKET]
        if not allowed:
            return None
        line = lines.get(connection.headers.get("access-control-request-method") or "")
        if line is not None:
            allowed = [name for name in allowed if lines[name].gates == line.gates]
        else:
            line = lines[allowed[0]]
            line = replace(line, gates=tuple(g for g in line.gates if all(g in lines[name].gates for name in allowed)))
        return self._through(line, _always(Response.empty(headers={"allow": ", ".join(allowed)})))

    def _refused(self, method: str, segments: list[str], host: str | None, upgrade: Response) -> Matched:
        allowed = [name for name in self._tree.methods(segments, host) if name != WEBSOCKET]
        if method == WEBSOCKET or not allowed:
            if method == "GET" and self._tree.find(WEBSOCKET, segments, host) is not None:
                return self._answer(upgrade)
            return self._miss()
        return self._answer(Response.text("Method Not Allowed", status=405, headers={"allow": ", ".join(allowed)}))

    def _again(self, connection: Connection) -> tuple[Matched, tuple[object, ...]]:
        if connection.scope["type"] == "websocket":
            return self._find(connection, WEBSOCKET)
        return self._find(connection, "" if connection.method == WEBSOCKET else connection.method)

    def _miss(self) -> Matched:
        return self._through(None, self._otherwise or _always(_NOT_FOUND))

    def _answer(self, response: Response) -> Matched:
        return self._through(None, _always(response))

    def _through(self, line: Line | None, run: Run) -> Matched:
        """A handler for a route, or for a miss, and the gates on the way to it."""
        steps: dict[object, Run] = {}
        for gate in self._gates if line is None else line.gates:
            steps[gate] = run
            run = gate.run
        path, name = (None, "") if line is None else (line.path, line.name)
        return Matched(path, name, run, steps, self._again)


def _always(response: Response) -> Run:
    async def answer(request: Request[Any]) -> Response:
        return response

    return answer


def _host(connection: Connection) -> str | None:
    field = connection.headers.get("host")
    if field is None:
        return None
    name = field.lower()
    return name[: name.rfind("]") + 1] if name.startswith("[") else name.partition(":")[0].removesuffix(".")


def _redirect(connection: Connection, segments: list[str]) -> Response:
    """To the same path with or without its trailing slash, relative, so that no proxy's prefix is lost (RFC 3986, 5.2)."""
    last = encode_segment(segments[-1] or segments[-2])
    target = f"./{last}/" if segments[-1] == "" else f"../{last}"
    query = requoted((connection.scope.get("query_string") or b"").decode("latin-1"), "?")
    return Response.redirect(target + (f"?{query}" if query else ""), status=308)


def _require_names(lines: Sequence[Line]) -> None:
    seen: dict[str, Line] = {}
    for line in lines:
        if line.explicit and (earlier := seen.setdefault(line.name, line)) is not line:
            raise RouteConflict(f"the name {line.name!r} is given to {earlier.path} and to {line.path}")
