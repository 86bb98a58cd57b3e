"""Laws of settings: what is printed into an environment is read back, and secrets stay where they are."""

from __future__ import annotations

import random
import re
import string
import tempfile
import traceback
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Literal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from asgikit.config import Secret, load
from asgikit.errors import ConfigError

TRUE, FALSE = ["1", "true", "yes", "on"], ["0", "false", "no", "off"]


class Mood(Enum):
    HAPPY = "happy"
    SAD = "so sad"


@dataclass(frozen=True)
class Inner:
    port: int
    host: str


@dataclass(frozen=True)
class All:
    name: str
    key: Secret
    count: int
    ratio: float
    price: Decimal
    on: bool
    day: date
    moment: datetime
    pause: timedelta
    id: UUID
    mood: Mood
    choice: Literal["a", 2]
    path: Path
    words: tuple[str, ...]
    numbers: frozenset[int]
    switches: list[bool]
    keys: tuple[Secret, ...]
    maybe: int | None
    inner: Inner


plain = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.text(plain, max_size=12)
filled = st.text(plain, min_size=1, max_size=12)
elements = st.text(plain.filter(lambda char: char != ","), max_size=8).filter(lambda text: text and text == text.strip())
numbers = st.integers(-(10**20), 10**20)
finite = st.floats(allow_nan=False, allow_infinity=False)

everything = st.builds(
    All,
    name=texts,
    key=filled.map(Secret),
    count=numbers,
    ratio=finite,
    price=st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    on=st.booleans(),
    day=st.dates(),
    moment=st.datetimes(),
    pause=st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds)),
    id=st.uuids(),
    mood=st.sampled_from(Mood),
    choice=st.sampled_from(["a", 2]),
    path=filled.map(Path),
    words=st.lists(elements, max_size=4).map(tuple),
    numbers=st.frozensets(numbers, max_size=4),
    switches=st.lists(st.booleans(), max_size=4),
    keys=st.lists(elements.map(Secret), max_size=3).map(tuple),
    maybe=st.none() | numbers,
    inner=st.builds(Inner, port=numbers, host=texts),
)


def printed(value: object, chance: random.Random) -> str:
    """The text of a value, by a printer that knows nothing of the reader."""
    match value:
        case Secret():
            return value.reveal()
        case bool():
            word = chance.choice(TRUE if value else FALSE)
            return "".join(chance.choice([char.upper(), char]) for char in word)
        case None:
            return ""
        case Enum():
            return str(value.value)
        case timedelta():
            return str(int(value.total_seconds()))
        case date():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return ",".join(chance.choice(["", " ", "\t"]) + printed(part, chance) + chance.choice(["", "  "]) for part in value)
        case _:
            return str(value)


def environment(value: object, prefix: str, chance: random.Random) -> dict[str, str]:
    """The variables of a dataclass."""
    found: dict[str, str] = {}
    for each in fields(value):  # type: ignore[arg-type]  # a dataclass
        part, name = getattr(value, each.name), prefix + each.name.upper()
        found |= environment(part, f"{name}_", chance) if isinstance(part, Inner) else {name: printed(part, chance)}
    return found


prefixes = st.text(string.ascii_letters + string.digits + "_", max_size=5)
chances = st.randoms(use_true_random=False)


@given(everything, prefixes, chances)
def test_what_is_printed_into_an_environment_is_read_back(settings, prefix, chance):
    """Every type of field, with its type."""
    found = load(All, prefix=prefix, environ=environment(settings, prefix, chance))
    assert found == settings
    assert [type(part) for part in asdict(found).values()] == [type(part) for part in asdict(settings).values()]


def quoted(text: str) -> str:
    """As it is written in quotes in a file."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


DEFAULT = Secret("\0c")


@dataclass(frozen=True)
class Three:
    """Each with a default that no text gives."""

    a: str = "\0a"
    b: str = "\0b"
    c: Secret = DEFAULT


# In a file any end of a line is one and the same.
lines = st.text(plain.filter(lambda char: char != "\r"), min_size=1, max_size=12)
variables = st.dictionaries(st.sampled_from(["A", "B", "C"]), lines)


@given(variables, variables, variables)
def test_the_environment_beats_files(environ, earlier, later):
    """Variable by variable, as the later file beats the earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "earlier", Path(folder) / "later"]
        for file, found in zip(files, (earlier, later), strict=True):
            file.write_text("".join(f"{name}={quoted(text)}\n" for name, text in found.items()), encoding="utf-8")
        assert load(Three, environ=environ, files=files) == load(Three, environ=earlier | later | environ)
        assert load(Three, environ={}, files=files[::-1]) == load(Three, environ=later | earlier)


@dataclass(frozen=True)
class Hidden:
    key: Secret
    port: int = 1
    keys: tuple[Secret, ...] = ()
    mood: Mood = Mood.SAD
    inner: Inner = field(default_factory=lambda: Inner(1, "a"))

    def __post_init__(self) -> None:
        """Says what it should not."""
        if self.port == 7:
            raise ValueError(f"not with {self.key.reveal()}, nor {self.key.reveal()!r}")


secrets = st.text(plain, max_size=20).map(lambda text: f"hush{text}")


@given(secrets, secrets, st.sampled_from(["KEY", "KEYS", "PORT", "MOOD", "INNER_PORT", "KEY_FILE"]), st.sampled_from(["7", "8"]))
def test_secrets_are_nowhere_in_what_is_printed(key, other, name, port):
    """Not in the settings, nor in an error and all that its traceback shows, wherever somebody put one."""
    environ = {"KEY": key, "PORT": port, name: other}
    try:
        found = load(Hidden, environ=environ)
    except ConfigError as error:
        shown = "".join(traceback.format_exception(error)) + repr(error)
    else:
        assert found.key.reveal() == environ["KEY"]
        shown = f"{found}{found!r}{found.key}{found.key:>9}{asdict(found)}%s%r" % (found.keys, found.key)
    assert "hush" not in shown


@given(texts, texts)
def test_secrets_are_equal_as_their_texts_are(left, right):
    """And hash alike."""
    assert (Secret(left) == Secret(right)) is (left == right)
    assert hash(Secret(left)) == hash(Secret(left))


VARIABLES = [name.upper() for name in All.__annotations__] + ["INNER_PORT", "INNER_HOST", "KEY_FILE", "KEYS_FILE"]


@given(st.dictionaries(st.sampled_from(VARIABLES), texts))
def test_any_environment_gives_settings_or_a_config_error(environ):
    """Nothing else, and each problem is about one of its variables."""
    problems: tuple[str, ...] = ()
    try:
        load(All, environ=environ)
    except ConfigError as error:
        problems = error.problems
    names = [re.match(r"[A-Z_]+", problem) for problem in problems]
    assert all(name is not None and name[0] in VARIABLES for name in names)
    assert len(set(problems)) == len(problems)
