"""The search for scenarios that break a rule: made up by Hypothesis, and shrunk to the smallest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Final, final

from asgikit.conformance.hypotheses import Flaky, HealthCheck, NoSuchExample, Phase, SearchStrategy, find, settings
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.violations import Violation

SHRINKING: Final = 15.0
"""Seconds for which a scenario that breaks a rule is made smaller."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A scenario and the rule that it breaks."""

    violation: Violation
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long to look."""

    examples: int
    """Scenarios, those for shrinking not among them."""
    seconds: float
    seed: int = 0


class _Enough(BaseException):
    """The time is over: nothing that Hypothesis has begun is of use any more."""


def search(
    scenarios: SearchStrategy[Scenario],
    look: Callable[[Scenario], Iterable[Violation]],
    budget: Budget,
    *,
    known: Iterable[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Hit, ...]:
    """The rules that `look` finds broken, each with the smallest scenario that was found for it; `known` are left out.

    What was found is left out from then on, so that one defect does not hide the others. Repeatable by the seed, but for
    where the seconds end it. `progress` is told how many scenarios were tried.
    """
    hunt = _Hunt(look, budget, set(known), progress)
    while not hunt.is_over:
        hit = hunt.next(scenarios)
        if hit is None:
            break
    return tuple(hunt.hits)


@final
class _Hunt:
    """A search under way."""

    def __init__(
        self, look: Callable[[Scenario], Iterable[Violation]], budget: Budget, known: set[str], progress: Callable[[int], None]
    ) -> None:
        self.hits: list[Hit] = []
        self._look = look
        self._left = budget.examples
        self._budget = budget
        self._known = known
        self._progress = progress
        self._ends = monotonic() + budget.seconds
        self._hit: Hit | None = None
        self._first = ""
        self._stops = self._ends

    @property
    def is_over(self) -> bool:
        """Whether the examples or the seconds are used up."""
        return self._left <= 0 or monotonic() >= self._ends

    def next(self, scenarios: SearchStrategy[Scenario]) -> Hit | None:
        """The next rule that is broken; None if none is found with what is left of the budget."""
        self._hit, self._stops = _nothing(), self._ends
        options = settings(
            max_examples=self._left,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.filter_too_much,
                HealthCheck.large_base_example,
            ],
            print_blob=False,
        )
        chance = Random(f"{self._budget.seed}/{len(self.hits)}")  # noqa: S311  # that can be repeated
        # Flaky: an application that answers the same scenario now so, now otherwise; what was seen, was seen.
        with suppress(NoSuchExample, Flaky, _Enough):
            find(scenarios, self._is_hit, settings=options, random=chance)
        hit = self._hit
        if hit is not None and (hit.violation.rule not in self._known or self._first not in self._known):
            self._known |= {hit.violation.rule, self._first}
            self.hits.append(hit)
        return hit

    def _is_hit(self, scenario: Scenario) -> bool:
        if monotonic() >= self._stops:
            raise _Enough
        if self._hit is None:
            self._left -= 1
            self._progress(self._budget.examples - self._left)
        found = [each for each in self._look(scenario) if self._counts(each)]
        if not found:
            return False
        if self._hit is None:
            self._stops = monotonic() + SHRINKING
            self._first = found[0].rule
        self._hit = Hit(found[0], scenario)
        return True

    def _counts(self, violation: Violation) -> bool:
        if violation.rule in self._known:
            return False
        return self._hit is None or _family(violation.rule) == _family(self._hit.violation.rule)


def _nothing() -> Hit | None:
    return None


def _family(rule: str) -> str:
    """What a scenario may change into while it shrinks: behind a space stands what does not matter."""
    return rule.partition(" ")[0]
