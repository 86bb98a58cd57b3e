"""Settings from the environment and from files."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import InitVar, asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, ClassVar

import msgspec
import pytest

from asgikit.config import Secret, load
from asgikit.errors import CompositionError, ConfigError
from asgikit.http.url import URL
from asgikit.schema import JSONCodec


@dataclass(frozen=True)
class Mail:
    host: str
    port: int = 25


@dataclass(frozen=True)
class Settings:
    database: str
    key: Secret
    port: int = 8000
    debug: bool = False
    hosts: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=5)
    base: URL | None = None
    mail: Mail = field(default_factory=lambda: Mail("localhost"))
    cache: Annotated[Mail | None, "where it is"] = None


NEEDED = {"DATABASE": "d", "KEY": "k"}


def problems(model: type[Any], environ: dict[str, str], **more: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(model, environ=environ, **more)
    return caught.value.problems


def test_a_field_is_read_from_the_variable_of_its_name() -> None:
    """In upper case, after the prefix; defaults are for the rest."""
    environ = {"APP_DATABASE": "d", "APP_KEY": "k", "APP_DEBUG": "on", "PORT": "1", "app_port": "2", "APP_port": "3"}
    assert load(Settings, prefix="APP_", environ=environ) == Settings("d", Secret("k"), debug=True)


def test_texts_become_what_the_fields_say() -> None:
    """Lists, durations, URLs."""
    found = load(Settings, environ=NEEDED | {"HOSTS": "a, b", "TIMEOUT": "PT3S", "BASE": "http://a/b"})
    assert found.hosts == ("a", "b")
    assert found.timeout == timedelta(seconds=3)
    assert found.base == URL.parse("http://a/b")


def test_a_nested_dataclass_has_variables_of_its_own() -> None:
    """What is not given stays as it is in the default of the field."""
    found = load(Settings, environ=NEEDED | {"MAIL_PORT": "26", "CACHE_HOST": "c"})
    assert found.mail == Mail("localhost", 26)
    assert found.cache == Mail("c")
    assert load(Settings, environ=NEEDED).cache is None


def test_a_nested_dataclass_without_a_default_is_read_whole() -> None:
    """Its required fields are required, at any depth."""
    assert problems(Nested, {"DEEP_MAIL_PORT": "1"}) == ("DEEP_MAIL_HOST: missing; expected text",)
    assert load(Nested, environ={"DEEP_MAIL_HOST": "h"}) == Nested(Deep(Mail("h")))


@dataclass(frozen=True)
class Deep:
    mail: Mail
    start: InitVar[int] = 0


@dataclass(frozen=True)
class Nested:
    deep: Deep


def test_the_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless another is given: then that of the process is not looked at, and nothing is ever written there."""
    monkeypatch.setenv("HOST", "h")
    before = dict(os.environ)
    assert load(Mail) == Mail("h")
    assert problems(Mail, {}) == ("HOST: missing; expected text",)
    assert dict(os.environ) == before


def test_the_environment_wins_over_files_and_later_files_over_earlier(tmp_path: Path) -> None:
    """Each variable by itself; files that do not exist are passed over."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("HOST=first\nPORT=1")
    second.write_text("HOST=second")
    files: list[str | Path] = [first, str(second), tmp_path / "none"]
    before = dict(os.environ)
    assert load(Mail, environ={}, files=files) == Mail("second", 1)
    assert load(Mail, environ={}, files=files[::-1]) == Mail("first", 1)
    assert load(Mail, environ={"PORT": "2"}, files=files) == Mail("second", 2)
    assert dict(os.environ) == before


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    """Each names its variable, where it stands and what is expected there, and none the text that was given."""
    file = tmp_path / ".env"
    file.write_text("APP_PORT=wrong1\nwrong2\n")
    environ = {"APP_DEBUG": "wrong3", "APP_KEY": "", "APP_BASE": "wrong 4", "APP_MAIL_PORT": "wrong5", "APP_CACHE_PORT": "6"}
    with pytest.raises(ConfigError) as caught:
        load(Settings, prefix="APP_", files=[file], environ=environ)
    assert caught.value.problems == (
        f"{file}:2: expected NAME=value",
        "APP_DATABASE: missing; expected text",
        "APP_KEY (environment): empty; expected a Secret",
        f"APP_PORT ({file}:1): expected an integer",
        "APP_DEBUG (environment): expected one of 1, true, yes, on, 0, false, no, off",
        "APP_BASE (environment): expected a URL, or nothing",
        "APP_MAIL_PORT (environment): expected an integer",
        "APP_CACHE_HOST: missing; expected text",
    )
    assert str(caught.value) == "the settings do not fit:\n  " + "\n  ".join(caught.value.problems)
    assert "wrong" not in str(caught.value).replace(str(tmp_path), "")


def test_a_problem_of_a_file_is_one_even_if_nothing_is_missing(tmp_path: Path) -> None:
    """What the line was meant to say would be passed over."""
    (tmp_path / ".env").write_text("PORT 1")
    assert problems(Mail, {"HOST": "h"}, files=[tmp_path / ".env"]) == (f"{tmp_path / '.env'}:1: expected NAME=value",)


@dataclass(frozen=True)
class Directory:
    path: Path


def test_a_path_is_not_empty() -> None:
    """It would be the directory that the program happens to run in."""
    assert load(Directory, environ={"PATH": "/a"}) == Directory(Path("/a"))
    assert problems(Directory, {"PATH": ""}) == ("PATH (environment): empty; expected a Path",)


def test_a_config_error_is_a_composition_error() -> None:
    """And survives pickling, as between processes."""
    error = ConfigError("a", "b")
    assert isinstance(error, CompositionError)
    assert pickle.loads(pickle.dumps(error)).problems == ("a", "b")


@dataclass(frozen=True)
class Keys:
    key: Secret
    old: tuple[Secret, ...] = ()
    none: Secret | None = None


def test_a_secret_can_be_in_a_file(tmp_path: Path) -> None:
    """Without the end of its last line; several of them have commas between."""
    key, old = tmp_path / "key", tmp_path / "old"
    key.write_bytes(b" a\nb\r\n")
    old.write_text("c, d\n")
    found = load(Keys, environ={"KEY_FILE": str(key), "OLD_FILE": str(old), "NONE": ""})
    assert found == Keys(Secret(" a\nb"), (Secret("c"), Secret("d")), None)
    key.write_text("a\n\n")
    assert load(Keys, environ={"KEY_FILE": str(key)}).key.reveal() == "a\n"


def test_a_secret_and_its_file_are_one_variable(tmp_path: Path) -> None:
    """Both in one place are a mistake; the file in the environment wins over the text in a `.env`."""
    key, env = tmp_path / "key", tmp_path / ".env"
    key.write_text("from a file")
    env.write_text("KEY=for development")
    assert load(Keys, environ={"KEY_FILE": str(key)}, files=[env]).key.reveal() == "from a file"
    assert problems(Keys, {"KEY": "a", "KEY_FILE": str(key)}) == ("KEY (environment): KEY_FILE (environment) is given, too",)


def test_a_file_of_a_secret_has_to_be_there(tmp_path: Path) -> None:
    """The error does not repeat the path: it may be the secret, in the wrong variable."""
    (tmp_path / "empty").write_text("\n")
    assert problems(Keys, {"KEY_FILE": "hush"}) == ("KEY_FILE (environment): there is no such file",)
    assert problems(Keys, {"KEY_FILE": "hush\0"}) == ("KEY_FILE (environment): embedded null byte",)
    assert problems(Keys, {"KEY_FILE": str(tmp_path)}) == ("KEY_FILE (environment): the file cannot be read: Is a directory",)
    assert problems(Keys, {"KEY_FILE": str(tmp_path / "empty")}) == ("KEY_FILE (environment): empty; expected a Secret",)
    assert problems(Keys, {}) == ("KEY or KEY_FILE: missing; expected a Secret",)


def test_only_secrets_are_read_from_files(tmp_path: Path) -> None:
    """HOST_FILE is a variable of somebody else."""
    (tmp_path / "host").write_text("h")
    assert problems(Mail, {"HOST_FILE": str(tmp_path / "host")}) == ("HOST: missing; expected text",)


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>30}".format,
        "{!r}".format,
        "%s".__mod__,
        "%r".__mod__,
        lambda it: f"{it}",
        ascii,
        lambda it: repr([it]),
    ],
)
def test_a_secret_does_not_print(show: Callable[[object], str]) -> None:
    """And looks like any other."""
    assert "hush" not in show(Secret("hush"))
    assert show(Secret("hush")) == show(Secret(""))
    assert "**********" in show(Secret("hush"))


def test_settings_do_not_print_their_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does a log that they are in."""
    found = load(Settings, environ=NEEDED | {"KEY": "hush"})
    logging.getLogger("x").error("%s %r", found, found.key, extra={"settings": found})
    assert "Secret('**********')" in repr(found)
    assert "hush" not in repr(found) + caplog.text + repr(asdict(found))


def test_a_secret_is_no_json() -> None:
    """It is refused, not hidden: who wanted it there would store stars."""
    for encode in (JSONCodec(Keys).encode, msgspec.json.encode, json.dumps, msgspec.to_builtins):
        with pytest.raises(TypeError):
            encode(Keys(Secret("hush")))
    with pytest.raises(TypeError):
        json.dumps(Secret("hush"))


def test_secrets_are_equal_by_their_text() -> None:
    """And to no text; as keys of a dict too."""
    assert Secret("é\ud800") == Secret("é\ud800")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_a_secret_can_be_copied() -> None:
    """And pickled, with its text; nothing can be assigned to it."""
    for copied in (copy.copy(Secret("a")), copy.deepcopy(Secret("a")), pickle.loads(pickle.dumps(Secret("a")))):
        assert copied.reveal() == "a"
    with pytest.raises(AttributeError):
        Secret("a").text = "b"  # type: ignore[attr-defined]  # that is the point


def frames(trace: TracebackType | None) -> str:
    shown = ""
    while trace is not None:
        if "asgikit" in trace.tb_frame.f_code.co_filename and "test_config" not in trace.tb_frame.f_code.co_filename:
            shown += repr(trace.tb_frame.f_locals)
        trace = trace.tb_next
    return shown


def test_an_error_holds_no_text_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither in the traceback nor in the variables of its frames, which error reports send along."""
    (tmp_path / "key").write_text("hush2")
    for name, text in {"KEY": "hush1", "OLD_FILE": str(tmp_path / "key"), "PORT": "hush3"}.items():
        monkeypatch.setenv(name, text)

    with pytest.raises(ConfigError) as caught:
        load(Strict)
    error = caught.value
    assert "hush" not in "".join(traceback.format_exception(error))
    assert "hush" not in frames(error.__traceback__)
    assert "port" in frames(error.__traceback__)
    assert (error.__cause__, error.__context__) == (None, None)


@dataclass(frozen=True)
class Strict:
    key: Secret
    old: Secret
    port: int = 1

    def __post_init__(self) -> None:
        """Says more than it should."""
        if self.port == 7:
            raise ValueError("7 is taken")
        if self.port == 8:
            raise ValueError(f"cannot use {self.key.reveal()!r}")


def test_what_post_init_refuses_is_a_problem() -> None:
    """In its words, unless a secret is among them."""
    environ = {"KEY": "hu\nsh", "OLD": "o l d"}
    assert problems(Strict, environ | {"PORT": "7"}) == ("Strict: 7 is taken",)
    assert problems(Strict, environ | {"PORT": "8"}) == ("Strict: a ValueError whose text holds a secret",)


@dataclass
class Thawed:
    port: int = 1


@dataclass(frozen=True)
class Around:
    inner: Thawed


@dataclass(frozen=True)
class Endless:
    next: Endless | None = None


@dataclass(frozen=True)
class Table:
    ports: dict[str, int]


@dataclass(frozen=True)
class Unknown:
    port: Undefined  # type: ignore[name-defined]  # that is the point  # noqa: F821


@dataclass(frozen=True)
class Initial:
    port: int
    start: InitVar[int]


@dataclass(frozen=True)
class Twice:
    mail: Mail
    mail_port: int


@dataclass(frozen=True)
class Filed:
    key: Secret
    key_file: str


class Parser:
    def parse(self, text: str) -> str:
        """Of an instance, that there is none of."""
        return text


@dataclass(frozen=True)
class Parsing:
    parser: Parser


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (int, "it is no dataclass; write a class under @dataclass"),
        (Mail("x"), "it is no dataclass"),
        (Thawed, "Thawed can be assigned to; write @dataclass"),
        (Around, "Thawed can be assigned to"),
        (Endless, "Endless holds itself"),
        (Table, r"Table\.ports cannot be read from P_PORTS: dict"),
        (Parsing, "classmethod parse"),
        (Unknown, "annotations of Unknown have no meaning"),
        (Initial, "Initial needs 'start', which is no field"),
        (Twice, "two fields of Twice would be read from P_MAIL_PORT"),
        (Filed, "two fields of Filed would be read from P_KEY_FILE"),
    ],
)
def test_a_class_that_cannot_be_loaded_is_refused(model: Any, text: str) -> None:
    """Whatever is in the environment, and by another error than what is wrong there."""
    with pytest.raises(CompositionError, match=text) as caught:
        load(model, prefix="P_", environ={})
    assert not isinstance(caught.value, ConfigError)


def test_files_are_several() -> None:
    """One text would be read letter by letter."""
    with pytest.raises(CompositionError, match="files="):
        load(Mail, files=".env")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    port: int = 1
    twice: int = field(init=False, default=2)


def test_fields_that_are_not_given_are_not_read() -> None:
    """Those with init=False; slots and keywords make no difference."""
    assert load(Made, environ={"TWICE": "9", "PORT": "3"}) == Made(port=3)


def test_without_msgspec_the_extra_is_named() -> None:
    """Importing is fine, loading says what to install."""
    program = (
        "import sys; sys.modules['msgspec'] = None\n"
        "from dataclasses import dataclass\n"
        "from asgikit.config import load\n"
        "from asgikit.errors import MissingExtra\n"
        "@dataclass(frozen=True)\n"
        "class Settings: port: int = 1\n"
        "try: load(Settings, environ={})\n"
        "except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "typed-asgikit[schema]" in done.stdout


class Level:
    KNOWN: ClassVar = {"low": 1}

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def parse(cls, text: str) -> Level:
        return cls(cls.KNOWN[text])


@dataclass(frozen=True)
class Levelled:
    level: Level = Level(0)  # noqa: RUF009  # immutable enough


def test_a_parse_that_looks_the_text_up_does_not_make_it_missing() -> None:
    """A typo is a problem, not the default; its text stays out of the message."""
    assert load(Levelled, environ={"LEVEL": "low"}).level.number == 1
    assert load(Levelled, environ={}).level.number == 0
    with pytest.raises(ConfigError) as caught:
        load(Levelled, environ={"LEVEL": "hihg"})
    assert "LEVEL (environment): expected" in str(caught.value)
    assert "hihg" not in str(caught.value)
