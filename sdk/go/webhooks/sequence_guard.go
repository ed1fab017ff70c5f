package webhooks

import (
	"encoding/json"
	"errors"
	"slices"
)

// SequenceVerdict is what a sequence number says about its delivery.
type SequenceVerdict string

const (
	// SequenceNext is the one that was to come.
	SequenceNext SequenceVerdict = "next"
	// SequenceAhead: some are missing before it.
	SequenceAhead SequenceVerdict = "ahead"
	// SequenceLate: it was missing until now.
	SequenceLate SequenceVerdict = "late"
	// SequenceRepeat: it was here before.
	SequenceRepeat SequenceVerdict = "repeat"
	// SequenceUnknown: from before the guard's time, so it may be late or a repeat.
	SequenceUnknown SequenceVerdict = "unknown"
	// SequenceTest is 0, which is outside the numbering.
	SequenceTest SequenceVerdict = "test"
)

// SequenceGap is the numbers that are missing, both ends included.
type SequenceGap [2]uint64

// Far more than deliveries that can be on their way at once.
const mostGaps = 1_000

// SequenceGuard tells which deliveries of one endpoint are missing, late or here again, by their sequence. It remembers
// gaps, not numbers; of more than 1,000 gaps it gives up the oldest. The zero value is for a new endpoint, whose first
// delivery has the number 1. It is not for several goroutines at once. As JSON it is all that it knows, in the same form
// in every language.
type SequenceGuard struct {
	highest uint64
	unknown uint64
	gaps    []SequenceGap
}

// SequenceGuardAfter is for an endpoint whose deliveries up to this number came before there was a guard.
func SequenceGuardAfter(sequence uint64) *SequenceGuard {
	return &SequenceGuard{highest: sequence, unknown: sequence}
}

// Judge says what recording the number would say.
func (g *SequenceGuard) Judge(sequence uint64) SequenceVerdict {
	_, missing := g.gapAt(sequence)
	switch {
	case sequence == 0:
		return SequenceTest
	case sequence <= g.unknown:
		return SequenceUnknown
	case sequence == g.highest+1:
		return SequenceNext
	case sequence > g.highest:
		return SequenceAhead
	case missing:
		return SequenceLate
	default:
		return SequenceRepeat
	}
}

// Record takes note of a delivery, best once it has been handled: one whose handling failed comes again.
func (g *SequenceGuard) Record(sequence uint64) SequenceVerdict {
	verdict := g.Judge(sequence)
	switch verdict {
	case SequenceLate:
		g.fill(sequence)
	case SequenceAhead:
		g.gaps = append(g.gaps, SequenceGap{g.highest + 1, sequence - 1})
		g.highest = sequence
	case SequenceNext:
		g.highest = sequence
	}
	if len(g.gaps) > mostGaps {
		g.unknown = g.gaps[0][1]
		g.gaps = slices.Delete(g.gaps, 0, 1)
	}
	return verdict
}

// Gaps is what is missing, the oldest first. What stays missing still waits to be delivered, or is a dead letter.
func (g *SequenceGuard) Gaps() []SequenceGap { return slices.Clone(g.gaps) }

type sequenceState struct {
	Highest uint64        `json:"highest"`
	Unknown uint64        `json:"unknown"`
	Gaps    []SequenceGap `json:"gaps"`
}

// MarshalJSON gives all that it knows.
func (g *SequenceGuard) MarshalJSON() ([]byte, error) {
	return json.Marshal(sequenceState{g.highest, g.unknown, append([]SequenceGap{}, g.gaps...)})
}

// UnmarshalJSON takes what MarshalJSON gave.
func (g *SequenceGuard) UnmarshalJSON(text []byte) error {
	var state sequenceState
	if err := json.Unmarshal(text, &state); err != nil {
		return err
	}
	sound := state.Unknown <= state.Highest
	least := state.Unknown + 1
	for _, gap := range state.Gaps {
		sound = sound && least <= gap[0] && gap[0] <= gap[1] && gap[1] < state.Highest
		least = gap[1] + 2
	}
	if !sound {
		return errors.New("this is not the state of a SequenceGuard")
	}
	*g = SequenceGuard{state.Highest, state.Unknown, state.Gaps}
	return nil
}

func (g *SequenceGuard) fill(sequence uint64) {
	index, _ := g.gapAt(sequence)
	gap := g.gaps[index]
	var left []SequenceGap
	if gap[0] < sequence {
		left = append(left, SequenceGap{gap[0], sequence - 1})
	}
	if sequence < gap[1] {
		left = append(left, SequenceGap{sequence + 1, gap[1]})
	}
	g.gaps = slices.Replace(g.gaps, index, index+1, left...)
}

// gapAt tells where the gap is that holds the number, and whether there is one.
func (g *SequenceGuard) gapAt(sequence uint64) (int, bool) {
	return slices.BinarySearchFunc(g.gaps, sequence, func(gap SequenceGap, number uint64) int {
		switch {
		case gap[1] < number:
			return -1
		case gap[0] > number:
			return 1
		default:
			return 0
		}
	})
}
