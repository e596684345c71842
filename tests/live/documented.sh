#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The commands of the documents that need a cluster, in their order, as tests/docs/commands.list says: with names of the bed in place of those
# that stand for the reader's own, and where it says so with one case in place of all.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=job.sh
. "$(dirname "$0")/job.sh"

image=$("$root/packaging/image/build" --ref)
archive=$("$root/packaging/image/build")
ctr=("$cluster/node" exec node-a "$(dirname "$KUBECONFIG")/bin/ctr" -a /run/containerd/containerd.sock -n k8s.io image)
at_end "${ctr[@]}" rm "$image"
"${ctr[@]}" import "$archive" >"$work/import" 2>&1

# What the texts take for granted: programs at their places, a case, a namespace with a pod, a secret.
world=$work/world
mkdir -p "$world/bin" "$world/build/release" "$world/my-cases"
ln -s "$cluster/kubectl" "$world/bin/kubectl"
ln -s "$(readlink -f "$GVISOR_SMOKE")" "$world/bin/gvisor-smoke"
ln -s "$(readlink -f "$GVISOR_SMOKE")" "$world/build/release/gvisor-smoke"
sed -n '/cat >my-cases\/sqlite.sh/,/^    END/p' "$root/README.md" | sed '1d;$d;s/^    //' >"$world/my-cases/sqlite.sh"
at_end kubectl delete clusterrole,clusterrolebinding "gvisor-smoke-$ns"
make_namespace
kubectl -n "$ns" create secret docker-registry registry --docker-server=registry.example.com --docker-username=u --docker-password=p >/dev/null
kubectl -n "$ns" run tester --image="$TOOLBOX_IMAGE" --overrides='{"spec": {"runtimeClassName": "gvisor"}}' --command -- sleep 3600 >/dev/null
kubectl -n "$ns" wait --for=condition=Ready pod/tester --timeout=60s >/dev/null

# in_place KIND COMMAND: what stands for the reader's own becomes the bed's.
in_place() {
  local text
  text=$(sed -E -e "s#registry\.example\.com/(gvisor-smoke/)?toolbox:1#$TOOLBOX_IMAGE#g" -e "s#registry\.example\.com/gvisor-smoke(/harness)?:1#$image#g" \
    -e "s#-n smoke\b#-n $ns#g" -e "s#https://intranet\.example\.com/#$OUTSIDE_URL#g" -e "s#\bca\.pem\b#$OUTSIDE_CA#g" \
    -e "s#/tmp/reports#$world/reports#g" -e "s#gvisor-smoke (doctor|run|sweep) (.*)#gvisor-smoke \1 -n $ns \2#; s#-n $ns (.*-n $ns)#\1#" <<<"$2")
  if [ "$1" = short ]; then
    text=$(sed -E "s# '!(https-egress|docker-build)'# allowlist#; t; s#(gvisor-smoke run [^|]*[^| ])( *(\|\|.*)?)\$#\1 allowlist\2#" <<<"$text")
    [[ $text == *" allowlist"* ]] || fail "one case in place of all" "$text"
  fi
  printf '%s\n' "$text"
}

count=0
while IFS=$'\t' read -r kind code command; do
  subject "$command"
  [[ $command != *"logs -f job/now" ]] || kubectl -n "$ns" wait --for=condition=Ready pod -l job-name=now --timeout=60s >/dev/null
  text=$(in_place "$kind" "$command")
  seen=0
  (cd "$world" && PATH=$world/bin:$PATH timeout --kill-after=10 600 bash -o pipefail -c "$text") </dev/null >"$output" 2>&1 || seen=$?
  [ "$seen" = "$code" ] || fail "exit code $code of: $text" "exit code $seen"
  count=$((count + 1))
  if [[ $text == *"gvisor-smoke run"* ]]; then
    grep -qE '^[1-9][0-9]* passed, 0 failed, 0 errors' "$output" || fail "the run's cases pass: $text" "they do not"
  elif [[ $command == *"logs -f job/now" ]]; then
    name=gvisor-smoke
    expect_equal Complete "$(end_of now)"
  fi
done < <("$root/tests/docs/commands" --live)
[ "$count" -ge 20 ] || fail "twenty commands and more" "$count"
[ -s "$world/junit.xml" ] || fail "the ConfigMap's JUnit is in junit.xml" "it is not"
echo "   $count commands"
