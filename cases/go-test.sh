#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  go test downloads a module with what it needs, builds, passes what holds and fails what does not
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[go-test]
# expect:   works
# needs:    go
# uses:     fixture
# timeout:  180s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

# Modules are kept writable, so that this folder can be removed.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -modcacherw" GOPATH="$PWD/gopath" GOCACHE="$PWD/gocache"
mkdir -p smoke/good smoke/bad
cd smoke
cat >go.mod <<'END'
module smoke.example

go 1.18

require rsc.io/quote v1.5.2
END
cat >good/good_test.go <<'END'
package good

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	"rsc.io/quote"
)

func TestDependency(t *testing.T) {
	if got := quote.Go(); !strings.Contains(got, "share memory by communicating") {
		t.Fatalf("quote.Go() = %q", got)
	}
}

func TestGoroutinesAndSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if connection, err := listener.Accept(); err == nil {
			connection.Write([]byte("hello"))
			connection.Close()
		}
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 16)
	if n, err := connection.Read(text); err != nil || string(text[:n]) != "hello" {
		t.Fatalf("read %q, %v", text[:n], err)
	}
}

func TestProcess(t *testing.T) {
	if out, err := exec.Command("uname").Output(); err != nil || string(out) != "Linux\n" {
		t.Fatalf("uname: %q, %v", out, err)
	}
}
END
cat >bad/bad_test.go <<'END'
package bad

import "testing"

func TestThatMustFail(t *testing.T) {
	t.Fatal("as it must")
}
END

status=0
go test -v ./good >../good.log 2>&1 || status=$?
[ "$status" -eq 0 ] || fail "go test should end with 0 for tests that hold, it ended with $status: $(cat ../good.log)"
passed=$(grep -c '^--- PASS: ' ../good.log) || true
[ "$passed" -eq 3 ] || fail "go test should report 3 passed tests: $(cat ../good.log)"

modules=$(go list -m all | sed 1d | wc -l)
[ "$modules" -ge 3 ] || fail "rsc.io/quote should bring 2 modules more: $(go list -m all)"
[ -d "$GOPATH/pkg/mod/rsc.io/quote@v1.5.2" ] || fail "rsc.io/quote is not in the module cache"

status=0
go test ./bad >../bad.log 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "go test should end with 1 for a test that does not hold, it ended with $status: $(cat ../bad.log)"
grep -q '^--- FAIL: TestThatMustFail' ../bad.log || fail "go test should name the failed test: $(cat ../bad.log)"

echo "$(go version): $modules modules downloaded, $passed tests passed, TestThatMustFail failed as it must"
