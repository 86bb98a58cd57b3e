"""The style of the debug page."""

from __future__ import annotations

import re

import pytest

from asgikit.debugging.style import STYLE

LIGHT, DARK = (dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", half)) for half in STYLE.split("@media"))


def luminance(color: str) -> float:
    """WCAG 2.2, relative luminance."""
    digits = color[1:] if len(color) == 7 else "".join(c * 2 for c in color[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(colors: dict[str, str]) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 at least."""
    grounds = {"text": ["back", "card", "mark", "run"], "soft": ["back", "card", "run"], "error": ["back"]}
    for text, backs in grounds.items():
        for back in backs:
            assert contrast(colors[text], colors[back]) >= 4.5, (text, back)


def test_nothing_is_loaded() -> None:
    """The page may be looked at without a network."""
    assert not re.search(r"url\(|@import|https?:", STYLE)
    assert "<" not in STYLE
