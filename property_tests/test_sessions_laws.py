"""Laws of sessions: a store is a dictionary with a clock, a session is what a naive model says, and no text is an error."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import hypothesis.strategies as st
from hypothesis import given
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from asgikit import json
from asgikit.config import Secret
from asgikit.sealing import Sealer
from asgikit.sessions.draft import Draft
from asgikit.sessions.keepers import InCookie, InStore, Keeper
from asgikit.sessions.keeping import Keeping
from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.record import Record
from asgikit.signing import Signer
from asgikit.stores.memory_sessions import MemorySessions
from property_tests.strategies import any_text, hostile

T = TypeVar("T")
KEY = Secret("a-key-of-a-law-0123456789-abcdef")
IDLE, LIFETIME = 100, 350


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it gives; nothing here waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("it waits")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def keepers(clock: Clock) -> dict[str, Keeper]:
    return {
        "signed": InCookie(Signer(KEY, purpose="session", clock=clock)),
        "sealed": InCookie(Sealer(KEY, purpose="session", clock=clock)),
        "memory": InStore(MemorySessions(clock=clock)),
    }


KINDS = st.sampled_from(["signed", "sealed", "memory"])


@given(st.binary(max_size=60), st.integers(0, 2**47), st.integers(0, 2**47), st.none() | any_text)
def test_a_record_comes_back(data: bytes, created: int, renewed: int, subject: str | None) -> None:
    """Whatever is in it."""
    record = Record(data, created, renewed, subject)
    assert Record.decode(record.encode()) == record


@given(st.binary(max_size=60) | st.from_regex(rb"1 [0-9a-f]{1,13} [0-9a-f]{1,13} (-|=.{0,6})\n.*", fullmatch=True))
def test_any_bytes_are_a_record_or_none(raw: bytes) -> None:
    """Without an error; what is one is written as another that is the same."""
    record = Record.decode(raw)
    assert record is None or Record.decode(record.encode()) == record


models = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(models, KINDS)
def test_what_is_set_is_there_at_the_next_request(value: Any, kind: str) -> None:
    """Any value of the model, in any store."""
    clock = Clock()
    keeping = Keeping(keepers(clock)[kind], json(object), "nothing", SessionPolicy(clock=clock))
    first = Draft(keeping, None)
    first.change(lambda _: value)
    run(first.commit())
    expected = run(Draft(keeping, None if first.cookie is None else first.cookie.value).value())
    assert expected == value


@given(models, KINDS, st.none() | any_text)
def test_what_is_issued_is_what_a_request_finds(value: Any, kind: str, subject: str | None) -> None:
    """And what a request has written is what is read: with either there is one session, of one value and somebody."""
    clock = Clock()
    keeping = Keeping(keepers(clock)[kind], json(object), "nothing", SessionPolicy(clock=clock))
    cookie = run(keeping.issue([value], subject=subject))
    draft = Draft(keeping, cookie.value)
    assert (run(draft.value()), run(draft.subject())) == ([value], subject)
    draft.change(lambda _: value)
    run(draft.commit())
    found = run(keeping.read({cookie.name: cookie.value if draft.cookie is None else draft.cookie.value}))
    assert (found.value, found.subject, found.is_new) == (value, subject, False)


@given(hostile | st.text("0123456789abcdef._-=", max_size=120), KINDS, st.booleans())
def test_no_cookie_is_an_error(text: str, kind: str, changes: bool) -> None:
    """It is an empty session, and never becomes the token of one."""
    clock = Clock()
    keeping = Keeping(keepers(clock)[kind], json(list[int]), [], SessionPolicy(clock=clock))
    draft = Draft(keeping, text)
    assert run(draft.value()) == []
    if changes:
        draft.change(lambda numbers: [*numbers, 1])
    run(draft.commit())
    assert (draft.cookie is not None) == changes
    assert draft.cookie is None or draft.cookie.value != text


@given(st.lists(st.integers(0, 4), max_size=40))
def test_no_change_is_lost_in_a_store(schedule: list[int]) -> None:
    """Of requests that come between each other in any way: read, change and write are steps that any other can follow."""
    clock = Clock()
    keeping = Keeping(keepers(clock)["memory"], json(list[int]), [], SessionPolicy(clock=clock))
    begun = Draft(keeping, None)
    begun.change(lambda _: [-1])
    run(begun.commit())
    assert begun.cookie is not None
    token, done, steps = begun.cookie.value, 0, dict[int, tuple[Draft[list[int]], int]]()
    for who in schedule:
        draft, step = steps.pop(who, (Draft(keeping, token), 0))
        if step == 0:
            run(draft.value())
        elif step == 1:
            draft.change(lambda numbers, who=who: [*numbers, who])
        else:
            run(draft.commit())
            done += 1
            continue
        steps[who] = (draft, step + 1)
    assert len(run(Draft(keeping, token).value())) == 1 + done


class StoreMachine(RuleBasedStateMachine):
    """MemorySessions beside a dictionary: key to value, end and subject, the order of use being that of the dictionary."""

    KEYS = st.sampled_from(["a", "b", "c", "d", "e"])
    SUBJECTS = st.none() | st.sampled_from(["ada", "bob"])
    VALUES = st.binary(max_size=2)
    TTLS = st.sampled_from([1.0, 5.0, 10.0])

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.limit = 3
        self.store = MemorySessions(limit=self.limit, clock=self.clock)
        self.model: dict[str, tuple[bytes, float, str | None]] = {}

    def live(self) -> dict[str, tuple[bytes, float, str | None]]:
        self.model = {key: entry for key, entry in self.model.items() if entry[1] > self.clock.now}
        return self.model

    def put(self, key: str, entry: tuple[bytes, float, str | None]) -> None:
        """At the end; past the limit the one at the beginning goes. All that are over have gone then."""
        self.live().pop(key, None)
        self.model[key] = entry
        if len(self.model) > self.limit:
            del self.model[next(iter(self.model))]
        assert len(self.store) == len(self.model)

    @rule(key=KEYS, value=VALUES, ttl=TTLS, subject=SUBJECTS)
    def add(self, key: str, value: bytes, ttl: float, subject: str | None) -> None:
        run(self.store.add(key, value, ttl=ttl, subject=subject))
        self.put(key, (value, self.clock.now + ttl, subject))

    @rule(old=KEYS, new=KEYS, was=VALUES, right=st.booleans(), value=VALUES, ttl=TTLS, subject=SUBJECTS)
    def replace(self, old: str, new: str, was: bytes, right: bool, value: bytes, ttl: float, subject: str | None) -> None:
        entry = self.live().get(old)
        if right and entry is not None:
            was = entry[0]
        expected = entry is not None and entry[0] == was
        assert run(self.store.replace((old, was), (new, value), ttl=ttl, subject=subject)) == expected
        if expected:
            self.model.pop(old, None)
            self.put(new, (value, self.clock.now + ttl, subject))

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        entry = self.live().get(key)
        assert run(self.store.get(key)) == (None if entry is None else entry[0])
        if entry is not None:
            self.model[key] = self.model.pop(key)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        run(self.store.delete(key))
        self.model.pop(key, None)

    @rule(subject=st.sampled_from(["ada", "bob"]))
    def delete_all(self, subject: str) -> None:
        run(self.store.delete_all(subject))
        self.model = {key: entry for key, entry in self.model.items() if entry[2] != subject}

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def is_bounded(self) -> None:
        """By its limit, and so is what it remembers beside the sessions."""
        assert len(self.live()) <= len(self.store) <= self.limit
        assert len(self.store._ends) <= 2 * self.limit + 65

    @invariant()
    def knows_whose_they_are(self) -> None:
        for subject in ("ada", "bob"):
            own = {key for key, entry in self.live().items() if entry[2] == subject}
            assert run(self.store.keys(subject)) == own


@dataclass
class Naive:
    """A session as somebody would explain it."""

    numbers: list[int] = field(default_factory=list[int])
    subject: str | None = None
    created: float = 0
    used: float = 0
    exists: bool = False


class SessionMachine(RuleBasedStateMachine):
    """One browser, request after request, beside a naive model; every store behaves alike."""

    @initialize(kind=KINDS)
    def begin(self, kind: str) -> None:
        self.clock = Clock()
        policy = SessionPolicy(idle=IDLE, lifetime=LIFETIME, refresh=0, clock=self.clock)
        self.keeping = Keeping(keepers(self.clock)[kind], json(list[int]), [], policy)
        self.kind = kind
        self.cookie: str | None = None
        self.stolen: set[str] = set()
        self.model = Naive()

    def request(self, *actions: Any) -> Draft[list[int]]:
        draft = Draft(self.keeping, self.cookie)
        for action in actions:
            action(draft)
        run(draft.commit())
        if draft.cookie is not None:
            self.cookie = draft.cookie.value if draft.cookie.max_age else None
        return draft

    def aged(self) -> Naive:
        now = self.clock.now
        if self.model.exists and (now - self.model.used >= IDLE or now - self.model.created >= LIFETIME):
            self.model = Naive()
        return self.model

    def wrote(self) -> None:
        now = self.clock.now
        if not self.model.exists:
            self.model.created, self.model.exists = now, True
        self.model.used = now

    @rule()
    def read(self) -> None:
        model = self.aged()
        draft = Draft(self.keeping, self.cookie)
        assert (run(draft.value()), run(draft.subject())) == (model.numbers, model.subject)
        run(draft.commit())
        if model.exists:
            model.used = self.clock.now
            assert draft.cookie is None or self.kind != "memory" or draft.cookie.value == self.cookie
            self.cookie = self.cookie if draft.cookie is None else draft.cookie.value
        else:
            assert draft.cookie is None

    @rule(number=st.integers(0, 9))
    def append(self, number: int) -> None:
        model = self.aged()
        self.request(lambda draft: draft.change(lambda numbers: [*numbers, number]))
        model.numbers = [*model.numbers, number]
        self.wrote()

    @rule(name=st.sampled_from(["ada", "bob"]))
    def sign_in(self, name: str) -> None:
        model = self.aged()
        before = self.cookie
        self.request(lambda draft: draft.sign_in(name))
        assert self.cookie != before or self.kind == "signed"  # within a second, the same is signed alike
        if before is not None:
            self.stolen.add(before)
        model.subject = name
        self.wrote()
        model.created = self.clock.now

    @rule()
    def rotate(self) -> None:
        model = self.aged()
        before = self.cookie
        self.request(lambda draft: draft.rotate())
        if model.exists:
            self.stolen.add(before or "")
            self.wrote()

    @rule()
    def clear(self) -> None:
        if self.cookie is not None:
            self.stolen.add(self.cookie)
        self.request(lambda draft: draft.clear())
        self.model = Naive()
        assert self.cookie is None

    @rule(seconds=st.sampled_from([1, 40, 99, 100]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @precondition(lambda self: self.kind == "memory")
    @invariant()
    def what_was_rotated_is_worth_nothing(self) -> None:
        for token in self.stolen - {self.cookie}:
            assert run(Draft(self.keeping, token).value()) == []


TestStore = StoreMachine.TestCase
TestSession = SessionMachine.TestCase
