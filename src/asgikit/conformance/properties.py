"""Assertions for tests: that a place of an application conforms, and properties of whatever it answers to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from inspect import iscoroutinefunction

import anyio

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.explore import ExploreSettings, explore
from asgikit.conformance.hypotheses import HealthCheck, given, settings
from asgikit.conformance.place import Place
from asgikit.conformance.report.text import text
from asgikit.conformance.rules import Level, at_least, select
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.strategies import scenarios
from asgikit.conformance.violations import ConformanceError

Property = Callable[[Drive], None]


def assert_conforms(
    app: ASGIApp | ForeignApp,
    path: str | Sequence[str] = "GET /",
    *,
    settings: ExploreSettings | None = None,
    level: Level = "should",
) -> None:
    """Explores places of an application, "GET /items", "WS /chat", "lifespan", and raises AssertionError with the report.

    The lifespan of the application runs around each place. `settings` say how many examples, the seed, which rules.
    From a synchronous test: it runs an event loop of its own. Raises ValueError for what is no place.
    """
    places = [path] if isinstance(path, str) else [*path]
    report = anyio.run(partial(explore, app, places, settings=settings or ExploreSettings(examples=50)))
    counted = at_least(level)
    if any(finding.violation.level in counted for finding in report.findings):
        raise AssertionError(text(report, level=level))


def asgi_property(
    app: ASGIApp | ForeignApp,
    path: str = "GET /",
    *,
    examples: int = 100,
    level: Level = "should",
    ignore: Sequence[str] = (),
) -> Callable[[Property], Callable[[], None]]:
    """Makes a test of a function of a Drive: it is called with what the application did in each of many legal scenarios.

    Some are below that path, some are left by their clients. Each exchange is checked before; a violation fails the test,
    shrunk to the smallest scenario.
    The lifespan of the application does not run. Raises ValueError for what is no place and for unknown rules.
    """
    place = Place.parse(path).where
    ignored = select(ignore) if ignore else frozenset[str]()
    counted = at_least(level)

    def decorate(test: Property) -> Callable[[], None]:
        if iscoroutinefunction(test):
            raise TypeError(f"{test.__name__} is called when the exchange is over: write `def`, not `async def`")

        def run(scenario: Scenario) -> None:
            done = anyio.run(partial(drive, app, scenario, ignore=ignored))
            for violation in done.violations:
                if violation.level in counted:
                    raise ConformanceError(violation)
            test(done)

        run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
        quiet = settings(
            max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
        )
        return quiet(given(scenario=scenarios(place))(run))

    return decorate
