"""[tool.asgikit.check] in pyproject.toml."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from asgikit.conformance import settings
from asgikit.conformance.report.formats import Output
from asgikit.conformance.settings import Settings, SettingsError, find_settings, parse_settings

HERE = Path("/project")


def parsed(lines, folder=HERE):
    return parse_settings("[tool.asgikit.check]\n" + lines, folder)


def test_every_setting_is_read():
    """Files are relative to the pyproject.toml."""
    assert parsed(
        """
        app = "shop:make"
        factory = true
        app-dir = "src"
        paths = ["/items", "POST /items"]
        ws = ["/chat"]
        examples = 50
        seconds = 2
        seed = 7
        level = "must"
        select = ["HTTP-*"]
        ignore = ["HTTP-RESP-013"]
        baseline = "known.json"
        formats = ["text", "html:out/report.html"]
        workers = 3
        """
    ) == Settings(
        app="shop:make",
        factory=True,
        app_dir="/project/src",
        paths=("/items", "POST /items"),
        ws=("/chat",),
        examples=50,
        seconds=2.0,
        seed=7,
        level="must",
        select=("HTTP-*",),
        ignore=("HTTP-RESP-013",),
        baseline="/project/known.json",
        formats=(Output("text"), Output("html", "/project/out/report.html")),
        workers=3,
    )


def test_the_table_on_the_page_can_be_read():
    """And shows most of it."""
    blocks = re.findall(r"```toml\n(.*?)```", (Path(__file__).parents[2] / "docs" / "conformance.md").read_text(), re.DOTALL)
    (block,) = (each for each in blocks if "[tool.asgikit.check]" in each)
    assert parse_settings(block, HERE).formats == (Output("text"), Output("html", "/project/report.html"))


def test_every_field_can_be_written():
    """With a dash for an underscore."""
    told = [*fields(Settings)]
    with pytest.raises(SettingsError) as caught:
        parsed("x = 1")
    assert str(caught.value).endswith(", ".join(sorted(each.name.replace("_", "-") for each in told)))


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'", "[tool.other]", "[tool.asgikit]"])
def test_without_a_table_there_are_the_defaults(text):
    """Modules are still looked for beside the file."""
    assert parse_settings(text, HERE) == Settings(app_dir="/project")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("exmples = 3", r"'exmples': did you mean 'examples'\? It may have app, app-dir, baseline"),
        ("app = 3", "'app' in .*3 is not a text"),
        ("app = ' '", "is not a text"),
        ("factory = 1", "neither true nor false"),
        ("paths = '/items'", "is not a list of texts"),
        ("paths = [1]", "is not a text"),
        ("examples = -1", "whole number from 0 to 10,000,000"),
        ("examples = 1.0", "whole number"),
        ("examples = true", "whole number"),
        ("seconds = 0", "positive number of seconds"),
        ("seconds = inf", "positive number of seconds"),
        ("seconds = nan", "positive number of seconds"),
        ("seed = -1", "whole number from 0"),
        ("level = 'note'", "neither 'must' nor 'should'"),
        ("select = ['HTPT-*']", "no rule matches 'HTPT-"),
        ("ignore = ['NO-SUCH-1']", "no rule matches"),
        ("formats = ['yaml']", "'yaml' is no format"),
        ("formats = ['json', 'text']", "two reports go to"),
        ("workers = 1000", "whole number from 1 to 256"),
    ],
)
def test_a_wrong_setting_is_an_error(lines, message):
    """That says what would be right."""
    with pytest.raises(SettingsError, match=message):
        parsed(lines)


@pytest.mark.parametrize(
    "text", ["[tool", "tool = 3", "[tool]\nasgikit = []", "[tool.asgikit]\ncheck = 'x'", "a = " + "[" * 100_000]
)
def test_a_file_that_is_not_one_is_an_error(text):
    """No traceback."""
    with pytest.raises(SettingsError):
        parse_settings(text, HERE)


def test_another_table_of_ours_is_an_error():
    """There is none: its name is misspelt."""
    with pytest.raises(SettingsError, match=r"\[tool.asgikit.chekc\] is not known: checks are set in \[tool.asgikit.check\]"):
        parse_settings("[tool.asgikit.chekc]\nlevel = 'must'", Path())


def test_the_nearest_file_counts(tmp_path):
    """From the folder upward."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.asgikit.check]\nseed = 1")
    assert find_settings(below) == Settings(seed=1, app_dir=str(tmp_path))
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.asgikit.check]\nseed = 2")
    assert find_settings(below).seed == 2


def test_an_error_names_the_file(tmp_path, monkeypatch):
    """Also one of a file that is too long, or no text."""
    file = tmp_path / "pyproject.toml"
    for content in (b"[tool.asgikit.check]\nx = 1", b"\xff", b"#" * 100):
        monkeypatch.setattr(settings, "MAX_FILE", 50)
        file.write_bytes(content)
        with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
            find_settings(tmp_path)
