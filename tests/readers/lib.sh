# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # what the scripts use that source this file
# The frame of the tests of reports: the readers, in pinned versions below build/readers, and a report of each kind.

set -Eeuo pipefail

readers_dir=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$readers_dir/../.." && pwd)
: "${GVISOR_SMOKE:=$root/build/release/gvisor-smoke}"
[ -x "$GVISOR_SMOKE" ] || { echo "there is no program \"$GVISOR_SMOKE\": build it, or name it by GVISOR_SMOKE" >&2 && exit 1; }
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

installed=$root/build/readers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'echo "FAILED: line $LINENO: $BASH_COMMAND" >&2' ERR
mkdir -p "$installed"

fail() {
  trap - ERR
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# install NAME LOCK-FILE COMMAND...: runs once for each content of the lock file.
install() {
  local name=$1 lock=$2
  shift 2
  (
    flock 9
    cmp -s "$lock" "$installed/$name.lock" && exit
    echo "installing the readers: $name" >&2
    "$@" >"$installed/$name.log" 2>&1 || { tail -n 20 "$installed/$name.log" >&2 && exit 1; }
    cp "$lock" "$installed/$name.lock"
  ) 9>"$installed/lock"
}

install_python() {
  rm -rf "$installed/python"
  /usr/bin/python3 -m venv "$installed/python"
  "$installed/python/bin/pip" install --quiet --disable-pip-version-check -r "$readers_dir/requirements.txt"
}

install_npm() {
  mkdir -p "$installed/npm"
  cp "$readers_dir/package.json" "$readers_dir/package-lock.json" "$installed/npm"
  (cd "$installed/npm" && npm ci --ignore-scripts --no-audit --no-fund)
}

python() { "$installed/python/bin/python" "$@"; }

# node_script FILE ARGUMENTS...: of this folder, with what npm has installed.
node_script() {
  local script=$1
  shift
  cp "$readers_dir/$script" "$installed/npm/$script"
  node "$installed/npm/$script" "$@"
}

# Two runs as one: that with findings, and one on other nodes that was killed in the middle of its journal.
write_merged() {
  "$readers_dir/journal" finding "$@" >"$work/merge-1.jsonl"
  "$readers_dir/journal" green "$@" | sed -n 's/7anghs/q65cc2/g; s/node-\([a-z]\)\b/other-\1/g; 1,60p' >"$work/merge-2.jsonl"
  "$GVISOR_SMOKE" merge "$work"/merge-[12].jsonl --journal "$work/merged.jsonl" >/dev/null 2>&1 || [ $? = 3 ] ||
    fail "the merged journal has the exit code 3"
}

# report KIND [ARGUMENTS OF journal]... -- OPTIONS OF report...: writes $work/KIND.jsonl, and reads it; the exit code of the run
# is in $code.
report() {
  local kind=$1 arguments=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    arguments+=("$1")
    shift
  done
  shift
  if [ "$kind" = merged ]; then
    write_merged "${arguments[@]}"
  else
    "$readers_dir/journal" "$kind" "${arguments[@]}" >"$work/$kind.jsonl"
  fi
  code=0
  "$GVISOR_SMOKE" report "$work/$kind.jsonl" "$@" >"$work/$kind.out" 2>&1 || code=$?
}

kinds=(green finding not-gvisor interrupted)
declare -A exit_codes=([green]=0 [finding]=3 [not-gvisor]=4 [interrupted]=143 [hostile]=1 [merged]=3)
