"""An application with bugs, and with secrets that are near to them."""

from __future__ import annotations

from dataclasses import dataclass

from asgikit import App, Request, Response, Router, get, param, root
from asgikit.config import Secret
from asgikit.middleware.problem_details import problem_details


@dataclass(frozen=True)
class Account:
    id: int
    owner: str
    api_key: str


ACCOUNTS = {1: Account(1, "Ada", "sk-live-4f9a8b7c6d")}


def balance_of(account: Account, rates: dict[str, float]) -> float:
    signing = Secret("signing-secret")
    revealed = signing.reveal()
    return len(revealed) * rates[account.owner] / rates["EUR"]


@get(root / "accounts" / param("id", int))
async def show(request: Request[object], id: int) -> Response:
    account = ACCOUNTS[id]
    rates = {"EUR": 1.0, "USD": 1.09}
    try:
        return Response.text(f"{account.owner} has {balance_of(account, rates):.2f}")
    except KeyError as error:
        error.add_note("rates come from the bank once a day")
        raise LookupError(f"no rate for account {id}") from error


@get(root / "evil")
async def evil(request: Request[object]) -> Response:
    found = {"<img src=x onerror=document.title='run'>": "</td><script>document.title = 'run'</script>"}
    raise ValueError(f"</h1><script>document.title = 'run'</script> {found}")


app = App(Router(show, evil).wrap(problem_details()), debug=True)
