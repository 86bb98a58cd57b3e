"""Explores an application: the battery at each of its places, then scenarios that are made up."""

from __future__ import annotations

import math
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import Final

from asgikit.asgi import ForeignApp
from asgikit.conformance.battery import OVER, Explored, Options, run_battery
from asgikit.conformance.fuzz import Task, fuzz
from asgikit.conformance.fuzzing import Budget
from asgikit.conformance.hypotheses import st
from asgikit.conformance.listener import NOBODY, Listener
from asgikit.conformance.place import Place
from asgikit.conformance.progress import Progress
from asgikit.conformance.report.model import Case, Report
from asgikit.conformance.report.verdict import counted
from asgikit.conformance.rules import Level, at_least, catalogue, select
from asgikit.conformance.served import served
from asgikit.conformance.strategies import request_bodies, scenarios

PLACE_SECONDS: Final = 60.0
"""Seconds for the made-up scenarios of one place, where no time is given."""

UNBOUNDED: Final = 1_000_000
"""Scenarios of one place, where the time says how many."""

UNITS: Final = 100
"""Steps of progress for each place: half of them for the battery."""

PACKAGES: Final = ("starlette", "fastapi", "litestar", "quart", "django", "falcon", "blacksheep", "sanic")
"""Frameworks whose version a report tells if they are loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreSettings:
    """How an application is explored. Patterns of rules are those of `select`."""

    examples: int = 200
    """Scenarios that are made up for each place; 0: the battery alone."""
    seconds: float | None = None
    """Seconds for all places together: then as many scenarios as they allow."""
    limit: float | None = None
    """Seconds for all places together, after which nothing more is begun, though there were examples left."""
    seed: int = 0
    ignore: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    """The rules to report; none: all."""
    level: Level = "note"
    """The weakest level that is reported."""
    workers: int = 1
    """Processes, for an application that is given by its name."""
    grace: float = 2.0
    """Seconds in which the application ends when it should."""

    @property
    def time(self) -> float:
        """The seconds that there are, of either kind."""
        return min(math.inf if each is None else each for each in (self.seconds, self.limit))

    def within(self, seconds: float) -> ExploreSettings:
        """The same with less time."""
        return replace(self, seconds=self.seconds and seconds, limit=self.limit and seconds)

    def options(self) -> Options:
        """The same for a battery. Raises ValueError for a pattern that matches no rule."""
        strong = at_least(self.level)
        chosen = select(self.select) if self.select else frozenset(catalogue())
        counted = frozenset(rule for rule in chosen if catalogue()[rule].level in strong)
        return Options(ignore=select(self.ignore) if self.ignore else frozenset(), select=counted, grace=self.grace)


async def explore(
    app: ForeignApp,
    places: Sequence[str | Place],
    *,
    settings: ExploreSettings | None = None,
    target: str = "the application",
    progress: Progress | None = None,
) -> Report:
    """Explores the places of an application, "GET /items", "WS /chat", "lifespan", with its lifespan around them.

    Raises ValueError for what is no place and for patterns that match no rule. An application that blocks for good
    blocks this too: one that is given by its name is explored in a process of its own (`explore_target`).
    """
    began = monotonic()
    chosen = settings or ExploreSettings()
    chosen.options()
    parsed = [Place.parse(place) if isinstance(place, str) else place for place in places]
    found: list[Explored] = []
    for index, place in enumerate(parsed):
        left = chosen.time - (monotonic() - began)
        if left <= 0:
            found.append(not_tried(place))
            continue
        share = chosen.within(left / (len(parsed) - index))
        found.append(await explore_place(app, place, share, Listener(progress=_behind(progress, index, len(parsed)))))
    return report_of(found, target, chosen, monotonic() - began)


def not_tried(place: Place) -> Explored:
    """What was found at a place that there was no time for."""
    return Explored(cases=(Case(name="plain", where=place.where, rules=(), outcome="skipped", detail=OVER),))


def _behind(progress: Progress | None, places: int, of: int) -> Progress:
    """Progress at one place, as progress of the whole."""

    def told(done: int, _: int, name: str) -> None:
        if progress is not None:
            progress(places * UNITS + done, of * UNITS, name)

    return told


async def explore_place(app: ForeignApp, place: Place, settings: ExploreSettings, listener: Listener = NOBODY) -> Explored:
    """Explores one place, with the lifespan around it; the seconds of the settings are all for this one."""
    began = monotonic()
    options = replace(settings.options(), listener=listener, ends=began + settings.time)
    if place.type == "lifespan":
        return await _explore(app, place, options, settings)
    async with served(app) as state:
        return await _explore(app, place, replace(options, state=state), settings)


async def _explore(app: ForeignApp, place: Place, options: Options, settings: ExploreSettings) -> Explored:
    listener = options.listener
    battery = await run_battery(app, place, replace(options, listener=_half_of(listener)))
    seconds = min(options.ends - monotonic(), PLACE_SECONDS if settings.seconds is None else math.inf)
    examples = settings.examples if settings.seconds is None else UNBOUNDED
    if examples <= 0 or battery.is_stuck or seconds <= 0:
        return battery
    place = battery.place
    bodies = st.one_of(st.just(place.body), request_bodies()) if place.has_body and place.body else None
    task = Task(
        where=place.where,
        scenarios=scenarios(place.where, headers=place.headers, bodies=bodies),
        budget=Budget(examples=examples, seconds=seconds, seed=settings.seed),
        plain=battery.plain,
        known=frozenset(finding.violation.rule for finding in battery.findings),
    )

    def told(done: int) -> None:
        listener.progress(int(UNITS * (1 + done / examples) / 2), UNITS, f"{place.where}: fuzz")

    fuzzed = await fuzz(app, task, options, told)
    return Explored(
        cases=(*battery.cases, *fuzzed.cases),
        warnings=(*battery.warnings, *fuzzed.warnings),
        exchanges=battery.exchanges + fuzzed.exchanges,
    )


def _half_of(listener: Listener) -> Listener:
    """The same, who takes the progress that is told for half of it all."""

    def tried(done: int, of: int, name: str) -> None:
        listener.progress(int(UNITS * done / max(of, 1) / 2), UNITS, name)

    return replace(listener, progress=tried)


def report_of(
    found: Iterable[Explored], target: str, settings: ExploreSettings, seconds: float, loaded: Mapping[str, str] | None = None
) -> Report:
    """The report of what was found at some places; `loaded` are the versions, where not this process knows them."""
    explored = tuple(found)
    cases = tuple(case for each in explored for case in each.cases)
    late = [case for case in cases if case.detail == OVER]
    told = [f"{OVER}: {counted(len(late), 'case')} not tried, from {late[0].where} on: more seconds reach them"] if late else []
    return Report(
        target=target,
        kind="application",
        cases=_judged(cases),
        seed=settings.seed,
        examples=sum(each.exchanges for each in explored),
        seconds=seconds,
        versions=loaded or versions(),
        warnings=(*dict.fromkeys(warning for each in explored for warning in each.warnings), *told),
    )


def _judged(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases; where the application failed the plain request at every place, these have crashed: nothing was judged."""
    plain = [case for case in cases if case.name == "plain" and case.where != "lifespan" and case.outcome != "skipped"]
    if not plain or not all(case.detail for case in plain):
        return cases
    return tuple(replace(case, outcome="crashed") if case in plain else case for case in cases)


def versions() -> Mapping[str, str]:
    """The versions of Python, asgikit and the frameworks that are loaded."""
    found = {"python": platform.python_version()}
    for module, package in (("asgikit", "typed-asgikit"), *((name, name) for name in PACKAGES)):
        try:
            if module in sys.modules:
                found[module] = version(package)
        except PackageNotFoundError:
            continue
    return found
