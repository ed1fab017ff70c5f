"""The API of an Atlas server."""

from __future__ import annotations

from .resources import Resources
from .transport import Transport


class Atlas(Resources):
    """The API of an Atlas server. Several threads may use one client at once."""

    def __init__(
        self,
        server: str,
        key: str,
        workspace: str | None = None,
        *,
        timeout: float = 60,
        retries: int = 5,
    ) -> None:
        """Make a client; nothing is sent yet.

        server: where the API is, such as ``https://webhooks.acme.example``.
        key: an API key: that of the operator, or one of a workspace.
        workspace: its id or slug, for calls that do not name one.
        timeout: for how many seconds a connection may be silent.
        retries: how often a call is repeated at most, where that is safe.
        """
        self._transport = Transport(server, key, workspace, timeout, retries)
        super().__init__(self._transport)

    def close(self) -> None:
        """End the connections that are kept for the next call."""
        self._transport.close()

    def __enter__(self) -> Atlas:
        """For ``with``: it is closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
