"""Laws of the survey: templates in which it finds no fault never miss a variable, whatever they are made of."""

from __future__ import annotations

from collections.abc import Callable

import jinja2
from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit.errors import CompositionError
from asgikit.variables import Survey

NAMES = st.sampled_from(["given", "a", "b", "loop"])
SETS = st.sampled_from(["", "{% set a = 1 %}", "{% set b = 1 %}"])
LEAVES = st.one_of(
    st.just("text"),
    NAMES.map(lambda name: f"{{{{ {name} }}}}"),
    st.sampled_from(["part", "other"]).map(lambda name: f"{{% include '{name}' %}}"),
    st.sampled_from(
        ["{% from 'macros' import shown %}{{ shown(1) }}", "{% import 'macros' as m with context %}{{ m.shown(1) }}"]
    ),
    st.just("{{ super() }}"),
)


def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Something with that inside."""
    body = st.tuples(SETS, inner).map("".join)
    wraps: list[Callable[[str, str], str]] = [
        lambda name, text: f"{{% for {name} in [1] %}}{text}{{% endfor %}}",
        lambda name, text: f"{{% with {name} = 1 %}}{text}{{% endwith %}}",
        lambda name, text: f"{{% block {name}_ %}}{text}{{% endblock %}}",
        lambda name, text: f"{{% block {name}_ scoped %}}{text}{{% endblock %}}",
        lambda name, text: f"{{% filter upper %}}{text}{{% endfilter %}}",
        lambda name, text: f"{{% macro m({name}) %}}{text}{{% endmacro %}}{{{{ m(1) }}}}",
    ]
    wrapped = st.tuples(st.sampled_from(wraps), st.sampled_from(["given", "a", "b"]), body).map(lambda w: w[0](w[1], w[2]))
    return st.tuples(wrapped, inner).map("".join) | wrapped


BODIES = st.tuples(SETS, st.recursive(LEAVES, around, max_leaves=5)).map("".join)
PARTS = st.tuples(SETS, LEAVES).map("".join)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, str]:
    """A page, perhaps with a layout, and what both include and import."""
    page = draw(BODIES)
    if draw(st.booleans()):
        block = draw(st.sampled_from(["given_", "a_", "b_"]))
        page = f"{{% extends 'layout' %}}{draw(SETS)}{{% block {block} %}}{page}{{% endblock %}}"
    return {
        "page": page,
        "layout": draw(BODIES),
        "part": draw(PARTS.filter(lambda text: "include" not in text)),
        "other": draw(PARTS.filter(lambda text: "'other'" not in text)),
        "macros": f"{draw(SETS)}{{% macro shown(a) %}}{{{{ a }}}}{draw(NAMES.map(lambda n: '{{ ' + n + ' }}'))}{{% endmacro %}}",
    }


def missed(environment: jinja2.Environment) -> str | None:
    """What the page asks for in vain, other than a block further up: whether there is one only the layout knows."""
    try:
        environment.get_template("page").render(given=1)
    except jinja2.UndefinedError as error:
        return None if "parent block" in str(error) else str(error)
    return None


@given(templates())
def test_a_page_without_faults_misses_no_variable(sources: dict[str, str]) -> None:
    """However scopes, blocks, layouts, includes and macros are put into each other, if what they set is set first."""
    environment = jinja2.Environment(loader=jinja2.DictLoader(sources), undefined=jinja2.StrictUndefined)
    survey = Survey(environment)
    try:
        survey.page("page", frozenset({"given"}))
    except CompositionError:
        assume(False)  # a block twice in a template, say: Jinja refuses that itself
    if not survey.faults:
        assert missed(environment) is None, sources
