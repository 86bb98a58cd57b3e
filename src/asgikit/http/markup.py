"""Text as HTML shows it."""

from __future__ import annotations

from typing import Final

# By numbers, and quotes too: so it is safe in an attribute. NUL is no character of HTML (WHATWG HTML, 13.2.3.5).
_ESCAPES: Final = {**{ord(c): f"&#{ord(c)};" for c in "&<>\"'"}, 0: "\ufffd"}


def escape(text: str) -> str:
    """The text without markup, for an element or an attribute in quotes; what UTF-8 cannot encode is a question mark."""
    return text.translate(_ESCAPES).encode("utf-8", "replace").decode()
