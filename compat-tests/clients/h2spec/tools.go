//go:build tools

// Package tools keeps the versions of what the tests build from other modules.
package tools

import _ "github.com/summerwind/h2spec/cmd/h2spec"
