package atlas

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What programs have to tell apart: an APIError is one of them in the sense of errors.Is.
var (
	// ErrUnauthorized is 401: the key is missing, unknown, expired or revoked.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden is 403: the key may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound is 404: there is no such thing, or it belongs to another workspace.
	ErrNotFound = errors.New("not found")
	// ErrConflict is 409: it conflicts with what exists.
	ErrConflict = errors.New("conflict")
	// ErrNotValid is 422: the error's Errors say what is not valid.
	ErrNotValid = errors.New("not valid")
	// ErrRateLimited is 429: too many requests.
	ErrRateLimited = errors.New("too many requests")
	// ErrUnavailable is 502, 503 or 504: nobody can answer at the moment.
	ErrUnavailable = errors.New("unavailable")
)

var kinds = map[int]error{
	http.StatusUnauthorized:        ErrUnauthorized,
	http.StatusForbidden:           ErrForbidden,
	http.StatusNotFound:            ErrNotFound,
	http.StatusConflict:            ErrConflict,
	http.StatusUnprocessableEntity: ErrNotValid,
	http.StatusTooManyRequests:     ErrRateLimited,
	http.StatusBadGateway:          ErrUnavailable,
	http.StatusServiceUnavailable:  ErrUnavailable,
	http.StatusGatewayTimeout:      ErrUnavailable,
}

// Fault is what is wrong in a request, and where.
type Fault struct {
	// Path is such as events.3.type.
	Path    string `json:"path"`
	Message string `json:"message"`
}

// APIError says that the server refused the call, or failed.
type APIError struct {
	Status int
	// Code is stable, see the page about errors; unknown where what answered was not Atlas, such as a proxy.
	Code string
	// Detail is what was wrong, for people.
	Detail string
	// Errors is every fault of a request that is not valid.
	Errors []Fault
	// RetryAfter is how long the server asks to be left alone; nil: it does not say.
	RetryAfter *time.Duration
}

func (e *APIError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s: %s", e.Status, e.Code, e.Detail)
	for _, fault := range e.Errors {
		fmt.Fprintf(&text, " %s %s.", fault.Path, fault.Message)
	}
	return text.String()
}

// Is tells whether it is one of ErrUnauthorized and the others.
func (e *APIError) Is(target error) bool { return target != nil && kinds[e.Status] == target }

// ConnectionError says that no answer came, or not all of it. Whether the server did what it was asked to is not known.
type ConnectionError struct {
	// Err is what happened.
	Err    error
	origin string
	// The server cannot have got anything of it.
	neverSent bool
	timedOut  bool
}

func (e *ConnectionError) Error() string {
	if e.timedOut {
		return e.origin + " did not answer in time"
	}
	return fmt.Sprintf("%s did not answer: %v", e.origin, e.Err)
}

func (e *ConnectionError) Unwrap() error { return e.Err }

// Timeout tells whether the time was over.
func (e *ConnectionError) Timeout() bool { return e.timedOut }

// toAPIError gives the error that an answer stands for.
func toAPIError(response *http.Response, body []byte) *APIError {
	found := &APIError{Status: response.StatusCode, RetryAfter: readRetryAfter(response.Header.Get("Retry-After"))}
	var problem struct {
		Code   string  `json:"code"`
		Detail string  `json:"detail"`
		Errors []Fault `json:"errors"`
	}
	if json.Unmarshal(body, &problem) == nil && problem.Code != "" && problem.Detail != "" {
		found.Code, found.Detail, found.Errors = problem.Code, problem.Detail, problem.Errors
		return found
	}
	// Something between us and Atlas has answered.
	found.Code = "unknown"
	if location := response.Header.Get("Location"); location != "" {
		found.Detail = "It redirects to " + location + ": use that as the server."
		return found
	}
	found.Detail = strings.TrimSpace(http.StatusText(found.Status) + " " + string(body[:min(len(body), 200)]))
	return found
}

func readRetryAfter(header string) *time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = max(0, time.Until(at))
	} else {
		return nil
	}
	return &wait
}
