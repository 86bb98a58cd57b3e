"""Names with values, in order."""

import pytest

from asgikit.http.cookies import Cookies
from asgikit.http.pairs import Pairs, pairs_of
from asgikit.http.query import Query

THREE = Pairs([("a", "1"), ("b", "2"), ("a", "3")])


def test_the_first_value_of_a_name_is_the_one():
    """Of several values `get` and brackets give the first."""
    assert THREE.get("a") == THREE["a"] == "1"


def test_every_value_is_there_in_order():
    """No value of a repeated name is lost."""
    assert THREE.get_all("a") == ("1", "3")


@pytest.mark.parametrize("name", ["A", "", "c", "\ud800"])
def test_names_are_compared_exactly(name):
    """Another case is another name, and a missing name is None, or nothing."""
    assert THREE.get(name) is None
    assert THREE.get_all(name) == ()
    assert name not in THREE


def test_a_missing_name_is_a_key_error_in_brackets():
    """Brackets raise, as those of a mapping do."""
    with pytest.raises(KeyError, match="c"):
        THREE["c"]


def test_only_text_is_ever_a_member():
    """What is not text is no name, hashable or not."""
    assert 1 not in THREE
    assert [] not in THREE


def test_an_empty_name_is_a_name():
    """The empty string is a name like any other."""
    assert Pairs([("", "x")])[""] == "x"


def test_grouped_has_names_in_the_order_of_their_first_value():
    """Every name with all its values."""
    grouped = THREE.grouped()
    assert list(grouped.items()) == [("a", ("1", "3")), ("b", ("2",))]


def test_with_value_replaces_at_the_first_place():
    """The new value stands where the first old one stood, and the others are gone."""
    assert list(THREE.with_value("a", "9")) == [("a", "9"), ("b", "2")]


def test_with_value_in_the_middle_keeps_what_stands_before():
    """Pairs before the first one that is replaced stay where they are."""
    assert list(THREE.with_value("b", "9")) == [("a", "1"), ("b", "9"), ("a", "3")]


def test_with_value_appends_a_new_name():
    """A name that was not there comes last."""
    assert list(THREE.with_value("c", "4"))[-1] == ("c", "4")


def test_with_added_keeps_the_old_values():
    """One more pair at the end, the same name or not."""
    assert THREE.with_added("a", "4").get_all("a") == ("1", "3", "4")


def test_without_removes_every_value_of_the_name():
    """No value of that name is left; a missing name changes nothing."""
    assert list(THREE.without("a")) == [("b", "2")]
    assert THREE.without("c") == THREE


def test_the_sum_has_the_pairs_of_both():
    """Addition concatenates."""
    assert list(Pairs({"a": "1"}) + Pairs({"a": "2"})) == [("a", "1"), ("a", "2")]


@pytest.mark.parametrize("kind", [Query, Cookies])
def test_changes_keep_the_kind(kind):
    """A query stays a query, and cookies stay cookies."""
    value = kind({"a": "1"})
    for after in (value.with_value("a", "2"), value.with_added("a", "2"), value.without("a"), value + value):
        assert type(after) is kind


def test_methods_leave_the_value_alone():
    """Each change is a new value."""
    before = list(THREE)
    for after in (THREE.with_value("a", "2"), THREE.with_added("a", "2"), THREE.without("a"), THREE + THREE):
        assert after != THREE
    assert list(THREE) == before


def test_asking_changes_nothing():
    """The index that the first question builds is no part of the value."""
    asked = Pairs([("a", "1")])
    assert asked.get("x") is None
    assert asked == Pairs([("a", "1")])
    assert hash(asked) == hash(Pairs([("a", "1")]))


def test_the_answers_cannot_be_changed():
    """What `grouped` gives is the caller's own."""
    THREE.grouped().clear()
    assert THREE.get_all("a") == ("1", "3")


@pytest.mark.parametrize("value", [THREE, Query({"a": "1"}), Cookies({"a": "1"})])
def test_nothing_can_be_assigned(value):
    """A value has no attributes or items to set."""
    with pytest.raises(AttributeError):
        value.other = 1
    with pytest.raises(TypeError):
        value["a"] = "x"
    with pytest.raises(TypeError):
        del value["a"]


def test_values_of_two_kinds_are_never_equal():
    """A query equals no cookies, nor a list, with the same pairs."""
    assert Query({"a": "1"}) != Cookies({"a": "1"})
    assert list(THREE) != THREE


def test_order_is_part_of_the_value():
    """The same pairs in another order are another value."""
    assert Pairs([("a", "1"), ("b", "2")]) != Pairs([("b", "2"), ("a", "1")])


def test_the_length_counts_pairs():
    """Every pair counts, repeated names too."""
    assert len(THREE) == 3
    assert not Pairs()


def test_an_iterator_is_read_once_and_kept():
    """Pairs may come from a generator."""
    value = Pairs((name, "1") for name in "ab")
    assert list(value) == list(value) == [("a", "1"), ("b", "1")]


def test_what_is_not_pairs_is_refused():
    """A list of names alone is a mistake that is found at once."""
    with pytest.raises(ValueError, match="unpack"):
        Pairs(["abc"])


def test_pairs_of_a_mapping_are_its_items():
    """A mapping stands for its items, pairs for themselves."""
    assert list(pairs_of({"a": "1"})) == [("a", "1")]
    assert list(pairs_of([("a", "1")])) == [("a", "1")]


def test_the_repr_names_the_kind():
    """The representation can be read as the call that makes the value."""
    assert repr(Query({"a": "1"})) == "Query([('a', '1')])"
