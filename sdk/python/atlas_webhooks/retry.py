"""When a call that has failed is made again."""

from __future__ import annotations

from .api_error import ApiError, ConnectionError, RateLimitError, UnavailableError

_FIRST_WAIT = 0.25
_LONGEST_WAIT = 8.0
# Who is asked to wait longer than this hears of it instead.
_LONGEST_ASKED = 60.0
# Answers of a server that has not begun with the request.
_REFUSED_AT_ONCE = {"shutting_down", "overloaded"}


def wait_before_retry(error: Exception, repeatable: bool, attempt: int, chance: float) -> float | None:
    """Give the seconds to wait before the next attempt; None: there must be none.

    repeatable: whether doing it twice is the same as doing it once.
    attempt: from 0.
    chance: from 0 to 1, for clients that failed together must not come back together.
    """
    if not (_may_pass(error) if repeatable else has_done_nothing(error)):
        return None
    asked = error.retry_after if isinstance(error, ApiError) else None
    if asked is not None:
        return asked + chance * _FIRST_WAIT if asked <= _LONGEST_ASKED else None
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**attempt) * (0.5 + chance / 2)


def has_done_nothing(error: Exception) -> bool:
    """Tell whether the server cannot have done what it was asked to."""
    if isinstance(error, UnavailableError):
        return error.code in _REFUSED_AT_ONCE
    if isinstance(error, ConnectionError):
        return not error.sent
    return isinstance(error, RateLimitError)


def _may_pass(error: Exception) -> bool:
    return isinstance(error, (RateLimitError, UnavailableError, ConnectionError))
