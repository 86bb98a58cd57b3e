"""Values as short, printable text."""

import pytest

from asgikit.conformance.plain import ITEMS, clipped, one_line, printable, safe_repr, shown


class Hostile:
    def __repr__(self):
        """It raises."""
        raise RuntimeError("no")


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\x7f", "\x9b", "\ud800", "\u202e", "\u2028", "\ufffe", "\r"])
def test_what_cannot_be_printed_is_escaped(text):
    """Nothing steers a terminal, breaks XML or turns the direction of what follows."""
    assert text[0] not in printable(f"a{text}b")
    assert printable(f"a{text}b").startswith("a\\")


def test_what_can_be_printed_stays():
    """Letters of all scripts, newlines and tabs."""
    assert printable("é 漢 😀\n\tx") == "é 漢 😀\n\tx"


def test_an_escape_says_which_character_it_was():
    """Two digits for the first 256, four for the others."""
    assert printable("\x1b\u202e") == "\\x1b\\u202e"


@pytest.mark.parametrize(("text", "short"), [("abc", "abc"), ("abcdef", "ab..."), ("abcde", "abcde")])
def test_a_long_text_is_cut_off(text, short):
    """The dots count."""
    assert clipped(text, 5) == short


def test_one_line_has_no_line_breaks():
    """Runs of white space become one space."""
    assert one_line("a\n  b\tc") == "a b c"


@pytest.mark.parametrize("value", ["x", b"x", 1, None, True, [], (), (1,), (1, 2), [(b"a", b"b")], {"a": [1]}, {1: {2: 3}}])
def test_a_short_value_is_shown_as_python_writes_it(value):
    """So that its type is seen."""
    assert shown(value) == repr(value)


def test_a_long_value_is_cut_off():
    """Texts in the middle, lists after some items, all of it at the limit."""
    assert shown("x" * 1000, 20) == "'" + "x" * 16 + "..."
    assert shown(list(range(1000)), 200).endswith(f"{ITEMS - 1}, ...]")
    assert shown(list(range(ITEMS + 1)), 200).endswith(f"{ITEMS - 1}, ...]")
    assert len(shown([b"x" * 1000] * 1000, 60)) == 60


def test_a_value_within_itself_ends():
    """Depth is limited."""
    value = []
    value.append(value)
    assert shown(value) == "[[[[[[...]]]]]]"


@pytest.mark.parametrize("value", [Hostile(), [Hostile()], {"a": Hostile()}])
def test_a_repr_that_raises_is_no_error(value):
    """The object is the application's."""
    assert "<Hostile object>" in shown(value)
    assert safe_repr(Hostile()) == "<Hostile object>"
