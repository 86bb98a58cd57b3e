"""A report as a page."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from asgikit.conformance.report import html
from asgikit.conformance.report.html import html_page
from asgikit.conformance.rules import rule
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, MUST, NOTE, SERVER, SHOULD, case, finding, replace_cases

VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """The elements of a page, its texts, and whether every element is closed where it should be."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.ids, self.texts, self.hrefs, self.open = [], [], [], [], []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.hrefs += [attributes["href"]] if "href" in attributes else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.texts).split())

    def count(self, tag, name):
        return sum(each == tag and name in attributes.get("class", "").split() for each, attributes in self.tags)


@pytest.mark.parametrize("report", [BROKEN, CLEAN, SERVER, HOSTILE, replace_cases(CLEAN)])
def test_a_page_is_well_formed_and_loads_nothing(report):
    """No script, no image, no style from elsewhere, no id twice, and links inside that lead somewhere."""
    page = Page(html_page(report))
    assert {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "embed", "form", "base"} == set()
    assert len(set(page.ids)) == len(page.ids)
    assert all(href[1:] in page.ids if href.startswith("#") else href.startswith("https://") for href in page.hrefs)
    assert not [attributes for _, attributes in page.tags if "src" in attributes]


def test_the_policy_allows_one_style_sheet():
    """By its hash, which is right."""
    source = html_page(BROKEN)
    (sheet,) = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in source
    assert not re.search(r"url\(|@import|expression|</", sheet)


def test_the_head_tells_the_verdict():
    """And what was done."""
    words = Page(html_page(BROKEN)).words
    assert words.startswith("shop.asgi:app: ASGI conformance")
    for part in ("2 rules broken: 1 must, 1 should; 1 case crashed or hung.", "1,284 exchanges", "seed 7", "Python 3.11.7"):
        assert part in words


@pytest.mark.parametrize(
    ("report", "level", "name"),
    [(CLEAN, "should", "clean"), (SERVER, "should", "broken"), (BROKEN, "should", "crashed")],
)
def test_the_verdict_has_its_colour(report, level, name):
    """By its class."""
    assert Page(html_page(report, level=level)).count("p", name) >= 1


def test_every_rule_is_quoted_with_its_section():
    """And linked to where it can be read."""
    page = Page(html_page(BROKEN))
    for each in (MUST, SHOULD, NOTE):
        assert each in page.ids
        assert rule(each).spec_url in page.hrefs
        assert " ".join(rule(each).quote.split()) in page.words


def test_every_finding_is_drawn():
    """With its reproducer; the first of a rule is open."""
    page = Page(html_page(BROKEN))
    assert page.count("svg", "diagram") == page.count("details", "finding") == 4
    assert "asyncio.run(main())" in page.words
    assert "asgikit check shop.asgi:app --replay r1-" in page.words
    assert page.words.count("Every message in full") == 4
    assert "3 send http.response.start 'type': 'http.response.start' 'status': 200" in page.words
    assert [("open" in attributes) for tag, attributes in page.tags if tag == "details" and attributes["class"] == "finding"] == [
        True,
        False,
        True,
        True,
    ]


def test_past_so_many_findings_the_sentence_is_enough(monkeypatch):
    """A page has to open."""
    monkeypatch.setattr(html, "DRAWN", 2)
    page = Page(html_page(replace_cases(BROKEN, case(*(finding(where=f"GET /{n}") for n in range(5)), outcome="failed"))))
    assert (page.count("svg", "diagram"), page.count("details", "finding")) == (2, 5)


def test_a_server_shows_its_bytes():
    """For there is no exchange to draw."""
    page = Page(html_page(SERVER))
    assert page.count("svg", "diagram") == 0
    assert "Bytes on the wire > GET / HTTP/1.1\\r\\n" in page.words


def test_the_table_counts_findings_by_rule_and_place():
    """Places in columns."""
    source = html_page(BROKEN)
    (table,) = re.findall(r'<table class="matrix">(.*?)</table>', source, re.DOTALL)
    assert re.findall(r'<th scope="col">(.*?)</th>', table) == ["rule", "GET /", "POST /items"]
    assert re.findall(r'<td class="\w+">(.*?)</td>', table) == ["·", "2", "·", "1", "1", "·"]


def test_levels_can_be_hidden_without_a_script():
    """A box for each level, in front of what the style sheet hides; none where nothing was found."""
    source = html_page(BROKEN)
    for level in ("must", "should", "note"):
        assert source.index(f'id="show-{level}"') < source.index("<main>")
        assert f"#show-{level}:not(:checked) ~ main .{level}" in source
    assert 'class="filter"' not in html_page(CLEAN)


def test_cases_are_listed_by_place():
    """With n of m."""
    words = Page(html_page(BROKEN)).words
    assert "POST /items 0 of 2 passed" in words
    assert "GET / 2 of 2 passed" in words
    assert "the application refuses it" in words


def test_crashes_and_warnings_stand_at_the_top():
    """Before what was found."""
    words = Page(html_page(BROKEN)).words
    assert words.index("Crashed or hung: WS /chat, cancel : the process did not end") < words.index("Rules and places")
    assert words.index("GET /broken answers 500") < words.index("Rules and places")


def test_nothing_of_the_application_becomes_markup():
    """It is shown as it was."""
    source = html_page(replace(HOSTILE, seed=1))
    assert "<script" not in source
    assert "&lt;script&gt;alert(1)" in source
    assert not re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\u202e]", source)
