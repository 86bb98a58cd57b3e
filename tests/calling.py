"""The least client that a typed call needs: an application in process, one exchange at a time."""

from __future__ import annotations

from typing import ParamSpec, TypeVar

from asgikit.asgi import ASGIApp
from asgikit.calls import Call, Operation, Reply
from asgikit.testing import call as drive

Out = TypeVar("Out")
P = ParamSpec("P")


async def answered(app: ASGIApp, call: Call) -> Reply:
    """What the application answers. An exception that comes out of it is raised."""
    fields = [(name.decode(), value.decode("latin-1")) for name, value in call.headers]
    target = call.url
    if target.startswith("//"):
        host, slash, rest = target[2:].partition("/")
        fields.append(("host", host))
        target = slash + rest
    answer = await drive(app, call.method, target, body=call.content, headers=fields)
    if answer.error is not None:
        raise answer.error
    return Reply(answer.status, answer.headers, answer.body)


async def called(app: ASGIApp, operation: Operation[Out, P], *args: P.args, **kwargs: P.kwargs) -> Out:
    """The result of an operation."""
    return operation.result(await answered(app, operation.call(*args, **kwargs)))
