"""A battery of named, deterministic exchanges with one place of an application."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final, final

from asgikit.asgi import ForeignApp
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.http_variants import http_variants, plain_actions
from asgikit.conformance.judging import Plain, alike, failure, judged
from asgikit.conformance.lifespan_variants import lifespan_variants
from asgikit.conformance.listener import NOBODY, Listener
from asgikit.conformance.place import Place
from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.scenario import Deliver, Scenario
from asgikit.conformance.transcript import Message
from asgikit.conformance.variant import Variant
from asgikit.conformance.violations import Violation
from asgikit.conformance.websocket_variants import GREETINGS, conversation, websocket_variants

BODIES: Final = (
    (b"application/json", b"{}"),
    (b"application/json", b'{"name": "x"}'),
    (b"text/plain", b"hello"),
    (b"application/x-www-form-urlencoded", b"name=x"),
)
"""Bodies that are tried where none is known to be right."""

OVER: Final = "the time was over"
"""Why a case was skipped that there was no time for."""

TIMED: Final = frozenset({"CORE-APP-006", "CORE-APP-007", "HTTP-DISC-007", "WS-DISC-009", "CANCEL-001", "CANCEL-002"})
"""Rules whose violation is a matter of time: what is found is looked at twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a battery is run."""

    ignore: frozenset[str] = frozenset()
    select: frozenset[str] | None = None
    """The only rules to report; None: all."""
    grace: float = 2.0
    """Seconds in which an application ends when it should."""
    state: Message | None = None
    """What the lifespan of the application has put into its state."""
    ends: float = math.inf
    """When, by the monotonic clock, nothing more is begun."""
    listener: Listener = NOBODY

    def counts(self, rule: str) -> bool:
        """Whether violations of this rule are reported."""
        return rule not in self.ignore and (self.select is None or rule in self.select)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What was found at one place."""

    cases: tuple[Case, ...]
    warnings: tuple[str, ...] = ()
    exchanges: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the cases: one of each rule and party."""
        return tuple(finding for case in self.cases for finding in case.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(Explored):
    """What a battery found at one place."""

    place: Place
    """With the body that turned out to be taken."""
    plain: Scenario
    """The plain request with which all others were compared."""
    is_stuck: bool
    """Whether not even that one came to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A plain request, and the variants of it."""

    place: Place
    scenario: Scenario
    variants: tuple[Variant, ...]


async def run_battery(app: ForeignApp, where: str | Place, options: Options | None = None) -> Battery:
    """Runs all variants of the plain request of a place: "GET /items", "WS /chat", "lifespan".

    The plain request comes first. Where the application fails that one already, its failing of variants says nothing.
    One finding of each rule is reported, of the first case that shows it. Raises ValueError for what is no place.
    """
    options = options or Options()
    bench = _Bench(app, options)
    request, case = await bench.choose(Place.parse(where) if isinstance(where, str) else where)
    cases, listener, of = [case], options.listener, len(request.variants)
    listener.found(case)
    for index, variant in enumerate(request.variants):
        listener.progress(index, of, f"{request.place.where}: {variant.name}")
        case = await bench.case(variant, request.place.where)
        cases.append(case)
        listener.found(case)
    listener.progress(of, of, request.place.where)
    return Battery(
        place=request.place,
        plain=request.scenario,
        is_stuck=bench.is_stuck,
        cases=tuple(cases),
        warnings=tuple(bench.warnings),
        exchanges=bench.exchanges,
    )


def requests(place: Place) -> Iterator[Request]:
    """The plain requests that a place may take, with their variants; the first that it does take is to be used."""
    if place.type == "lifespan":
        shutdown = Deliver({"type": "lifespan.shutdown"})
        scenario = Scenario(scope=place.scope(), actions=(shutdown,), name="plain")
        yield Request(place=place, scenario=scenario, variants=tuple(lifespan_variants(place)))
    elif place.type == "websocket":
        for greeting in GREETINGS:
            scenario = Scenario(scope=place.scope(), actions=conversation(greeting), name="plain")
            yield Request(place=place, scenario=scenario, variants=tuple(websocket_variants(place, greeting)))
    else:
        for each in _with_bodies(place):
            scenario = Scenario(scope=each.scope(), actions=plain_actions(each), name="plain")
            yield Request(place=each, scenario=scenario, variants=tuple(http_variants(each)))


def _with_bodies(place: Place) -> Iterator[Place]:
    if not place.has_body or place.body is not None:
        yield place
        return
    for kind, body in BODIES:
        named = any(name.lower() == b"content-type" for name, _ in place.headers)
        yield replace(place, body=body, headers=place.headers if named else (*place.headers, (b"content-type", kind)))


@final
class _Bench:
    """An application under test at one place."""

    def __init__(self, app: ForeignApp, options: Options) -> None:
        self.exchanges = 0
        self.warnings: list[str] = []
        self._app = app
        self._options = options
        self._patience = 0.5
        self._found: set[tuple[str, str]] = set()
        self._failed: set[str] = set()
        self._plain: Plain | None = None
        self._not_judged = ""

    @property
    def is_stuck(self) -> bool:
        """Whether the application did not end after the plain request."""
        return self._plain is None

    async def _drive(self, scenario: Scenario) -> Drive:
        self.exchanges += 1
        options = self._options
        options.listener.tries(scenario)
        return await drive(
            self._app, scenario, ignore=options.ignore, grace=options.grace, patience=self._patience, state=options.state
        )

    async def choose(self, place: Place) -> tuple[Request, Case]:
        """The first plain request that is taken, and what came of it."""
        began = monotonic()
        request, first = await self._taken(place)
        violations = [each for each in first.violations if each.rule not in TIMED or first.outcome == "hung"]
        if (failed := failure(first)) is not None and first.outcome != "hung" and place.type != "lifespan":
            other, again = await self._taken(replace(place, tuples=True))
            if failure(again) is None:
                text = f"the application {failed} where header pairs are lists, and not where they are tuples"
                violations.append(Violation(rule="HTTP-SCOPE-022", blame="app", message=text, exchange=first.steps))
                request, first = other, again
        if first.outcome != "hung":
            violations += await self._repeat(request, first)
        else:
            self.warnings.append(
                f"{request.place.where}: the application did not end after a plain request; nothing else was tried"
            )
        findings = self._new(violations, request.place.where, request.scenario)
        case = self._case("plain", request.place.where, (), findings, monotonic() - began)
        return request, replace(case, detail=self._not_judged)

    async def _taken(self, place: Place) -> tuple[Request, Drive]:
        """The first plain request that is taken, or the first of all where none is."""
        chosen: tuple[Request, Drive] | None = None
        for request in requests(place):
            tried = await self._drive(request.scenario)
            is_taken = failure(tried) is None and (tried.status is None or tried.status < 400)
            if chosen is None or is_taken:
                chosen = request, tried
            if is_taken or tried.outcome == "hung":
                break
        if chosen is None:
            raise ValueError(f"{place.where} has no plain request")
        return chosen

    async def _repeat(self, request: Request, first: Drive) -> list[Violation]:
        """The plain request again, now that the application is warm: what all others are compared with."""
        self._patience = min(max(3 * first.seconds, 0.1), 1.0) if first.complete or first.status is None else 0.05
        one, other = await self._drive(request.scenario), await self._drive(request.scenario)
        has_no_lifespan = request.place.type == "lifespan" and other.error is not None  # which it may say so (lifespan, Scope)
        if (failed := failure(other)) is not None and not has_no_lifespan:
            self._not_judged = f"the application {failed} for a plain request: how it takes others was not judged"
            self.warnings.append(f"{request.place.where}: {self._not_judged}")
        more = _with_field(request.place, request.scenario)
        echoes = request.place.type != "lifespan" and not alike(other, await self._drive(more))
        self._plain = Plain(scenario=request.scenario, drive=other, steady=alike(one, other), echoes=echoes)
        return [*one.violations, *other.violations]

    async def case(self, variant: Variant, where: str) -> Case:
        """One variant, looked at twice where it could be chance."""
        began = monotonic()
        if self._plain is None or began >= self._options.ends:
            why = "the plain request hangs" if self._plain is None else OVER
            return Case(name=variant.name, where=where, rules=(variant.rule,), outcome="skipped", detail=why)
        violations = await self._look(variant, self._plain)
        doubtful = [each for each in violations if (each.rule, each.blame) not in self._found]
        if any(each.rule == variant.rule or each.rule in TIMED for each in doubtful):
            again = {each.rule for each in await self._look(variant, self._plain)}
            violations = [each for each in violations if each.rule in again]
        if any(each.rule == variant.rule for each in violations):
            self._failed.add(variant.name)
        findings = self._new(violations, where, variant.scenario)
        return self._case(variant.name, where, (variant.rule,), findings, monotonic() - began)

    async def _look(self, variant: Variant, plain: Plain) -> list[Violation]:
        """What is wrong with how a variant is taken, compared with a plain request of just now."""
        if variant.against is not None:
            one, other = await self._drive(variant.against), await self._drive(variant.against)
            plain = Plain(scenario=variant.against, drive=other, steady=alike(one, other), echoes=plain.echoes)
        tried = await self._drive(variant.scenario)
        wrong = judged(variant, tried, plain) if self._failed.isdisjoint(variant.unless) else None
        violations = list(tried.violations)
        if variant.expects == "refusal" or variant.rule == "CORE-APP-005":  # no exchange of which the other rules speak
            violations = [each for each in violations if each.rule == variant.rule]
        if wrong is not None and await self._is_still_so(variant, plain):
            message = f"{variant.name}: the application {wrong}"
            violations.append(Violation(rule=variant.rule, blame="app", message=message, exchange=tried.steps))
        return [each for each in violations if each.blame != "server"]

    async def _is_still_so(self, variant: Variant, plain: Plain) -> bool:
        """Whether a plain request is taken as before: an application that counts its requests is no other for a variant."""
        if variant.expects == "refusal" or self._plain is None:
            return True
        return not plain.steady or alike(plain.drive, await self._drive(variant.against or plain.scenario))

    def _new(self, violations: Iterable[Violation], where: str, scenario: Scenario) -> tuple[Finding, ...]:
        """Findings of what was not found before at this place."""
        findings: list[Finding] = []
        for each in violations:
            key = (each.rule, each.blame)
            if each.blame != "server" and key not in self._found and self._options.counts(each.rule):
                self._found.add(key)
                findings.append(Finding(violation=each, where=where, case=scenario.name or "plain", scenario=scenario))
        return tuple(findings)

    def _case(self, name: str, where: str, rules: tuple[str, ...], findings: tuple[Finding, ...], seconds: float) -> Case:
        failed = any(finding.violation.level != "note" for finding in findings)
        return Case(
            name=name, where=where, rules=rules, outcome="failed" if failed else "passed", findings=findings, seconds=seconds
        )


def _with_field(place: Place, scenario: Scenario) -> Scenario:
    """The same request with a header field that nobody knows."""
    headers = [*map(list, place.fields()), [b"x-asgikit", b"1"]]
    return replace(scenario, scope={**scenario.scope, "headers": headers})
