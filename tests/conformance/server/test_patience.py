"""How long is waited."""

import pytest

from asgikit.conformance.server.patience import AS_ASKED, FIRST, SECOND


@pytest.mark.parametrize("seconds", [0.001, 0.5, 3.0, 60.0])
def test_the_second_look_waits_longer_than_the_first(seconds):
    """Whatever is waited for, and neither for ever."""
    assert FIRST.of(seconds) < SECOND.of(seconds) <= 8.0


def test_as_asked_changes_nothing():
    """For who is no case."""
    assert AS_ASKED.of(47.11) == 47.11
