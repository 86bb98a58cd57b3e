"""How strategies draw."""

from hypothesis import find, settings
from hypothesis import strategies as st

from asgikit.conformance.drawing import Choose, drawn
from tests.conformance.sampling import samples


def test_choices_are_in_range():
    """Numbers lie below their bound, items are among those given, and none is chosen twice."""

    def build(choose: Choose) -> tuple[int, str, list[str], list[int], bytes, str]:
        return (
            choose.below(3),
            choose.one_of("abc"),
            choose.several("abcde", 3),
            choose.places(5, 4),
            choose.octets(4),
            choose.words(4),
        )

    for number, item, some, places, octets, words in samples(drawn(build)):
        assert 0 <= number < 3
        assert item in "abc"
        assert some == sorted(set(some))
        assert len(some) <= 3
        assert places == sorted(places)
        assert set(places) <= set(range(6))
        assert len(octets) <= 4
        assert len(words) <= 4


def test_every_item_is_chosen_some_time():
    """None is left out."""
    assert set(samples(drawn(lambda choose: choose.one_of("abcdef")))) == set("abcdef")
    assert set(samples(drawn(lambda choose: choose.once_in(4)))) == {True, False}
    assert set(samples(drawn(lambda choose: choose.below(1)))) == {0}


def test_choices_shrink_to_the_first():
    """The simplest example has the first item, nothing of what is rare, and no extras."""

    def build(choose: Choose) -> tuple[str, bool, list[int], bytes]:
        return choose.one_of("abc"), choose.once_in(3), choose.several([1, 2, 3], 3), choose.octets(5)

    assert find(drawn(build), lambda _: True, settings=settings(database=None)) == ("a", False, [], b"")


def test_a_value_of_any_strategy_can_be_drawn():
    """Strategies of the user's own take part."""
    assert set(samples(drawn(lambda choose: choose.value(st.just(7))), 3)) == {7}
