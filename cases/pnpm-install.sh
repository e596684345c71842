#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  pnpm installs a package with its whole tree of links, and a server made with it answers
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[pnpm-install]
# expect:   works
# needs:    node pnpm
# uses:     fixture
# timeout:  180s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

export CI=true npm_config_update_notifier=false
# A registry that does not answer is told within the case's time, not after a minute for each try.
export npm_config_fetch_retries=1 npm_config_fetch_retry_mintimeout=2000 npm_config_fetch_retry_maxtimeout=5000
echo '{"name": "smoke", "version": "1.0.0", "private": true}' >package.json
pnpm add --reporter=append-only express@4

# pnpm keeps one copy of each package in a store and builds node_modules of links to it: both are checked.
[ -L node_modules/express ] || fail "node_modules/express should be a link into pnpm's own folder"
packages=$(find node_modules/.pnpm -mindepth 1 -maxdepth 1 -type d -name '*@*' | wc -l)
[ "$packages" -ge 50 ] || fail "express and all it needs are 50 packages or more, $packages are installed"
pnpm store status || fail "pnpm finds changed files in its store"

cat >server.js <<'END'
const http = require("http");
const express = require("express");
const app = express();
app.get("/upper/:word", (request, response) => response.send(request.params.word.toUpperCase()));
const server = app.listen(0, "127.0.0.1", () => {
	http.get({ host: "127.0.0.1", port: server.address().port, path: "/upper/smoke" }, (response) => {
		let text = "";
		response.on("data", (part) => (text += part));
		response.on("end", () => {
			console.log(response.statusCode, response.headers["x-powered-by"], text);
			server.close();
		});
	});
});
END
node server.js >answer
expected='200 Express SMOKE'
[ "$(cat answer)" = "$expected" ] || fail "the server should answer \"$expected\", it answered \"$(cat answer)\""

echo "express $(node -p 'require("express/package.json").version'): $packages packages linked, store intact, a server answered on loopback"
