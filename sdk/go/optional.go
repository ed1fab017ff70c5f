package atlas

import "encoding/json"

// Optional is a field of a request that may be left out, which is its zero value, or be null.
type Optional[T any] struct {
	value *T
	given bool
}

// Set gives a field a value.
func Set[T any](value T) Optional[T] { return Optional[T]{&value, true} }

// Null gives a field null, which sets what it stands for back to its default.
func Null[T any]() Optional[T] { return Optional[T]{nil, true} }

// IsZero tells whether the field is left out.
func (o Optional[T]) IsZero() bool { return !o.given }

// MarshalJSON gives the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.value) }
