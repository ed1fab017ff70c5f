"""Receives webhooks in FastAPI."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from . import webhooks
from .limits import BODY_LIMIT
from .signature import secret_list
from .verification_error import VerificationError

Received = TypeVar("Received")


def received(
    secrets: webhooks.Secrets,
    *,
    verify: Callable[..., Received] = webhooks.verify,  # type: ignore[assignment]
    tolerance: float = 300,
    body_limit: int = BODY_LIMIT,
) -> Callable[..., Awaitable[Received]]:
    """Give a dependency that is the event of a genuine request: ``event: Event = Depends(received(secret))``.

    It answers 400 to a request that is not genuine, 413 to one that is too large.

    verify: ``webhooks.verify``, or ``webhooks.verify_batch`` for batches.
    """
    from fastapi import HTTPException, Request

    known = secret_list(secrets)

    # FastAPI reads the annotation, so it must be the class and not its name.
    async def dependency(request: Request) -> Any:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > body_limit:
                raise HTTPException(413, f"the body has more than {body_limit} bytes")
        try:
            return verify(body, request.headers, known, tolerance=tolerance)
        except VerificationError as error:
            raise HTTPException(400, {"code": error.code, "detail": str(error)}) from error

    return dependency
