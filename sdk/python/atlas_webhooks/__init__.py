"""Verifies webhooks of Atlas, and talks to its API."""

from . import webhooks
from .api_error import (
    ApiError,
    AtlasError,
    ConflictError,
    ConnectionError,
    Fault,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    TimeoutError,
    UnauthorizedError,
    UnavailableError,
    ValidationError,
)
from .client import Atlas
from .event import CloudEvent
from .event_types import Event
from .pages import Page, Pages
from .sequence_guard import SequenceGuard, SequenceState, SequenceVerdict
from .verification_error import BadSignatureError, ExpiredError, MalformedError, VerificationError

__all__ = [
    "ApiError",
    "Atlas",
    "AtlasError",
    "BadSignatureError",
    "CloudEvent",
    "ConflictError",
    "ConnectionError",
    "Event",
    "ExpiredError",
    "Fault",
    "ForbiddenError",
    "MalformedError",
    "NotFoundError",
    "Page",
    "Pages",
    "RateLimitError",
    "SequenceGuard",
    "SequenceState",
    "SequenceVerdict",
    "TimeoutError",
    "UnauthorizedError",
    "UnavailableError",
    "ValidationError",
    "VerificationError",
    "webhooks",
]
