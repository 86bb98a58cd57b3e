"""Laws of the cache: what was kept comes back as it was, and what is somebody's never goes to anybody else."""

import asyncio
import re

import anyio
import anyio.lowlevel
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from asgikit import App, Response
from asgikit.cachepolicy import CachePolicy
from asgikit.caching import Index, Stored, decode
from asgikit.http.cache import CacheControl
from asgikit.http.storing import Terms
from asgikit.middleware.cache import caching
from asgikit.stores.memory_cache import MemoryCache
from asgikit.testing import call

seconds = st.integers(0, 2**31)
tokens = st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True)
names = st.lists(tokens, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))
values = st.binary(max_size=12).map(lambda raw: raw.translate(None, b"\r\n\0"))
terms = st.builds(Terms, lifetime=seconds, vary=names, shared=st.booleans(), while_revalidate=seconds, if_error=seconds)
fields = st.lists(st.tuples(tokens.map(str.encode), values), max_size=4).map(tuple)
stored = st.builds(
    Stored,
    made=st.integers(0, 10**12 - 1),
    terms=terms,
    status=st.integers(200, 599),
    fields=fields,
    body=st.binary() | st.sampled_from([b"\r\n", b"\r\n\r\n", b"R", b"\r\n\r\nV"]),
)
indexes = st.builds(Index, st.from_regex(r"[0-9a-f]{16}", fullmatch=True), names.filter(bool))


@given(stored | indexes)
def test_a_record_comes_back_as_it_was(record):
    """Whatever it holds."""
    assert decode(record.encode()) == record


@given(st.binary() | (stored | indexes).flatmap(lambda record: st.integers(0, 60).map(lambda end: record.encode()[:end])))
def test_bytes_are_a_record_or_none(data):
    """Never an error, and cut off in its head it is none."""
    record = decode(data)
    assert record is None or record.encode()[:2] in {b"R ", b"V "}


WHO = [
    {},
    {"cookie": "ada"},
    {"cookie": "bob"},
    {"authorization": "ada"},
    {"authorization": "bob"},
    {"cookie": "ada", "x-key": "k"},
]
LANGUAGES = [{}, {"accept-language": "de"}, {"accept-language": "en"}]
ASKS = ["", "", "", "no-cache", "no-store", "max-age=5", "min-fresh=5", "only-if-cached"]
CONTROLS = ["", "max-age=10", "max-age=10", "public, max-age=10", "s-maxage=10", "private, max-age=10", "no-store", "no-cache"]
CONTROLS += ["max-age=10, stale-while-revalidate=10", "max-age=0", "public"]
VARIES = ["", "", "Cookie", "Authorization, Cookie, X-Key", "Accept-Language", "*"]
CREDENTIALS = ("cookie", "authorization", "x-key")
MADE = re.compile(r"(\d+)\n(.*)\n(.*)\n(.*)\n(.*)\n(\d+)")


class Site(RuleBasedStateMachine):
    """A site whose pages say of themselves who they were made for, and visitors who read that."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.Runner()
        self.now, self.serial = 1000, 0
        self.changed, self.control, self.vary, self.sets = {}, "", "", False

    @initialize(default=st.sampled_from([None, 7]), room=st.sampled_from([2000, 10**6]))
    def open(self, default, room):
        policy = CachePolicy(default_ttl=default, credentials=frozenset({"x-key"}), clock=lambda: self.now)
        self.default = default
        self.app = App(caching(policy, MemoryCache(max_bytes=room, clock=lambda: self.now))(self.handle))

    async def handle(self, request):
        self.serial += 1
        who = "; ".join(f"{name}={request.headers.get(name)}" for name in CREDENTIALS)
        text = f"{self.serial}\n{who}\n{request.headers.get('accept-language')}\n{self.control}\n{self.vary}\n{self.now}"
        given = {"cache-control": self.control, "vary": self.vary, "set-cookie": "a=b" if self.sets else "", "etag": '"e"'}
        return Response.text(text, headers={name: value for name, value in given.items() if value})

    @rule(control=st.sampled_from(CONTROLS), vary=st.sampled_from(VARIES), sets=st.sampled_from([False, False, True]))
    def decide(self, control, vary, sets):
        self.control, self.vary, self.sets = control, vary, sets

    @rule(pause=st.sampled_from([1, 5, 11]))
    def wait(self, pause):
        self.now += pause

    @rule(path=st.sampled_from(["/a", "/b"]), who=st.sampled_from(WHO))
    def change(self, path, who):
        assert self.ask("PUT", path, who).status == 200
        self.changed[path] = self.serial

    def ask(self, method, path, headers):
        seen = self.loop.run(call(self.app, method, path, headers=headers))
        assert seen.error is None
        assert "set-cookie" not in seen.headers or "age" not in seen.headers
        return seen

    def teardown(self):
        self.loop.close()

    @rule(
        path=st.sampled_from(["/a", "/b"]),
        who=st.sampled_from(WHO),
        language=st.sampled_from(LANGUAGES),
        ask=st.sampled_from(ASKS),
        conditional=st.sampled_from([{}, {}, {"if-none-match": '"other"'}]),
    )
    def visit(self, path, who, language, ask, conditional):
        before = self.serial
        seen = self.ask("GET", path, {**who, **language, **conditional} | ({"cache-control": ask} if ask else {}))
        if ask == "only-if-cached" and seen.status == 504:
            return
        assert seen.status == 200
        serial, made_for, made_in, control, vary, made = MADE.fullmatch(seen.text).groups()
        if int(serial) > before:
            return  # it is fresh; a page used after its time is made anew behind it, which counts too, but is not what we saw
        self.judge(who, language, made_for, made_in, CacheControl.parse(control), vary.lower())
        age = self.now - int(made)
        policy = CacheControl.parse(control)
        lifetime = next(time for time in (policy.s_maxage, policy.max_age, self.default) if time is not None)
        assert age < lifetime + (policy.stale_while_revalidate or 0)
        assert int(serial) > self.changed.get(path, 0)
        assert ask != "no-cache"
        assert not (ask == "max-age=5" and age > 5)
        assert not (ask == "min-fresh=5" and lifetime - age <= 5)
        assert seen.headers["age"] == str(age)

    def judge(self, who, language, made_for, made_in, policy, vary):
        """Of what was kept: whether this visitor may see it."""
        assert (policy.no_store, policy.private, policy.no_cache) == (False, False, False)
        assert "*" not in vary
        if not (policy.public or policy.s_maxage is not None):
            assert made_for == "; ".join(f"{name}={who.get(name)}" for name in CREDENTIALS)
        for name in CREDENTIALS:
            assert name not in vary or f"{name}={who.get(name)}" in made_for
        assert "accept-language" not in vary or made_in == str(language.get("accept-language"))


TestSite = Site.TestCase

visits = st.tuples(st.sampled_from(["", "ada", "bob"]), st.integers(0, 4), st.integers(0, 4), st.none() | st.integers(0, 8))


class Crowd:
    """Visitors who come as they like, and some of whom are cancelled."""

    def __init__(self, control, vary):
        self.headers = {"cache-control": control, **({"vary": vary} if vary else {})}
        self.seen = []
        self.app = App(caching(CachePolicy(clock=lambda: 0), MemoryCache(clock=lambda: 0))(self.handle))

    async def handle(self, request):
        who = request.headers.get("cookie") or ""
        await steps(int(request.headers["x-steps"]))
        return Response.text(who, headers=self.headers)

    async def visit(self, who, pause, length, cancelled):
        await steps(pause)
        async with anyio.create_task_group() as group:
            if cancelled is not None:
                group.start_soon(cancel, cancelled, group.cancel_scope)
            answer = await call(self.app, headers={"x-steps": str(length)} | ({"cookie": who} if who else {}))
            self.seen.append((who, answer.text))
            group.cancel_scope.cancel()

    async def run(self, planned):
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for plan in planned:
                    group.start_soon(self.visit, *plan)


async def steps(count):
    for _ in range(count):
        await anyio.lowlevel.checkpoint()


async def cancel(after, scope):
    await steps(after)
    scope.cancel()


@given(
    st.lists(visits, max_size=8),
    st.sampled_from(["max-age=9", "public, max-age=9", "no-store", "max-age=9, stale-while-revalidate=9"]),
    st.sampled_from(["", "cookie"]),
    st.sampled_from(["asyncio", "trio"]),
)
def test_whoever_asks_at_once_gets_what_is_theirs(planned, control, vary, backend):
    """However they overlap, and whoever is cancelled; nobody waits for ever."""
    crowd = Crowd(control, vary)
    anyio.run(crowd.run, planned, backend=backend)
    assert len(crowd.seen) >= sum(plan[3] is None for plan in planned)
    if vary or "public" not in control:
        assert all(who == text for who, text in crowd.seen)
