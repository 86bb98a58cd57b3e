"""The client of tests that pytest-asyncio runs: a fixture for each event loop that it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from asgikit.testing.client import AsyncClient
from asgikit.testing.plugin import async_client


@pytest_asyncio.fixture(loop_scope="function")
async def asgikit_function_client(request: pytest.FixtureRequest) -> AsyncGenerator[AsyncClient]:
    """For a test on a loop of its own."""
    __tracebackhide__ = True
    async with async_client(request) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="class")
async def asgikit_class_client(request: pytest.FixtureRequest) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its class."""
    __tracebackhide__ = True
    async with async_client(request) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def asgikit_module_client(request: pytest.FixtureRequest) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its module."""
    __tracebackhide__ = True
    async with async_client(request) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="package")
async def asgikit_package_client(request: pytest.FixtureRequest) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its package."""
    __tracebackhide__ = True
    async with async_client(request) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def asgikit_session_client(request: pytest.FixtureRequest) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its session."""
    __tracebackhide__ = True
    async with async_client(request) as client:
        yield client
