"""Why a request is not to be trusted."""

from __future__ import annotations

from typing import ClassVar, Literal


class VerificationError(Exception):
    """A request that is not to be trusted. What the three kinds have in common; ``code`` tells them apart too."""

    code: ClassVar[Literal["malformed", "bad_signature", "expired"]]


class MalformedError(VerificationError):
    """The headers are not those of a signed request, or the body that was signed is no event."""

    code = "malformed"


class BadSignatureError(VerificationError):
    """None of the secrets signed this body."""

    code = "bad_signature"


class ExpiredError(VerificationError):
    """The signature is genuine, but its time is further from now than the tolerance, before or after."""

    code = "expired"
