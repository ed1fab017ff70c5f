package atlas

import (
	"errors"
	"time"
)

const (
	firstWait   = 250 * time.Millisecond
	longestWait = 8 * time.Second
	// Who is asked to wait longer than this hears of it instead.
	longestAsked = time.Minute
)

// waitBeforeRetry says how long to wait before the next attempt, and whether there may be one. repeatable is whether doing
// it twice is the same as doing it once; attempt counts from 0; chance is from 0 to 1, for clients that failed together
// must not come back together.
func waitBeforeRetry(err error, repeatable bool, attempt int, chance float64) (time.Duration, bool) {
	if !hasDoneNothing(err) && !(repeatable && mayPass(err)) {
		return 0, false
	}
	var refused *APIError
	if errors.As(err, &refused) && refused.RetryAfter != nil {
		return *refused.RetryAfter + time.Duration(chance*float64(firstWait)), *refused.RetryAfter <= longestAsked
	}
	wait := min(longestWait, firstWait<<min(attempt, 16))
	return time.Duration(float64(wait) * (0.5 + chance/2)), true
}

// hasDoneNothing tells whether the server cannot have done what it was asked to.
func hasDoneNothing(err error) bool {
	var refused *APIError
	if errors.As(err, &refused) {
		// These are answers of a server that has not begun with the request.
		isUnavailable := errors.Is(err, ErrUnavailable) && (refused.Code == "shutting_down" || refused.Code == "overloaded")
		return isUnavailable || errors.Is(err, ErrRateLimited)
	}
	var lost *ConnectionError
	return errors.As(err, &lost) && lost.neverSent
}

func mayPass(err error) bool {
	var lost *ConnectionError
	return errors.As(err, &lost) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited)
}
