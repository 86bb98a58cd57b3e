"""A test that fails; run by the test of the picture."""

from __future__ import annotations

from asgikit.testing import Client


def test_an_order_is_placed(sync_client: Client) -> None:
    sync_client.get("/items?page=2")
    ordered = sync_client.post("/orders", json={"item": "lamp"}, headers={"authorization": "Bearer eyJhbGciOi"})
    assert ordered.status_code == 303
