package webhooks

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
)

type sequenceVector struct {
	Name  string          `json:"name"`
	State json.RawMessage `json:"state"`
	Steps []struct {
		Sequence uint64          `json:"sequence"`
		Verdict  SequenceVerdict `json:"verdict"`
	} `json:"steps"`
	After json.RawMessage `json:"after"`
}

func readSequences(t *testing.T) (vectors []sequenceVector, unsound []json.RawMessage) {
	t.Helper()
	text, err := os.ReadFile("../../sequence-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []sequenceVector
		Unsound []json.RawMessage
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors, file.Unsound
}

func restore(t *testing.T, state []byte) *SequenceGuard {
	t.Helper()
	var guard SequenceGuard
	if err := json.Unmarshal(state, &guard); err != nil {
		t.Fatal(err)
	}
	return &guard
}

func save(t *testing.T, guard *SequenceGuard) []byte {
	t.Helper()
	state, err := json.Marshal(guard)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestEverySequenceVectorComesToWhatIsExpected(t *testing.T) {
	vectors, unsound := readSequences(t)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			guard := restore(t, v.State)
			for _, step := range v.Steps {
				if judged := guard.Judge(step.Sequence); judged != step.Verdict {
					t.Errorf("judging %d: %s and not %s", step.Sequence, judged, step.Verdict)
				}
				if recorded := guard.Record(step.Sequence); recorded != step.Verdict {
					t.Errorf("recording %d: %s and not %s", step.Sequence, recorded, step.Verdict)
				}
			}
			var after bytes.Buffer
			if err := json.Compact(&after, v.After); err != nil {
				t.Fatal(err)
			}
			if state := save(t, guard); !bytes.Equal(state, after.Bytes()) {
				t.Errorf("the state is %s and not %s", state, after.Bytes())
			}
		})
	}
	for _, state := range unsound {
		var guard SequenceGuard
		if err := json.Unmarshal(state, &guard); err == nil {
			t.Errorf("%s was taken", state)
		}
	}
}

func TestWhateverArrivesItSaysWhatOneWouldSayWhoRemembersEveryNumber(t *testing.T) {
	chance := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		guard, seen, highest := &SequenceGuard{}, map[uint64]bool{}, uint64(0)
		for range 80 {
			sequence := chance.Uint64N(41)
			expected := SequenceLate
			switch {
			case sequence == 0:
				expected = SequenceTest
			case seen[sequence]:
				expected = SequenceRepeat
			case sequence == highest+1:
				expected = SequenceNext
			case sequence > highest:
				expected = SequenceAhead
			}
			if got := guard.Record(sequence); got != expected {
				t.Fatalf("%d: %s and not %s", sequence, got, expected)
			}
			seen[sequence], highest = true, max(highest, sequence)
			if chance.IntN(10) == 0 {
				guard = restore(t, save(t, guard))
			}
		}
		missing := 0
		for _, gap := range guard.Gaps() {
			missing += int(gap[1] - gap[0] + 1)
		}
		delete(seen, 0)
		if missing != int(highest)-len(seen) {
			t.Fatalf("%d are missing of %d, but %d were seen", missing, highest, len(seen))
		}
	}
}

func TestOfMoreGapsThanItRemembersItGivesUpTheOldest(t *testing.T) {
	var guard SequenceGuard
	for sequence := uint64(2); sequence <= 2*1_001; sequence += 2 {
		guard.Record(sequence)
	}
	guard.Record(1_000_000)
	guard.Record(500_000)
	expected := map[uint64]SequenceVerdict{
		1: SequenceUnknown, 5: SequenceUnknown, 6: SequenceRepeat, 7: SequenceLate, 500_000: SequenceRepeat,
	}
	for sequence, verdict := range expected {
		if got := guard.Judge(sequence); got != verdict {
			t.Errorf("%d: %s and not %s", sequence, got, verdict)
		}
	}
	if len(guard.Gaps()) != 1_000 {
		t.Errorf("it remembers %d gaps", len(guard.Gaps()))
	}
}

func TestAGuardForAnOlderEndpointBeginsAfterANumber(t *testing.T) {
	guard := SequenceGuardAfter(41)
	if first, before := guard.Record(42), guard.Record(41); first != SequenceNext || before != SequenceUnknown {
		t.Errorf("%s, %s", first, before)
	}
}
