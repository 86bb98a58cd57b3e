"""The client of tests that pytest-asyncio runs: a fixture for each event loop that it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import pytest_asyncio

from asgikit.testing.client import AsyncClient

Idle: TypeAlias = AbstractAsyncContextManager[AsyncClient]
"""What runs a client."""


@pytest_asyncio.fixture(loop_scope="function")
async def asgikit_function_client(asgikit_idle_client: Idle) -> AsyncGenerator[AsyncClient]:
    """For a test on a loop of its own."""
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="class")
async def asgikit_class_client(asgikit_idle_client: Idle) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its class."""
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def asgikit_module_client(asgikit_idle_client: Idle) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its module."""
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="package")
async def asgikit_package_client(asgikit_idle_client: Idle) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its package."""
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def asgikit_session_client(asgikit_idle_client: Idle) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its session."""
    async with asgikit_idle_client as client:
        yield client
