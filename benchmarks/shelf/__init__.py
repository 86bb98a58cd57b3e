"""Middleware: asgikit's shelf beside Starlette's, and what its users add to that."""

from __future__ import annotations

from typing import Final

from benchmarks.shelf import with_asgikit, with_starlette
from benchmarks.shelf.scenarios import ShelfBuilder

SHELF_BUILDERS: Final[dict[str, ShelfBuilder]] = {"asgikit": with_asgikit, "Starlette": with_starlette}
"""Every framework by name."""
