"""Objects that no specification knows."""

from asgikit.conformance.foreign import Foreign


def test_a_foreign_object_is_a_value():
    """Equal by its name, and shown so that nobody takes it for a literal."""
    assert Foreign("a") == Foreign("a") != Foreign("b")
    assert repr(Foreign("a")) == "<a>"
