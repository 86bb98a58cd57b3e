"""Laws of problem documents: read back as they were written, whatever they hold; whatever comes, no error but ValueError."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, HTTPError, Request, Response
from asgikit.http.markup import escape
from asgikit.middleware.problem_details import problem_details, problem_page
from asgikit.problems import Problem
from asgikit.testing import call
from property_tests.strategies import any_text, hostile, scalar_text
from tests.markup import Shape, shape_of

references = st.text("abcXYZ09-._~:/?#[]@!$&'()*+,;=%", max_size=20)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | scalar_text
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalar_text, inner, max_size=3), max_leaves=8
)
names = scalar_text.filter(lambda name: name not in {"status", "type", "title", "detail", "instance", "members"})
problems = st.builds(
    Problem,
    status=st.integers(100, 599),
    type=references,
    title=scalar_text,
    detail=st.none() | any_text,
    instance=st.none() | references,
    members=st.dictionaries(names, values, max_size=4),
)


@given(problems)
def test_what_is_written_is_read(problem: Problem) -> None:
    """Whatever the status of the response that it came with."""
    assert Problem.parse(problem.encode(), status=500) == problem


@given(
    st.dictionaries(st.sampled_from(["type", "title", "status", "detail", "instance", "members", "x"]), values),
    st.integers(100, 599),
)
def test_whatever_object_comes_is_a_problem(document: dict[str, Any], status: int) -> None:
    """Its wrong members count as missing."""
    Problem.parse(json.dumps(document).encode(), status=status)


@given(st.binary(max_size=60) | hostile.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_comes_there_is_no_error_but_one(data: bytes) -> None:
    """A ValueError."""
    with contextlib.suppress(ValueError):
        Problem.parse(data, status=500)


@given(problems, problems)
def test_no_text_of_a_problem_is_markup(problem: Problem, other: Problem) -> None:
    """A page has the same elements whatever the words on it."""
    words = replace(problem, title=other.title, detail=problem.detail and "detail" + (other.detail or ""))
    assert shape_of(problem_page(words)) == shape_of(problem_page(problem))


@pytest.fixture(autouse=True, scope="module")
def unlogged() -> Iterator[None]:
    """What is logged here can have half a character in it, which no report between processes can."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@given(
    hostile,
    st.sampled_from([None, "text/html", "text/plain", "application/json"]),
    st.sampled_from([ValueError, KeyError, OSError]),
)
def test_no_word_of_an_exception_gets_out(text: str, accept: str | None, kind: type[Exception]) -> None:
    """Nor of what an error says to the log."""

    async def fail(request: Request[None]) -> Response:
        if accept is None:
            raise HTTPError(500, "sorry", log=f"<secret>{text}") from kind(f"<secret>{text}")
        raise kind(f"<secret>{text}")

    headers = {} if accept is None else {"accept": accept}

    async def asked() -> None:
        for handler in (fail, problem_details()(fail)):
            answer = await call(App(handler), headers=headers)
            assert answer.status == 500
            assert "secret" not in f"{answer.text} {answer.headers!r}"

    anyio.run(asked)


@given(hostile)
def test_markup_is_text_again(text: str) -> None:
    """What a browser reads is what was written, but for what is no character."""
    shape = Shape()
    shape.feed(f"<p>{escape(text)}</p>")
    shape.close()
    assert "".join(shape.texts) == text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
