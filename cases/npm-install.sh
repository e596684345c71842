#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  npm installs a package with its whole tree, and a server made with it answers
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[npm-install]
# expect:   works
# needs:    node npm
# uses:     fixture
# timeout:  180s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
# A registry that does not answer is told within the case's time, not after a minute for each try.
export npm_config_fetch_retries=1 npm_config_fetch_retry_mintimeout=2000 npm_config_fetch_retry_maxtimeout=5000
echo '{"name": "smoke", "version": "1.0.0", "private": true}' >package.json
npm install --loglevel=error express@4

npm ls --all >tree || fail "npm ls finds the tree incomplete: $(tail -5 tree)"
packages=$(npm ls --all --parseable | sed 1d | sort -u | wc -l)
[ "$packages" -ge 50 ] || fail "express and all it needs are 50 packages or more, $packages are installed"
grep -c '"integrity"' package-lock.json >locked || fail "npm recorded no checksum in package-lock.json"

cat >server.js <<'END'
const http = require("http");
const express = require("express");
const app = express();
app.use(express.json());
app.post("/double/:n", (request, response) => response.json({ value: 2 * request.params.n, note: request.body.note }));
const server = app.listen(0, "127.0.0.1", () => {
	const headers = { "content-type": "application/json" };
	const where = { host: "127.0.0.1", port: server.address().port, method: "POST", path: "/double/21", headers };
	const request = http.request(where, (response) => {
		let text = "";
		response.on("data", (part) => (text += part));
		response.on("end", () => {
			console.log(response.statusCode, response.headers["x-powered-by"], text);
			server.close();
		});
	});
	request.end('{"note": "smoke"}');
});
END
node server.js >answer
expected='200 Express {"value":42,"note":"smoke"}'
[ "$(cat answer)" = "$expected" ] || fail "the server should answer \"$expected\", it answered \"$(cat answer)\""

echo "express $(node -p 'require("express/package.json").version'): $packages packages, $(cat locked) checksums, a server answered on loopback"
