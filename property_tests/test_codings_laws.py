"""Laws of content codings: what is encoded is what was meant, however it is cut, and who gets which coding (RFC 9110, 12.5.3)."""

import gzip
import zlib
from fractions import Fraction
from itertools import pairwise

import anyio
import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Response
from asgikit.codings.coding import PIECE
from asgikit.codings.deflate import Gzip
from asgikit.codings.installed import codings, decoders
from asgikit.errors import BadRequest, ContentTooLarge
from asgikit.http.headers import Headers
from asgikit.http.sse import EventReader, ServerSentEvent
from asgikit.middleware.compress import CompressPolicy, choose, compress, is_compressible
from asgikit.middleware.decompress import MEMBER, Inflater, decompress
from asgikit.testing import call
from property_tests.strategies import hostile, weights

CODINGS = {coding.name: coding for coding in codings()}
MADE_BY_OTHERS = {"zstd": zstd.compress, "br": brotli.compress, "gzip": gzip.compress, "deflate": zlib.compress}
IN_MEMBERS = ["zstd", "gzip"]
NAMES = [*CODINGS, "identity", "*", "deflate"]

blocks = st.one_of(
    st.binary(max_size=200),
    st.integers(0, 70_000).map(bytes),
    st.builds(lambda text, n: text.encode() * n, st.text("ab \n", min_size=1, max_size=8), st.integers(1, 3000)),
    st.randoms(use_true_random=False).map(lambda random: random.randbytes(5000)),
)
contents = st.lists(blocks, max_size=5)
names = st.sampled_from(sorted(CODINGS))
weighted = st.dictionaries(st.sampled_from(NAMES), weights, max_size=6)


def cut(data, at):
    """The data in pieces."""
    edges = [0, *sorted(min(n, len(data)) for n in at), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


cuts = st.lists(st.integers(0, 3000), max_size=6)


def read(member, data):
    """All that can be read once this has come."""
    pieces = [member.decode(data)]
    while not member.hungry and not member.ended:
        pieces.append(member.decode(b""))
    assert max(map(len, pieces)) <= PIECE
    return b"".join(pieces)


@given(names, contents)
def test_what_is_flushed_is_read_at_once(name, content):
    """Each piece when it comes, whatever came before; the end is the end."""
    encoder, member = CODINGS[name].encoder(flushed=True), decoders()[name]()
    for data in content:
        assert read(member, encoder.encode(data)) == data
    assert read(member, encoder.finish()) == b""
    assert (member.ended, member.rest) == (True, b"")


@given(names, contents, st.booleans())
def test_pieces_are_the_whole(name, content, flushed):
    """However the content is cut, it is read as one."""
    encoder = CODINGS[name].encoder(flushed=flushed)
    packed = b"".join([*map(encoder.encode, content), encoder.finish()])
    assert read(decoders()[name](), packed) == b"".join(content)
    whole = CODINGS[name].encode(b"".join(content))
    assert read(decoders()[name](), whole) == b"".join(content)


@given(st.sampled_from(sorted(MADE_BY_OTHERS)), contents, cuts)
def test_what_others_have_encoded_is_read_however_it_is_cut(name, content, at):
    """Of one member, or of several where a coding has those."""
    members = content if name in IN_MEMBERS else [b"".join(content)]
    packed = b"".join(MADE_BY_OTHERS[name](member) for member in members)
    inflater = Inflater(name, 10**7)
    pieces = [piece for data in cut(packed, at) for piece in inflater.feed(data)]
    inflater.finish()
    assert b"".join(pieces) == b"".join(content)
    assert all(0 < len(piece) <= PIECE for piece in pieces)


@given(st.sampled_from(sorted(MADE_BY_OTHERS)), contents, cuts, st.integers(0, 200_000))
def test_a_limit_is_kept_to_the_byte(name, content, at, limit):
    """What is within it is read, what is not is refused after no more than a piece."""
    data = b"".join(content)
    inflater, got = Inflater(name, limit), 0
    try:
        for piece in cut(MADE_BY_OTHERS[name](data), at):
            for read_ in inflater.feed(piece):
                got += len(read_)
        inflater.finish()
    except ContentTooLarge:
        assert len(data) > limit
    else:
        assert len(data) <= limit
    assert got <= limit


@given(st.sampled_from(sorted(MADE_BY_OTHERS)), blocks, st.data())
def test_what_is_cut_off_or_changed_is_refused_or_read(name, block, data):
    """Never half of it without a word; never anything but an answer of 400 or 413."""
    packed = MADE_BY_OTHERS[name](block)
    at = data.draw(st.integers(1, len(packed) - 1)) if len(packed) > 1 else 0
    inflater = Inflater(name, 10**6)
    if at:
        with pytest.raises(BadRequest):
            for piece in inflater.feed(packed[:at]):
                assert block.startswith(piece) or piece in block
            inflater.finish()
    changed = bytearray(packed)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        total = sum(map(len, Inflater(name, 10**6).feed(bytes(changed))))
    except (BadRequest, ContentTooLarge):
        pass
    else:
        assert total <= 10**6


@given(st.binary(max_size=300), st.sampled_from(sorted(MADE_BY_OTHERS)), cuts)
def test_any_bytes_are_an_answer(noise, name, at):
    """400 or 413, and nothing else."""
    inflater = Inflater(name, 10**5)
    try:
        for data in cut(noise, at):
            list(inflater.feed(data))
        inflater.finish()
    except (BadRequest, ContentTooLarge):
        pass


@given(st.sampled_from(IN_MEMBERS), st.lists(st.binary(max_size=20), min_size=1, max_size=30))
def test_members_count(name, members):
    """Each but the first as much as it takes to begin one."""
    packed = b"".join(map(MADE_BY_OTHERS[name], members))
    cost = sum(map(len, members)) + MEMBER * (len(members) - 1)
    assert b"".join(Inflater(name, cost).feed(packed)) == b"".join(members)
    if cost:
        with pytest.raises(ContentTooLarge):
            list(Inflater(name, cost - 1).feed(packed))


# Who gets which coding


def field(given_):
    return ", ".join(f"{name};q={weight}" for name, weight in given_.items())


def weight_of(coding, given_):
    """RFC 9110, 12.5.3: its own weight, or that of the rest; identity needs no mention, unless the rest is refused."""
    if coding in given_:
        return Fraction(given_[coding])
    if coding == "identity":
        return Fraction(0) if "*" in given_ and Fraction(given_["*"]) == 0 else Fraction(1, 1000)
    return Fraction(given_.get("*", 0))


@given(weighted, st.permutations(sorted(CODINGS)), st.integers(1, 3))
def test_the_choice_is_the_one_of_the_standard(given_, order, number):
    """The heaviest of ours, the earlier of equals; the content as it is where that is liked better, or nothing of ours is."""
    ours = [CODINGS[name] for name in order[:number]]
    choice = choose(CompressPolicy(codings=tuple(ours)), Headers({"accept-encoding": field(given_)}))
    best = max(ours, key=lambda coding: weight_of(coding.name, given_))
    plain = weight_of("identity", given_)
    assert choice.identity == (plain > 0)
    weight = weight_of(best.name, given_)
    if weight == 0 or ("identity" in given_ and plain > weight):
        assert choice.coding is None
    else:
        assert choice.coding == best


@given(hostile)
def test_no_field_is_too_strange_to_choose_by(text):
    """Whatever a client sends, it gets ours or the content as it is, or is refused."""
    policy = CompressPolicy()
    raw = Headers.from_raw([(b"accept-encoding", text.encode("utf-8", "surrogatepass"))])
    choice = choose(policy, raw)
    assert choice.coding in {None, *policy.codings}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).flatmap(
    lambda text: st.integers(0, 60).map(lambda times: text * times)
)


@given(TEXTS, weighted, st.integers(0, 300), st.booleans())
def test_a_client_reads_what_the_handler_said(text, given_, minimum, stream):
    """Through whatever coding; and is never sent one that it does not take, nor one that it would have to guess."""
    response = Response.text(text)

    async def chunks():
        for start in range(0, len(text), 7):
            yield text[start : start + 7]

    async def handler(request):
        return Response.stream(chunks(), content_type="text/plain") if stream else response

    async def run():
        answer = await call(App(compress(minimum_size=minimum)(handler)), headers={"accept-encoding": field(given_)})
        coding = answer.headers.get("content-encoding") or "identity"
        if answer.status == 406:
            assert all(weight_of(name, given_) == 0 for name in [*CODINGS, "identity"])
            return
        touched = "vary" in answer.headers
        assert touched == (stream or is_compressible(CompressPolicy(minimum_size=minimum), response))
        assert not touched or weight_of(coding, given_) > 0
        body = answer.body if coding == "identity" else read(decoders()[coding](), answer.body)
        assert body.decode() == text
        if not stream:
            assert answer.headers["content-length"] == str(len(answer.body))
            assert len(answer.body) <= len(text.encode()) or weight_of("identity", given_) == 0

    anyio.run(run)


@given(names, st.lists(st.text("ab \r\n:é", max_size=30), max_size=8))
def test_events_are_read_one_by_one(name, texts):
    """Each when it comes: what a reader of an encoded feed sees is what was yielded."""

    async def events():
        for text in texts:
            yield ServerSentEvent(text)

    async def handler(request):
        return Response.sse(events())

    async def run():
        answer = await call(App(compress()(handler)), headers={"accept-encoding": name})
        member, reader = decoders()[name](), EventReader()
        for event, text in zip(answer.events[1:], texts, strict=False):
            (seen,) = reader.feed(read(member, event["body"]))
            assert seen.data.split("\n") == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        read(member, answer.events[-1]["body"])
        assert member.ended

    anyio.run(run)


@given(names, contents, cuts)
def test_what_a_client_compresses_a_handler_reads(name, content, at):
    """Ours on one side and ours on the other are nothing."""
    data = b"".join(content)

    async def handler(request):
        return Response(await request.body())

    async def run():
        packed = CODINGS[name].encode(data)
        answer = await call(
            App(decompress()(handler)), "POST", body=cut(packed, at), headers={"content-encoding": name, "content-length": "0"}
        )
        assert (answer.error, answer.body) == (None, data)

    anyio.run(run)


@given(st.integers(1, 9), blocks)
def test_levels_change_nothing_but_the_size(level, block):
    """Gzip is gzip."""
    assert gzip.decompress(Gzip(level).encode(block)) == block
