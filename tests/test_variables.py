"""Variables: what the templates of a page read."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from asgikit.errors import CompositionError
from asgikit.path import param, root
from asgikit.variables import Survey


def survey(templates: dict[str, str], *given: str, block: str | None = None, **names: Any) -> list[str]:
    """What is wrong with the template "page" of these."""
    environment = jinja2.Environment(loader=jinja2.DictLoader(templates), extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    environment.globals.update(names)
    found = Survey(environment)
    if block is None:
        found.page("page", frozenset(given))
    else:
        found.block("page", block, frozenset(given))
    return found.faults


def test_a_variable_that_is_not_given_is_found() -> None:
    """With its template and the line where it is first read."""
    assert survey({"page": "{{ title }}\n\n{{ titel }}\n{{ titel }}"}, "title") == ["page, line 3: 'titel' is not given"]


@pytest.mark.parametrize(
    "page",
    [
        "{{ x.y.z[0] }}",
        "{% if x %}{% endif %}",
        "{% for y in x if y %}{{ y }}{{ loop.index }}{% else %}{{ x }}{% endfor %}",
        "{% for y in x recursive %}{{ loop(y) }}{% endfor %}",
        "{% set y = x %}{% block a %}{{ y }}{% endblock %}",
        "{% if x %}{% set y = x %}{% endif %}{% block a %}{{ y }}{% endblock %}",
        "{% set y %}{{ x }}{% endset %}{{ y }}",
        "{% with y = x %}{{ y }}{% endwith %}",
        "{% macro m(y, z=x) %}{{ y }}{{ z }}{{ caller() }}{{ varargs }}{{ kwargs }}{% endmacro %}{% call(q) m(1) %}{{ q }}{% endcall %}",
        "{% block a %}{{ self.b() }}{% endblock %}{% block b %}{{ x }}{% endblock %}",
        "{{ range(3) }}{{ namespace() }}{{ dict() }}{{ named }}",
        "{% from 'x' import a as b %}{% import 'x' as c %}{% block d %}{{ b() }}{{ c.a() }}{% endblock %}",
        "{% block a %}{% for y in x %}{% block b scoped %}{{ y }}{% endblock %}{% endfor %}{% endblock %}",
        "{% for y in x %}{% block a scoped %}{% block b %}{{ y }}{% endblock %}{% endblock %}{% endfor %}",
        "{% block a %}{{ y|default(1) }}{% endblock %}",
        "{% if y is defined %}{{ y }}{% endif %}",
        "{{ y|default('none') }}{{ z|d(x) }}",
        "{% for y in x %}{% block a scoped %}{{ y }}{{ loop.index }}{% endblock %}{% endfor %}",
        "{% filter upper %}{{ x }}{% endfilter %}{% raw %}{{ y }}{% endraw %}{# {{ y }} #}",
        "{% do x.append(1) %}{% for y in x %}{% break %}{% endfor %}",
        "{% autoescape false %}{% set y = x %}{{ y }}{% endautoescape %}",
    ],
)
def test_what_is_given_in_any_way_is_no_fault(page: str) -> None:
    """By the model, the environment, or the template itself."""
    assert survey({"page": page, "x": "{% macro a() %}{% endmacro %}"}, "x", named=1) == []


@pytest.mark.parametrize(
    "page",
    [
        "{{ y.z }}",
        "{% for y in x %}{% endfor %}{{ y }}",
        "{% for y in x %}{% block a %}{{ y }}{% endblock %}{% endfor %}",
        "{% with y = x %}{% endwith %}{{ y }}",
        "{% macro m(y) %}{% endmacro %}{{ y }}",
        "{% macro m() %}{{ y }}{% endmacro %}",
        "{% macro m() %}{{ caller(1) }}{% endmacro %}{% call(y) m() %}{% endcall %}{% block a %}{{ y }}{% endblock %}",
        "{% filter upper %}{% set y = 1 %}{% endfilter %}{% block a %}{{ y }}{% endblock %}",
        "{% if x is defined %}{{ y }}{% endif %}",
        "{{ x|default(y) }}",
        "{{ x if x else y }}",
        "{% set z = y %}",
        "{{ x[y] }}",
        "{{ x(a=y) }}",
    ],
)
def test_what_is_not_given_is_a_fault_wherever_it_stands(page: str) -> None:
    """Names of inner scopes end with them."""
    assert survey({"page": page}, "x") == ["page, line 1: 'y' is not given"]


def test_a_layout_is_looked_at_with_the_page() -> None:
    """What one of the chain sets, all of it may read; what none sets is told with the place."""
    templates = {
        "page": "{% extends 'middle' %}{% set active = 1 %}{% block body %}{{ super() }}{{ brand }}{% endblock %}",
        "middle": "{% extends 'base' %}{% block body %}{{ footer }}{% endblock %}",
        "base": "{% set brand = 2 %}{{ active }}\n{{ title }}{% block body %}{% endblock %}",
    }
    assert survey(templates) == ["base, line 2: 'title' is not given", "middle, line 1: 'footer' is not given"]
    assert survey(templates, "title", "footer") == []


def test_an_overridden_block_is_not_looked_at() -> None:
    """It is not rendered, nor is what it includes, unless the template further down asks for it."""
    base = "{% block body %}{{ missing }}{% include 'none' %}{% endblock %}"
    assert survey({"page": "{% extends 'base' %}{% block body %}{% endblock %}", "base": base}) == []
    with pytest.raises(CompositionError, match="there is no template 'none', which base names"):
        survey({"page": "{% extends 'base' %}{% block body %}{{ super() }}{% endblock %}", "base": base}, "missing")


def test_a_block_sees_what_is_around_the_one_it_overrides() -> None:
    """If that one says `scoped`."""
    page = {"page": "{% extends 'base' %}{% block a %}{{ y }}{% endblock %}"}
    base = "{% for y in x %}{% block a scoped %}{% endblock %}{% endfor %}"
    assert survey({**page, "base": base}, "x") == []
    assert survey({**page, "base": base.replace("scoped ", "")}, "x") == ["page, line 1: 'y' is not given"]


def test_both_choices_of_a_layout_are_looked_at() -> None:
    """In a conditional tag, and in a conditional expression."""
    templates = {"a": "{{ y }}", "b": "{{ z }}"}
    for page in (
        "{% if x %}{% extends 'a' %}{% else %}{% extends 'b' %}{% endif %}",
        "{% extends 'a' if x else 'b' %}",
    ):
        assert survey({"page": page, **templates}, "x") == ["a, line 1: 'y' is not given", "b, line 1: 'z' is not given"]


def test_an_included_template_sees_what_is_around_it() -> None:
    """Loop variables too; and not what other scopes set."""
    row = {"row": "{{ row }}{{ x }}"}
    assert survey({"page": "{% for row in x %}{% include 'row' %}{% endfor %}", **row}, "x") == []
    missing = ["row, line 1: 'row' is not given"]
    assert survey({"page": "{% for row in x %}{% endfor %}{% include 'row' %}", **row}, "x") == missing
    twice = "{% for row in x %}{% include 'row' %}{% endfor %}{% include 'row' %}"
    assert survey({"page": twice, **row}, "x") == missing


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("{% for y in x %}{% include 'a' %}{% endfor %}", "loop"),
        ("{% macro m() %}{% include 'a' %}{% endmacro %}{% call m() %}{% endcall %}", "caller"),
        ("{% macro m() %}{% include 'a' %}{% endmacro %}{{ m(1) }}", "varargs"),
    ],
)
def test_an_included_template_sees_what_jinja_gives_only_if_it_is_named_around_it(page: str, name: str) -> None:
    """Jinja makes `loop` and the like where it sees them used."""
    templates = {"page": page, "a": f"{{{{ {name} }}}}"}
    assert survey(templates, "x") == [f"a, line 1: {name!r} is not given"]
    assert survey(templates | {"page": page.replace("{% include", f"{{% if {name} %}}{{% endif %}}{{% include")}, "x") == []


def test_a_recursive_loop_and_scoped_blocks_always_have_their_loop() -> None:
    """So has what they include."""
    for loop in (
        "{% for y in x recursive %}{% include 'a' %}",
        "{% for y in x %}{% block b scoped %}{% include 'a' %}{% endblock %}",
    ):
        assert survey({"page": loop + "{% endfor %}", "a": "{{ loop.index }}"}, "x") == []


def test_what_a_page_asks_for_its_included_templates_may_read() -> None:
    """One question is enough."""
    assert survey({"page": "{% if y is defined %}{% include 'a' %}{% endif %}", "a": "{{ y }}"}) == []


def test_an_imported_template_sees_no_variables() -> None:
    """Only with its context does it."""
    form = {"form": "{% macro field() %}{{ x }}{{ named }}{% endmacro %}"}
    without = "form, line 1: 'x' is not given: it is imported without context"
    assert survey({"page": "{% from 'form' import field as f %}{{ f() }}", **form}, "x", named=1) == [without]
    assert survey({"page": "{% import 'form' as f %}{{ f.field() }}", **form}, "x", named=1) == [without]
    assert survey({"page": "{% import 'form' as f with context %}{{ f.field() }}", **form}, "x", named=1) == []
    assert survey({"page": "{% include 'form' without context %}", **form}, "x", named=1) == [without]


def test_an_included_template_may_be_missing_if_it_says_so() -> None:
    """Or if there is another one in its list."""
    assert survey({"page": "{% include 'none' ignore missing %}{% include ['none', 'a'] %}", "a": ""}) == []
    assert survey({"page": "{% include ['none', 'a'] %}", "a": "{{ y }}"}) == ["a, line 1: 'y' is not given"]
    for page in ("{% include 'none' %}", "{% include ['none', 'nope'] %}", "{% import 'none' as a %}", "{% extends 'none' %}"):
        with pytest.raises(CompositionError, match="there is no template 'none', which page names"):
            survey({"page": page})


def test_a_computed_name_is_not_followed() -> None:
    """Nobody can tell before it is rendered."""
    assert survey({"page": "{% include x %}{% include x ~ '.html' %}"}, "x") == []


def test_templates_may_include_themselves_but_not_extend_themselves() -> None:
    """A tree of comments does, a layout of itself has no end."""
    tree = "{{ node.text }}{% for node in node.replies %}{% include 'page' %}{% endfor %}"
    assert survey({"page": tree}, "node") == []
    with pytest.raises(CompositionError, match="page extends itself: page < b < page"):
        survey({"page": "{% extends 'b' %}", "b": "{% extends 'page' %}"})


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        ({}, "there is no template 'page'"),
        ({"page": "a\n{% if %}"}, "page, line 2: "),
        ({"page": "{{ 1|nofilter }}"}, "page, line 1: No filter named 'nofilter'"),
        ({"page": "{% include 'a' %}", "a": "\n\n{{ }"}, "a, line 3: "),
        ({"page": "{% include ['a', 'b'] %}", "a": "{{", "b": ""}, "a, line 1: "),
    ],
)
def test_what_does_not_compile_is_told_with_its_place(templates: dict[str, str], message: str) -> None:
    """The template and the line."""
    with pytest.raises(CompositionError, match=message):
        survey(templates)


def test_a_loader_that_gives_no_source_is_refused() -> None:
    """Compiled templates cannot be looked at, nor can anything without a loader, or files that are not UTF-8."""

    def not_text(name: str) -> str:
        return b"\xff".decode()

    for loader in (None, jinja2.ModuleLoader("/nowhere"), jinja2.FunctionLoader(not_text)):
        with pytest.raises(CompositionError, match=r"no loader|cannot be read"):
            Survey(jinja2.Environment(loader=loader)).page("page", frozenset())


def test_a_block_is_looked_at_alone() -> None:
    """Without what its template sets outside of it."""
    page = "{% set y = 1 %}{{ z }}{% block a %}{% set w = x %}{{ w }}{% include 'w' %}{% block b %}{{ y }}{% endblock %}{% endblock %}"
    assert survey({"page": page, "w": "{{ w }}"}, "x", block="a") == ["page, line 1: 'y' is not given"]
    assert survey({"page": page, "w": "{{ w }}"}, "x", "y", block="a") == []
    nested = "{% block a %}{% set w = x %}{% block b %}{{ w }}{% endblock %}{% endblock %}"
    assert survey({"page": nested}, "x", block="a") == survey({"page": nested}, "x") == ["page, line 1: 'w' is not given"]


def test_a_block_alone_has_to_be_in_the_template_itself() -> None:
    """Not in the layout; and it cannot ask for that one's."""
    templates = {"page": "{% extends 'base' %}{% block a %}{{ super() }}{% endblock %}", "base": "{% block b %}{% endblock %}"}
    with pytest.raises(CompositionError, match="page has no block 'b' of its own; it has a"):
        survey(templates, block="b")
    assert survey(templates, block="a") == ["page, line 1: a block that calls super() cannot be rendered alone"]


@pytest.mark.parametrize("call", ["user.url()", "user.url(1, 2)", "url(user)", "url(user, 1, 2)"])
def test_a_url_takes_the_values_of_its_path(call: str) -> None:
    """Counted before it is printed."""
    names: dict[str, Any] = {"user": root / "users" / param("id", int), "url": len}
    found = f"page, line 1: user, /users/{{id}}, takes 1 values, not {2 if '2' in call else 0}"
    assert survey({"page": f"{{{{ {call} }}}}"}, **names) == [found]


@pytest.mark.parametrize(
    "page",
    [
        "{{ user.url(1) }}{{ url(user, 1) }}{{ user.url(*x) }}{{ url(x) }}{{ url() }}{{ x.url() }}{{ user.other() }}",
        "{% for user in x %}{{ user.url() }}{% endfor %}",
        "{% macro m(url) %}{{ url(user) }}{% endmacro %}",
    ],
)
def test_other_calls_are_nobody_s_business(page: str) -> None:
    """Of what is no path, of names that hide one, of as many values as there are."""
    assert survey({"page": page}, "x", user=root / "users" / param("id", int), url=len) == []
