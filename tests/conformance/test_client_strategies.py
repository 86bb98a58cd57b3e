"""What clients do."""

import pytest

from asgikit.conformance.client_strategies import BEHAVIOURS, any_body, behave, pieces_of, request_course, sparse, with_more
from asgikit.conformance.drawing import drawn
from asgikit.conformance.scenario import Cancel, Deliver, Leave, Resume, Stall
from tests.conformance.sampling import samples


def test_bodies_are_cut_anywhere():
    """At every place, and into empty pieces; together they are the body."""
    found = samples(drawn(lambda choose: pieces_of(choose, b"abc")), 300)
    assert all(b"".join(pieces) == b"abc" for pieces in found)
    assert {len(pieces[0]) for pieces in found} == {0, 1, 2, 3}
    assert any(b"" in pieces[:-1] for pieces in found)


def test_events_are_marked_by_what_they_leave_to_the_application():
    """Pieces, empty ones, and absent keys."""
    for actions, marks in samples(drawn(lambda choose: request_course(choose, b"abc")), 300):
        events = [action.event for action in actions]
        assert ("HTTP-REQ-006" in marks) == (len(events) > 1)
        assert ("HTTP-REQ-007" in marks) == any(not event.get("body") for event in events[:-1])
        assert ("HTTP-REQ-004" in marks) == ("more_body" not in events[-1])
        assert ("CORE-MSG-010" in marks) == any(event.keys() - {"type", "body", "more_body"} for event in events)


def test_keys_with_their_default_can_be_left_out():
    """And only those."""
    assert sparse({"type": "a", "body": b"", "more_body": False}) == {"type": "a"}
    assert sparse({"type": "a", "body": b"x", "more_body": True}) == {"type": "a", "body": b"x", "more_body": True}


def test_unknown_keys_are_added_and_shared_with_nobody():
    """One at least."""
    found = samples(drawn(lambda choose: with_more(choose, {"type": "a"})), 50)
    assert all(len(event) > 1 for event in found)
    mores = [event["x-more"] for event in found if "x-more" in event]
    assert mores
    assert len({id(more) for more in mores}) == len(mores)


WHOLE = tuple(Deliver({"type": "http.request", "body": b"a", "more_body": index < 2}) for index in range(3))


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_behaviour_begins_with_the_request(behaviour):
    """Something is delivered first or stalled, nothing follows the leaving, and nobody stalls for ever."""
    for actions, _ in samples(drawn(lambda choose: behaviour(choose, WHOLE)), 30):
        delivered = [action for action in actions if isinstance(action, Deliver)]
        assert tuple(delivered) == WHOLE[: len(delivered)]
        assert delivered
        ends = [index for index, action in enumerate(actions) if isinstance(action, Leave | Cancel)]
        assert all(index == len(actions) - 1 for index in ends)
        assert not any(isinstance(action, Stall) for action in actions) or isinstance(actions[-1], Leave | Resume)


def test_clients_do_all_sorts_of_things():
    """Stay, leave in both modes, stall, resume, cancel, and send only a half."""
    found = samples(drawn(lambda choose: behave(choose, request_course(choose, b"abc"))), 400)
    seen = {type(action) for actions, _ in found for action in actions}
    assert seen == {Deliver, Leave, Stall, Resume, Cancel}
    assert {action.sends for actions, _ in found for action in actions if isinstance(action, Leave)} == {"raise", "ignore"}
    assert any(isinstance(actions[-1], Deliver) and actions[-1].event.get("more_body") for actions, _ in found)


def test_a_body_is_rare_where_methods_seldom_have_one():
    """But it is there some time."""
    rare = samples(drawn(lambda choose: any_body(choose, likely=False).content), 200)
    often = samples(drawn(lambda choose: any_body(choose, likely=True).content), 200)
    assert 0 < sum(map(bool, rare)) < sum(map(bool, often))
