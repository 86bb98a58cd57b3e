"""Laws of cookies (RFC 6265bis)."""

import re
from dataclasses import replace
from http.cookies import SimpleCookie

from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit.http.cookies import Cookies, SetCookie, find_cookie
from asgikit.http.dates import format_date
from asgikit.http.headers import Headers
from property_tests.strategies import cookie_pairs, cookie_values, hostile, markup, set_cookies, tokens, work

RESERVED = {"expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite", "partitioned"}


def attributes(line: str) -> dict[str, str]:
    """What a browser reads from a Set-Cookie line, its attributes in lower case (RFC 6265bis, 5.6)."""
    pairs = [part.partition("=") for part in line.split(";")]
    return {name.strip(" \t").lower(): value.strip(" \t") for name, _, value in pairs[1:]}


@given(cookie_pairs)
def test_printed_cookies_are_parsed_back(pairs):
    """Tokens and cookie-octets come back as they were, repeated names too."""
    assert Cookies.parse(str(Cookies(pairs))) == Cookies(pairs)


@given(cookie_pairs, cookie_pairs)
def test_lines_are_concatenated(a, b):
    """Two lines are the cookies of the first, then those of the second."""
    first, second = str(Cookies(a)), str(Cookies(b))
    assert Cookies.parse(first, second) == Cookies.parse(first) + Cookies.parse(second) == Cookies.parse(f"{first}; {second}")


@given(hostile)
def test_parsing_never_fails(line):
    """Every cookie that is found has a name, and is a piece of the line."""
    for name, value in Cookies.parse(line):
        assert name
        assert name in line
        assert value in line
        assert ";" not in name + value


@given(
    st.lists(st.text(st.sampled_from([*'abc;=" \t,xy1', "\xff", "\x00"]), max_size=30), max_size=3),
    st.sampled_from(["a", "b", '"', "x y"]),
)
def test_finding_one_is_parsing_all(lines, name):
    """Whatever the lines are."""
    assert find_cookie(name, *(line.encode("latin-1") for line in lines)) == Cookies.parse(*lines).get(name)


@given(hostile)
def test_no_value_is_in_the_repr(line):
    """Other values of the same names look the same."""
    cookies = Cookies.parse(line)
    assert repr(cookies) == repr(Cookies([(name, "other") for name, _ in cookies]))


@given(set_cookies())
def test_a_browser_reads_what_was_meant(cookie):
    """Every attribute is found in the line, and no other."""
    meant = {"samesite": cookie.samesite.capitalize()}
    meant |= {"max-age": str(cookie.max_age)} if cookie.max_age is not None else {}
    meant |= {"expires": format_date(cookie.expires)} if cookie.expires is not None else {}
    meant |= {name: value for name in ("path", "domain") if (value := getattr(cookie, name)) is not None}
    meant |= {flag: "" for flag in ("secure", "httponly", "partitioned") if getattr(cookie, flag)}
    assert attributes(str(cookie)) == meant
    assert list(Cookies.parse(str(cookie).partition(";")[0])) == [(cookie.name, cookie.value)]


@given(set_cookies())
def test_a_cookie_fits_in_a_header(cookie):
    """What was checked as a cookie needs no second check."""
    assert Headers({"set-cookie": str(cookie)})["set-cookie"] == str(cookie)


@given(set_cookies())
def test_the_standard_library_reads_the_same(cookie):
    """Where http.cookies can read a line at all, it reads the same name, value and attributes."""
    assume(cookie.name.lower() not in RESERVED and not cookie.name.startswith("$"))
    assume(" " not in (cookie.path or ""))
    plain = replace(cookie, partitioned=False)  # before Python 3.14 it refuses the whole line
    morsel = SimpleCookie(str(plain))[cookie.name]
    assert morsel.value == cookie.value
    assert [morsel[key] for key in ("path", "domain", "max-age")] == [
        "" if part is None else str(part) for part in (cookie.path, cookie.domain, cookie.max_age)
    ]
    assert [bool(morsel["secure"]), bool(morsel["httponly"])] == [cookie.secure, cookie.httponly]


@given(set_cookies())
def test_deleting_twice_is_deleting_once(cookie):
    """What removes a cookie has its name, domain and path, and removes itself."""
    gone = SetCookie.deleting(cookie)
    assert SetCookie.deleting(gone) == gone
    assert (gone.name, gone.domain, gone.path, gone.value, gone.max_age) == (cookie.name, cookie.domain, cookie.path, "", 0)


@given(
    tokens | hostile,
    cookie_values | hostile,
    st.none() | hostile.map(lambda text: f"/{text}"),
    st.none() | hostile | st.just("a.b"),
)
def test_no_text_smuggles_an_attribute(name, value, path, domain):
    """Arbitrary text is refused with ValueError, or printed as exactly the parts it was given for."""
    try:
        line = str(SetCookie(name, value, path=path, domain=domain))
    except ValueError:
        return
    assert re.search(r"[^\x20-\x7e]", line) is None
    assert line.startswith(f"{name}={value}; ")
    expected = {"secure": "", "httponly": "", "samesite": "Lax"}
    expected |= {key: part for key, part in (("path", path), ("domain", domain)) if part is not None}
    assert attributes(line) == expected


@given(markup)
def test_parsing_is_linear(text):
    """Ten times the line is about ten times the work."""
    assert work(Cookies.parse, text * 200) <= 11 * work(Cookies.parse, text * 20) + 100
