"""The second family: bodies on their way in and out, in every framework as its documentation writes them."""

from __future__ import annotations

from typing import Final

from benchmarks.bodies import (
    with_asgikit,
    with_blacksheep,
    with_falcon,
    with_fastapi,
    with_litestar,
    with_nothing,
    with_starlette,
)
from benchmarks.bodies.scenarios import BodyBuilder

BODY_BUILDERS: Final[dict[str, BodyBuilder]] = {
    "raw": with_nothing,
    "asgikit": with_asgikit,
    "BlackSheep": with_blacksheep,
    "Falcon": with_falcon,
    "Starlette": with_starlette,
    "Litestar": with_litestar,
    "FastAPI": with_fastapi,
}
"""Every framework by name, as in `benchmarks.apps`."""
