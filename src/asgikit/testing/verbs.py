"""The methods of HTTP that a client has a name for, whether it waits for the response or is waited for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Unpack

from typing_extensions import TypeVar

from asgikit.testing.library import BodyOptions, Pieces, RequestOptions

Given_co = TypeVar("Given_co", covariant=True)


class Verbs(ABC, Generic[Given_co, Pieces]):
    """Requests by the names of their methods: each gives what `request` gives."""

    @abstractmethod
    def request(self, method: str, url: str, **options: Unpack[BodyOptions[Pieces]]) -> Given_co:
        """The response to a request."""

    def get(self, url: str, **options: Unpack[RequestOptions]) -> Given_co:
        """The response to a GET."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Unpack[RequestOptions]) -> Given_co:
        """The response to a HEAD."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Unpack[RequestOptions]) -> Given_co:
        """The response to an OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def delete(self, url: str, **options: Unpack[RequestOptions]) -> Given_co:
        """The response to a DELETE."""
        return self.request("DELETE", url, **options)

    def post(self, url: str, **options: Unpack[BodyOptions[Pieces]]) -> Given_co:
        """The response to a POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Unpack[BodyOptions[Pieces]]) -> Given_co:
        """The response to a PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Unpack[BodyOptions[Pieces]]) -> Given_co:
        """The response to a PATCH."""
        return self.request("PATCH", url, **options)

    def query(self, url: str, **options: Unpack[BodyOptions[Pieces]]) -> Given_co:
        """The response to a QUERY (RFC 10008)."""
        return self.request("QUERY", url, **options)
