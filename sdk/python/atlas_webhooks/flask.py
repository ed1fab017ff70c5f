"""Receives webhooks in Flask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from . import webhooks
from .limits import BODY_LIMIT
from .signature import secret_list
from .verification_error import VerificationError

Received = TypeVar("Received")


def receiver(
    secrets: webhooks.Secrets,
    *,
    verify: Callable[..., Received] = webhooks.verify,  # type: ignore[assignment]
    tolerance: float = 300,
    body_limit: int = BODY_LIMIT,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a view, which gets the event as its first argument, of genuine requests only.

    It answers 204 unless the view returns something, 400 to a request that is not genuine, 413 to one that is too large.

    verify: ``webhooks.verify``, or ``webhooks.verify_batch`` for batches.
    """

    known = secret_list(secrets)

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def receive(*args: Any, **kwargs: Any) -> Any:
            from flask import request

            request.max_content_length = body_limit
            try:
                event = verify(request.get_data(), request.headers, known, tolerance=tolerance)
            except VerificationError as error:
                return {"code": error.code, "detail": str(error)}, 400
            answer = view(event, *args, **kwargs)
            return ("", 204) if answer is None else answer

        return receive

    return decorate
