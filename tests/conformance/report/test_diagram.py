"""The exchange as a drawing."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from asgikit.conformance.report.diagram import WIDTH, sequence_diagram, styles
from asgikit.conformance.transcript import Step
from tests.conformance.report.samples import CALL, EXCHANGE, HOSTILE, NASTY

SVG = "{http://www.w3.org/2000/svg}"


def drawn(steps, **options):
    return ET.fromstring(sequence_diagram(steps, **options))


def of_class(element, tag, name):
    return [each for each in element.iter(SVG + tag) if name in each.get("class", "").split()]


def test_every_step_is_an_arrow():
    """With its number and its words."""
    element = drawn(EXCHANGE)
    assert len(of_class(element, "line", "arrow")) == len(EXCHANGE)
    assert [each.text for each in of_class(element, "text", "number")] == ["1", "2", "3", "4"]
    assert ["".join(each.itertext()) for each in of_class(element, "text", "title")] == [
        "call POST /items",
        "receive http.request",
        "send http.response.start",
        "send http.response.body",
    ]


def test_arrows_point_to_who_gets_the_message():
    """Calls and receives to the right, sends to the left."""
    arrows = of_class(drawn(EXCHANGE), "line", "arrow")
    assert [float(each.get("x2")) > float(each.get("x1")) for each in arrows] == [True, True, False, False]


def test_the_last_step_is_the_red_one():
    """And no other."""
    element = drawn(EXCHANGE)
    assert [index for index, each in enumerate(of_class(element, "line", "arrow")) if "bad" in each.get("class")] == [3]
    assert len(of_class(element, "rect", "band")) == 1


@pytest.mark.parametrize(
    ("blame", "guilty"), [("app", ["Application"]), ("server", ["Server"]), ("middleware", ["Middleware"]), (None, [])]
)
def test_who_is_to_blame_is_marked(blame, guilty):
    """By name."""
    assert [each.text for each in of_class(drawn(EXCHANGE, blame=blame), "text", "guilty")] == guilty


def test_skipped_steps_are_a_gap():
    """Without an arrow."""
    element = drawn((CALL, Step("skipped", {"steps": 12}), EXCHANGE[3]))
    assert [each.text for each in of_class(element, "text", "gap")] == ["12 steps more"]
    assert len(of_class(element, "line", "arrow")) == 2


@pytest.mark.parametrize(("kind", "crosses"), [("raise", 1), ("send", 1), ("return", 0)])
def test_what_raised_ends_in_a_cross(kind, crosses):
    """What returned ends in a tip."""
    message = {"error": "ValueError: x"} if crosses else {}
    element = drawn((CALL, Step(kind, message)))
    assert len(of_class(element, "path", "cross")) == crosses
    assert len(of_class(element, "path", "tip")) == 2 - crosses


def test_it_can_be_read_aloud():
    """By its title and its description, whose ids begin with its name."""
    element = drawn(EXCHANGE, name="x")
    assert element.get("role") == "img"
    title, description = (element.find(f"{SVG}{tag}") for tag in ("title", "desc"))
    assert element.get("aria-labelledby").split() == [title.get("id"), description.get("id")] == ["x-title", "x-desc"]
    assert title.text == "POST /items: exchange of 4 steps between server and application"
    assert "3. application to server: http.response.start status=200" in description.text


def test_everything_lies_inside():
    """Whatever the number of steps."""
    for steps in (EXCHANGE[:1], EXCHANGE, EXCHANGE * 10):
        element = drawn(steps)
        height = float(element.get("height"))
        assert element.get("viewBox") == f"0 0 {WIDTH} {element.get('height')}"
        for each in element.iter():
            assert all(0 <= float(each.get(name, 0)) <= height for name in ("y", "y1", "y2"))


def test_rows_do_not_overlap():
    """Each arrow below the one before, with room for its words."""
    ys = [float(each.get("y1")) for each in of_class(drawn(EXCHANGE * 5), "line", "arrow")]
    assert all(later - earlier >= 30 for earlier, later in itertools.pairwise(ys))


def test_values_are_texts():
    """No markup, no control character, nothing longer than the drawing is wide."""
    source = sequence_diagram(HOSTILE.findings[0].violation.exchange)
    assert "<script" not in source
    assert not re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", source)
    long = drawn((CALL, Step("send", {"type": "x" * 1000, "body": b"y" * 10_000, "z": NASTY})))
    assert max(len("".join(each.itertext())) for each in long.iter(f"{SVG}text")) < 100


def test_without_steps_there_is_nothing_to_draw():
    """Of a server one has the wire."""
    assert sequence_diagram(()) == ""


def test_a_file_has_its_own_style_and_a_page_has_one_for_all():
    """Both colour schemes are in it, and nothing is loaded."""
    assert styles() in sequence_diagram(EXCHANGE)
    assert "<style" not in sequence_diagram(EXCHANGE, styled=False)
    assert "prefers-color-scheme: dark" in styles()
    assert not re.search(r"url\(|@import|<", styles())
