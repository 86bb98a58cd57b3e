"""WebSocket frames: written in any way, read strictly."""

import pytest

from asgikit.conformance.server import frames
from asgikit.conformance.server.frames import Assembler, Close, Frame, FrameFault, FrameReader, Opcode, masked, parse_close


def read(data):
    reader = FrameReader(data)
    found = []
    while (frame := reader.next()) is not None:
        found.append(frame)
    assert reader.rest == b""
    return found


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        (frames.text("Hello"), b"\x81\x05Hello"),
        (Frame(Opcode.TEXT, b"Hel", fin=False), b"\x01\x03Hel"),
        (Frame(Opcode.CONTINUATION, b"lo"), b"\x80\x02lo"),
        (Frame(Opcode.PING, b"Hello"), b"\x89\x05Hello"),
        (frames.binary(b"x" * 125), b"\x82\x7d" + b"x" * 125),
        (frames.binary(b"x" * 126), b"\x82\x7e\x00\x7e" + b"x" * 126),
        (frames.binary(b"x" * 256), b"\x82\x7e\x01\x00" + b"x" * 256),
        (frames.binary(b"x" * 65535), b"\x82\x7e\xff\xff" + b"x" * 65535),
        (frames.binary(b"x" * 65536), b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + b"x" * 65536),
        (frames.close(), b"\x88\x02\x03\xe8"),
        (frames.close(3000, "é"), b"\x88\x04\x0b\xb8\xc3\xa9"),
        (frames.close(None), b"\x88\x00"),
    ],
)
def test_a_frame_is_written_and_read(frame, data):
    """The examples of RFC 6455, 5.7, and each form of the length at its edges."""
    assert frame.encode(None) == data
    assert read(data) == [frame]


def test_a_client_masks():
    """The masked "Hello" of RFC 6455, 5.7."""
    assert frames.text("Hello").encode() == b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
    assert frames.text("").encode() == b"\x81\x80\x37\xfa\x21\x3d"


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 1000])
def test_masking_twice_gives_the_payload(size):
    """Also of payloads that start or end with zeros or with the key's own bytes."""
    for payload in (bytes(size), b"\x37\xfa\x21\x3d\x00"[:size], b"x" * size):
        assert masked(masked(payload, frames.MASK), frames.MASK) == payload


def test_a_frame_may_break_the_rules_when_written():
    """Reserved bits, unknown opcodes and fragmented control frames are what servers are tested with."""
    assert Frame(0xF, b"x", fin=False, rsv=7).encode(None) == b"\x7f\x01x"


def test_bytes_may_come_one_at_a_time():
    """A frame is given once it is whole, and what follows is kept."""
    reader = FrameReader()
    found = []
    for byte in frames.binary(b"x" * 300).encode(None) + frames.text("é").encode(None):
        reader.feed(bytes([byte]))
        while (frame := reader.next()) is not None:
            found.append(frame)
    assert found == [frames.binary(b"x" * 300), frames.text("é")]
    reader.feed(b"\x81\x05He")
    assert reader.next() is None
    assert reader.rest == b"\x81\x05He"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\x81\x85", "masked"),
        (b"\xc1\x00", "reserved bits"),
        (b"\x83\x00", "opcode 0x3"),
        (b"\x8b\x00", "opcode 0xb"),
        (b"\x09\x00", "is fragmented"),
        (b"\x89\x7e", "more than 125"),
        (b"\x81\x7e\x00\x7d", "length 125 is written in 2"),
        (b"\x81\x7f" + (65535).to_bytes(8, "big"), "length 65535 is written in 8"),
        (b"\x81\x7f" + (1 << 63).to_bytes(8, "big"), "is written in 8"),
        (b"\x82\x7f" + (frames.MAX_PAYLOAD + 1).to_bytes(8, "big"), "are not read"),
    ],
)
def test_a_frame_that_no_server_may_send_is_a_fault(data, fault):
    """It is seen at the head, before the payload has come."""
    with pytest.raises(FrameFault, match=fault):
        FrameReader(data).next()


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", Close(None)),
        (b"\x03\xe8", Close(1000)),
        (b"\x13\x87bye", Close(4999, "bye")),
        (b"\x03\xf6\xc3\xa9", Close(1014, "é")),
    ],
)
def test_a_close_frame_says_code_and_reason(payload, said):
    """No code is None, which a server tells as 1005."""
    assert parse_close(payload) == said


@pytest.mark.parametrize(
    "payload",
    [b"\x03", *(code.to_bytes(2, "big") for code in (0, 999, 1004, 1005, 1006, 1015, 5000, 65535)), b"\x03\xe8\xff"],
)
def test_a_close_frame_that_none_may_send_is_a_fault(payload):
    """Half a code, a code that is never sent, and a reason that is not UTF-8 (RFC 6455, 5.5.1 and 7.4)."""
    with pytest.raises(FrameFault):
        parse_close(payload)


@pytest.mark.parametrize("cuts", [(), (0,), (3,), (1, 2), (2, 2), (0, 3)])
def test_fragments_make_up_the_message(cuts):
    """Cut anywhere, inside a character too, and into empty frames (RFC 6455, 5.4)."""
    cut = frames.fragments(Opcode.TEXT, "aé".encode(), *cuts)
    assert len(cut) == len(cuts) + 1
    assert [frame.fin for frame in cut] == [False] * len(cuts) + [True]
    assembler = Assembler()
    assert [assembler.add(frame) for frame in cut] == [None] * len(cuts) + ["aé"]


def test_messages_follow_each_other():
    """Text comes as str and binary as bytes, empty ones too."""
    assembler = Assembler()
    for frame, message in ((frames.text(""), ""), (frames.binary(b""), b""), (frames.binary(b"\xff"), b"\xff")):
        assert assembler.add(frame) == message


@pytest.mark.parametrize(
    ("sequence", "fault"),
    [
        ([Frame(Opcode.CONTINUATION)], "continues no message"),
        ([frames.text("a"), Frame(Opcode.CONTINUATION)], "continues no message"),
        ([frames.text("a", fin=False), frames.text("b")], "inside another"),
        ([Frame(Opcode.TEXT, b"\xff")], "not UTF-8"),
    ],
)
def test_frames_in_the_wrong_order_are_a_fault(sequence, fault):
    """As is text that is not UTF-8."""
    assembler = Assembler()
    for frame in sequence[:-1]:
        assembler.add(frame)
    with pytest.raises(FrameFault, match=fault):
        assembler.add(sequence[-1])


def test_a_message_of_many_frames_has_a_limit(monkeypatch):
    """A server cannot fill the memory with frames that never end."""
    monkeypatch.setattr(frames, "MAX_PAYLOAD", 3)
    assembler = Assembler()
    assembler.add(frames.text("ab", fin=False))
    with pytest.raises(FrameFault, match="more than 3 bytes"):
        assembler.add(Frame(Opcode.CONTINUATION, b"cd", fin=False))


def test_a_frame_is_printed_in_one_line():
    """With what is unusual about it, and long payloads cut."""
    assert str(frames.text("a")) == "TEXT b'a'"
    assert str(Frame(3, fin=False, rsv=1)) == "opcode 0x3 (not final) rsv=1 b''"
    assert str(frames.binary(b"x" * 70)).endswith("... (70 bytes)")
