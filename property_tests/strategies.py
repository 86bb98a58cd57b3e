"""What laws are about: values of HTTP, legal and hostile, for Hypothesis to choose from."""

from __future__ import annotations

import string
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta, timezone
from types import FrameType
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

from asgikit.http.cookies import SetCookie
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.query import Query
from asgikit.http.url import URL, encode_path

T = TypeVar("T")

TCHARS = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~"
COOKIE_OCTETS = "".join(chr(n) for n in range(0x21, 0x7F) if chr(n) not in '",;\\')

any_text = st.text(st.characters(exclude_categories=()), max_size=40)
"""Any text at all, lone surrogates and control characters too."""

scalar_text = st.text(max_size=20)
"""Text that UTF-8 can encode."""

markup = st.text(',;="\\/ \t\r\n\x00*&%+?#[]@:.-_aqQ019é€\ud800', max_size=40)
"""Text made of what parsers look for."""

hostile = st.one_of(any_text, markup)

tokens = st.text(TCHARS, min_size=1, max_size=12)
few_names = st.sampled_from(["a", "B", "Accept", "x-y", "set-cookie"])
header_names = st.one_of(few_names, tokens)


def _visible(text: str) -> str:
    return text.strip(" \t")


header_values = st.text(st.sampled_from([chr(n) for n in range(0x20, 0x100) if n != 0x7F] + ["\t", ",", '"']), max_size=20).map(
    _visible
)
header_pairs = st.lists(st.tuples(header_names, header_values), max_size=6)
header_lists = header_pairs.map(Headers)
raw_headers = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=6).map(Headers.from_raw)

pair_lists = st.lists(st.tuples(scalar_text, scalar_text), max_size=6)
queries = pair_lists.map(Query)

cookie_values = st.text(COOKIE_OCTETS, max_size=20)
cookie_pairs = st.lists(st.tuples(tokens, cookie_values), max_size=6)

labels = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=1, max_size=4).map(".".join)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
aware_datetimes = st.datetimes(
    min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=st.one_of(st.just(UTC), offsets)
)


@st.composite
def set_cookies(draw: st.DrawFn) -> SetCookie:
    """A cookie with any attributes that may go together."""
    prefix = draw(st.sampled_from(["", "", "__Secure-", "__Host-"]))
    samesite = draw(st.sampled_from(["strict", "lax", "none"]))
    partitioned = draw(st.booleans())
    needs_secure = bool(prefix) or samesite == "none" or partitioned
    paths = st.text(COOKIE_OCTETS + " ", max_size=12).map(lambda text: "/" + text.rstrip(" "))
    return SetCookie(
        prefix + draw(tokens),
        draw(cookie_values),
        max_age=draw(st.none() | st.integers(-1, 10**10)),
        expires=draw(st.none() | aware_datetimes),
        path="/" if prefix == "__Host-" else draw(st.none() | paths),
        domain=None if prefix == "__Host-" else draw(st.none() | domains),
        secure=needs_secure or draw(st.booleans()),
        httponly=draw(st.booleans()),
        samesite=samesite,
        partitioned=partitioned,
    )


schemes = st.from_regex(r"[A-Za-z][A-Za-z0-9+.-]{0,6}", fullmatch=True)
hosts = st.one_of(domains, st.just(""), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda ip: f"[{ip}]"))
components = st.text(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/?é", max_size=12)


@st.composite
def urls(draw: st.DrawFn) -> URL:
    """A URL or a relative reference that can be printed."""
    scheme, host = draw(st.just("") | schemes), draw(st.none() | hosts)
    path = encode_path(draw(scalar_text))
    if host is not None:
        path = f"/{path}" if path else ""
    elif path.startswith("//") or (not scheme and ":" in path.partition("/")[0]):
        path = f"./{path}"
    return URL(
        scheme=scheme,
        host=host,
        port=None if host is None else draw(st.none() | st.integers(0, 65535)),
        path=path,
        query=draw(st.none() | components),
        fragment=draw(st.none() | components),
    )


params = st.lists(st.tuples(tokens, header_values), max_size=3).map(tuple)
media_types = st.builds(MediaType, tokens, tokens, params)

weights = st.one_of(st.just("0"), st.just("1"), st.integers(0, 999).map(lambda n: f"0.{n:03}"))


Trace: TypeAlias = Callable[[FrameType, str, object], "Trace"]


def work(parse: Callable[[str], object], text: str) -> int:
    """How many lines are run, loops counted, to parse the text or to refuse it with ValueError."""
    lines = 0

    def count(_frame: FrameType, _event: str, _arg: object) -> Trace:
        nonlocal lines
        lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        parse(text)
    except ValueError:
        pass
    finally:
        sys.settrace(before)
    return lines


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """What an async function gives that never waits, without an event loop; fails if it does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("it waits")
