package webhooks

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is an event as it arrives. What its Data is, its Type says: see Data.
type Event struct {
	// ID is of the event: the same on every attempt and replay, so this is what to deduplicate on.
	ID string
	// Type is such as deal.created.
	Type string
	// Created is when it happened.
	Created time.Time
	// APIVersion is that of the form of events.
	APIVersion string
	// Sequence is the number of this delivery at its endpoint: 1, 2, 3, … without a gap; 0 for a test. See SequenceGuard.
	Sequence uint64
	// Data is what was published, to the byte.
	Data json.RawMessage
}

// EventData is the data of an event type: a struct of the catalog, or your own with a method that names its type.
type EventData interface {
	EventType() string
}

// Data reads the data of an event whose type it is: webhooks.Data[webhooks.DealCreated](event).
func Data[T EventData](event *Event) (*T, error) {
	var data T
	if event.Type != data.EventType() {
		return nil, fmt.Errorf("the event is a %s and no %s", event.Type, data.EventType())
	}
	if err := json.Unmarshal(event.Data, &data); err != nil {
		return nil, fmt.Errorf("the data of a %s: %w", event.Type, err)
	}
	return &data, nil
}

// CloudEvent is one event of a batch, in the JSON format of CloudEvents 1.0.
type CloudEvent struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Time        time.Time `json:"time,omitzero"`
	// Subject is the id of what it is about, where there is such a thing.
	Subject string `json:"subject,omitempty"`
	// Sequence is the number of this delivery at its endpoint, with zeros in front; empty for an audit entry.
	Sequence string `json:"sequence,omitempty"`
	// AtlasEndpoint is the id of the endpoint.
	AtlasEndpoint string          `json:"atlasendpoint,omitempty"`
	Data          json.RawMessage `json:"data"`
}

// members reads an object by the exact names of its members, which encoding/json does not.
type members map[string]json.RawMessage

func (m members) text(name string) (string, bool) {
	var text *string
	err := json.Unmarshal(m[name], &text)
	if err != nil || text == nil {
		return "", false
	}
	return *text, true
}

func readEvent(body []byte) (*Event, error) {
	var raw members
	if err := json.Unmarshal(body, &raw); err != nil {
		var list []json.RawMessage
		if json.Unmarshal(body, &list) == nil {
			return nil, malformed("the body is a batch: VerifyBatch reads those")
		}
		return nil, malformed("the body is not JSON, or no object")
	}
	id, hasID := raw.text("id")
	eventType, hasType := raw.text("type")
	var data members
	if json.Unmarshal(raw["data"], &data) != nil || data == nil || !hasID || !hasType {
		return nil, malformed("the body is no event")
	}
	event := &Event{ID: id, Type: eventType, Data: raw["data"]}
	event.APIVersion, _ = raw.text("api_version")
	var created int64
	for name, number := range map[string]any{"created": &created, "sequence": &event.Sequence} {
		if value, ok := raw[name]; ok && json.Unmarshal(value, number) != nil {
			return nil, malformed("the body is no event: " + name + " is no number")
		}
	}
	event.Created = time.Unix(created, 0).UTC()
	return event, nil
}

func readCloudEvent(body []byte) (CloudEvent, error) {
	var raw members
	if err := json.Unmarshal(body, &raw); err != nil {
		return CloudEvent{}, malformed("the batch holds what is no object")
	}
	event := CloudEvent{Data: raw["data"]}
	var hasID, hasType bool
	event.ID, hasID = raw.text("id")
	event.Type, hasType = raw.text("type")
	if !hasID || !hasType {
		return CloudEvent{}, malformed("the batch holds what is no event")
	}
	texts := map[string]*string{
		"specversion": &event.SpecVersion, "source": &event.Source, "subject": &event.Subject,
		"sequence": &event.Sequence, "atlasendpoint": &event.AtlasEndpoint,
	}
	for name, text := range texts {
		*text, _ = raw.text(name)
	}
	if value, ok := raw["time"]; ok && json.Unmarshal(value, &event.Time) != nil {
		return CloudEvent{}, malformed("the batch holds an event whose time is none")
	}
	return event, nil
}
