// Package atlas talks to the API of an Atlas server. To receive webhooks, see the package webhooks.
package atlas

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// CallOption is what may be said with a call, or for all calls of a client.
type CallOption func(*callSettings)

type callSettings struct {
	workspace      string
	timeout        time.Duration
	retries        int
	idempotencyKey string
}

// InWorkspace names the workspace, by its id or its slug.
func InWorkspace(workspace string) CallOption {
	return func(s *callSettings) { s.workspace = workspace }
}

// WithTimeout limits an attempt, and in a stream the wait for more: 60 seconds unless set. The context of a call limits
// all of it, its repetitions included.
func WithTimeout(timeout time.Duration) CallOption {
	return func(s *callSettings) { s.timeout = timeout }
}

// WithRetries says how often a call is repeated at most, where that is safe: 5 times unless set.
func WithRetries(retries int) CallOption {
	return func(s *callSettings) { s.retries = retries }
}

// WithIdempotencyKey makes a call that takes such a key safe to make again: one with the same key and the same body gives
// the first answer and stores nothing. Without it every call has a key of its own, which is enough for its repetitions.
func WithIdempotencyKey(key string) CallOption {
	return func(s *callSettings) { s.idempotencyKey = key }
}

var (
	serverPattern = regexp.MustCompile(`^(?i:https?)://[^?#/]+[^?#]*$`)
	keyPattern    = regexp.MustCompile(`^[!-~]+$`)
)

// NewClient makes a client of the server, such as https://webhooks.acme.example, with an API key: that of the operator, or
// one of a workspace. The options are for calls that do not say otherwise. Nothing is sent yet. Several goroutines may use
// one client at once.
func NewClient(server, key string, options ...CallOption) (*Client, error) {
	if !serverPattern.MatchString(server) {
		return nil, fmt.Errorf("server must be a URL such as https://webhooks.acme.example, not %q", server)
	}
	if !keyPattern.MatchString(key) {
		return nil, errors.New("key must be an API key, without spaces or line breaks")
	}
	defaults := callSettings{timeout: time.Minute, retries: 5}
	for _, option := range options {
		option(&defaults)
	}
	if defaults.idempotencyKey != "" {
		return nil, errors.New("an idempotency key is for one call, not for all of a client")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// Many calls go to this one server.
	transport.MaxIdleConnsPerHost = 32
	return newClient(&caller{
		http: &http.Client{
			Transport: transport,
			// The key must not go elsewhere, and a POST must not become a GET.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		server:   strings.TrimRight(server, "/"),
		key:      key,
		defaults: defaults,
	}), nil
}
