"""The client of tests that pytest-asyncio runs: a fixture for each event loop that it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from asgikit.testing.client import AsyncClient


@pytest_asyncio.fixture(loop_scope="function")
async def asgikit_function_client(asgikit_idle_client: AsyncClient) -> AsyncGenerator[AsyncClient]:
    """For a test on a loop of its own."""
    __tracebackhide__ = True
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="class")
async def asgikit_class_client(asgikit_idle_client: AsyncClient) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its class."""
    __tracebackhide__ = True
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def asgikit_module_client(asgikit_idle_client: AsyncClient) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its module."""
    __tracebackhide__ = True
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="package")
async def asgikit_package_client(asgikit_idle_client: AsyncClient) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its package."""
    __tracebackhide__ = True
    async with asgikit_idle_client as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def asgikit_session_client(asgikit_idle_client: AsyncClient) -> AsyncGenerator[AsyncClient]:
    """For a test on the loop of its session."""
    __tracebackhide__ = True
    async with asgikit_idle_client as client:
        yield client
