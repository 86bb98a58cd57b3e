"""Rates in exact arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.rates import SECOND, Quota, Rate, Usage, per_day, per_hour, per_minute, per_second, take


def one(usage: Usage, now: int, cost: int = 1) -> tuple[Quota, Usage]:
    quotas, used = take((usage,), now, cost)
    return quotas[0], usage if used is None else used[0]


def test_a_rate_has_a_name_and_a_length() -> None:
    """As clients are told."""
    assert [rate.seconds for rate in (per_second(1), per_minute(1), per_hour(1), per_day(1))] == [1, 60, 3600, 86400]
    assert (per_minute(5).name, per_minute(5, burst=9).name, per_minute(5, name="sign-in").name) == (
        "5/60s",
        "5/60s+9",
        "sign-in",
    )
    assert (per_minute(5).quota, per_minute(5).window) == (5, 60)
    assert (per_second(10, burst=25).quota, per_second(10, burst=25).window) == (25, 3)


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (-1, 1), (1.5, 1), (1, 0.5), (True, 1)])
def test_a_rate_is_made_of_whole_numbers(numbers: Any) -> None:
    """From 1."""
    with pytest.raises(ValueError, match="whole and from 1"):
        Rate(*numbers)


@pytest.mark.parametrize("options", [{"burst": 0}, {"name": 'a"b'}, {"name": "a\nb"}, {"name": "é"}, {"name": "a" * 65}])
def test_a_rate_that_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    """No burst, a name that a field cannot hold as it is."""
    with pytest.raises(ValueError, match=r"a rate is|the name of a rate"):
        per_second(1, **options)


def test_a_window_admits_its_limit_and_says_when_there_is_more() -> None:
    """What was used first comes back first, a sixteenth later than its window at most."""
    usage = per_minute(2).unused
    quota, usage = one(usage, 0)
    assert (quota.remaining, quota.wait) == (1, 0)
    quota, usage = one(usage, 30 * SECOND)
    assert quota == Quota(0, 0, 93_750_000_000 - 30 * SECOND + 0)
    refused, same = one(usage, 40 * SECOND)
    assert same is usage
    assert refused.wait == 63_750_000_000 - 40 * SECOND
    assert one(usage, 40 * SECOND + refused.wait - 1)[0].wait == 1
    assert one(usage, 40 * SECOND + refused.wait)[0].wait == 0


def test_a_bucket_gives_its_burst_and_fills_up_evenly() -> None:
    """To the nanosecond."""
    usage = per_second(3, burst=2).unused
    _, usage = one(usage, 0, 2)
    assert one(usage, 0)[0] == Quota(0, 333_333_334, 666_666_667)
    assert one(usage, 333_333_333)[0].wait == 1
    assert one(usage, 333_333_334)[0].wait == 0
    assert one(usage, 10 * SECOND, 2)[0] == Quota(0, 0, 666_666_667)


@pytest.mark.parametrize("rate", [per_second(3), per_second(3, burst=3)])
def test_what_costs_more_than_there_ever_is_waits(rate: Rate) -> None:
    """Whatever is left."""
    assert one(rate.unused, 0, 4)[0].wait > 0


@pytest.mark.parametrize("rate", [per_second(3), per_second(3, burst=3)])
def test_nothing_costs_nothing(rate: Rate) -> None:
    """A look; and what takes something away is no cost."""
    quota, usage = one(one(rate.unused, 0)[1], 0, 0)
    assert (quota.remaining, one(usage, 0, 2)[0].wait) == (2, 0)
    with pytest.raises(ValueError, match="from zero"):
        take((rate.unused,), 0, -1)


def test_all_rates_have_to_have_room() -> None:
    """Or nothing is taken from any."""
    usages = (per_second(1).unused, per_minute(5).unused)
    _, used = take(usages, 0, 1)
    assert used is not None
    quotas, refused = take(used, 0, 1)
    assert refused is None
    assert [(quota.remaining, quota.wait > 0) for quota in quotas] == [(0, True), (4, False)]


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    """What was used later counts on."""
    for rate in (per_second(1), per_second(1, burst=1)):
        _, usage = one(rate.unused, 100 * SECOND)
        assert one(usage, 50 * SECOND)[0].wait > 0
    _, twice = one(one(per_second(2).unused, 100 * SECOND)[1], 50 * SECOND)
    assert one(twice, 100 * SECOND)[0].wait > 0
    assert one(twice, 100 * SECOND, 0)[0].reset > SECOND
