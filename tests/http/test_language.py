"""Language tags and the choice among them."""

from __future__ import annotations

import pytest

from asgikit.http.language import is_language_tag, negotiate_language

OFFERS = ["en", "de", "pt-BR", "zh-Hant-TW"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "en"),
        ("", "en"),
        (" , ", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-CH", "de"),
        ("pt", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("zh-Hant", "zh-Hant-TW"),
        ("zh-Hans", None),
        ("fr", None),
        ("*", "en"),
        ("de;q=0.5, pt-BR;q=0.6", "pt-BR"),
        ("de;q=0.5, *;q=0.1", "de"),
        ("en;q=0, *", "de"),
        ("en-GB;q=0", None),
        ("en-GB, en;q=0", None),
        ("fr, en-GB;q=0.1", "en"),
        ("p", None),
        ("de;q=2", None),
    ],
)
def test_the_best_liked_language_wins(accept: str | None, expected: str | None) -> None:
    """By weight, then by the order of the offers; nearer ranges count more than wider ones."""
    assert negotiate_language(accept, OFFERS) == expected


def test_without_offers_there_is_no_choice() -> None:
    """Whatever is asked for."""
    assert negotiate_language(None, []) is negotiate_language("en", []) is None


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("en", True),
        ("zh-Hant-TW", True),
        ("de-CH-1996", True),
        ("", False),
        ("en_GB", False),
        ("e n", False),
        ("-en", False),
        ("en-", False),
        ("abcdefghi", False),
    ],
)
def test_a_tag_has_its_shape(text: str, valid: bool) -> None:
    """Subtags of letters and digits, joined by hyphens."""
    assert is_language_tag(text) is valid
