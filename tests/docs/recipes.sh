#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The recipes of docs/ci.md: GitHub's by actionlint against the action of this repository, the shell of GitLab's and Jenkins' by shellcheck.
# What they run of gvisor-smoke is in commands.list.

set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# recipe TITLE: the fenced block below a title.
recipe() { awk -v title="## $1" '$0 == title {on = 1; next} /^## / {on = 0} on && /^```/ {fence = !fence; next} on && fence' docs/ci.md; }

mkdir -p "$work/repository/.github/workflows"
git init --quiet "$work/repository"
cp action.yml "$work/repository/"
recipe GitHub | sed 's|OWNER/gvisor-smoke@main|./|' >"$work/repository/.github/workflows/recipe.yml"
grep -q 'uses: \./' "$work/repository/.github/workflows/recipe.yml" || fail "GitHub: the recipe uses the action"
lint=$(tests/workflow/tool actionlint)
(cd "$work/repository" && "$lint" -no-color) || fail "GitHub: actionlint"

recipe GitLab | /usr/bin/python3 -c '
import sys, yaml
[(name, job)] = yaml.safe_load(sys.stdin).items()
assert job["artifacts"]["when"] == "always" and job["artifacts"]["reports"]["junit"].startswith(job["artifacts"]["paths"][0]), "the reports are kept"
print("\n".join(["#!/bin/bash", "set -e"] + job["before_script"] + job["script"]))' >"$work/gitlab.sh" || fail "GitLab: its YAML"
grep -q 'gvisor-smoke run' "$work/gitlab.sh" || fail "GitLab: it runs gvisor-smoke"
shellcheck "$work/gitlab.sh" || fail "GitLab: shellcheck"

recipe Jenkins >"$work/Jenkinsfile"
{ echo '#!/bin/sh -xe' && sed -n "/sh '''/,/'''/p" "$work/Jenkinsfile" | sed '1d;$d;s/^            //'; } >"$work/jenkins.sh"
grep -q 'gvisor-smoke run' "$work/jenkins.sh" || fail "Jenkins: it runs gvisor-smoke"
shellcheck "$work/jenkins.sh" || fail "Jenkins: shellcheck"
[ "$(tr -cd '{' <"$work/Jenkinsfile" | wc -c)" = "$(tr -cd '}' <"$work/Jenkinsfile" | wc -c)" ] || fail "Jenkins: braces"

# Jenkins' shell lets a failed case through to the JUnit step, and nothing else.
mkdir "$work/bin"
for code in 0 1 2 3 4 143; do
  printf '#!/bin/sh\nexit %s\n' "$code" >"$work/bin/gvisor-smoke"
  chmod +x "$work/bin/gvisor-smoke"
  seen=0
  PATH=$work/bin:$PATH sh -e "$work/jenkins.sh" || seen=$?
  [ "$((seen != 0))" = "$((code > 1))" ] || fail "Jenkins: the step ends with $seen for exit code $code"
done
echo "the recipes for GitHub, GitLab and Jenkins hold"
