"""Tells which deliveries of an endpoint are missing, late or here again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, TypedDict

# next: the one that was to come. ahead: some are missing before it. late: it was missing until now. repeat: it was here
# before. unknown: from before the guard's time, so it may be either of the last two. test: 0, outside the numbering.
SequenceVerdict = Literal["next", "ahead", "late", "repeat", "unknown", "test"]


class SequenceState(TypedDict):
    """All that a guard knows, for JSON: the same in every language."""

    highest: int
    """The highest number so far."""
    unknown: int
    """Up to this one the guard knows nothing."""
    gaps: Sequence[Sequence[int]]
    """The numbers that are missing: pairs of the first and the last of each gap, the oldest first."""


# Far more than deliveries that can be on their way at once.
_MOST_GAPS = 1_000
_LARGEST = 2**53 - 1


class SequenceGuard:
    """Tells which deliveries of one endpoint are missing, late or here again, by their ``sequence``.

    It remembers gaps, not numbers; of more than 1,000 gaps it gives up the oldest. One guard is not for several threads
    at once.
    """

    def __init__(self, state: SequenceState | None = None) -> None:
        """For a new endpoint, whose first delivery has the number 1; or with the state of another guard."""
        given = state or {"highest": 0, "unknown": 0, "gaps": []}
        self._highest = given["highest"]
        self._unknown = given["unknown"]
        self._gaps = [(first, last) for first, last in given["gaps"]]
        sound = _is_number(self._highest) and _is_number(self._unknown) and self._unknown <= self._highest
        least = self._unknown + 1 if sound else 0
        for first, last in self._gaps:
            numbers = _is_number(first) and _is_number(last)
            sound = sound and numbers and least <= first <= last < self._highest
            least = last + 2
        if not sound:
            raise ValueError("this is not the state of a SequenceGuard")

    @classmethod
    def after(cls, sequence: int) -> SequenceGuard:
        """For an endpoint whose deliveries up to this number came before there was a guard."""
        return cls({"highest": sequence, "unknown": sequence, "gaps": []})

    def judge(self, sequence: int) -> SequenceVerdict:
        """Say what recording the number would say."""
        if not _is_number(sequence):
            raise ValueError(f"a sequence is a whole number from 0 on, not {sequence!r}")
        if sequence == 0:
            return "test"
        if sequence <= self._unknown:
            return "unknown"
        if sequence > self._highest:
            return "next" if sequence == self._highest + 1 else "ahead"
        return "repeat" if self._gap_at(sequence) is None else "late"

    def record(self, sequence: int) -> SequenceVerdict:
        """Take note of a delivery, best once it has been handled: one whose handling failed comes again."""
        verdict = self.judge(sequence)
        if verdict == "late":
            self._fill(sequence)
        if verdict == "ahead":
            self._gaps.append((self._highest + 1, sequence - 1))
        if verdict in ("ahead", "next"):
            self._highest = sequence
        if len(self._gaps) > _MOST_GAPS:
            self._unknown = self._gaps.pop(0)[1]
        return verdict

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """What is missing, the oldest first. What stays missing still waits to be delivered, or is a dead letter."""
        return list(self._gaps)

    def state(self) -> SequenceState:
        """All that it knows, for JSON: what the constructor takes."""
        return {"highest": self._highest, "unknown": self._unknown, "gaps": [list(gap) for gap in self._gaps]}

    def _fill(self, sequence: int) -> None:
        index = self._gap_at(sequence)
        assert index is not None
        first, last = self._gaps[index]
        left = [(first, sequence - 1), (sequence + 1, last)]
        self._gaps[index : index + 1] = [gap for gap in left if gap[0] <= gap[1]]

    def _gap_at(self, sequence: int) -> int | None:
        """Tell where the gap is that holds the number; None: it is in none."""
        index = bisect_right(self._gaps, (sequence, _LARGEST)) - 1
        return index if index >= 0 and sequence <= self._gaps[index][1] else None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
