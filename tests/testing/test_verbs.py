"""The methods that a client has a name for."""

from __future__ import annotations

from typing import Unpack

import pytest

from asgikit.testing import AsyncClient, Client
from asgikit.testing.library import BodyOptions
from asgikit.testing.verbs import Verbs


class Told(Verbs[str]):
    """What it would send."""

    def request(self, method: str, url: str, **options: Unpack[BodyOptions]) -> str:
        return f"{method} {url} {[*options]}"


@pytest.mark.parametrize("method", ["get", "head", "options", "delete", "post", "put", "patch", "query"])
def test_each_is_a_request_of_its_name(method: str) -> None:
    """With its options."""
    assert getattr(Told(), method)("/a", headers={}) == f"{method.upper()} /a ['headers']"


def test_both_clients_have_them() -> None:
    """From here."""
    assert issubclass(AsyncClient, Verbs)
    assert issubclass(Client, Verbs)
