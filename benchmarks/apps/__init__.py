"""The same applications in every framework, each as its documentation writes them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from benchmarks.apps import with_asgikit, with_blacksheep, with_falcon, with_fastapi, with_litestar, with_nothing, with_starlette
from benchmarks.scenarios import Builder

BUILDERS: Final[dict[str, Builder]] = {
    "raw": with_nothing,
    "asgikit": with_asgikit,
    "BlackSheep": with_blacksheep,
    "Falcon": with_falcon,
    "Starlette": with_starlette,
    "Litestar": with_litestar,
    "FastAPI": with_fastapi,
}
"""Every framework by name; `raw` is an ASGI callable with no framework."""

_PACKAGES: Final = {"asgikit": "typed-asgikit"}


def versions() -> dict[str, str]:
    """The version of every framework that is installed."""
    return {name: version(_PACKAGES.get(name, name)) for name in BUILDERS if name != "raw"}
