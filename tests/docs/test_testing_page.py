"""The page of the testing kit: it names all of it, and what it shows is so."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from asgikit import testing
from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance import ConformanceError
from asgikit.testing import AsyncClient
from asgikit.testing.settings import OWN_KEYS, SERVER_KEYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text()


@pytest.mark.parametrize("name", testing.__all__)
def test_every_public_name_is_on_the_page(name: str) -> None:
    """In an example, or at least in the text."""
    assert re.search(rf"\b{name}\b", PAGE)


@pytest.mark.parametrize("option", sorted(OWN_KEYS | SERVER_KEYS))
def test_every_option_is_on_the_page(option: str) -> None:
    """As it is written."""
    assert f"{option}=" in PAGE or f"`{option}`" in PAGE


def test_the_table_of_contents_has_every_section() -> None:
    """In the order in which they come; and the page for who comes from another kit."""
    listed = re.findall(r"\[([^]]+)\]\(#[\w-]+\)", PAGE.partition("\n## ")[0])
    assert listed == re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert "](testing-from-other-kits.md)" in PAGE


async def test_a_failure_reads_as_the_page_shows() -> None:
    """To the letter."""

    async def careless(scope: dict[str, object], receive: AnyReceive, send: AnySend) -> None:
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hello"})

    async with AsyncClient(careless) as client:
        with pytest.raises(ConformanceError) as raised:
            await client.get("/")
    assert f"```text\n{''.join(traceback.format_exception_only(raised.value))}```" in PAGE


def test_the_picture_of_a_slow_reader_is_what_its_test_has_seen() -> None:
    """In the same order, from the top to the bottom."""
    picture = (ROOT / "docs" / "images" / "slow-reader.svg").read_text()
    drawn = re.findall(r'<text class="step" x="\d+" y="(\d+)"[^>]*>([^<]+)</text>', picture)
    seen = re.search(r"\n    assert seen == (\[\"makes 0\".*\])", PAGE)
    assert seen is not None
    assert sorted(drawn, key=lambda step: int(step[0])) == drawn
    assert [label for _, label in drawn] == re.findall(r'"([^"]+)"', seen[1])
