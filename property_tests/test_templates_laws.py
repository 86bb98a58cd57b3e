"""Laws of pages: whatever is in a model, a browser reads back that, and no markup."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from html.parser import HTMLParser

import anyio
import jinja2
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from asgikit.body import Stream
from asgikit.response import Response
from asgikit.templates import CHUNK, Templates
from property_tests.strategies import scalar_text

TEXT = """{% extends "base" %}{% macro shown(value) %}<b id="{{ value }}">{{ value }}</b>{% endmacro %}
{% block body %}<p title="{{ text }}" class='{{ text }}'>{{ text }}</p>
<ul>{% for row in rows %}{% include "row" %}{% endfor %}</ul>{{ shown(text) }}{% endblock %}"""

LOADER = jinja2.DictLoader(
    {
        "page": TEXT,
        "base": "<title>{{ text }}</title>{% block body %}{% endblock %}",
        "row": "<li>{{ row }}</li>",
        "rows": "{% for row in rows %}{{ row }}{% endfor %}",
    }
)

html_text = (
    st.text("<>&\"'/!-;=#x3 abpt\n\x00é\u2028]", max_size=20)
    | scalar_text
    | st.sampled_from(
        ["</title><script>", "&lt;", "&amp;amp;", "&#60", "{{ 7*7 }}", "{% x %}", "<!--", "]]>", "' onload='x", '" onload="x']
    )
)


@dataclass(frozen=True)
class Model:
    text: str
    rows: list[str]


@dataclass(frozen=True)
class Rows:
    rows: list[str]


page = Templates(LOADER).page("page", Model)
plain = Templates(LOADER).page("rows", Rows, content_type="text/plain")


class Reader(HTMLParser):
    """The elements with their attributes, and the text inside each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.others: list[str] = []
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))
        self.texts.setdefault(tag, []).append("")
        self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    @override
    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    @override
    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    @override
    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


@given(html_text, st.lists(html_text, max_size=3))
def test_a_reader_of_the_page_gets_the_model_and_nothing_else(text: str, rows: list[str]) -> None:
    """In text and in quoted attributes, through layouts, includes and macros."""
    reader = Reader(page.text(Model(text, rows)))
    items = [("li", list[tuple[str, str | None]]())] * len(rows)
    assert reader.elements == [
        ("title", []),
        ("p", [("title", text), ("class", text)]),
        ("ul", []),
        *items,
        ("b", [("id", text)]),
    ]
    assert reader.texts["title"] == reader.texts["p"] == reader.texts["b"] == [text]
    assert reader.texts.get("li", []) == rows
    assert reader.others == reader.open == []


async def pieces(response: Response) -> AsyncGenerator[bytes]:
    assert isinstance(response.body, Stream)
    async for chunk in response.body.chunks:
        assert isinstance(chunk, bytes)
        yield chunk


@given(html_text, st.lists(html_text, max_size=3))
def test_however_it_is_rendered_it_is_the_same(text: str, rows: list[str]) -> None:
    """Synchronously, asynchronously, as a stream."""
    model = Model(text, rows)

    async def both() -> tuple[object, bytes]:
        return (await page.render(model)).body, b"".join([piece async for piece in pieces(page.stream(model))])

    assert anyio.run(both) == (page(model).body, page(model).body)


@given(st.lists(st.integers(0, 3 * CHUNK), max_size=6))
def test_a_stream_is_cut_into_chunks_that_are_neither_small_nor_empty(sizes: list[int]) -> None:
    """Each but the last is a chunk full, and no more than the piece that fills it."""

    async def lengths() -> list[int]:
        return [len(piece) async for piece in pieces(plain.stream(Rows(["x" * size for size in sizes])))]

    found = anyio.run(lengths)
    assert sum(found) == sum(sizes)
    assert all(CHUNK <= length < CHUNK + max(sizes) for length in found[:-1])
    assert all(found)


@given(st.lists(html_text, max_size=4))
def test_plain_text_stays_as_it_is(rows: list[str]) -> None:
    """No escapes in an e-mail."""
    assert plain.text(Rows(rows)) == "".join(rows)
