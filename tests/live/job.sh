# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the live tests of runs in the cluster have in common: a Job's end, and the reports in its ConfigMap. Sourced after lib.sh; $name is
# that of the run's objects.

: "${ns:?set by lib.sh}" "${work:?}" "${output:?}" "${reports:?}"

# end_of JOB: Complete or Failed, once it is one of them; its log is $output then.
end_of() {
  local deadline end
  deadline=$(($(now_ms) + 180000))
  until end=$(kubectl -n "$ns" get job "$1" -o json | jq -r '.status.conditions // [] | map(select(.status == "True" and (.type == "Complete" or .type == "Failed")))[0].type // ""') && [ -n "$end" ]; do
    [ "$(now_ms)" -lt "$deadline" ] || fail "the job ends within 3 minutes" "$(kubectl -n "$ns" describe pods -l "job-name=$1" | tail -20)"
    sleep 0.5
  done
  kubectl -n "$ns" logs "job/$1" >"$output"
  echo "$end"
}

# take_reports: what the ConfigMap holds, as files.
take_reports() {
  local key
  rm -rf "$reports" && mkdir -p "$reports"
  kubectl -n "$ns" get configmap "${name:?}-report" -o json >"$work/configmap"
  for key in $(jq -r '.data | keys[]' "$work/configmap"); do
    jq -j --arg key "$key" '.data[$key]' "$work/configmap" >"$reports/$key"
  done
}
