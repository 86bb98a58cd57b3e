"""The head of a part of a form: its name, its file name, its fields (RFC 7578, 4)."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import reduce
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from asgikit.http.headers import Headers

# The heads that browsers send, whole: nothing in them is escaped, and nothing has to be looked at twice.
_COMMON: Final = re.compile(
    rb"[Cc]ontent-[Dd]isposition: form-data; "
    rb'name="([\x20\x21\x23\x24\x26-\x5b\x5d-\x7e\x80-\xff]*)"'
    rb'(?:; filename="([\x20\x21\x23\x24\x26-\x5b\x5d-\x7e\x80-\xff]*)")?'
    rb"(?:\r\n[Cc]ontent-[Tt]ype: ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?))?"
)
_DISPOSITION: Final = b"content-disposition"
# A field line; a value may hold any byte but controls (RFC 7578, 5.1: names are UTF-8).
_LINE: Final = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*+((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[\t ]*"
)
# A parameter; in its quotes a backslash escapes quotes and backslashes, and stands for itself before anything else, and
# where the quotes would not end before the next parameter: browsers send it as it is.
_PARAM: Final = re.compile(
    rb"[\t ]*;[\t ]*([!#$%&\'*+\-.^_`|~0-9A-Za-z]+)="
    rb'(?:"((?:[^"\\]|\\.)*+)"(?=[\t ]*+(?:;|$))|"([^"]*)"|([^\s";]+))[\t ]*'
)
_ESCAPED: Final = re.compile(rb'\\(["\\])')
# What browsers make of the bytes that a quoted name cannot hold (WHATWG HTML, 4.10.21.8); "%" itself they leave alone.
_PERCENT: Final = re.compile(rb"%(22|0[AaDd])")
# RFC 8187, 3.2.1: ext-value = charset "'" [ language ] "'" value-chars
_EXTENDED: Final = re.compile(rb"[Uu][Tt][Ff]-8'[A-Za-z0-9\-]*'((?:[!#$&+\-.^_`|~0-9A-Za-z]|%[0-9A-Fa-f]{2})*)")


class MultipartError(ValueError):
    """A malformed body; the text is for its sender."""


class PartHead(NamedTuple):
    """What a part says of itself. `filename` is what the client sent: data, never a path; None for a plain field."""

    name: str
    filename: str | None
    raw: tuple[tuple[bytes, bytes], ...]

    @property
    def headers(self) -> Headers:
        """The header fields of the part."""
        return Headers.from_raw(self.raw)


def parse_head(block: bytes) -> PartHead:
    """The head of a part, from its lines without the empty one.

    Raises MultipartError for lines that are no fields, a Content-Disposition that is missing, doubled or not
    form-data, a name that is missing or not UTF-8, or content in a transfer encoding.
    """
    common = _COMMON.fullmatch(block)
    if common is not None:
        name, filename, kind = common.groups()
        if kind is None:
            return PartHead(_text(name), None if filename is None else _text(filename), ((_DISPOSITION, block[21:]),))
        raw = ((_DISPOSITION, block[21 : block.find(b"\r\n")]), (b"content-type", kind))
        return PartHead(_text(name), None if filename is None else _text(filename), raw)
    return _parse_lines(block)


def format_head(name: str, filename: str | None, headers: Headers) -> bytes:
    """The head of a part that reads back as this, the empty line behind it included.

    Raises ValueError for what no head can say: a name with an escaped quote or line break in it, "%22", and headers that
    a form does not have.
    """
    others = [field for field in headers.raw if field[0].lower() != _DISPOSITION]
    plain = [b'form-data; name="%s"' % _escaped(name)]
    if filename is not None:
        # A name with "%22" in it would be read as one with a quote; this one is read as it is.
        extended = b"; filename*=UTF-8''" + quote(filename, safe="").encode()
        plain = [plain[0] + b'; filename="%s"' % _escaped(filename), plain[0] + extended]
    for disposition in plain:
        raw = ((_DISPOSITION, disposition), *others)
        block = b"\r\n".join(key + b": " + value for key, value in raw)
        with suppress(MultipartError):
            if parse_head(block) == (name, filename, tuple((key.lower(), value) for key, value in raw)):
                return block + b"\r\n\r\n"
    raise ValueError(f"the head of a part cannot say {name!r} and {filename!r}, or the headers with it")


def _escaped(text: str) -> bytes:
    # As browsers write it (WHATWG HTML, 4.10.21.8), and a backslash so that it is one for those who take it for an escape.
    pairs = ((b"\\", b"\\\\"), (b'"', b"%22"), (b"\r", b"%0D"), (b"\n", b"%0A"))
    return reduce(lambda data, pair: data.replace(*pair), pairs, text.encode())


def _parse_lines(block: bytes) -> PartHead:
    raw: list[tuple[bytes, bytes]] = []
    for line in block.split(b"\r\n") if block else ():
        field = _LINE.fullmatch(line)
        if field is None:
            raise MultipartError("the head of a part has a line that is no header field")
        raw.append((field[1].lower(), field[2]))
    dispositions = [value for name, value in raw if name == b"content-disposition"]
    if len(dispositions) != 1:
        raise MultipartError(f"a part has {len(dispositions)} Content-Disposition fields: it needs one")
    for name, value in raw:
        if name == b"content-transfer-encoding" and value.lower() not in {b"7bit", b"8bit", b"binary"}:
            raise MultipartError("a part is in a transfer encoding, which forms do not use: send it as it is")
    params = _params(dispositions[0])
    if b"name" not in params:
        raise MultipartError("a part has no name")
    filename = _unescaped(params[b"filename"]) if b"filename" in params else _extended(params.get(b"filename*"))
    return PartHead(_text(_unescaped(params[b"name"])), None if filename is None else _text(filename), tuple(raw))


def _params(value: bytes) -> dict[bytes, bytes]:
    kind, _, _ = value.partition(b";")
    if kind.rstrip(b"\t ").lower() != b"form-data":
        raise MultipartError("the Content-Disposition of a part is not form-data")
    params: dict[bytes, bytes] = {}
    at = len(kind)
    while at < len(value):
        param = _PARAM.match(value, at)
        if param is None:
            raise MultipartError("the Content-Disposition of a part is malformed")
        name = param[1].lower()
        if name in params:
            raise MultipartError(f"the Content-Disposition of a part has two of {name.decode()!r}")
        params[name] = next(value for value in param.groups()[1:] if value is not None)
        at = param.end()
    return params


def _unescaped(value: bytes) -> bytes:
    plain = _ESCAPED.sub(rb"\1", value) if b"\\" in value else value
    return _PERCENT.sub(lambda found: bytes((int(found[1], 16),)), plain) if b"%" in plain else plain


def _extended(value: bytes | None) -> bytes | None:
    """RFC 7578, 4.2 has no filename*, but some clients send it, and alone; beside a filename it is ignored."""
    if value is None:
        return None
    match = _EXTENDED.fullmatch(value)
    if match is None:
        raise MultipartError("the filename* of a part is not UTF-8 as RFC 8187 writes it")
    return unquote_to_bytes(match[1])


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise MultipartError("the name of a part is not UTF-8") from None
