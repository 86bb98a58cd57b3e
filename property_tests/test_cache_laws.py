"""Laws of Cache-Control (RFC 9111, 5.2)."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.cache import MAX_SECONDS, CacheControl
from asgikit.http.headers import Headers
from property_tests.strategies import header_values, hostile, markup, tokens, work

FIELDS = {field.name for field in fields(CacheControl)}
DIRECTIVES = sorted(name.replace("_", "-") for name in FIELDS - {"extensions"})
TIMES = ["max_age", "s_maxage", "stale_while_revalidate", "stale_if_error"]

seconds = st.none() | st.sampled_from([0, 1, 60, MAX_SECONDS])
named = st.booleans() | st.frozensets(tokens, min_size=1, max_size=3)
extensions = st.lists(
    st.tuples(tokens.filter(lambda name: name.lower().replace("-", "_") not in FIELDS), st.none() | header_values), max_size=3
)
BY_TYPE = {"int | None": seconds, "bool": st.booleans(), "bool | frozenset[str]": named}


@st.composite
def policies(draw: st.DrawFn) -> CacheControl:
    """Directives that may go together: each is taken if those before it allow it."""
    made = CacheControl(extensions=tuple(draw(extensions)))
    for field in draw(st.permutations([field for field in fields(CacheControl) if field.name != "extensions"])):
        try:
            made = replace(made, **{field.name: draw(BY_TYPE[field.type])})
        except ValueError:
            continue
    return made


arguments = st.sampled_from(["", "=0", "=60", '="60"', "=x", "=", '="a, b"', '="', "=a", "=99999999999"]) | hostile.map(
    "={}".format
)
elements = st.tuples(st.sampled_from(DIRECTIVES) | tokens, arguments).map("".join) | hostile
values = st.lists(elements, max_size=8).map(", ".join)


@given(policies())
def test_a_printed_policy_is_parsed_back(policy):
    """Whatever may go together."""
    assert CacheControl.parse(str(policy)) == policy


@given(policies())
def test_a_printed_policy_fits_in_a_header(policy):
    """What was checked needs no second check."""
    assert Headers({"cache-control": str(policy)})["cache-control"] == str(policy)


@given(values)
def test_what_is_parsed_could_have_been_made(text):
    """Any text gives directives that do not contradict each other, and that print to their like."""
    policy = CacheControl.parse(text)
    assert replace(policy) == policy
    assert CacheControl.parse(str(policy)) == policy


@given(values, values)
def test_more_text_allows_no_more(first, second):
    """What follows makes a field only stricter; without quotes, for an open one hides what is behind it."""
    first, second = first.replace('"', ""), second.replace('"', "")
    one, both = CacheControl.parse(first), CacheControl.parse(f"{first}, {second}")
    for name in ("no_store", "must_revalidate", "proxy_revalidate", "no_transform"):
        assert getattr(both, name) >= getattr(one, name)
    for name in ("private", "no_cache"):
        before, after = getattr(one, name), getattr(both, name)
        assert after is True or (before is not True and (before or frozenset()) <= (after or frozenset()))
    for name in TIMES:
        before, after = getattr(one, name), getattr(both, name)
        assert before is None or (after is None and before > 0) or (after is not None and after <= before)


@given(st.sampled_from(TIMES), st.permutations([1, 2, 1]))
def test_contradictory_times_are_none_in_any_order(name, seconds):
    """RFC 9111, 4.2.1: what is given twice may be taken for stale."""
    text = ", ".join(f"{name.replace('_', '-')}={number}" for number in seconds)
    assert CacheControl.parse(text) == CacheControl(**{name: 0})


@given(markup | st.sampled_from(['private="a",', 'private="a b c d",', "max-age=1,", "x=", '"', "a,"]))
def test_parsing_is_linear(text):
    """Ten times the text is about ten times the work."""
    assert work(CacheControl.parse, text * 200) <= 11 * work(CacheControl.parse, text * 20) + 200
