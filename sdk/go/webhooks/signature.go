package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// signed is what the headers say about the signature.
type signed struct {
	// prefix is what was signed ahead of the body.
	prefix string
	// time is in Unix seconds; nil: this scheme has none.
	time *int64
	// signatures are those any of which may be it.
	signatures []string
	// decoded: the key is the bytes that the secret stands for, and the signature is base64. Else the key is the whole
	// secret as text, and the signature is hexadecimal.
	decoded bool
}

var (
	// 15 digits: what every language can count with exactly.
	timePattern  = regexp.MustCompile(`^[0-9]{1,15}$`)
	atlasPart    = regexp.MustCompile(`^([A-Za-z0-9_]+)=([!-~]*)$`)
	standardPart = regexp.MustCompile(`^([A-Za-z0-9_]+),([!-+\--~]*)$`)
	webhookValue = regexp.MustCompile(`^sha256=([!-~]*)$`)
	// A dot would move the borders between what is signed.
	idPattern     = regexp.MustCompile(`^[!-\-/-~]+$`)
	secretPattern = regexp.MustCompile(`^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$`)
)

// readHeaders reads the first scheme that is there: Atlas-Signature, Standard Webhooks, X-Webhook-Signature.
func readHeaders(headers http.Header) (*signed, error) {
	// One that came several times is as wrong as its values in one line.
	find := func(name string) (string, bool) {
		values := headers.Values(name)
		return strings.Join(values, ", "), len(values) > 0
	}
	if atlas, ok := find("Atlas-Signature"); ok {
		return readAtlas(atlas)
	}
	if standard, ok := find("Webhook-Signature"); ok {
		id, hasID := find("Webhook-Id")
		time, hasTime := find("Webhook-Timestamp")
		if !hasID || !hasTime {
			return nil, malformed("webhook-signature needs webhook-id and webhook-timestamp")
		}
		return readStandard(standard, id, time)
	}
	if webhook, ok := find("X-Webhook-Signature"); ok {
		if previous, ok := find("X-Webhook-Signature-Previous"); ok {
			return readWebhook(webhook, previous)
		}
		return readWebhook(webhook)
	}
	return nil, malformed("there is none of Atlas-Signature, webhook-signature and X-Webhook-Signature")
}

// readValue reads the value of Atlas-Signature or of X-Webhook-Signature.
func readValue(value string) (*signed, error) {
	if strings.HasPrefix(value, "sha256=") {
		return readWebhook(value)
	}
	return readAtlas(value)
}

// readAtlas reads t=<seconds>,v1=<hex>, with more of v1 while a secret is being rotated.
func readAtlas(header string) (*signed, error) {
	var times, signatures []string
	for _, text := range strings.Split(header, ",") {
		part := atlasPart.FindStringSubmatch(text)
		if part == nil {
			return nil, malformed("Atlas-Signature is not t=…,v1=…")
		}
		switch part[1] {
		case "t":
			times = append(times, part[2])
		case "v1":
			signatures = append(signatures, part[2])
		}
	}
	if len(times) != 1 {
		return nil, malformed("Atlas-Signature has not one t")
	}
	if len(signatures) == 0 {
		return nil, malformed("Atlas-Signature has no v1")
	}
	seconds, err := readTime(times[0])
	return &signed{prefix: times[0] + ".", time: seconds, signatures: signatures}, err
}

// readStandard reads v1,<base64>, with more of them after single spaces.
func readStandard(header, id, time string) (*signed, error) {
	if !idPattern.MatchString(id) {
		return nil, malformed("webhook-id is empty, or has a dot or a space")
	}
	var signatures []string
	for _, text := range strings.Split(header, " ") {
		part := standardPart.FindStringSubmatch(text)
		if part == nil {
			return nil, malformed("webhook-signature is not v1,…")
		}
		if part[1] == "v1" {
			signatures = append(signatures, part[2])
		}
	}
	if len(signatures) == 0 {
		return nil, malformed("webhook-signature has no v1")
	}
	seconds, err := readTime(time)
	return &signed{prefix: id + "." + time + ".", time: seconds, signatures: signatures, decoded: true}, err
}

// readWebhook reads sha256=<hex>, and one more in a header of its own while a secret is being rotated.
func readWebhook(values ...string) (*signed, error) {
	var signatures []string
	for _, value := range values {
		match := webhookValue.FindStringSubmatch(value)
		if match == nil {
			return nil, malformed("X-Webhook-Signature is not sha256=…")
		}
		signatures = append(signatures, match[1])
	}
	return &signed{signatures: signatures}, nil
}

func readTime(text string) (*int64, error) {
	if !timePattern.MatchString(text) {
		return nil, malformed("the time of the signature is not a number of seconds")
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return &seconds, err
}

// isGenuine tells whether one of the secrets made one of the signatures, in a time that does not tell which.
func (s *signed) isGenuine(body []byte, secrets []string) (bool, error) {
	genuine := 0
	for _, secret := range secrets {
		key, err := s.key(secret)
		if err != nil {
			return false, err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(s.prefix))
		mac.Write(body)
		expected := s.encode(mac.Sum(nil))
		for _, given := range s.signatures {
			genuine |= subtle.ConstantTimeCompare([]byte(expected), []byte(given))
		}
	}
	return genuine == 1, nil
}

func (s *signed) encode(digest []byte) string {
	if s.decoded {
		return base64.StdEncoding.EncodeToString(digest)
	}
	return hex.EncodeToString(digest)
}

func (s *signed) key(secret string) ([]byte, error) {
	match := secretPattern.FindStringSubmatch(secret)
	if match == nil || match[1] == "" {
		return nil, ErrSecret
	}
	if s.decoded {
		return base64.StdEncoding.DecodeString(match[1])
	}
	return []byte(secret), nil
}
