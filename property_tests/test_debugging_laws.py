"""Laws of the debug page: no drawn text is markup, no secret gets out, and nothing that is looked at stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asgikit.config import Secret
from asgikit.debugging.capture import capture
from asgikit.debugging.glance import MAX_VALUE, Glances
from asgikit.debugging.page import debug_page
from asgikit.debugging.report import Asked, Failure, Frame, Line, Report, as_text
from asgikit.debugging.secrecy import Secrets, is_surely_secret
from property_tests.strategies import any_text, hostile, scalar_text
from tests.markup import shape_of

tags = st.sampled_from(
    ["<b>", "</i>", "<i x=", '"><u>', "'><u>", "</pre>", "</style>", "<!--", "-->", "</title>", "<script>", "&lt;", ">", " a"]
)
markup = st.one_of(hostile, st.lists(tags, min_size=1, max_size=4).map("".join))
Words = Callable[[], str]


def report_of(word: Words) -> Report:
    """Every text of it is another word."""
    row = (word(), word())
    source = (Line(1, word()), Line(2, word(), (1, 8)))
    frame = Frame(word(), word(), word(), 2, source, (row, row))
    first = Failure(word(), word(), "first", (word(),), (frame, frame))
    return Report((first, Failure(word(), word(), "cause", (), (frame,))), Asked(word(), word(), (row,), (row, row)))


@given(st.data())
def test_no_text_of_a_report_is_markup(data: st.DataObject) -> None:
    """A page has the same elements, with the same attributes, whatever the words on it."""
    drawn = report_of(lambda: "x" + data.draw(markup))
    page = debug_page(drawn)
    assert shape_of(page) == shape_of(debug_page(report_of(lambda: "word")))
    page.encode()


secrets = st.text(min_size=8, max_size=30).filter(lambda text: not text.isspace() and len(set(text)) > 3)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scalar_text, inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(secrets, scalar_text, st.sampled_from(["f", "key", "sub"]))
def test_a_secret_that_is_known_is_in_no_part(secret: str, around: str, how: str) -> None:
    """Neither in the message, nor in another variable, nor in a collection, nor in the page."""

    def fail() -> None:
        hidden = Secret(secret)
        other = f"{around}{hidden.reveal()}"
        many = [{"a": (other,)}, {how: other}]
        raise ValueError(f"{other} {many}")

    try:
        fail()
    except ValueError as error:
        report = capture(error, Asked("GET /"), Secrets())
    # The names of this test are no secrets, though one that is drawn may look like them.
    texts = [report.failures[0].message, *(text for _, text in report.failures[0].frames[0].variables)]
    assert not any(secret in text or repr(secret)[1:-1] in text for text in texts)


@given(values, scalar_text)
def test_every_value_is_shown_in_few_words(value: Any, name: str) -> None:
    """Whatever it is."""
    glances = Glances(Secrets())
    glances.learn(name, value)
    assert len(glances.show(name, value)) <= MAX_VALUE + 1


@given(
    st.text(alphabet="abcdefghij0123456789", min_size=8, max_size=20),
    st.sampled_from(["password", "api_token", "X-Secret-Key", "authorization"]),
)
def test_what_is_behind_the_name_of_a_secret_is_not_shown(secret: str, name: str) -> None:
    """In any of the forms in which a name and a value are written."""
    assert is_surely_secret(name)
    show = Glances(Secrets()).show
    for value in (
        {name: secret},
        [(name, secret)],
        f"{name}={secret}&a=b",
        {name.encode(): secret.encode()},
        ValueError({name: secret}),
    ):
        assert secret not in show("value", value)
    assert secret not in show(name, secret)


@given(any_text, any_text)
def test_whatever_the_message_the_text_ends_with_it(message: str, note: str) -> None:
    """And can be encoded where it is sent."""
    error = ValueError(message)
    error.add_note(note)
    text = as_text(capture(error, Asked("GET /"), Secrets()))
    assert text.startswith("ValueError")
    text.encode("utf-8", "replace")
