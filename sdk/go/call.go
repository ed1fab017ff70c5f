package atlas

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"
)

// caller makes calls, and repeats those that failed where that may help and does no harm.
type caller struct {
	http     *http.Client
	server   string
	key      string
	defaults callSettings
}

// call is a call of the API.
type call struct {
	method string
	// path has names in braces.
	path string
	// ids is what goes in place of the names, the workspace excepted.
	ids                 map[string]string
	query               url.Values
	body                any
	takesIdempotencyKey bool
}

// prepared is what is sent, and sent again.
type prepared struct {
	method     string
	url        string
	header     http.Header
	body       []byte
	repeatable bool
}

// callJSON gives the answer.
func callJSON[T any](ctx context.Context, c *caller, call call, options []CallOption) (*T, error) {
	body, err := c.whole(ctx, call, options)
	if err != nil {
		return nil, err
	}
	var answer T
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("the answer of %s is not what Atlas answers: is this its address? %w", c.server, err)
	}
	return &answer, nil
}

func (c *caller) text(ctx context.Context, call call, options []CallOption) (string, error) {
	body, err := c.whole(ctx, call, options)
	return string(body), err
}

func (c *caller) nothing(ctx context.Context, call call, options []CallOption) error {
	_, err := c.whole(ctx, call, options)
	return err
}

func (c *caller) whole(ctx context.Context, call call, options []CallOption) ([]byte, error) {
	return repeat(ctx, c, call, options, func(exchange *exchange) ([]byte, error) {
		defer exchange.close()
		body, err := io.ReadAll(exchange.response.Body)
		if err != nil {
			return nil, exchange.failure(err)
		}
		return body, nil
	})
}

// repeat makes attempts until one succeeds, none more may help, or there were enough. receive reads an answer that is a
// success, and closes the exchange when it has all of it.
func repeat[T any](
	ctx context.Context, c *caller, call call, options []CallOption, receive func(*exchange) (T, error),
) (T, error) {
	var nothing T
	settings := c.defaults
	for _, option := range options {
		option(&settings)
	}
	request, err := c.prepare(call, settings)
	if err != nil {
		return nothing, err
	}
	uncertain := false
	for attempt := 0; ; attempt++ {
		answer, err := try(ctx, c, request, settings.timeout, receive)
		if err == nil {
			return answer, nil
		}
		// An attempt before this one has done it, and its answer got lost.
		if uncertain && request.method == http.MethodDelete && errors.Is(err, ErrNotFound) {
			return nothing, nil
		}
		uncertain = uncertain || !hasDoneNothing(err)
		wait, again := waitBeforeRetry(err, request.repeatable, attempt, mathrand.Float64())
		if !again || attempt >= settings.retries {
			return nothing, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nothing, context.Cause(ctx)
		}
	}
}

func try[T any](
	ctx context.Context, c *caller, request *prepared, timeout time.Duration, receive func(*exchange) (T, error),
) (T, error) {
	var nothing T
	exchange, err := c.send(ctx, request, timeout)
	if err != nil {
		return nothing, err
	}
	if exchange.response.StatusCode/100 == 2 {
		return receive(exchange)
	}
	defer exchange.close()
	body, err := io.ReadAll(exchange.response.Body)
	if err != nil {
		return nothing, exchange.failure(err)
	}
	return nothing, toAPIError(exchange.response, body)
}

// exchange is a request that was answered, and whose body is still to be read.
type exchange struct {
	response *http.Response
	// caller's own: what ends it is for the caller to know.
	ctx    context.Context
	cancel context.CancelFunc
	origin string
	timer  *time.Timer
	over   atomic.Bool
}

// send sends a request, and ends it when nothing has come for so long.
func (c *caller) send(ctx context.Context, request *prepared, timeout time.Duration) (*exchange, error) {
	limited, cancel := context.WithCancel(ctx)
	made := &exchange{ctx: ctx, cancel: cancel, origin: c.server}
	made.timer = time.AfterFunc(timeout, func() {
		made.over.Store(true)
		cancel()
	})
	sent, err := http.NewRequestWithContext(limited, request.method, request.url, bytes.NewReader(request.body))
	if err != nil {
		made.close()
		return nil, err
	}
	sent.Header = request.header.Clone()
	if made.response, err = c.http.Do(sent); err != nil {
		defer made.close()
		return nil, made.failure(err)
	}
	return made, nil
}

func (e *exchange) close() {
	e.timer.Stop()
	if e.response != nil {
		_ = e.response.Body.Close()
	}
	e.cancel()
}

// failure is what the caller is to see of an error: that of their own context as it is.
func (e *exchange) failure(err error) error {
	if e.ctx.Err() != nil {
		return context.Cause(e.ctx)
	}
	var dialed *net.OpError
	neverSent := errors.As(err, &dialed) && dialed.Op == "dial"
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &ConnectionError{Err: err, origin: e.origin, neverSent: neverSent, timedOut: e.over.Load()}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func (c *caller) prepare(call call, settings callSettings) (*prepared, error) {
	var fault error
	path := placeholder.ReplaceAllStringFunc(call.path, func(match string) string {
		name := match[1 : len(match)-1]
		value, ok := call.ids[name]
		if !ok {
			value = settings.workspace
		}
		// A URL has no place for the latter two: what they stand for would be another path.
		if !ok && value == "" {
			fault = errors.New("name a workspace, for the client or for the call: InWorkspace")
		} else if value == "" || value == "." || value == ".." {
			fault = fmt.Errorf("%q is no %s", value, name)
		}
		return url.PathEscape(value)
	})
	if fault != nil {
		return nil, fault
	}
	made := &prepared{
		method:     call.method,
		url:        c.server + path,
		header:     http.Header{"Authorization": {"Bearer " + c.key}, "Accept": {"application/json"}},
		repeatable: call.method != http.MethodPost || call.takesIdempotencyKey,
	}
	if len(call.query) > 0 {
		made.url += "?" + call.query.Encode()
	}
	if call.takesIdempotencyKey {
		key := settings.idempotencyKey
		if key == "" {
			key = rand.Text()
		}
		made.header.Set("Idempotency-Key", key)
	}
	if call.body != nil {
		body, err := json.Marshal(call.body)
		if err != nil {
			return nil, err
		}
		made.body = body
		made.header.Set("Content-Type", "application/json")
	}
	return made, nil
}
