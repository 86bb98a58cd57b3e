"""The catalogue as a page, as text, CSV and JSON."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from asgikit.conformance.rulebook import family, is_prose, rule_markdown, rule_text, rulebook, rulebook_csv, rulebook_json
from asgikit.conformance.rules import catalogue, rule

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_the_generated_one():
    """`asgikit rules --format md > docs/rules.md` writes it again after a change of the catalogue."""
    assert PAGE.read_text(encoding="utf-8") == rulebook()


def test_the_page_has_an_anchor_for_each_rule():
    """The one that `Rule.url` names, once."""
    anchors = re.findall(r'<a id="([^"]+)"></a>', rulebook())
    assert anchors == [each.url.partition("#")[2] for each in catalogue().values()]


def test_links_within_the_page_lead_to_anchors():
    """The table of contents has no dead link, and names all families."""
    page = rulebook()
    linked = re.findall(r"\]\(#([^)]+)\)", page)
    assert set(linked) <= set(re.findall(r'<a id="([^"]+)"></a>', page))
    assert len(linked) == len({family(each) for each in catalogue().values()})


def test_the_table_counts_the_rules():
    """By party and level."""
    musts = [each for each in catalogue().values() if each.level == "must"]
    notes = [each for each in catalogue().values() if each.level == "note"]
    row = next(line for line in rulebook().splitlines() if line.startswith("| all "))
    assert row.split("|")[2:5] == [f" {len(musts)} ", f" {len(catalogue()) - len(musts) - len(notes)} ", f" {len(notes)} "]


def test_a_rule_as_markdown():
    """Level, party, sentence, quote with its section, example, and how it is checked."""
    assert (
        rule_markdown(rule("HTTP-RESP-005"))
        == """\
<a id="http-resp-005"></a>

#### HTTP-RESP-005

**must** · app. Names of response fields are in lower case.

> Header names must be lowercased.  
> *[www, Response Start - send event](https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event), stated*

Broken by: `[(b"Content-Type", b"text/plain")]`

Checked in passing: every event is looked at.
"""  # noqa: W291
    )


def test_what_markdown_has_its_own_meaning_for_is_escaped():
    """A text is shown as it was written; names are set as code."""
    odd = replace(rule("VER-001"), text="*a* <b> _c_ [d](e) more_body send().", quote="<script>", ambiguity="1 < 2.")
    page = rule_markdown(odd)
    assert r"\*a\* \<b> \_c\_ \[d\](e) `more_body` `send()`." in page
    assert r"> \<script>" in page
    assert "Left open: 1 \\< 2." in page
    assert "since 2.1" in page


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("A request has no event.", "Broken by: A request has no event."),
        ("while x: ...", "Broken by: `while x: ...`"),
        ("if x:\n    y()", "Broken by:\n\n```text\nif x:\n    y()\n```"),
    ],
)
def test_an_example_is_shown_as_words_or_as_code(example, shown):
    """Code in one line or in a block."""
    assert shown in rule_markdown(replace(rule("VER-001"), example=example))


def test_no_example_is_taken_for_what_it_is_not():
    """One in words has a full stop and no line breaks, and none has a backtick, which would end its code."""
    examples = [each.example for each in catalogue().values()]
    assert all("\n" not in example for example in examples if is_prose(example))
    assert not any("`" in example for example in examples)


def test_a_rule_as_text():
    """For a terminal: the same, in columns."""
    assert (
        rule_text(rule("HTTP-RESP-019"))
        == """\
HTTP-RESP-019  must, binds app
  The application completes its response before it returns, unless it raised or the client has left.

  spec       "If more_body is set to False, and the server is not expecting Response Trailers this
             will complete the response."
             www, Response Body - send event (implied)
             https://asgi.readthedocs.io/en/latest/specs/www.html#response-body-send-event
  broken by  await send({"type": "http.response.body", "body": b"a", "more_body": True}); return
  checked    in passing: the exchange is looked at when the application returns.
"""
    )


def test_a_text_keeps_its_code_and_tells_what_is_open():
    """Lines of code stay under each other; the version and the ambiguity are there where the rule has them."""
    text = rule_text(replace(rule("VER-001"), example="if x:\n    y()"))
    assert "  broken by  if x:\n                 y()\n" in text
    assert text.startswith("VER-001  note, binds app, since 2.1\n")
    assert "  left open  Additional keys" in text


@pytest.mark.parametrize("rule_id", list(catalogue()))
def test_a_text_fits_a_terminal(rule_id):
    """Whatever is not code or a link has 100 columns."""
    it = rule(rule_id)
    code = it.example.split("\n")
    assert [
        line
        for line in rule_text(it).splitlines()
        if len(line) > 100 and "https://" not in line and not any(line.endswith(part) for part in code)
    ] == []


def test_json_has_all_rules():
    """Every field and both links, under a version."""
    data = json.loads(rulebook_json())
    assert data["version"] == 1
    assert [each["id"] for each in data["rules"]] == list(catalogue())
    first = data["rules"][0]
    assert first["binds"] == ["app"]
    assert first["checks"] == ["passive"]
    assert (first["url"], first["spec_url"]) == (rule("CORE-APP-001").url, rule("CORE-APP-001").spec_url)
    assert [each["quote"] for each in data["rules"]] == [each.quote for each in catalogue().values()]


def test_csv_has_all_rules():
    """A line of names, then one record a rule, with lists joined by blanks."""
    rows = list(csv.DictReader(io.StringIO(rulebook_csv())))
    assert [row["id"] for row in rows] == list(catalogue())
    assert [row["example"] for row in rows] == [each.example for each in catalogue().values()]
    assert next(row["binds"] for row in rows if row["id"] == "CORE-MSG-001") == "app server"


def test_some_rules_can_be_told():
    """In the order given."""
    some = [rule("WS-SEND-004"), rule("VER-001")]
    assert [each["id"] for each in json.loads(rulebook_json(some))["rules"]] == ["WS-SEND-004", "VER-001"]
    assert [row["id"] for row in csv.DictReader(io.StringIO(rulebook_csv(iter(some))))] == ["WS-SEND-004", "VER-001"]
    assert len(rulebook_csv([]).splitlines()) == 1
