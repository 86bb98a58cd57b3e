"""Finding the routes of a path in time proportional to the path, most specific first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final, TypeAlias, final

from asgikit.converters import Choice, Fixed, Float, Integer, Text, specificity
from asgikit.errors import RouteConflict
from asgikit.path import Param, Part, Pattern, Rest

WEBSOCKET: Final = "WEBSOCKET"
"""Stands for the method of a WebSocket handshake, which is a GET that asks for an upgrade."""

ANY: Final = "*"
"""Stands for every method, handshakes included, and every path below: what is mounted takes what nothing else answers."""

METHOD_ORDER: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE")

Args: TypeAlias = tuple[object, ...]

_MAX_WITNESSES: Final = 256


@final
class Leaf:
    """What one shape of path offers: for each method the number of its route. HEAD is there wherever GET is."""

    __slots__ = ("methods", "own")

    def __init__(self) -> None:
        """Nothing yet."""
        self.methods: dict[str, int] = {}
        self.own: dict[str, int] = {}

    def add(self, method: str, number: int) -> int:
        """The number of the route that answers this method: an earlier one, if there is a conflict."""
        if (earlier := self.own.setdefault(method, number)) != number:
            return earlier
        self.methods[method] = number
        if method == "GET" and "HEAD" not in self.own:
            self.methods["HEAD"] = number
        return number


@final
class Node:
    """What can follow at one place of a path."""

    __slots__ = ("leaf", "mount", "params", "statics", "tail")

    def __init__(self) -> None:
        """Nothing yet."""
        self.statics: dict[str, Node] = {}
        self.params: list[tuple[object, Callable[[str], object], Node]] = []
        self.tail: tuple[Rest, Leaf] | None = None
        self.leaf: Leaf | None = None
        self.mount: Leaf | None = None

    def follow(self, part: str | Param[object]) -> Node:
        """The node behind one more part, made if it is not there; parameters stay sorted by how much they take."""
        if isinstance(part, str):
            return self.statics.setdefault(part, Node())
        converter = part.converter
        for known, _, node in self.params:
            if known == converter:
                return node
        node = Node()
        self.params.append((converter, converter.parse, node))
        self.params.sort(key=lambda entry: specificity(entry[0]))
        return node

    def end(self, method: str, last: Part | None) -> Leaf:
        """The leaf at this node, of the tail that starts here, or of what is mounted here."""
        if method == ANY:
            self.mount = self.mount or Leaf()
            return self.mount
        if isinstance(last, Rest):
            if self.tail is None:
                self.tail = (last, Leaf())
            return self.tail[1]
        if self.leaf is None:
            self.leaf = Leaf()
        return self.leaf


def _search(node: Node, segments: Sequence[str], at: int, args: Args) -> Iterator[tuple[Leaf, Args]]:
    """Every leaf that the segments lead to, the most specific first."""
    if at == len(segments):
        if node.leaf is not None:
            yield node.leaf, args
    else:
        yield from _below(node, segments, at, args)
    if node.mount is not None:
        yield node.mount, (*args, len(segments) - at)


def _below(node: Node, segments: Sequence[str], at: int, args: Args) -> Iterator[tuple[Leaf, Args]]:
    segment = segments[at]
    if (child := node.statics.get(segment)) is not None:
        yield from _search(child, segments, at + 1, args)
    for _, parse, child in node.params:
        try:
            value = parse(segment)
        except ValueError:
            continue
        yield from _search(child, segments, at + 1, (*args, value))
    if node.tail is not None:
        try:
            rest = node.tail[0].parse(list(segments[at:]))
        except ValueError:
            return
        yield node.tail[1], (*args, rest)


@final
class Tree:
    """Every route by its path, the hosts in front. Raises RouteConflict for routes that answer the same requests."""

    __slots__ = ("_any", "_fixed", "_hosts", "_subdomains")

    def __init__(self, routes: Sequence[tuple[str, Pattern]]) -> None:
        """Routes as pairs of method and path; their numbers are their places."""
        self._any = Node()
        self._hosts: dict[str, Node] = {}
        self._subdomains: dict[str, Node] = {}
        self._fixed: dict[str, Leaf] = {}
        for number, (method, path) in enumerate(routes):
            leaf = self._leaf(method, path)
            if (earlier := leaf.add(method, number)) != number:
                raise RouteConflict(f"{method} {path} and {method} {routes[earlier][1]} answer the same requests")
            if not path.host and not path.params and method != ANY:
                self._fixed["/" + "/".join(str(part) for part in path.parts)] = leaf
        for number, (method, path) in enumerate(routes):
            self._require_reachable(number, method, path)

    @property
    def fixed(self) -> dict[str, Leaf]:
        """The leaves of paths without parameters and host, by the decoded path."""
        return self._fixed

    @property
    def ends(self) -> dict[str, Node]:
        """The nodes behind fixed text where a path can end with a parameter, by the decoded text: `/users/{id}`."""
        found: dict[str, Node] = {}
        todo = [("", self._any)]
        while todo:
            text, node = todo.pop()
            todo.extend((f"{text}/{segment}", child) for segment, child in node.statics.items())
            if any(child.leaf is not None for _, _, child in node.params):
                found[text] = node
        return found

    @property
    def has_hosts(self) -> bool:
        """Whether hosts play a part."""
        return bool(self._hosts or self._subdomains)

    def _leaf(self, method: str, path: Pattern) -> Leaf:
        match path.host:
            case ():
                node = self._any
            case (str(name),):
                node = self._hosts.setdefault(name, Node())
            case (Param() as label, str(name)):
                node = self._subdomains.setdefault(name, Node()).follow(label)
            case _:
                raise RouteConflict(f"{path!r} has a host that is none")
        for part in path.parts or (() if method == ANY else ("",)):
            if not isinstance(part, Rest):
                node = node.follow(part)
        return node.end(method, path.parts[-1] if path.parts else None)

    def _require_reachable(self, number: int, method: str, path: Pattern) -> None:
        """A route whose every path leads to another one is a mistake; only finite parameters can hide wholly."""
        params = [part for part in path.params if isinstance(part, Param)]
        texts = [_witnesses(param.converter) for param in params]
        if path.host or not any(isinstance(param.converter, Choice | Integer) for param in params) or not all(texts):
            return
        count = 1
        for options in texts:
            count *= len(options)
        if count > _MAX_WITNESSES:
            return
        for chosen in product(*texts):
            values = iter(chosen)
            segments = [part if isinstance(part, str) else "x" if isinstance(part, Rest) else next(values) for part in path.parts]
            found = self.find(method, segments, None)
            if found is not None and found[0] == number:
                return
        raise RouteConflict(f"{method} {path} can never be reached: other routes answer every path that it matches")

    def _roots(self, host: str | None) -> Iterator[tuple[Node, Args]]:
        if host is not None:
            if (node := self._hosts.get(host)) is not None:
                yield node, ()
            label, _, name = host.partition(".")
            if (node := self._subdomains.get(name)) is not None:
                for _, parse, child in node.params:
                    try:
                        yield child, (parse(label),)
                    except ValueError:
                        continue
        yield self._any, ()

    def all(self, segments: Sequence[str], host: str | None) -> Iterator[tuple[Leaf, Args]]:
        """Every leaf of the path, the most specific first, those of the host before those of any host."""
        for node, args in self._roots(host):
            yield from _search(node, segments, 0, args)

    def find(self, method: str, segments: Sequence[str], host: str | None) -> tuple[int, Args] | None:
        """The number of the most specific route with this method, and the values of its parameters.

        For what is mounted, the last value is how many segments are below it.
        """
        for leaf, args in self.all(segments, host):
            if (number := leaf.methods.get(method, leaf.methods.get(ANY))) is not None:
                return number, args
        return None

    def greedy(self, method: str, segments: Sequence[str]) -> tuple[int, Args] | None:
        """What `find` gives where the first choice at every segment leads to a route; None says nothing.

        `segments` are those of the whole path: an empty one comes before the first slash.
        """
        node = self._any
        args: Args = ()
        for segment in segments[1:]:
            follow = node.statics.get(segment)
            if follow is None:
                for _, parse, child in node.params:
                    try:
                        value = parse(segment)
                    except ValueError:
                        continue
                    args += (value,)
                    follow = child
                    break
                else:
                    return None
            node = follow
        if node.leaf is None or segments[0] or (number := node.leaf.methods.get(method)) is None:
            return None
        return number, args

    def methods(self, segments: Sequence[str], host: str | None) -> list[str]:
        """Every method that the path has, in one order (RFC 9110, 10.2.1)."""
        found = {method for leaf, _ in self.all(segments, host) for method in leaf.methods if method != ANY}
        known = [method for method in METHOD_ORDER if method in found]
        return known + sorted(found.difference(METHOD_ORDER))


def _witnesses(converter: object) -> tuple[str, ...]:
    """Texts that stand for all that a converter takes; none for a converter we know nothing of."""
    match converter:
        case Choice():
            return converter.texts
        case Integer():
            few = range(converter.minimum, min(converter.maximum, converter.minimum + 63) + 1)
            return (*(str(n) for n in few), str(converter.maximum))
        case Float():
            return ("0.123",)
        case Fixed():
            return ("0.10",)
        case Text():
            return ("\u2603 snowman",)
        case _:
            return ()
