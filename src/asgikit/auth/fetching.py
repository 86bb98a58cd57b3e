"""Requests to identity providers through httpx: the extra `oidc`, imported in this file alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, final

from asgikit.auth.outgoing import MAX_ANSWER, Fetched, max_age
from asgikit.body import end
from asgikit.errors import MissingExtra, ServiceUnavailable
from asgikit.http.pairs import PairItems, pairs_of

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx
    except ImportError:
        httpx = None


async def _limited(chunks: AsyncIterator[bytes], url: str) -> bytes:
    body = bytearray()
    try:
        async for chunk in chunks:
            body += chunk
            if len(body) > MAX_ANSWER:
                raise ServiceUnavailable("who you are cannot be verified now", log=f"{url} answers with too much")
    finally:
        await end(chunks)
    return bytes(body)


@final
class HTTPXFetch:
    """A Fetch through httpx: with this client, or with a new one for each request, of which there are few.

    Raises MissingExtra without httpx.
    """

    __slots__ = ("_client",)

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        """Who gives a client closes it, too."""
        if httpx is None:
            raise MissingExtra("HTTPXFetch", "oidc")
        self._client: httpx.AsyncClient | None = client

    async def get(self, url: str, /) -> Fetched:
        """The answer to a GET request. Raises ServiceUnavailable if there is none."""
        return await self._sent("GET", url, None, ())

    async def post(self, url: str, form: Mapping[str, str], /, *, headers: PairItems = ()) -> Fetched:
        """The answer to a form. Raises ServiceUnavailable if there is none."""
        return await self._sent("POST", url, form, headers)

    async def _sent(self, method: str, url: str, form: Mapping[str, str] | None, headers: PairItems) -> Fetched:
        fields = {"accept": "application/json", **dict(pairs_of(headers))}
        try:
            async with self._opened() as client, client.stream(method, url, data=form, headers=fields) as response:
                body = await _limited(response.aiter_bytes(), url)
                return Fetched(response.status_code, body, max_age(response.headers.get("cache-control")))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            # Neither the body nor the fields: they hold secrets.
            raise ServiceUnavailable("who you are cannot be verified now", log=f"{method} {url}: {error!r}") from None

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[httpx.AsyncClient]:
        if self._client is not None:
            yield self._client
            return
        async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
            yield client
