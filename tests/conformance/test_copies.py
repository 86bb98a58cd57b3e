"""Copies of scopes and events: fresh ones for the application, bounded ones to keep."""

from types import MappingProxyType

from asgikit.conformance.copies import ITEMS_KEPT, fresh, fresh_message, is_message, kept
from asgikit.conformance.scenario import Once


def test_a_fresh_copy_shares_no_container():
    """What an application does to its scope does not show in the scenario."""
    original = {"headers": [[b"a", b"b"]], "state": {"x": []}, "client": ("h", 1)}
    copy = fresh_message(original)
    assert copy == original
    assert copy["headers"] is not original["headers"]
    assert copy["headers"][0] is not original["headers"][0]
    assert copy["state"]["x"] is not original["state"]["x"]


def test_once_becomes_a_new_iterator_each_time():
    """A drive does not use up the iterator of the next one."""
    message = {"headers": Once(([b"a", b"b"], [b"c", b"d"]))}
    for _ in range(2):
        headers = fresh_message(message)["headers"]
        assert iter(headers) is headers
        assert list(headers) == [[b"a", b"b"], [b"c", b"d"]]


def test_once_inside_of_once_is_an_iterator_too():
    """Pairs of headers may be one-shot themselves."""
    (pair,) = fresh(Once((Once((b"a", b"b")),)))
    assert list(pair) == [b"a", b"b"]
    assert list(pair) == []


def test_what_is_no_plain_container_is_handed_on():
    """A scope that is illegal on purpose stays so."""
    odd = MappingProxyType({"type": "http"})
    assert fresh_message(odd) is odd
    assert fresh(odd) is odd


def test_a_kept_copy_is_bounded():
    """A transcript does not grow with what is sent."""
    copy = kept({"body": b"x" * 10_000, "headers": [[b"a", b"b"]] * 10_000, "text": "y" * 10_000})
    assert len(copy["body"]) < 400
    assert len(copy["text"]) < 400
    assert len(copy["headers"]) == ITEMS_KEPT


def test_a_kept_copy_does_not_change_with_the_original():
    """It is compared with it afterwards."""
    message = {"headers": [[b"a", b"b"]]}
    copy = kept(message)
    message["headers"][0][1] = b"c"
    assert copy == {"headers": [[b"a", b"b"]]}


def test_deep_nesting_ends_the_copying():
    """A message that holds itself does not hang the kit."""
    loop: dict[str, object] = {}
    loop["self"] = loop
    assert kept(loop)["self"]["self"]
    assert fresh_message(loop)["self"]["self"]


def test_no_mapping_is_kept_as_a_value():
    """An application can send anything."""
    assert kept(3) == {"value": 3}
    assert not is_message(3)
