"""The grammar of HTTP fields (RFC 9110, 5.6)."""

from types import SimpleNamespace

import pytest

from asgikit.http import grammar
from asgikit.http.grammar import FIELD_VALUE, QVALUE, TOKEN_BYTES, is_token, quote, split_list, unquote

SEPARATORS = '"(),/:;<=>?@[\\]{}'


@pytest.mark.parametrize("text", ["a", "Content-Type", "!#$%&'*+-.^_`|~", "0", "*"])
def test_a_token_is_one_or_more_tchar(text):
    """Letters, digits and the fifteen marks of RFC 9110, 5.6.2 make a token."""
    assert is_token(text)
    assert TOKEN_BYTES.fullmatch(text.encode()) is not None


@pytest.mark.parametrize("text", ["", " ", "a b", "a\n", "a\r\n", "\x00", "\x7f", "é", "\u212a", "\ud800", *SEPARATORS])
def test_what_is_no_tchar_is_in_no_token(text):
    """Delimiters, white space, control characters and all beyond ASCII are in no token."""
    assert not is_token(text)
    assert not is_token(f"a{text}") or not text


@pytest.mark.parametrize("value", [b"", b"a", b"a b", b"a\tb", b"\xe9", b"\x80\xff", b'"', b"a" * 100_000])
def test_a_field_value_is_visible_with_blanks_inside(value):
    """Visible characters, obs-text, and blanks between them make a field value (RFC 9110, 5.5)."""
    assert FIELD_VALUE.fullmatch(value) is not None


@pytest.mark.parametrize("octet", [n for n in range(0x20) if n != 9] + [0x7F])
def test_a_field_value_holds_no_control_character(octet):
    """Every control character but HTAB is refused, wherever it stands."""
    for value in (bytes([octet]), b"a" + bytes([octet]), bytes([octet]) + b"a", b"a" + bytes([octet]) + b"b"):
        assert FIELD_VALUE.fullmatch(value) is None


@pytest.mark.parametrize("value", [b" ", b"\t", b" a", b"a ", b"\ta", b"a\t", b"a" + b" " * 100_000])
def test_white_space_around_is_not_part_of_a_field_value(value):
    """A field value neither begins nor ends with a blank (RFC 9110, 5.5)."""
    assert FIELD_VALUE.fullmatch(value) is None


@pytest.mark.parametrize("weight", ["0", "1", "0.", "1.", "0.5", "0.001", "0.999", "1.0", "1.000"])
def test_a_qvalue_has_up_to_three_decimals(weight):
    """Weights go from 0 to 1 in thousandths (RFC 9110, 12.4.2)."""
    assert QVALUE.fullmatch(weight) is not None


@pytest.mark.parametrize(
    "weight", ["", "2", "1.1", "0.0001", "1.0000", "-0", "+1", ".5", "00", "1e0", "nan", "inf", "٠", "0.5\n"]
)
def test_what_only_float_reads_is_no_qvalue(weight):
    """Signs, exponents, names and the digits of other scripts are no weight."""
    assert QVALUE.fullmatch(weight) is None


@pytest.mark.parametrize(
    ("text", "printed"),
    [("a", "a"), ("", '""'), ("a b", '"a b"'), ('"', '"\\""'), ("\\", '"\\\\"'), ("a,b;c", '"a,b;c"'), ("é", '"é"')],
)
def test_quote_makes_a_token_or_a_quoted_string(text, printed):
    """Text that is no token is quoted, quotes and backslashes escaped (RFC 9110, 5.6.4)."""
    assert quote(text) == printed


@pytest.mark.parametrize("text", ["a\r\nb", "\x00", "\x1f", "\x7f", "a\n", "€", "\ud800"])
def test_quote_refuses_what_a_quoted_string_cannot_hold(text):
    """Control characters and text outside Latin-1 fit in no quoted-string."""
    with pytest.raises(ValueError, match="cannot hold"):
        quote(text)


@pytest.mark.parametrize(
    ("inside", "text"), [("a", "a"), ("", ""), ('\\"', '"'), ("\\\\", "\\"), ("\\a\\b", "ab"), ("\\\\\\\\", "\\\\")]
)
def test_unquote_resolves_each_quoted_pair_once(inside, text):
    """A backslash stands for the character behind it, once."""
    assert unquote(inside) == text


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("", []),
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a \t,\tb ", ["a", "b"]),
        (", ,a,,b,", ["a", "b"]),
        ('"a,b",c', ['"a,b"', "c"]),
        ('a="b,\\"c,d",e', ['a="b,\\"c,d"', "e"]),
        ('"",","', ['""', '","']),
        ("a b,c", ["a b", "c"]),
        ("a\xa0,\u3000b", ["a\xa0", "\u3000b"]),
    ],
)
def test_a_list_is_split_at_its_commas(value, parts):
    """Empty elements are dropped, blanks trimmed, and commas inside quotes are text (RFC 9110, 5.6.1)."""
    assert split_list(value) == parts


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ('"', ['"']),
        ('"a,b', ['"a', "b"]),
        ('a","b', ['a","b']),
        ('"\\",b', ['"\\"', "b"]),
        ('"a\x00",b', ['"a\x00"', "b"]),
        ('"a\\', ['"a\\']),
        ('"\\",a,\\"", b', ['"\\",a,\\""', "b"]),
    ],
)
def test_a_quote_that_nothing_closes_is_a_character(value, parts):
    """An unbalanced quote hides no comma behind it."""
    assert split_list(value) == parts


def test_another_separator_splits_too():
    """Parameters are split at semicolons by the same rules."""
    assert split_list('a; b="x;y" ;; c', ";") == ["a", 'b="x;y"', "c"]


@pytest.mark.parametrize("separators", ["," * 100_000, " ," * 50_000, '"",' * 30_000])
def test_a_hundred_thousand_separators_are_no_work(separators):
    """A list of nothing but separators has no elements, or only the empty strings that are quoted."""
    assert set(split_list(separators)) <= {'""'}


def test_an_unclosed_quote_is_read_once(monkeypatch):
    """The characters scanned for closing quotes are no more than the text has, whatever is escaped in it."""
    scanned = []
    pattern = grammar._QUOTED_RUN

    def match(text, at):
        found = pattern.match(text, at)
        scanned.append(found.end() - at)
        return found

    monkeypatch.setattr(grammar, "_QUOTED_RUN", SimpleNamespace(match=match))
    for hostile in ('"' + '\\"' * 2_000, '"' + '\\",' * 2_000, '"\\"\x00' * 1_000, '"a"' * 1_000):
        scanned.clear()
        split_list(hostile)
        assert 0 < sum(scanned) <= len(hostile)
