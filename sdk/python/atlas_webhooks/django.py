"""Receives webhooks in Django."""

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
    """Decorate a view, which gets the request and the event, of genuine requests only.

    It answers 204 unless the view returns something, 400 to a request that is not genuine, 405 to what is no POST, 413 to
    one that is too large. The view needs no CSRF token: the signature is what proves where a request comes from.

    verify: ``webhooks.verify``, or ``webhooks.verify_batch`` for batches.
    """

    known = secret_list(secrets)

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        from django.http import HttpResponse, JsonResponse
        from django.views.decorators.csrf import csrf_exempt
        from django.views.decorators.http import require_POST

        @functools.wraps(view)
        def receive(request: Any, *args: Any, **kwargs: Any) -> Any:
            if int(request.headers.get("content-length") or 0) > body_limit:
                return HttpResponse(status=413)
            try:
                event = verify(request.body, request.headers, known, tolerance=tolerance)
            except VerificationError as error:
                return JsonResponse({"code": error.code, "detail": str(error)}, status=400)
            answer = view(request, event, *args, **kwargs)
            return HttpResponse(status=204) if answer is None else answer

        exempt: Callable[..., Any] = csrf_exempt(require_POST(receive))
        return exempt

    return decorate
