from __future__ import annotations

import json
import random
import unittest
from pathlib import Path
from typing import Any

from atlas_webhooks import SequenceGuard

SDK = Path(__file__).resolve().parents[2]
FILE = json.loads((SDK / "sequence-vectors.json").read_text(encoding="utf-8"))


class TestSequenceGuard(unittest.TestCase):
    def test_every_vector_comes_to_what_is_expected(self) -> None:
        self.assertGreater(len(FILE["vectors"]), 5)
        for vector in FILE["vectors"]:
            with self.subTest(vector["name"]):
                guard = SequenceGuard(vector["state"])
                for step in vector["steps"]:
                    self.assertEqual(guard.judge(step["sequence"]), step["verdict"], step)
                    self.assertEqual(guard.record(step["sequence"]), step["verdict"], step)
                self.assertEqual(json.loads(json.dumps(guard.state())), vector["after"])

    def test_whatever_arrives_it_says_what_one_would_say_who_remembers_every_number(self) -> None:
        chance = random.Random(7)
        for _ in range(200):
            guard, seen = SequenceGuard(), {0}
            for sequence in chance.choices(range(41), k=80):
                highest = max(seen)
                expected = "test" if sequence == 0 else "repeat" if sequence in seen else "late"
                if sequence > highest:
                    expected = "next" if sequence == highest + 1 else "ahead"
                self.assertEqual(guard.record(sequence), expected)
                seen.add(sequence)
                if chance.random() < 0.1:
                    guard = SequenceGuard(json.loads(json.dumps(guard.state())))
            missing = {number for first, last in guard.gaps for number in range(first, last + 1)}
            self.assertEqual(missing, set(range(max(seen))) - seen)

    def test_of_more_gaps_than_it_remembers_it_gives_up_the_oldest(self) -> None:
        guard = SequenceGuard()
        for sequence in range(2, 2 * 1_001 + 1, 2):
            self.assertEqual(guard.record(sequence), "ahead")
        self.assertEqual([guard.judge(sequence) for sequence in (1, 2, 3)], ["unknown", "repeat", "late"])
        self.assertEqual(guard.record(1_000_000), "ahead")
        self.assertEqual(guard.record(500_000), "late")
        self.assertEqual(len(guard.gaps), 1_000)
        self.assertEqual([guard.judge(sequence) for sequence in (5, 7)], ["unknown", "late"])

    def test_a_guard_for_an_older_endpoint_begins_after_a_number(self) -> None:
        guard = SequenceGuard.after(41)
        self.assertEqual(guard.record(42), "next")
        self.assertEqual(guard.record(41), "unknown")

    def test_what_is_no_number_and_no_state_is_refused(self) -> None:
        bad: list[Any] = [-1, 1.5, "1", True, None, 2**53]
        for sequence in bad:
            with self.subTest(repr(sequence)), self.assertRaises(ValueError):
                SequenceGuard().record(sequence)
        for state in FILE["unsound"]:
            with self.subTest(repr(state)), self.assertRaises(ValueError):
                SequenceGuard(state)
