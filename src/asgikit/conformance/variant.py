"""A variant of a plain request: legal like it, but unusual in one thing, and what must not come of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from asgikit.conformance.place import Place
from asgikit.conformance.scenario import Action, Deliver, Scenario
from asgikit.conformance.transcript import Message

Expects: TypeAlias = Literal["no failure", "same status", "same answer", "refusal", "no success", "nothing"]
"""What has to hold, where the plain request succeeds: no exception, no 5xx and a whole answer; the same status besides;
the same body besides; that the application raises; that it does not answer as if all were well; nothing but the rules of
every exchange."""

UNKNOWN = "asgikit.unknown"
"""The name of what no application knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant of the plain request of a place."""

    name: str
    rule: str
    """What it breaks who fails."""
    scenario: Scenario
    expects: Expects = "no failure"
    against: Scenario | None = None
    """What it is compared with instead of the plain request."""
    unless: frozenset[str] = frozenset()
    """The variants whose failing says it all: where one of them failed, this one is not judged."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the variants of one place out of its plain scope and actions."""

    place: Place
    actions: tuple[Action, ...]

    def variant(self, name: str, rule: str, expects: Expects = "no failure", **keys: object) -> Variant:
        """A variant whose scope has these keys otherwise."""
        return self.of(name, rule, {**self.place.scope(), **keys}, expects)

    def without(self, name: str, rule: str, *keys: str) -> Variant:
        """A variant whose scope lacks these keys."""
        return self.of(name, rule, {key: value for key, value in self.place.scope().items() if key not in keys})

    def of(self, name: str, rule: str, scope: Message, expects: Expects = "no failure") -> Variant:
        """A variant with this scope."""
        scenario = Scenario(scope=scope, actions=self.actions, marks=(rule,), name=name)
        return Variant(name=name, rule=rule, scenario=scenario, expects=expects)

    def acting(self, name: str, rule: str, expects: Expects, *actions: Action) -> Variant:
        """A variant with the plain scope and these actions."""
        scenario = Scenario(scope=self.place.scope(), actions=actions, marks=(rule,), name=name)
        return Variant(name=name, rule=rule, scenario=scenario, expects=expects)

    def plain(self) -> Scenario:
        """The plain request itself."""
        return Scenario(scope=self.place.scope(), actions=self.actions, name="plain")


def delivered(*events: Message) -> tuple[Action, ...]:
    """Actions that deliver these events."""
    return tuple(Deliver(event) for event in events)


OPTIONAL: dict[str, dict[str, str]] = {
    "http": {
        "scheme": "HTTP-SCOPE-032",
        "raw_path": "CORE-SCOPE-009",
        "root_path": "CORE-SCOPE-009",
        "client": "CORE-SCOPE-009",
        "server": "CORE-SCOPE-009",
        "state": "LIFE-STATE-006",
    },
    "websocket": {
        "query_string": "WS-SCOPE-006",
        "subprotocols": "WS-SCOPE-009",
        "http_version": "WS-SCOPE-009",
        "scheme": "WS-SCOPE-012",
        "client": "WS-SCOPE-009",
        "server": "WS-SCOPE-009",
        "raw_path": "CORE-SCOPE-009",
        "root_path": "CORE-SCOPE-009",
        "state": "LIFE-STATE-006",
    },
}
"""The optional keys of a scope, and the rule that the application lives without each."""

NONE: dict[str, dict[str, str]] = {
    "http": {"raw_path": "CORE-SCOPE-010", "client": "HTTP-SCOPE-025", "server": "HTTP-SCOPE-025"},
    "websocket": {
        "query_string": "WS-SCOPE-006",
        "raw_path": "CORE-SCOPE-010",
        "client": "CORE-SCOPE-010",
        "server": "CORE-SCOPE-010",
    },
}
"""The optional keys that may be None, and the rule that the application lives with that."""


def scope_variants(make: Maker) -> Iterator[Variant]:
    """What HTTP and WebSocket scopes can have or lack."""
    optional = OPTIONAL[make.place.type]
    for key, rule in optional.items():
        yield make.without(f"no-{key.replace('_', '-')}", rule, key)
    yield make.without("no-extensions", "CORE-EXT-007", "extensions")
    for key, rule in NONE[make.place.type].items():
        yield make.of(f"{key.replace('_', '-')}-none", rule, {**make.place.scope(), key: None})
    yield make.variant("extensions-unknown", "CORE-EXT-007", "same status", extensions={UNKNOWN: {"x": 1}})
    yield make.variant("server-unix", "HTTP-SCOPE-025", server=["/run/asgi.sock", None])
    yield make.variant("addresses-as-tuples", "CORE-SCOPE-009", client=("127.0.0.1", 50000), server=("127.0.0.1", 8000))
    yield from version_variants(make)
    scope = make.place.scope()
    mandatory = {key: value for key, value in scope.items() if key not in {*optional, "extensions"}}
    least = make.of("only-mandatory-keys", "CORE-SCOPE-009", {**mandatory, "asgi": {"version": "3.0"}})
    yield replace(least, unless=frozenset(f"no-{key.replace('_', '-')}" for key in (*optional, "extensions", "spec_version")))
    yield from _header_variants(make)


def version_variants(make: Maker) -> Iterator[Variant]:
    """What `asgi` in a scope can have or lack, and keys that nobody knows."""
    yield make.variant("no-spec-version", "CORE-SCOPE-007", asgi={"version": "3.0"})
    old = make.variant("old-asgi-version", "CORE-SCOPE-007", asgi={"version": "2.0"}).scenario
    yield replace(make.variant("no-asgi-version", "CORE-SCOPE-007", asgi={}), against=old)  # who refuses 2.0 refuses both
    for version in ("1.0",) if make.place.type == "lifespan" else ("2.0", "2.1", "2.3", "2.4"):
        yield make.variant(f"spec-version-{version}", "CORE-SCOPE-007", asgi={"version": "3.0", "spec_version": version})
    asgi = {"version": "3.0", "spec_version": "2.0" if make.place.type == "lifespan" else "2.5", UNKNOWN: 1}
    yield make.variant("unknown-keys", "CORE-SCOPE-006", "same status", asgi=asgi, **{UNKNOWN: {"x": [1]}})
    scope = {"type": UNKNOWN, "asgi": {"version": "3.0"}}
    yield Variant(
        name="unknown-scope-type",
        rule="CORE-APP-005",
        scenario=Scenario(scope=scope, marks=("CORE-APP-005",), name="unknown-scope-type"),
        expects="nothing",
    )


def _header_variants(make: Maker) -> Iterator[Variant]:
    fields = make.place.fields()
    yield make.variant(
        "header-names-in-upper-case", "HTTP-SCOPE-017", "same answer", headers=[[name.upper(), value] for name, value in fields]
    )
    yield make.variant(
        "header-names-in-title-case", "HTTP-SCOPE-017", "same answer", headers=[[name.title(), value] for name, value in fields]
    )
    yield make.variant("header-pairs-as-tuples", "HTTP-SCOPE-022", "same status", headers=list(fields))
    yield make.variant("headers-as-tuple-of-tuples", "HTTP-SCOPE-022", "same status", headers=fields)
    yield make.variant("headers-as-tuple-of-lists", "HTTP-SCOPE-022", "same status", headers=tuple(list(pair) for pair in fields))
    rest = [list(pair) for pair in fields if pair[0] != b"host"]
    version = "1.0" if make.place.type == "http" else "1.1"
    yield make.variant("no-host", "HTTP-SCOPE-025", http_version=version, headers=rest)
    cookies, version = [[b"cookie", b"a=1"], [b"cookie", b"b=2"]], "2"
    split = make.variant(
        "cookies-split", "HTTP-SCOPE-021", "same answer", http_version=version, headers=[*map(list, fields), *cookies]
    )
    joined = [*map(list, fields), [b"cookie", b"a=1; b=2"]]
    against = make.variant("cookies-joined", "HTTP-SCOPE-021", http_version=version, headers=joined).scenario
    yield Variant(name=split.name, rule=split.rule, scenario=split.scenario, expects=split.expects, against=against)
