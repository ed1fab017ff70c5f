"""What a receiver takes."""

BODY_LIMIT = 2 * 1024 * 1024
"""How many bytes a body may have, unless set: far more than a delivery has."""
