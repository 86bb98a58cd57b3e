"""Laws of channels: queues, history and presence are what naive models of them say, whatever the interleaving."""

from itertools import cycle

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit.channels import Joined, Left, Message, Present
from asgikit.errors import SubscriberTooSlow
from asgikit.stores.mailbox import Mailbox, Seat
from asgikit.stores.memory_channels import MemoryChannels
from asgikit.stores.rooms import Room

backends = st.sampled_from(["asyncio", "trio"])
policies = st.sampled_from(["drop_oldest", "drop_newest", "disconnect"])
sizes = st.integers(1, 4)
pauses = st.lists(st.sampled_from([0, 0, 1, 2, 5]), min_size=30, max_size=30)
rooms_names = st.sampled_from("abc")
END = object()


def ready(subscription):
    """The next of what it can read without waiting; END for nothing."""
    if not subscription._is_ready() and not subscription._is_over:
        return END
    try:
        subscription.__anext__().send(None)
    except StopIteration as stop:
        return stop.value
    except StopAsyncIteration:
        return END


def drained(subscription):
    return list(iter(lambda: ready(subscription), END))


class Naive:
    """A queue as one would write it down."""

    def __init__(self, size, when_full):
        self.items, self.dropped, self.size, self.when_full, self.dead = [], 0, size, when_full, False

    def put(self, item):
        if self.dead:
            return
        self.items.append(item)
        if len(self.items) > self.size:
            if self.when_full == "disconnect":
                self.dead, self.items = True, []
                return
            self.dropped += 1
            self.items.pop(0 if self.when_full == "drop_oldest" else -1)


@given(sizes, policies, st.lists(st.sampled_from(["put", "put", "read"]), max_size=40))
def test_a_queue_is_what_a_list_would_be(size, when_full, actions):
    """Its length never passes its size, it misses what the policy says, and gives the rest in order."""
    queue, naive = Mailbox(size, when_full), Naive(size, when_full)
    for number, action in enumerate(actions):
        if action == "put":
            queue.put(number)
            naive.put(number)
        elif naive.dead:
            with pytest.raises(SubscriberTooSlow):
                ready(queue)
        else:
            assert ready(queue) == (naive.items.pop(0) if naive.items else END)
        assert len(queue._items) <= size
    assert queue.dropped == naive.dropped
    assert list(queue._items) == naive.items


@given(sizes, st.integers(0, 20))
def test_dropping_the_oldest_keeps_the_newest(size, count):
    """As many as the queue holds; dropping the newest keeps the first."""
    newest, first = Mailbox(size, "drop_oldest"), Mailbox(size, "drop_newest")
    for number in range(count):
        newest.put(number)
        first.put(number)
    assert drained(newest) == list(range(count))[-size:]
    assert drained(first) == list(range(count))[:size]


actions = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), rooms_names),
        st.tuples(st.just("subscribe"), rooms_names),
        st.tuples(st.just("leave"), st.integers(0, 9)),
    ),
    max_size=40,
)


class Remembered:
    """What rooms remember, as one would write it down."""

    def __init__(self, history, retain):
        self.history, self.retain = history, retain
        self.said, self.inside, self.used = {}, [], []

    def use(self, name):
        self.used = [other for other in self.used if other != name] + [name]
        outside = [name for name in self.used if name not in self.inside and self.said.get(name)]
        for name in outside[: max(0, len(outside) - self.retain)]:
            del self.said[name]

    def say(self, name, message):
        if self.history and (name in self.inside or self.retain):
            self.said.setdefault(name, []).append(message)
        self.use(name)

    def last(self, name, asked):
        return self.said.get(name, [])[-self.history :][-asked:] if asked else []


@given(backends, st.integers(0, 3), st.integers(0, 2), st.integers(0, 4), actions)
def test_history_is_what_was_said_last(backend, history, retain, asked, steps):
    """In every room that somebody is in, or that is among those left or spoken in last; no other takes memory."""

    async def main():
        channels, naive, blocks = MemoryChannels(history=history, retain=retain), Remembered(history, retain), []
        for number, (what, which) in enumerate(steps):
            if what == "publish":
                await channels[which].publish(number)
                naive.say(which, number)
            elif what == "subscribe":
                blocks.append(channels[which].subscribe(history=asked))
                assert drained(await blocks[-1].__aenter__()) == naive.last(which, asked)
                naive.inside.append(which)
                naive.use(which)
            elif which < len(blocks):
                await blocks.pop(which).__aexit__(None, None, None)
                naive.use(naive.inside.pop(which))
            for name in "abc":
                assert await channels[name].history(asked) == tuple(naive.last(name, asked))
            assert len(channels) == len({*naive.inside, *naive.said})
        for block in blocks:
            await block.__aexit__(None, None, None)

    anyio.run(main, backend=backend)


presence_actions = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.sampled_from("xyz")),
        st.tuples(st.just("go"), st.integers(0, 5)),
        st.tuples(st.just("say"), st.none()),
        st.tuples(st.just("read"), st.none()),
    ),
    max_size=50,
)


class Watcher:
    """Somebody in a room, who believes what she is told."""

    def __init__(self, seat, room, naive):
        self.seat, self.room, self.naive, self.known = seat, room, naive, set()

    def read(self):
        """Whether there was something."""
        match ready(self.seat):
            case Present(members):
                self.known = set(members)
                assert members == self.room.members
            case Joined(member):
                assert member not in self.known
                self.known.add(member)
            case Left(member):
                self.known.remove(member)
            case Message(content):
                assert content == self.naive.items.pop(0)
            case _:
                return False
        return True


@given(sizes, policies, presence_actions)
def test_presence_is_who_is_there(size, when_full, steps):
    """Whoever has read all there is knows exactly who is there; and for presence no message is ever dropped."""
    room, naive, others = Room(0), Naive(size, when_full), []
    ada = Watcher(Seat(size, when_full, "ada", None, lambda: room.members), room, naive)
    room.join(ada.seat)
    for number, (what, which) in enumerate(steps):
        if what == "come":
            others.append(Seat(1, "drop_oldest", which, None, frozenset))
            room.join(others[-1])
        elif what == "go" and which < len(others):
            room.leave(others.pop(which))
        elif what == "say":
            room.publish(number)
            naive.put(number)
        elif what == "read" and not naive.dead:
            ada.read()
        assert room.members == {"ada"} | {seat.member for seat in others}
        assert len(ada.seat._items) <= size
    if naive.dead:
        with pytest.raises(SubscriberTooSlow):
            ada.read()
        return
    while ada.read():
        pass
    assert (ada.known, naive.items, ada.seat.dropped) == (room.members, [], naive.dropped)


async def rest(steps):
    for _ in range(steps):
        await anyio.lowlevel.checkpoint()


async def publish(room, publisher, waits):
    for number in range(8):
        await rest(next(waits))
        await room.publish((publisher, number))


async def read(feed, waits, mine):
    try:
        async for message in feed:
            mine.append(message)
            await rest(next(waits))
    except SubscriberTooSlow:
        mine.append(None)


def is_part_of(some, whole):
    """Whether they are among the others, in the same order, each at most as often."""
    rest_of_whole = iter(whole)
    return all(one in rest_of_whole for one in some)


@given(backends, st.integers(1, 3), sizes, policies, pauses)
def test_order_is_kept_and_nothing_comes_twice(backend, publishers, size, when_full, pauses):
    """All see parts of one order, in which each publisher's own is kept; what is not seen is counted as dropped."""

    async def main():
        channels, waits, seen, whole = MemoryChannels(), cycle(pauses), [], []
        async with (
            channels["a"].subscribe(queue=1000) as every,
            channels["a"].subscribe(queue=size, when_full=when_full) as feed,
            anyio.create_task_group() as readers,
        ):
            readers.start_soon(read, feed, waits, seen)
            readers.start_soon(read, every, waits, whole)
            async with anyio.create_task_group() as group:
                for publisher in range(publishers):
                    group.start_soon(publish, channels["a"], publisher, waits)
            await channels.__aexit__(None, None, None)
        assert len(whole) == 8 * publishers
        for publisher in range(publishers):
            assert [number for who, number in whole if who == publisher] == list(range(8))
        assert is_part_of([message for message in seen if message is not None], whole)
        assert None in seen or len(seen) + feed.dropped == len(whole)

    anyio.run(main, backend=backend)
