"""Header fields as an immutable value (RFC 9110, 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias, final

from asgikit.http.grammar import FIELD_VALUE, TOKEN_BYTES, split_list
from asgikit.http.pairs import PairItems, pairs_of

Fields: TypeAlias = tuple[tuple[bytes, bytes], ...]

_NO_LINES: Final[Sequence[bytes]] = ()
_new: Final = object.__new__


def encode_field(name: str, value: str) -> tuple[bytes, bytes]:
    """A checked field, its name in lower case.

    Raises ValueError for a name that is no token, and for a value with CR, LF, NUL or another control
    character, with white space around it, or outside Latin-1.
    """
    key = _encode_name(name)
    # Nearly every value is printable ASCII, which str knows at once; the grammar decides about the others.
    if value.isascii() and value.isprintable() and value.strip() == value:
        return key, value.encode()
    try:
        data = value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"header {name!r}: {value!r} is outside Latin-1; encode it first (RFC 8187)") from None
    if FIELD_VALUE.fullmatch(data) is None:
        raise ValueError(f"header {name!r} cannot hold {value!r}: control characters or white space around it")
    return key, data


@lru_cache(maxsize=1024)
def _encode_name(name: str) -> bytes:
    # Lowered as bytes: str.lower makes a "k" of the Kelvin sign.
    key = name.encode("ascii", "replace").lower()
    if not name.isascii() or TOKEN_BYTES.fullmatch(key) is None:
        raise ValueError(f"{name!r} is not a header name")
    return key


def lines_of(raw: Iterable[Sequence[bytes]], key: bytes) -> list[bytes]:
    """The values of one field, whose name is given in lower case, as a server has them: for a single look, without Headers."""
    size = len(key)
    found: list[bytes] = []
    for name, value in raw:  # a comprehension takes half as long again, until Python 3.12
        if len(name) == size and name.lower() == key:
            found.append(value)
    return found


@lru_cache(maxsize=1024)
def _key_of(name: str) -> bytes:
    """What a name is compared by; one that no field can have is none's."""
    try:
        return name.encode("latin-1").lower()
    except UnicodeEncodeError:
        return b""


@final
class Headers:
    """An ordered, case-insensitive, immutable list of header fields; raw bytes are kept.

    Made from strings it checks them, and raises ValueError for what a field cannot hold. Equality compares
    names without their case, values as bytes, in order.
    """

    __slots__ = ("_index", "_raw")

    def __init__(self, fields: PairItems = ()) -> None:
        """Fields as pairs or as a mapping."""
        self._raw: Fields = tuple([encode_field(name, value) for name, value in pairs_of(fields)])
        self._index: dict[bytes, list[bytes]] | None = None

    @classmethod
    def from_raw(cls, raw: Iterable[Sequence[bytes]]) -> Headers:
        """Fields as a server gives them: kept as they are, unchecked. An iterator is read once."""
        return cls.of(tuple([(pair[0], pair[1]) for pair in raw]))

    @classmethod
    def of(cls, raw: Fields) -> Headers:
        """Fields that are checked already: those of other Headers, or of a response."""
        headers = _new(cls)
        headers._raw = raw
        headers._index = None
        return headers

    @property
    def raw(self) -> Fields:
        """The fields as bytes, in order."""
        return self._raw

    def _lines(self, name: str) -> Sequence[bytes]:
        index = self._index
        if index is None:
            # Nearly all names are there once: this is quicker than asking each of them.
            index = self._index = {key.lower(): [value] for key, value in self._raw}
            if len(index) < len(self._raw):
                index.clear()
                for key, value in self._raw:
                    index.setdefault(key.lower(), []).append(value)
        return index.get(_key_of(name), _NO_LINES)

    def get(self, name: str) -> str | None:
        """The value of a field, its lines joined by ", ", those of Cookie by "; " (RFC 9110, 5.3); None if there is none.

        Raises ValueError for several Set-Cookie lines, which cannot be joined: use `get_all`.
        """
        lines = self._lines(name)
        if not lines:
            return None
        if len(lines) == 1:
            return lines[0].decode("latin-1")
        if name.lower() == "set-cookie":
            raise ValueError("several Set-Cookie lines cannot be joined into one value: use get_all")
        # HTTP/2 may split cookies into lines (RFC 9113, 8.2.3).
        return (b"; " if name.lower() == "cookie" else b", ").join(lines).decode("latin-1")

    def get_all(self, name: str) -> tuple[str, ...]:
        """The lines of a field, in order."""
        return tuple(line.decode("latin-1") for line in self._lines(name))

    def __getitem__(self, name: str) -> str:
        """The value of a field, as `get` gives it; KeyError if there is none."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        """Whether there is a field of that name, in any case."""
        return isinstance(name, str) and bool(self._lines(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every line as (name in lower case, value), in order."""
        return ((name.lower().decode("latin-1"), value.decode("latin-1")) for name, value in self._raw)

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._raw)

    def with_field(self, name: str, value: str) -> Headers:
        """With this one line for the name, at the place of the first one it replaces, or at the end."""
        field = encode_field(name, value)
        kept: list[tuple[bytes, bytes]] = []
        placed = False
        for line in self._raw:
            if line[0].lower() != field[0]:
                kept.append(line)
            elif not placed:
                kept.append(field)
                placed = True
        if not placed:
            kept.append(field)
        return Headers.of(tuple(kept))

    def with_added(self, name: str, value: str) -> Headers:
        """With one more line at the end."""
        return Headers.of((*self._raw, encode_field(name, value)))

    def without(self, name: str) -> Headers:
        """Without any line of that name."""
        key = _key_of(name)
        return Headers.of(tuple([line for line in self._raw if line[0].lower() != key]))

    def with_listed(self, name: str, *elements: str) -> Headers:
        """With these elements in a list field, each once, in any case: for Vary and its like (RFC 9110, 5.6.1)."""
        listed = split_list(self.get(name) or "")
        known = {element.lower() for element in listed}
        before = len(listed)
        for element in elements:
            if element.lower() not in known:
                known.add(element.lower())
                listed.append(element)
        return self.with_field(name, ", ".join(listed)) if len(listed) > before else self

    def __add__(self, other: Headers) -> Headers:
        """The lines of both, in order."""
        return Headers.of(self._raw + other._raw)

    def _key(self) -> tuple[tuple[bytes, bytes], ...]:
        return tuple((name.lower(), value) for name, value in self._raw)

    def __eq__(self, other: object) -> bool:
        """The same lines in the same order, names compared without their case."""
        return self._key() == other._key() if isinstance(other, Headers) else NotImplemented

    def __hash__(self) -> int:
        """By the lines, names without their case."""
        return hash(self._key())

    def __repr__(self) -> str:
        """The fields as pairs."""
        return f"Headers({list(self)!r})"
