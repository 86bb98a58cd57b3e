"""Text as HTML shows it."""

import pytest

from asgikit.http.markup import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é €", "plain é €"),
        ("<a href='x' b=\"y\">&amp;", "&#60;a href=&#39;x&#39; b=&#34;y&#34;&#62;&#38;amp;"),
        ("\x00", "\ufffd"),
        ("\ud800", "?"),
    ],
)
def test_markup_is_text(text: str, shown: str) -> None:
    """Of an element, or of an attribute in either quotes; always UTF-8."""
    assert escape(text) == shown
