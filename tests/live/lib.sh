# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The frame of the live tests: runs the program against the bed and compares what came of it with what is expected.
#
# A test is a bash script that sources this file and calls, for each thing it shows:
#
#   subject TEXT                       what the following lines show
#   smoke EXIT ARGUMENTS...            `gvisor-smoke run ARGUMENTS...` must end with EXIT; sets the variables below
#   program EXIT ARGUMENTS...          the same for any subcommand
#   expect_...                         see below
#
# after which these hold: $output (file: standard output and error), $reports (folder: run.jsonl, junit.xml), $elapsed_ms.
# The first expectation that does not hold ends the test and prints what was expected, what was seen, and the output.
# $ns names a namespace of the test's own, which is removed at its end; `make_namespace` makes it, a run does so too.

set -Eeuo pipefail

live_dir=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$live_dir/../.." && pwd)
cluster=$root/tests/cluster
: "${GVISOR_SMOKE:=$root/build/release/gvisor-smoke}"

for tool in jq xmllint openssl; do
  command -v $tool >/dev/null || { echo "the live tests need $tool: tests/setup check installs it" >&2 && exit 1; }
done
[ -x "$GVISOR_SMOKE" ] || { echo "there is no program \"$GVISOR_SMOKE\": build it, or name it by GVISOR_SMOKE" >&2 && exit 1; }
"$cluster/status" >/dev/null || { echo "the live tests need the bed: tests/cluster/up starts it" >&2 && exit 1; }
eval "$("$cluster/env")"
unset GVISOR_NAMESPACE GVISOR_COMPAT_POD GITHUB_ACTIONS GITHUB_STEP_SUMMARY

work=$(mktemp -d)
output=$work/output
reports=$work/reports
ns=live-$(basename "$0" .sh | tr _ -)-$$
elapsed_ms=0
current=start
failed=no
undo=()

kubectl() { "$cluster/kubectl" "$@"; }
now_ms() { date +%s%3N; }

# at_end COMMAND...: runs when the test ends, however it ends; the last one first.
at_end() { undo=("$(printf '%q ' "$@")" "${undo[@]}"); }

finish() {
  local code=$? line
  trap - ERR # what is undone may be undone already
  set +e
  for line in "${undo[@]}"; do
    eval "$line" >/dev/null 2>&1
  done
  kubectl delete namespace "$ns" --ignore-not-found --wait=false >/dev/null 2>&1
  rm -rf "$work"
  [ $code = 0 ] && printf 'ok\n'
  exit $code
}
trap finish EXIT
trap '[ "$failed" = yes ] || fail "every command of the test succeeds" "exit code $? of: $BASH_COMMAND"' ERR
trap 'exit 143' TERM INT

subject() {
  current=$1
  printf -- '-- %s\n' "$1"
}

# fail EXPECTED SEEN
fail() {
  failed=yes
  {
    printf '\nFAILED: %s (%s)\nexpected: %s\nseen:     %s\n' "$current" "$(where)" "$1" "$2"
    [ ! -e "$output" ] || printf -- '---- output of the program\n%s\n----\n' "$(head -c 20000 "$output" | tr -d '\0')"
  } >&2
  exit 1
}

# The line of the test, not of this file.
where() {
  local depth
  for ((depth = 1; depth < ${#BASH_SOURCE[@]}; depth++)); do
    [ "$(readlink -f "${BASH_SOURCE[depth]}")" = "$live_dir/lib.sh" ] && continue
    printf '%s:%s' "${BASH_SOURCE[depth]##*/}" "${BASH_LINENO[depth - 1]}"
    return
  done
}

# program EXIT ARGUMENTS...: must end with EXIT within 6 minutes.
program() {
  local wanted=$1 started seen=0
  shift
  started=$(now_ms)
  timeout --kill-after=10 900 "$GVISOR_SMOKE" "$@" </dev/null >"$output" 2>&1 || seen=$?
  elapsed_ms=$(($(now_ms) - started))
  [ "$seen" = "$wanted" ] || fail "gvisor-smoke $* ends with exit code $wanted" "exit code $seen after $elapsed_ms ms"
}

# smoke EXIT ARGUMENTS...: a run in the test's namespace, with new reports.
smoke() {
  local wanted=$1
  shift
  rm -rf "$reports"
  program "$wanted" run -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" "$@"
}

run_id() { jq -r 'select(.event == "run") | .id' "$reports/run.jsonl"; }

# --- what was printed

expect_output() { grep -qF -- "$1" "$output" || fail "the output contains: $1" "it does not"; }
expect_no_output() { ! grep -qF -- "$1" "$output" || fail "the output does not contain: $1" "it does"; }

# expect_lines COUNT: of output, counted without a line "hint: ...".
expect_lines() {
  local seen
  seen=$(grep -vc '^hint: ' "$output" || true)
  [ "$seen" = "$1" ] || fail "$1 line of output, besides the hint" "$seen"
}

# Under valgrind all takes longer: LIVE_PATIENCE is how many times.
expect_within_ms() {
  local limit=$(($1 * ${LIVE_PATIENCE:-1}))
  [ "$elapsed_ms" -le $limit ] || fail "it takes at most $limit ms" "$elapsed_ms ms"
}
expect_equal() { [ "$2" = "$1" ] || fail "$1" "$2"; }

# --- the JUnit report

xpath() { xmllint --xpath "$1" "$reports/junit.xml" 2>&1; }

testcase() {
  printf "//testcase[@classname='tests.helm.test_live_gvisor.%s' and @name='%s']" "$1" "$2"
}

# expect_case VERDICT CLASS NAME [TEXT]: is in the report exactly once, with this verdict and this text in its message.
expect_case() {
  local at seen message
  at=$(testcase "$2" "$3")
  seen=$(xpath "concat(count($at), count($at/failure), count($at/error), count($at/skipped))")
  case $seen in
  1000) seen=passed ;;
  1100) seen=failed ;;
  1010) seen=error ;;
  1001) seen=skipped ;;
  0*) seen="no such case in the report" ;;
  *) seen="$seen (how often: testcase, failure, error, skipped)" ;;
  esac
  message=$(xpath "string($at/*[self::failure or self::error or self::skipped]/@message)")
  [ "$seen" = "$1" ] || fail "$2 $3: $1" "$seen: $message"
  [ $# -lt 4 ] || [[ $message == *"$4"* ]] || fail "$2 $3 says: $4" "$message"
}

# expect_counts PASSED FAILED ERRORS SKIPPED: of all test cases in the report.
expect_counts() {
  local seen
  xmllint --noout "$reports/junit.xml" 2>"$work/xmllint" || fail "the JUnit report is well-formed" "$(head -3 "$work/xmllint")"
  seen=$(xpath "concat(count(//testcase[not(failure or error or skipped)]), ' ', count(//testcase[failure]), ' ',
    count(//testcase[error]), ' ', count(//testcase[skipped]))")
  [ "$seen" = "$1 $2 $3 $4" ] || fail "$1 passed, $2 failed, $3 errors, $4 skipped in junit.xml" "$seen"
}

# expect_every_verdict: the journal has a verdict for each planned case.
expect_every_verdict() {
  local seen
  seen=$(jq -rs '[.[] | select(.event == "case") | .name] - [.[] | select(.event == "verdict") | .name] | join(" ")' "$reports/run.jsonl")
  [ -z "$seen" ] || fail "the journal has a verdict for each case" "none for: $seen"
}

# The names of all test cases that passed, sorted, on one line.
passed_names() { xpath "//testcase[not(failure or error or skipped)]/@name" | sed -n 's/.*name="\(.*\)".*/\1/p' | sort | xargs; }

# expect_none_passed: but for the checks that only ask the API.
expect_none_passed() {
  local seen
  seen=$(xpath "count(//testcase[not(failure or error or skipped)][not(contains(@classname, 'OnCluster'))])")
  [ "$seen" = 0 ] || fail "no case in a pod is passed" "$(passed_names)"
}

# junit_reader: prints the python of a virtual environment that has junitparser, made once beside the build.
junit_reader() {
  local folder=$root/build/junit-reader
  mkdir -p "$root/build"
  (
    flock 9
    [ -e "$folder/made" ] && exit
    /usr/bin/python3 -m venv --clear "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check junitparser==3.2.0
    touch "$folder/made"
  ) 9>"$folder.lock" >&2
  echo "$folder/bin/python"
}

# --- the cluster

make_namespace() {
  kubectl create namespace "$ns" >/dev/null
  [ $# = 0 ] || kubectl label namespace "$ns" "$@" >/dev/null
}

# Volumes go a moment after their claims: the provisioner of the cluster deletes them. One that was disturbed itself may
# come back a minute later.
volumes_patience_ms=20000
volumes_of_namespace() {
  kubectl get persistentvolumes -o json | jq -r --arg ns "$ns" '.items[] | select(.spec.claimRef.namespace == $ns) | .metadata.name'
}

# expect_nothing_left [kept]: no object of the run, and no namespace of its own (kept: the namespace was there before).
expect_nothing_left() {
  local left deadline
  left=$(kubectl get pods,persistentvolumeclaims,secrets,services,configmaps,roles -A -l "gvisor-smoke/run=$(run_id)" -o name)
  [ -z "$left" ] || fail "nothing of the run is left" "$left"
  left=$(kubectl get namespace "$ns" --ignore-not-found -o name)
  if [ "${1:-}" = kept ]; then
    expect_equal "namespace/$ns" "$left"
  else
    [ -z "$left" ] || fail "no namespace $ns" "$left"
  fi
  deadline=$(($(now_ms) + volumes_patience_ms))
  while left=$(volumes_of_namespace) && [ -n "$left" ]; do
    [ "$(now_ms)" -lt $deadline ] || fail "no persistent volume of the run is left" "$left"
    sleep 0.5
  done
}

# expect_nothing_made: the namespace was not even made.
expect_nothing_made() {
  local seen
  seen=$(kubectl get namespace "$ns" --ignore-not-found -o name)
  [ -z "$seen" ] || fail "nothing is made in the cluster" "$seen"
}

# import_image NAME FOLDER NODE: makes an image of the folder, localhost/live/NAME:PID, for the time of the test.
import_image() {
  local tar=$work/$1.tar layer=$work/layer.tar ctr
  tar -C "$2" --owner=0 --group=0 -cf "$layer" .
  jq -n --arg diff "sha256:$(sha256sum "$layer" | cut -d' ' -f1)" --arg architecture "$(dpkg --print-architecture)" \
    '{architecture: $architecture, os: "linux", rootfs: {type: "layers", diff_ids: [$diff]}, config: {Env: ["PATH=/bin"]}}' >"$work/config.json"
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"localhost/live/$1:$$\"], \"Layers\": [\"layer.tar\"]}]" >"$work/manifest.json"
  tar -C "$work" -cf "$tar" manifest.json config.json layer.tar
  ctr=("$cluster/node" exec "$3" "$(dirname "$KUBECONFIG")/bin/ctr" -a /run/containerd/containerd.sock -n k8s.io image)
  at_end "${ctr[@]}" rm "localhost/live/$1:$$"
  "${ctr[@]}" import "$tar" >"$work/import" 2>&1
}

# --- cases and kubeconfigs of the test's own

# write_case NAME HEADER-LINES <<SCRIPT: into $work/cases, reported as TestLive test_NAME.
write_case() {
  mkdir -p "$work/cases"
  {
    printf '#!/bin/sh\n# summary: %s\n# reports: TestLive test_%s\n# expect: works\n' "a case of the live tests" "${1//-/_}"
    [ -z "${2:-}" ] || printf '%s\n' "$2"
    cat
  } >"$work/cases/$1.sh"
}

kubeconfig_server() { kubectl config view --raw -o 'jsonpath={.clusters[0].cluster.server}'; }

cluster_authority() {
  kubectl config view --raw -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}' | base64 -d >"$work/cluster-ca.crt"
  echo "$work/cluster-ca.crt"
}

# write_kubeconfig FILE SERVER AUTHORITY [TOKEN]
write_kubeconfig() {
  install -m 600 /dev/null "$1"
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
current-context: live
clusters:
- name: live
  cluster:
    server: $2
    certificate-authority: $3
contexts:
- name: live
  context: {cluster: live, user: live}
users:
- name: live
  user: {${4:+token: $4}}
YAML
}

# write_account_kubeconfig FILE ACCOUNT: of a service account in $ns.
write_account_kubeconfig() {
  kubectl -n "$ns" create serviceaccount "$2" >/dev/null
  write_kubeconfig "$1" "$(kubeconfig_server)" "$(cluster_authority)" "$(kubectl -n "$ns" create token "$2" --duration=1h)"
}
