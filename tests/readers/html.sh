#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The HTML report in a browser: see html.mjs. Screenshots and what was printed are left in build/readers/html.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
install npm "$readers_dir/package-lock.json" install_npm

for kind in green finding not-gvisor interrupted hostile; do
  report $kind --repeat 3 -- --html "$work/$kind.html"
  [ "$code" = "${exit_codes[$kind]}" ] || fail "exit code ${exit_codes[$kind]} for $kind, not $code"
done
report finding --nodes 3 --repeat 3 -- --html "$work/three-nodes.html"
report finding --nodes 300 --repeat 3 -- --html "$work/many-nodes.html"

pages=("$work"/{green,finding,not-gvisor,interrupted,hostile,three-nodes,many-nodes}.html)
[ $# = 0 ] || pages=("${@/#/$work/}")
node_script html.mjs "$(command -v chromium)" "$installed/html" "${pages[@]}"
