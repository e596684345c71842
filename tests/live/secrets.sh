#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Secrets that cases print come into nothing that is written.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

make_namespace
kubectl -n "$ns" create serviceaccount canary >/dev/null
token=$(kubectl -n "$ns" create token canary --duration=10m)
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/key.pem" 2>/dev/null
key_line=$(sed -n 10p "$work/key.pem")
github=ghp_$(openssl rand -hex 18)
aws=AKIA$(openssl rand -hex 8 | tr a-f A-F)
word=word$(openssl rand -hex 8)
customer=customer-$(openssl rand -hex 8)
edge=edge$(openssl rand -hex 8)

# Each part is a canary, in the form in which tools print it. The case itself is read by nobody but the pod.
write_case talker "# evidence: it is $github that counts" <<END_OF_CASE
printf '%s' '${token:0:40}'
sleep 1
printf '%s\n' '${token:40}'
echo 'curl -H "Authorization: Bearer $word-bearer"' >&2
echo 'DB_PASSWORD=$word-password'
echo 'https://git:$word-url@git.example.com/x'
echo '{"auths":{"r.example.com":{"auth":"$(printf %s "u:$word-docker" | base64 -w 0)"}}}'
echo '//registry.example.com/:_authToken=$word-npm'
echo 'it is $github that counts, and $aws'
printf '%s\n' '$customer'
cat <<'KEY'
$(cat "$work/key.pem")
KEY
END_OF_CASE
write_case refused "# evidence: token=$word-last" <<END_OF_CASE
echo 'the end: token=$word-last' >&2
exit 1
END_OF_CASE
sed -i 's/^# expect: works/# expect: blocked/' "$work/cases/refused.sh"
# 1 MiB is kept of a stream: it ends within the word.
write_case flood <<END_OF_CASE
head -c 1048570 /dev/zero | tr '\0' ' '
echo $edge
END_OF_CASE

canaries=("$token" "${token##*.}" "${token:0:40}" "$key_line" "$word" "$github" "$aws" "${edge:0:5}")
canaries+=("$(printf %s "u:$word-docker" | base64 -w 0)" "$(printf %s "$token" | base64 -w 0 | head -c 60)")
authority_key=$(kubectl config view --raw -o 'jsonpath={.users[0].user.client-key-data}' | base64 -d | sed -n 2p)
[ -z "$authority_key" ] || canaries+=("$authority_key")

# expect_no_canary FOLDER-OR-FILE...
expect_no_canary() {
  local canary found
  for canary in "${canaries[@]}"; do
    found=$(grep -rlF -e "$canary" -- "$@" || true)
    [ -z "$found" ] || fail "no canary in anything written" "$canary in $found: $(grep -rohF -m 2 -e "$canary" -- "$@" | head -c 300)"
  done
}

run_talker() {
  smoke 0 --cases "$work/cases" --control none --report-configmap canary "$@" \
    --html "$reports/r.html" --json "$reports/r.json" --markdown "$reports/r.md" --tap "$reports/r.tap" --metrics "$reports/r.prom" talker refused flood
}

subject "no report, journal, trace or ConfigMap has what a case printed"
for level in "" -v "-v --debug"; do
  read -ra trace <<<"$level"
  mkdir -p "$reports"
  GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary run_talker "${trace[@]}" --redact 'CUSTOMER-[0-9a-f]+'
  kubectl -n "$ns" get configmap canary -o yaml >"$reports/configmap"
  canaries+=("$customer")
  expect_no_canary "$reports" "$output" "$work/summary"
  unset 'canaries[-1]'
done

subject "it is visible that something was there, and what it was"
for kind in token "private key" credential password "Docker credentials" secret "GitHub token" "AWS key" pattern; do
  jq -r '.results[] | select(.case == "talker") | .gvisor | .stdout, .stderr' "$reports/r.json" | grep -qF "[redacted $kind]" ||
    fail "[redacted $kind] in the output of the case" "$(jq -r '.results[] | select(.case == "talker") | .gvisor | .stdout, .stderr' "$reports/r.json")"
done
note=$(jq -r 'select(.event == "evidence" and .name == "talker") | .evidence.note' "$reports/run.jsonl")
[[ $note == *"redacted: token (1)"* && $note == *"private key (1)"* ]] || fail "the note counts them" "$note"
note=$(jq -r 'select(.event == "evidence" and .name == "flood") | .evidence.note' "$reports/run.jsonl")
[[ $note == *"was cut"*"redacted: word that was cut (1)"* ]] || fail "the note says that the last word is gone" "$note"

subject "evidence is looked for in what was really said, and told without the secret"
expect_equal "it is [redacted GitHub token] that counts, and [redacted AWS key]" \
  "$(jq -r 'select(.event == "evidence" and .name == "talker") | .evidence.match' "$reports/run.jsonl")"
expect_equal "passed the end: token=[redacted secret]" \
  "$(jq -r 'select(.event == "verdict" and .name == "refused") | .verdict.kind' "$reports/run.jsonl") $(jq -r 'select(.event == "evidence" and .name == "refused") | .evidence.match' "$reports/run.jsonl")"

subject "a pattern that comes to mind later still counts for reports"
mkdir "$work/later"
run_talker
grep -qF "$customer" "$reports/r.json" || fail "the customer is in the report of a run without --redact" "it is not"
program 0 report "$reports/run.jsonl" --redact "$customer" --json "$work/later/r.json" --junit "$work/later/r.xml" --html "$work/later/r.html"
canaries+=("$customer")
expect_no_canary "$work/later" "$output"
unset 'canaries[-1]'

subject "--no-default-redaction leaves what the case printed, and not the run's own credentials"
run_talker --no-default-redaction
grep -qF "$github" "$reports/r.json" || fail "the token is in the report" "it is not"
canaries=("${authority_key:-none}")
expect_no_canary "$reports" "$output"

subject "a wrong pattern is told before anything is made"
program 2 run -n "$ns" --redact '(' talker
expect_output '--redact: "(" is no extended regular expression'
program 2 run -n "$ns" --redact 'a*' talker
expect_output 'matches an empty line'
