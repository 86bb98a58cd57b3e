"""What a page is made of, for tests: its elements and attributes apart from its words."""

from __future__ import annotations

from html.parser import HTMLParser


class Shape(HTMLParser):
    """Reads a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", ()))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shape_of(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements, with the names of their attributes, in their order."""
    shape = Shape()
    shape.feed(page)
    shape.close()
    return shape.elements
