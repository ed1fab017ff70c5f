package webhooks

import "errors"

// Why a request is not to be trusted. Errors of Verify and VerifyBatch are one of them in the sense of errors.Is, and
// say more.
var (
	// ErrMalformed: the headers are not those of a signed request, or the body that was signed is no event.
	ErrMalformed = errors.New("malformed")
	// ErrBadSignature: none of the secrets signed this body.
	ErrBadSignature = errors.New("bad_signature")
	// ErrExpired: the signature is genuine, but its time is further from now than the tolerance, before or after.
	ErrExpired = errors.New("expired")
	// ErrSecret: a secret is not one. It is the receiver's fault and not the request's.
	ErrSecret = errors.New("a secret is whsec_ and base64, as it was shown when the endpoint was created")
)

// VerificationError says why a request is not to be trusted.
type VerificationError struct {
	// Kind is ErrMalformed, ErrBadSignature or ErrExpired.
	Kind error
	// Detail is for people.
	Detail string
}

func (e *VerificationError) Error() string { return e.Kind.Error() + ": " + e.Detail }

func (e *VerificationError) Unwrap() error { return e.Kind }

// Code is malformed, bad_signature or expired.
func (e *VerificationError) Code() string { return e.Kind.Error() }

func malformed(detail string) error { return &VerificationError{ErrMalformed, detail} }
