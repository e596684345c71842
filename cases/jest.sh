#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  jest passes tests that hold, and fails one that does not, by its name
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[jest]
# expect:   works
# needs:    jest node
# timeout:  180s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

export CI=true
mkdir good bad
echo '{"name": "smoke", "version": "1.0.0"}' | tee good/package.json >bad/package.json
echo 'exports.add = (a, b) => a + b;' | tee good/sum.js >bad/sum.js
cat >good/sum.test.js <<'END'
const { execFileSync } = require("child_process");
const http = require("http");
const { add } = require("./sum");

test("adds", () => expect(add(1, 2)).toBe(3));
test("mocks a timer", () => {
	jest.useFakeTimers();
	const done = jest.fn();
	setTimeout(done, 60000);
	jest.runAllTimers();
	jest.useRealTimers();
	expect(done).toHaveBeenCalledTimes(1);
});
test("starts a process", () => expect(execFileSync("uname", { encoding: "utf8" })).toBe("Linux\n"));
test("talks to itself", (done) => {
	const server = http.createServer((request, response) => response.end("hello")).listen(0, "127.0.0.1", () => {
		http.get({ host: "127.0.0.1", port: server.address().port }, (response) => {
			response.resume();
			expect(response.statusCode).toBe(200);
			server.close(done);
		});
	});
});
END
cat >bad/sum.test.js <<'END'
const { add } = require("./sum");

test("that must fail", () => expect(add(1, 1)).toBe(3));
END

# Two workers, so that jest starts processes of its own and talks to them.
cp good/sum.test.js good/again.test.js
status=0
(cd good && jest --maxWorkers=2 --watchman=false --testTimeout=30000) >good.log 2>&1 || status=$?
[ "$status" -eq 0 ] || fail "jest should end with 0 for tests that hold, it ended with $status: $(cat good.log)"
grep -q '^Tests: *8 passed, 8 total' good.log || fail "jest should report 8 passed: $(cat good.log)"

status=0
(cd bad && jest --watchman=false) >bad.log 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "jest should end with 1 for a test that does not hold, it ended with $status: $(cat bad.log)"
grep -q '● that must fail' bad.log || fail "jest should name the failed test: $(cat bad.log)"
grep -q '^Tests: *1 failed, 1 total' bad.log || fail "jest should report 1 failed: $(cat bad.log)"

echo "jest $(jest --version): $(grep '^Tests:' good.log | tr -s ' '); \"that must fail\" failed as it must"
