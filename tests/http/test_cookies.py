"""Cookies (RFC 6265bis)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from asgikit.http.cookies import MAX_PAIR, Cookies, SetCookie, find_cookie

NOON = datetime(1994, 11, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("", []),
        ("a=1", [("a", "1")]),
        ("a=1; b=2", [("a", "1"), ("b", "2")]),
        ("a=1;b=2;", [("a", "1"), ("b", "2")]),
        (" a = 1 ;\tb\t=\t2\t", [("a", "1"), ("b", "2")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=", [("a", "")]),
        ('a="b"', [("a", "b")]),
        ('a=""', [("a", "")]),
        ('a="', [("a", '"')]),
        ('a="b', [("a", '"b')]),
        ('a="b; c=d"', [("a", '"b'), ("c", 'd"')]),
        ("a=%20", [("a", "%20")]),
        ("a=1, b=2", [("a", "1, b=2")]),
        ("A=1; a=2", [("A", "1"), ("a", "2")]),
        ("a=é€\ud800\x00", [("a", "é€\ud800\x00")]),
        ("$Version=1; a=2", [("$Version", "1"), ("a", "2")]),
    ],
)
def test_a_cookie_line_is_read_as_browsers_write_it(line, pairs):
    """Pairs are split at semicolons and divided at the first "=", blanks and one pair of quotes dropped."""
    assert list(Cookies.parse(line)) == pairs


@pytest.mark.parametrize("line", ["a", "a; b", "=", "=a", " = a", ";", ";;", "\x00", "a\r\nb", '"'])
def test_what_is_no_pair_is_dropped(line):
    """Without a name or without an "=" there is no cookie, and no error."""
    assert not Cookies.parse(line)
    assert list(Cookies.parse(f"{line}; x=1")) == [("x", "1")]


def test_the_first_of_two_cookies_wins():
    """Clients send the cookie with the longer path first (RFC 6265bis, 5.8.3)."""
    assert Cookies.parse("a=1; a=2")["a"] == "1"


def test_several_lines_are_one_list():
    """HTTP/2 may split the field (RFC 9113, 8.2.3)."""
    assert list(Cookies.parse("a=1", "b=2; c=3")) == [("a", "1"), ("b", "2"), ("c", "3")]
    assert not Cookies.parse()


def test_a_hundred_thousand_semicolons_are_no_cookies():
    """A line of nothing but separators is empty."""
    assert not Cookies.parse(";" * 100_000, "=;" * 100_000)


def test_cookies_are_printed_as_a_cookie_field():
    """What a client would send."""
    assert str(Cookies([("a", "1"), ("b", "2")])) == "a=1; b=2"


def test_the_repr_shows_no_values():
    """Values are secrets more often than not."""
    assert repr(Cookies({"session": "s3cret"})) == "Cookies(['session'])"


def test_a_cookie_is_safe_unless_told_otherwise():
    """Secure, HttpOnly, SameSite=Lax and the whole site are the defaults."""
    assert str(SetCookie("a", "b")) == "a=b; Path=/; SameSite=Lax; Secure; HttpOnly"


def test_every_attribute_is_printed():
    """Each attribute has its place and spelling, Partitioned on every Python (D27)."""
    cookie = SetCookie(
        "a", "b", max_age=60, expires=NOON, path="/p", domain="example.com", samesite="none", httponly=False, partitioned=True
    )
    assert str(cookie) == (
        "a=b; Max-Age=60; Expires=Sun, 06 Nov 1994 12:00:00 GMT; Domain=example.com; Path=/p; SameSite=None; Secure; Partitioned"
    )


def test_attributes_can_be_left_out():
    """A cookie with no path and no flags has only what it always has."""
    assert str(SetCookie("a", "b", path=None, secure=False, httponly=False, samesite="strict")) == "a=b; SameSite=Strict"


@pytest.mark.parametrize("age", [0, -1, 1, True, 10**12])
def test_a_lifetime_is_a_number(age):
    """Max-Age is digits with at most a sign, even if it is given as a truth."""
    assert f"Max-Age={int(age)};" in str(SetCookie("a", "b", max_age=age))


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a=b", "a;b", "a,b", "a\r\nb", "a\n", "\x00", "é", "\ud800", '"a"', "[a]", "(a)"]
)
def test_a_name_is_a_token(name):
    """An illegal name is refused."""
    with pytest.raises(ValueError, match="is not a cookie name"):
        SetCookie(name, "b")


@pytest.mark.parametrize(
    "value", [" ", "a b", "a;b", "; httponly", "a,b", '"a"', "a\\b", "a\r\nset-cookie: x=y", "a\n", "\x00", "\x7f", "é", "\ud800"]
)
def test_a_value_is_cookie_octets(value):
    """What would end the value, or be cut from it, is refused (RFC 6265bis, 4.1.1)."""
    with pytest.raises(ValueError, match="the value holds"):
        SetCookie("a", value)


def test_every_cookie_octet_is_a_value():
    """All that RFC 6265bis allows passes, and is read back."""
    value = "".join(chr(n) for n in range(0x21, 0x7F) if chr(n) not in '",;\\')
    assert Cookies.parse(str(SetCookie("a", value)).partition(";")[0])["a"] == value


@pytest.mark.parametrize(("name", "value"), [("a" * MAX_PAIR, "b"), ("a", "b" * MAX_PAIR), ("a" * 100_000, "b" * 100_000)])
def test_a_cookie_that_browsers_ignore_is_refused(name, value):
    """Name and value are no more than 4096 bytes (RFC 6265bis, 5.6)."""
    with pytest.raises(ValueError, match="browsers ignore it"):
        SetCookie(name, value)


def test_the_largest_cookie_passes():
    """The limit itself is allowed."""
    assert len(SetCookie("a", "b" * (MAX_PAIR - 1)).value) == MAX_PAIR - 1


@pytest.mark.parametrize(
    "path", ["", "a", "/; httponly=evil", "/;", "; httponly=evil", "/\r\nx: y", "/\n", "/\x00", "/\x7f", "/é", "/ ", "/a ", " /"]
)
def test_a_path_cannot_hold_another_attribute(path):
    """D27: a path that browsers would ignore, cut or read as more than a path is refused."""
    with pytest.raises(ValueError, match="is not a path"):
        SetCookie("a", "b", path=path)


@pytest.mark.parametrize("path", ["/", "/a", "/a b", "/a,b=c", "/%3B", "/" + "a" * 1023])
def test_a_legal_path_is_printed(path):
    """Paths are av-octets up to the 1024 that browsers read."""
    assert f"Path={path};" in str(SetCookie("a", "b", path=path))


def test_a_path_longer_than_browsers_read_is_refused():
    """Browsers ignore an attribute of more than 1024 octets (RFC 6265bis, 5.6)."""
    with pytest.raises(ValueError, match="is not a path"):
        SetCookie("a", "b", path="/" + "a" * 1024)


@pytest.mark.parametrize(
    "domain",
    [
        "",
        ".",
        ".a.b",
        "a.b.",
        "a..b",
        "-a.b",
        "a-.b",
        "a b",
        "a;b",
        "a; httponly",
        "a\r\n",
        "a\n",
        "é.b",
        "a_b",
        "a:1",
        "a/b",
        "*.a",
    ],
)
def test_what_is_no_domain_is_refused(domain):
    """Labels are letters, digits and hyphens inside (RFC 1034, 3.5)."""
    with pytest.raises(ValueError, match="is not a domain"):
        SetCookie("a", "b", domain=domain)


@pytest.mark.parametrize("domain", ["a" * 64, "a" * 100_000, "a." * 50_000 + "!", ".".join(["a" * 63] * 4)])
def test_a_domain_too_long_is_refused(domain):
    """A label has up to 63 characters, a domain up to 253 (RFC 1034, 3.1)."""
    with pytest.raises(ValueError, match="is not a domain"):
        SetCookie("a", "b", domain=domain)


@pytest.mark.parametrize(
    "domain", ["localhost", "example.com", "EXAMPLE.com", "xn--e1afmkfd.example", "1a.b-c", "127.0.0.1", "a" * 63]
)
def test_a_domain_is_printed_as_it_is(domain):
    """Legal domains pass."""
    assert f"Domain={domain};" in str(SetCookie("a", "b", domain=domain))


@pytest.mark.parametrize("samesite", ["Lax", "", "none; secure", None])
def test_samesite_is_one_of_three(samesite):
    """What the types forbid is refused at run time too."""
    with pytest.raises(ValueError, match="samesite is"):
        SetCookie("a", "b", samesite=samesite)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a", {"samesite": "none"}),
        ("a", {"partitioned": True}),
        ("__Secure-a", {}),
        ("__Host-a", {}),
        ("__HOST-a", {}),
        ("__secure-a", {}),
    ],
)
def test_some_cookies_need_secure(name, options):
    """D27: SameSite=None, Partitioned and the prefixed names, in any case, are ignored without Secure."""
    with pytest.raises(ValueError, match="needs secure=True"):
        SetCookie(name, "b", secure=False, **options)
    assert SetCookie(name, "b", **options).secure


@pytest.mark.parametrize("options", [{"path": "/a"}, {"path": None}, {"domain": "example.com"}])
@pytest.mark.parametrize("name", ["__Host-a", "__host-a", "__Host-"])
def test_a_host_cookie_has_the_root_path_and_no_domain(name, options):
    """D27: what a `__Host-` name promises is kept (RFC 6265bis, 4.1.3.2)."""
    with pytest.raises(ValueError, match="needs path='/' and no domain"):
        SetCookie(name, "b", **options)


def test_a_secure_name_may_have_a_path_and_a_domain():
    """`__Secure-` asks for Secure only (RFC 6265bis, 4.1.3.1)."""
    assert "Domain=example.com; Path=/a" in str(SetCookie("__Secure-a", "b", path="/a", domain="example.com"))


@pytest.mark.parametrize(
    "expires", [datetime(2024, 1, 1), datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))], ids=["naive", "year 0"]
)
def test_a_date_that_cannot_be_printed_is_refused(expires):
    """A cookie is checked when it is made, so printing it never fails."""
    with pytest.raises(ValueError, match="expires"):
        SetCookie("a", "b", expires=expires)


def test_deleting_keeps_what_a_browser_compares():
    """Name, domain and path are the same; the value and the lifetime are gone (RFC 6265bis, 5.7)."""
    cookie = SetCookie("a", "b", path="/p", domain="example.com", max_age=9, expires=NOON, samesite="none", partitioned=True)
    assert str(SetCookie.deleting(cookie)) == (
        "a=; Max-Age=0; Domain=example.com; Path=/p; SameSite=None; Secure; HttpOnly; Partitioned"
    )


def test_nothing_can_be_assigned():
    """Both kinds of cookies are values."""
    with pytest.raises(AttributeError):
        SetCookie("a", "b").value = "c; evil"
    with pytest.raises(AttributeError):
        Cookies().other = 1


def test_equal_cookies_are_one_in_a_set():
    """Set-Cookie values compare by what they say."""
    assert {SetCookie("a", "b"), SetCookie("a", "b")} == {SetCookie("a", "b", path="/")}


@pytest.mark.parametrize("line", ["a=1; b=2", "b=2; a=1; a=3", 'a="1"', " a = 1 ", "a", "=1; a=", "b=a=1", "aa=1", "", "a=\xff"])
def test_one_cookie_is_found_as_in_all_of_them(line: str) -> None:
    """By its name, in any line."""
    for lines in ([line], ["x=y", line], []):
        assert find_cookie("a", *(text.encode("latin-1") for text in lines)) == Cookies.parse(*lines).get("a")
