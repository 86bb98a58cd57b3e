"""Files of named texts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from asgikit.envfile import MAX_FILE, Source, read_envfile, read_text


def written(folder: Path, content: bytes | str) -> Path:
    file = folder / ".env"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("A = 1 ", "1"),
        ("  A=1", "1"),
        ("export A=1", "1"),
        ("A=1 # one", "1"),
        ("A=1#2", "1#2"),
        ("A=", ""),
        ('A=""', ""),
        ('A=" 1 # "', " 1 # "),
        ("A='1\\n2'", "1\\n2"),
        ('A="1\\n2"', "1\n2"),
        ('A="1\n2"', "1\n2"),
        ("A=a=b", "a=b"),
        ("A=é", "é"),
        ("A=${HOME} $HOME", "${HOME} $HOME"),
        ("A=1\nA=2", "2"),
    ],
)
def test_a_line_is_a_name_and_its_text(line: str, value: str, tmp_path: Path) -> None:
    """In quotes or not; nothing is put in for dollars; the last of a name counts."""
    source = read_envfile(written(tmp_path, line))
    assert (dict(source.texts), source.problems) == ({"A": value}, ())


@pytest.mark.parametrize("content", [b"", b"\n \n", b"# A=1\n", b"\xef\xbb\xbf", b"  # x"])
def test_blank_lines_and_comments_are_nothing(content: bytes, tmp_path: Path) -> None:
    """Nor is a byte order mark."""
    assert read_envfile(written(tmp_path, content)) == Source(str(tmp_path / ".env"), {})


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    """Editors leave it there."""
    file = written(tmp_path, b"\xef\xbb\xbfA=1")
    assert dict(read_envfile(file).texts) == {"A": "1"}
    assert read_text(file) == "A=1"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_name_has_its_line(end: str, tmp_path: Path) -> None:
    """Below blank lines, comments, texts of several lines and malformed ones, whatever ends a line."""
    lines = ["", "A=1", "", "# c", "B C=1", "", 'D="1', '2"', "E=3", ""]
    source = read_envfile(written(tmp_path, end.join(lines)))
    place = str(tmp_path / ".env")
    assert [source.where(name) for name in "ADE"] == [f"{place}:{line}" for line in (2, 7, 9)]
    assert source.problems == (f"{place}:5: expected NAME=value",)
    assert source.texts["D"] == "1\n2"


@pytest.mark.parametrize("line", ["A", "export A", "=1", "A B=1", 'A="1', "A='1", 'A="1"2', "A='1' 2"])
def test_a_malformed_line_is_a_problem(line: str, tmp_path: Path) -> None:
    """It is named by its line, and not repeated: it may hold a secret."""
    source = read_envfile(written(tmp_path, f"B=1\n{line}\n"))
    assert source.problems == (f"{tmp_path / '.env'}:2: expected NAME=value",)
    assert dict(source.texts) == {"B": "1"}


def test_a_file_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    """In production there is none."""
    assert read_envfile(tmp_path / "none") == Source(str(tmp_path / "none"), {})
    assert read_text(tmp_path / "none") is None


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A directory, what is not UTF-8, what is too long."""
    assert read_envfile(tmp_path).problems == (f"{tmp_path}: the file cannot be read: Is a directory",)
    file = written(tmp_path, b"A=\xff")
    assert read_envfile(file).problems == (f"{file}: the file is not UTF-8",)
    written(tmp_path, b"#" * (MAX_FILE + 1))
    assert read_envfile(file).problems == (f"{file}: the file has more than {MAX_FILE} bytes",)
    written(tmp_path, b"#" * MAX_FILE)
    assert read_envfile(file).problems == ()


def test_an_endless_file_is_not_read_to_its_end() -> None:
    """As the device of zeros is."""
    with pytest.raises(ValueError, match="more than"):
        read_text("/dev/zero")


def test_what_is_no_text_does_not_come_along_with_the_error(tmp_path: Path) -> None:
    """The error of the decoder holds every byte."""
    with pytest.raises(ValueError, match="UTF-8") as caught:
        read_text(written(tmp_path, b"hush\xff"))
    assert caught.value.__context__ is None


def test_a_source_does_not_print_its_texts() -> None:
    """Only its place."""
    source = Source("environment", {"A": "hush"})
    assert "hush" not in repr(source)
    assert source.where("A") == "environment"


def test_without_python_dotenv_the_extra_is_named() -> None:
    """Only where there are files to read."""
    program = (
        "import sys; sys.modules['dotenv'] = sys.modules['dotenv.parser'] = None\n"
        "from dataclasses import dataclass\n"
        "from asgikit.config import load\n"
        "from asgikit.errors import MissingExtra\n"
        "@dataclass(frozen=True)\n"
        "class Settings: port: int = 1\n"
        "print(load(Settings, environ={}))\n"
        "try: load(Settings, environ={}, files=['.env'])\n"
        "except MissingExtra as error: print(error.extra)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Settings(port=1)", "config"]
