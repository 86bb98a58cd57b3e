"""Laws of rates: never more than is allowed, never less, against models that remember everything."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from asgikit.rates import PARTS, SECOND, Rate, take
from asgikit.stores.memory_rates import MemoryRates
from property_tests.strategies import at_once

steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1, SECOND // 16, SECOND // 3, SECOND, 3 * SECOND]) | st.integers(0, 2 * SECOND), st.integers(0, 4)
    ),
    max_size=40,
)
starts = st.integers(0, 10**19)
windows = st.builds(Rate, st.integers(1, 7), st.integers(1, 3))
buckets = st.builds(Rate, st.integers(1, 7), st.integers(1, 3), burst=st.integers(1, 7))


class Run:
    """What becomes of requests one after the other; `used` is when and how much of those that were admitted."""

    def __init__(self, rate, start, steps):
        self.used, self.seen, usage, now = [], [], rate.unused, start
        for pause, cost in steps:
            now += pause
            quotas, charged = take((usage,), now, cost)
            self.seen.append((now, cost, quotas[0], tuple(self.used)))
            if charged is not None:
                (usage,) = charged
                self.used.append((now, cost))
        self.usage, self.now = usage, now


@given(windows, starts, steps)
def test_no_window_has_more_than_the_limit(rate, start, steps):
    """Wherever it begins."""
    used = Run(rate, start, steps).used
    for end, _ in used:
        assert sum(cost for when, cost in used if end - rate.seconds * SECOND < when <= end) <= rate.limit


@given(windows, starts, steps)
def test_a_window_refuses_nothing_that_it_need_not(rate, start, steps):
    """What was used more than a window and a sixteenth ago counts no more; what counts, is known to the part."""
    length = rate.seconds * SECOND
    for now, cost, quota, used in Run(rate, start, steps).seen:
        part = now * PARTS // length
        counted = sum(units for when, units in used if when * PARTS // length >= part - PARTS)
        assert (quota.wait == 0) == (counted + cost <= rate.limit)
        assert quota.remaining == rate.limit - counted - (0 if quota.wait else cost)
        assert counted <= sum(units for when, units in used if now - when < length * Fraction(PARTS + 1, PARTS))


@given(buckets, starts, steps)
def test_a_bucket_is_what_a_bucket_is(rate, start, steps):
    """To the nanosecond and the fraction: it fills at the rate, up to its burst."""
    speed = Fraction(rate.limit, rate.seconds * SECOND)
    level, before = Fraction(rate.burst), start
    for now, cost, quota, _ in Run(rate, start, steps).seen:
        level, before = min(Fraction(rate.burst), level + (now - before) * speed), now
        assert (quota.wait == 0) == (cost <= level)
        level -= 0 if quota.wait else cost
        assert quota.remaining == level // 1
        assert quota.reset - 1 < (rate.burst - level) / speed <= quota.reset


@given(buckets, starts, steps)
def test_no_time_has_more_than_the_burst_and_the_rate(rate, start, steps):
    """Wherever it begins, however long it is."""
    used = Run(rate, start, steps).used
    for place, (begin, _) in enumerate(used):
        total = 0
        for end, cost in used[place:]:
            total += cost
            assert total <= rate.burst + Fraction(rate.limit * (end - begin), rate.seconds * SECOND)


@given(windows | buckets, starts, steps, st.integers(1, 7))
def test_who_comes_back_when_told_is_let_in(rate, start, steps, cost):
    """And not a nanosecond earlier; at the reset all of it is there."""
    run = Run(rate, start, steps)
    cost = min(cost, rate.quota)

    def looked(now, cost):
        return take((run.usage,), now, cost)[0][0]

    wait = looked(run.now, cost).wait
    assert looked(run.now + wait, cost).wait == 0
    assert wait == 0 or looked(run.now + wait - 1, cost).wait == 1
    reset = looked(run.now, 0).reset
    assert looked(run.now + reset, 0) == (rate.quota, 0, 0)
    assert reset == 0 or looked(run.now + reset - 1, 0).reset == 1


@given(st.lists(windows | buckets, min_size=1, max_size=3), steps)
def test_several_rates_admit_what_each_of_them_admits(rates, steps):
    """And what is refused costs nothing anywhere."""
    together, now = tuple(rate.unused for rate in rates), 0
    for pause, cost in steps:
        now += pause
        alone = [take((usage,), now, cost) for usage in together]
        quotas, used = take(together, now, cost)
        assert (used is None) == any(charged is None for _, charged in alone)
        assert [quota.wait for quota in quotas] == [quotas[0].wait for quotas, _ in alone]
        if used is not None:
            together = used
            assert used == tuple(charged[0] for _, charged in alone if charged is not None)


class Counts(RuleBasedStateMachine):
    """A small store, and models of its keys that forget nothing."""

    def __init__(self):
        super().__init__()
        self.now = 0
        self.small = MemoryRates(max_keys=2, clock=lambda: self.now)
        self.large = MemoryRates(max_keys=1000, clock=lambda: self.now)
        self.model, self.used = {}, {}

    @rule(pause=st.sampled_from([1, SECOND // 4, SECOND, 5 * SECOND]))
    def wait(self, pause):
        self.now += pause

    @rule(
        key=st.sampled_from("abcde"),
        rates=st.sampled_from([(Rate(2, 1),), (Rate(1, 1, burst=3), Rate(4, 3))]),
        cost=st.integers(0, 3),
    )
    def take(self, key, rates, cost):
        name = f"{len(rates)}{key}"
        usages = self.model.setdefault(name, tuple(rate.unused for rate in rates))
        expected, charged = take(usages, self.now, cost)
        self.model[name] = charged or usages
        assert at_once(self.large.take(name, rates, cost)) == expected
        # The small one has a count for some, and the others share: it may refuse what the model admits, never more in a window.
        if not any(quota.wait for quota in at_once(self.small.take(name, rates, cost))):
            self.used.setdefault((name, rates), []).append((self.now, cost))

    @invariant()
    def nobody_has_more_than_their_own(self):
        for (_, rates), used in self.used.items():
            for rate in rates:
                for end, _ in used:
                    assert sum(cost for when, cost in used if end - rate.seconds * SECOND < when <= end) <= rate.limit + (
                        rate.burst or 0
                    )

    @invariant()
    def it_holds_no_more_than_it_may(self):
        assert len(self.small) <= 2


TestCounts = Counts.TestCase
