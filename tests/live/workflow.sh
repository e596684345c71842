#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# .github/workflows/gvisor-smoke.yml as a runner runs it, by act on this machine: its run steps and the action's, against the bed.
#
# Not run here, because they need the hosted service:
#   actions/checkout          the copy of the sources below stands for it
#   actions/upload-artifact   an action of ours stands for it, which takes the same inputs and keeps the files in a folder
#   the two steps of "kind"   they need gVisor's apt repository, Docker and Kind

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

act=$("$root/tests/workflow/tool" act)
sources=$work/gvisor-smoke
kept=$work/kept

# What a checkout gives: the files of this tree, in a repository.
make_sources() {
  mkdir -p "$sources"
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory="$sources")
  make_repository "$sources"
}

make_repository() { # FOLDER
  git -C "$1" init --quiet --initial-branch=main
  git -C "$1" add --all
  git -C "$1" -c user.name=live -c user.email=live@example.com commit --quiet --message "All files"
  git -C "$1" remote add origin "https://github.com/example/$(basename "$1").git"
}

# A repository of somebody else, with the recipe of docs/ci.md; names are the bed's, and one case stands for all.
make_user() {
  mkdir -p "$work/user/.github/workflows"
  awk '/^## GitHub/ {on = 1; next} /^## / {on = 0} on && /^```/ {fence = !fence; next} on && fence' "$root/docs/ci.md" |
    sed -e "s|registry.example.com/gvisor-smoke/toolbox:1|$TOOLBOX_IMAGE|" -e "s|namespace: smoke|namespace: $ns|" \
      -e "s|https://example.com/|$OUTSIDE_URL|" -e 's|^\( *\)nodes: all|&\n\1cases: allowlist|' >"$work/user/.github/workflows/gvisor.yml"
  make_repository "$work/user"
}

make_upload() {
  mkdir -p "$work/upload"
  cat >"$work/upload/action.yml" <<'YAML'
name: upload
description: keeps files in a folder
inputs:
  name: {description: of the artifact, required: true}
  path: {description: what is kept, required: true}
  if-no-files-found: {description: warn or error}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{ inputs.name }}
        FILES: ${{ inputs.path }}
      run: mkdir -p "$KEPT" && cp -r "$FILES" "$KEPT/$NAME"
YAML
}

# workflow EXIT INPUT=VALUE...: this repository's, with inputs; see run_act.
workflow() {
  local wanted=$1 input inputs=()
  shift
  for input in "$@" namespace="$ns" image="$TOOLBOX_IMAGE"; do
    inputs+=(--input "$input")
  done
  run_act "$wanted" "$sources" gvisor-smoke.yml gvisor-smoke-reports --use-gitignore="$ignore" "${inputs[@]}"
}

# run_act EXIT REPOSITORY WORKFLOW ARTIFACT ARGUMENTS OF act...: ends with EXIT; what it printed is $output, what was uploaded $reports.
#
# act gives a step a terminal where it can make one, and drops what is still in it when the step fails: the end of a step's output, and
# all of a short one, is then lost now and then. It makes none here and reads a pipe, to its end.
run_act() {
  local wanted=$1 repository=$2 workflow=$3 seen=0
  reports=$kept/$4
  shift 4
  [ -z "$secret" ] || set -- --secret KUBECONFIG "$@"
  rm -rf "$kept"
  # The secret comes from the environment. A network is not there in a second bed.
  (cd "$repository" && env HOME="$work/home" KUBECONFIG="$secret" timeout --kill-after=10 1200 \
    unshare --mount sh -c 'mount --bind /dev/null /dev/ptmx && exec "$@"' without-terminals \
    "$act" workflow_dispatch --workflows ".github/workflows/$workflow" --platform ubuntu-latest=-self-hosted \
    --local-repository "actions/upload-artifact@v4=$work/upload" --action-offline-mode --no-cache-server \
    --env KEPT="$kept" --env PATH="$PATH" "$@") </dev/null >"$work/act" 2>&1 || seen=$?
  sed 's/\x1b\[[0-9;]*m//g' "$work/act" >"$output" # act's own lines are coloured
  [ "$seen" = "$wanted" ] || fail "act ends with exit code $wanted" "exit code $seen"
  ! grep -qF "$credential" "$work/act" || fail "the secret is not shown" "it is"
}

# The names of all steps of a YAML file, one on each line.
steps_of() { /usr/bin/python3 -c 'import sys, yaml
file = yaml.safe_load(open(sys.argv[1]))
for job in file.get("jobs", {"": file.get("runs")}).values():
    for step in job["steps"]:
        print(step.get("name") or step["uses"])' "$1"; }

make_sources
make_upload
mkdir -p "$work/home"
secret=$(cat "$KUBECONFIG")
credential=$(kubectl config view --raw -o 'jsonpath={.users[0].user.client-key-data}')
[ ${#credential} -gt 100 ] || fail "the bed's kubeconfig holds a key" "$credential"
ignore=true

subject "an existing cluster by its secret: builds, runs, keeps the reports, writes the summary"
workflow 0 cluster=existing nodes=node-a cases="allowlist tcpdump"
expect_output "Summary - ### ✅ gvisor-smoke: 2 passed"
expect_output "set-output:: exit-code=0"
expect_case passed TestGvisorExpectedFailures test_tcpdump_is_blocked_under_gvisor
expect_counts 3 0 0 0
expect_nothing_left

subject "every step was run but those that need the hosted service"
{ steps_of "$root/.github/workflows/gvisor-smoke.yml" && steps_of "$root/action.yml"; } |
  while read -r step; do
    grep -qF "Run Main $step" "$output" || echo "$step"
  done >"$work/not-run"
expect_equal "Install gVisor on the runner
Make a Kind cluster whose node has gVisor" "$(cat "$work/not-run")"

# What the first job has built is taken from here on.
ignore=false
install -D "$GVISOR_SMOKE" "$sources/build/release/gvisor-smoke"

subject "a run that cannot be made fails the job, says why in an annotation, and keeps its reports"
workflow 1 cluster=existing runtime-class=missing cases=allowlist
expect_output "::error"
expect_output 'RuntimeClass "missing"'
expect_none_passed
expect_equal 3 "$(jq -r 'select(.event == "end") | .exit_code' "$reports/run.jsonl")"

subject "unless only findings fail it"
workflow 0 cluster=existing runtime-class=missing cases=allowlist fail-on=findings
expect_output "gvisor-smoke ended with exit code 3, which does not fail this step (fail-on: findings)"
expect_none_passed

subject "another repository uses the action, by the recipe of docs/ci.md"
make_user
run_act 0 "$work/user" gvisor.yml gvisor-smoke --local-repository "OWNER/gvisor-smoke@main=$sources"
expect_output "Summary - ### ✅ gvisor-smoke: 1 passed"
expect_case passed TestGvisorCompatibilityMatrix "test_bash_allowlist_compatibility_matrix[allowlist]"

subject "a missing secret is told before anything is built"
secret=
workflow 1 cluster=existing
expect_output "the secret KUBECONFIG is not set"
expect_no_output "Run Main gvisor-smoke"
