// Package webhooks has what whoever receives webhooks of Atlas needs.
package webhooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"
)

// Option is what may be said when verifying.
type Option func(*settings)

type settings struct {
	secrets   []string
	tolerance time.Duration
	now       func() time.Time
	bodyLimit int64
}

func newSettings(secret string, options []Option) settings {
	made := settings{
		secrets:   []string{secret},
		tolerance: 300 * time.Second,
		now:       time.Now,
		bodyLimit: 2 << 20,
	}
	for _, option := range options {
		option(&made)
	}
	return made
}

// WithSecret adds secrets of the endpoint, while they change: any of them may have signed.
func WithSecret(secrets ...string) Option {
	return func(s *settings) { s.secrets = append(s.secrets, secrets...) }
}

// WithTolerance says how far the time of the signature may be from now, before or after: 5 minutes unless set.
func WithTolerance(tolerance time.Duration) Option {
	return func(s *settings) { s.tolerance = tolerance }
}

// At says what time it is: that of the machine unless set.
func At(now time.Time) Option {
	return func(s *settings) { s.now = func() time.Time { return now } }
}

// WithBodyLimit says how many bytes Handler and BatchHandler read of a body: 2 MiB unless set.
func WithBodyLimit(bytes int64) Option {
	return func(s *settings) { s.bodyLimit = bytes }
}

// Verify gives the event of a request, if the secret signed it: else an error that is ErrMalformed, ErrBadSignature or
// ErrExpired in the sense of errors.Is. The body must be as it came: parsed and printed again it would be another one.
func Verify(body []byte, headers http.Header, secret string, options ...Option) (*Event, error) {
	signed, err := readHeaders(headers)
	if err != nil {
		return nil, err
	}
	if err := newSettings(secret, options).check(body, signed); err != nil {
		return nil, err
	}
	return readEvent(body)
}

// VerifyBatch gives the events of a request that carries a batch of CloudEvents, as a list or one a line; else as Verify.
func VerifyBatch(body []byte, headers http.Header, secret string, options ...Option) ([]CloudEvent, error) {
	signed, err := readHeaders(headers)
	if err != nil {
		return nil, err
	}
	if err := newSettings(secret, options).check(body, signed); err != nil {
		return nil, err
	}
	return readBatch(body)
}

// VerifySignature does what Verify does with the value of Atlas-Signature or X-Webhook-Signature alone.
func VerifySignature(body []byte, signature string, secret string, options ...Option) (*Event, error) {
	signed, err := readValue(signature)
	if err != nil {
		return nil, err
	}
	if err := newSettings(secret, options).check(body, signed); err != nil {
		return nil, err
	}
	return readEvent(body)
}

func (s settings) check(body []byte, signed *signed) error {
	genuine, err := signed.isGenuine(body, s.secrets)
	if err != nil {
		return err
	}
	if !genuine {
		return &VerificationError{ErrBadSignature, "none of the secrets signed this body"}
	}
	if signed.time != nil {
		now, tolerance := s.now().Unix(), int64(s.tolerance/time.Second)
		difference := now - *signed.time
		if difference > tolerance || -difference > tolerance {
			detail := "the signature is of %d and now is %d: more than %d seconds apart"
			return &VerificationError{ErrExpired, fmt.Sprintf(detail, *signed.time, now, tolerance)}
		}
	}
	// encoding/json would put something else in place of what is not.
	if !utf8.Valid(body) {
		return malformed("the body is not UTF-8")
	}
	return nil
}

func readBatch(body []byte) ([]CloudEvent, error) {
	var raw []json.RawMessage
	if bytes.HasPrefix(body, []byte("[")) {
		if err := json.Unmarshal(body, &raw); err != nil {
			return nil, malformed("the body is not JSON")
		}
	} else {
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSuffix(line, []byte("\n")); len(line) > 0 {
				raw = append(raw, line)
			}
		}
	}
	if len(raw) == 0 {
		return nil, malformed("the body is no batch")
	}
	events := make([]CloudEvent, 0, len(raw))
	for _, one := range raw {
		event, err := readCloudEvent(one)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}
