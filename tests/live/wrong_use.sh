#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Wrong use: one line that says what is right, exit 2, and nothing made in the cluster.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# wrong TEXT ARGUMENTS...
wrong() {
  local text=$1
  shift
  smoke 2 "$@"
  expect_output "$text"
  expect_lines 1
  expect_within_ms 2000
  [ ! -e "$reports" ] || fail "no reports" "$(ls "$reports")"
}

subject "options and names"
wrong 'unknown option "--nosuch"' --nosuch
wrong '--parallel takes a number' --parallel many
wrong '--timeout takes a duration' --timeout soon
wrong '--node needs a value' --node
wrong '--control is needed, all or none' --control maybe
wrong '"allowlits"' allowlits
wrong '"nosuch"' --context nosuch
wrong "$work/nosuch.pem" --ca-file "$work/nosuch.pem"
program 2 nosuch
expect_output 'unknown command "nosuch": the commands are run'
expect_lines 1
program 2

subject "a node that is not there"
smoke 2 --node nosuch allowlist
expect_output 'there is no node "nosuch"'

subject "kubeconfigs"
wrong "$work/missing" --kubeconfig "$work/missing"
: >"$work/empty"
wrong "$work/empty" --kubeconfig "$work/empty"
printf '{[not yaml\n' >"$work/not-yaml"
wrong "$work/not-yaml" --kubeconfig "$work/not-yaml"
write_kubeconfig "$work/no-server" SERVER "$OUTSIDE_CA" token
sed -i '/server: SERVER/d' "$work/no-server"
wrong server --kubeconfig "$work/no-server"
sed 's/^current-context:.*//' <"$KUBECONFIG" >"$work/no-context"
wrong context --kubeconfig "$work/no-context"

subject "help and version are no wrong use"
program 0 --help
program 0 run --help
expect_output "--egress-url URL"
program 0 --version
expect_output "gvisor-smoke "
expect_nothing_made
