"""The transcript."""

from __future__ import annotations

from asgikit.conformance.transcript import BODY_KEPT, HEAD, TAIL, Step, Transcript, parted, shortened


def test_the_steps_come_in_order() -> None:
    """All of them, while they are few."""
    transcript = Transcript()
    transcript.add("call", {"type": "http"})
    transcript.add("return", {})
    assert transcript.steps == (Step("call", {"type": "http"}), Step("return", {}))


def test_of_many_steps_the_first_and_the_last_are_kept() -> None:
    """One step tells how many are left out."""
    transcript = Transcript()
    for number in range(1000):
        transcript.add("send", {"number": number})
    numbers = [step.message.get("number") for step in transcript.steps]
    assert numbers == [*range(HEAD), None, *range(1000 - TAIL, 1000)]
    assert transcript.steps[HEAD] == Step("skipped", {"steps": 1000 - HEAD - TAIL})


def test_nothing_is_skipped_before_the_tail_is_full() -> None:
    """No step says that none are left out."""
    transcript = Transcript()
    for number in range(HEAD + TAIL):
        transcript.add("send", {"number": number})
    assert [step.message["number"] for step in transcript.steps] == [*range(HEAD + TAIL)]


def test_long_values_are_shortened() -> None:
    """Their length is told."""
    assert shortened(b"x" * BODY_KEPT) == b"x" * BODY_KEPT
    assert shortened(b"x" * 1000) == b"x" * BODY_KEPT + b"... (1000 bytes)"
    assert shortened("x" * 1000) == "x" * BODY_KEPT + "... (1000 characters)"
    assert shortened(5) == 5


def test_what_was_shortened_keeps_its_length() -> None:
    """However often it is done; a value that only looks so has its own."""
    assert shortened(shortened(b"x" * 5000, 1000)) == b"x" * BODY_KEPT + b"... (5000 bytes)"
    assert shortened(shortened("x" * 5000)) == shortened("x" * 5000)
    assert parted(b"x" * BODY_KEPT + b"... (5000 bytes)") == (BODY_KEPT, 5000)
    assert parted(b"x" * 300 + b"... (20 bytes)") == (314, 314)
