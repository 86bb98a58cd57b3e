"""What the kit is run over: frameworks and servers, under their names for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Project:
    """A framework or a server, in one of its configurations."""

    key: str
    """In verdicts.toml; of a server also its name for the kit."""
    name: str
    """On the page."""
    package: str
    """Whose version counts; empty for the control."""
    runs: tuple[str, ...] = ()
    """Of a framework: the applications that are driven, "module" or "module/attribute"; without any, that of its key."""


FRAMEWORKS: Final = (
    Project("raw", "no framework", ""),
    Project("asgikit", "asgikit", "typed-asgikit"),
    Project("starlette", "Starlette", "starlette"),
    Project("fastapi", "FastAPI", "fastapi"),
    Project("litestar", "Litestar", "litestar"),
    Project("quart", "Quart", "quart"),
    Project("falcon", "Falcon", "falcon"),
    Project("blacksheep", "BlackSheep", "blacksheep", ("blacksheep/with_tuples",)),
    Project("sanic", "Sanic", "sanic"),
    Project("django", "Django", "django"),
)

SERVERS: Final = (
    Project("uvicorn-httptools", "uvicorn (httptools, websockets)", "uvicorn"),
    Project("uvicorn-h11", "uvicorn (h11, wsproto)", "uvicorn"),
    Project("hypercorn", "Hypercorn (asyncio)", "hypercorn"),
    Project("hypercorn-trio", "Hypercorn (Trio)", "hypercorn"),
    Project("granian", "Granian", "granian"),
    Project("daphne", "Daphne", "daphne"),
    Project("gunicorn", "gunicorn (asgi)", "gunicorn"),
)

ALSO: Final = ("httptools", "h11", "websockets", "wsproto", "h2", "trio", "uvloop", "Twisted", "asgiref", "anyio", "Werkzeug")
"""Packages whose versions matter as well."""
