"""What can come of a call but its answer."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPMessage
from typing import Any, TypedDict


class Fault(TypedDict):
    """What is wrong in a request, and where."""

    path: str
    """Such as ``events.3.type``."""
    message: str


class AtlasError(Exception):
    """A call that has come to nothing: what all errors of the client have in common."""


class ApiError(AtlasError):
    """The server refused the call, or failed. The subclasses are for what programs have to tell apart."""

    def __init__(
        self, status: int, code: str, detail: str, errors: list[Fault], retry_after: float | None
    ) -> None:
        faults = "".join(f" {fault['path']} {fault['message']}." for fault in errors)
        super().__init__(f"{status} {code}: {detail}{faults}")
        self.status = status
        self.code = code
        """Stable, see the page about errors; ``unknown`` where what answered was not Atlas, such as a proxy."""
        self.detail = detail
        """What was wrong, for people."""
        self.errors = errors
        """Every fault of a request that is not valid."""
        self.retry_after = retry_after
        """For how many seconds the server asks to be left alone."""


class UnauthorizedError(ApiError):
    """401: the key is missing, unknown, expired or revoked."""


class ForbiddenError(ApiError):
    """403: the key may not do this."""


class NotFoundError(ApiError):
    """404: there is no such thing, or it belongs to another workspace."""


class ConflictError(ApiError):
    """409: it conflicts with what exists."""


class ValidationError(ApiError):
    """422: ``errors`` says what is not valid."""


class RateLimitError(ApiError):
    """429: too many requests."""


class UnavailableError(ApiError):
    """502, 503, 504: nobody can answer at the moment."""


class ConnectionError(AtlasError):  # noqa: A001
    """No answer came, or not all of it. Whether the server did what it was asked to is not known."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent
        """False: the server cannot have got anything of it."""


class TimeoutError(ConnectionError):  # noqa: A001
    """No answer came in time."""


_CLASSES: dict[int, type[ApiError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    429: RateLimitError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def to_api_error(status: int, reason: str, headers: HTTPMessage, body: bytes) -> ApiError:
    """Give the error that an answer stands for."""
    text = body.decode("utf-8", "replace")
    problem = _read_problem(text)
    location = headers.get("location")
    if problem is None and location is not None:
        text = f"It redirects to {location}: use that as the server."
    elif problem is None:
        text = f"{reason} {text[:200]}".strip() or "There is no word of what was wrong."
    return _CLASSES.get(status, ApiError)(
        status,
        problem["code"] if problem else "unknown",
        problem["detail"] if problem else text,
        problem.get("errors", []) if problem else [],
        _read_retry_after(headers.get("retry-after")),
    )


def _read_problem(text: str) -> dict[str, Any] | None:
    try:
        problem = json.loads(text)
    except ValueError:
        # Something between us and Atlas has answered.
        return None
    is_ours = isinstance(problem, dict) and isinstance(problem.get("code"), str) and "detail" in problem
    return problem if is_ours else None


def _read_retry_after(header: str | None) -> float | None:
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
