#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The workflows and the action as they are written: actionlint reads the workflows, what they give to the action, and their shell;
# it does not read the shell of an action, so shellcheck alone does.

set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

lint=$(tests/workflow/tool actionlint)
# It calls shellcheck where there is one; without, the shell in workflows would pass unread.
"$lint" -no-color -shellcheck "$(command -v shellcheck)" .github/workflows/*.yml || fail "actionlint"

for script in packaging/action/*; do
  shellcheck "$script" || fail "shellcheck $script"
done
steps=0
while IFS= read -r step; do
  steps=$((steps + 1))
  jq -r '"#!/bin/bash\n" + .run' <<<"$step" | shellcheck - || fail "shellcheck, action.yml: $(jq -r .name <<<"$step")"
  # shellcheck disable=SC2016 # the runner expands it
  program=$(jq -r .run <<<"$step" | sed -n 's|^"$GITHUB_ACTION_PATH/\(.*\)"$|\1|p')
  [ -x "$program" ] || fail "action.yml: \"$(jq -r .name <<<"$step")\" runs a program of packaging/action"
done < <(/usr/bin/python3 - <<'PYTHON'
import json, sys
import yaml
for step in yaml.safe_load(open("action.yml"))["runs"]["steps"]:
    print(json.dumps(step))
PYTHON
)
[ "$steps" -ge 2 ] || fail "action.yml has steps"

# Every input of the action reaches its script, and every input of the workflow reaches the action.
while read -r input; do
  grep -qF "\${{ inputs.$input }}" action.yml || fail "action.yml: the input $input is given to a step"
  variable=INPUT_$(tr a-z- A-Z_ <<<"$input")
  grep -qF "$variable" packaging/action/run || fail "packaging/action/run reads $variable"
done < <(sed -n '/^inputs:/,/^outputs:/s/^  \([a-z-]*\):$/\1/p' action.yml)
while read -r input; do
  grep -qE "inputs\.$input( |\}|\$)" .github/workflows/gvisor-smoke.yml || fail "gvisor-smoke.yml: the input $input is used"
done < <(sed -n '/^    inputs:/,/^permissions:/s/^      \([a-z-]*\):$/\1/p' .github/workflows/gvisor-smoke.yml)
echo "$steps steps of the action hold, and all workflows"
