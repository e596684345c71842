#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  the everyday commands do their work and are refused no system call
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[allowlist]
# expect:   works
# needs:    cat curl date find git grep id ls uname wc whoami
# timeout:  60s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

passed=
# check NAME EXPECTED COMMAND...: the command must end with 0 and print a line that the extended regular expression matches.
check() {
	name=$1 expected=$2
	shift 2
	status=0
	"$@" >out 2>err || status=$?
	cat err >&2
	[ "$status" -eq 0 ] || fail "$name: \"$*\" ended with $status: $(head -3 err)"
	if grep -Eiq 'operation not permitted|function not implemented' err; then fail "$name was refused a system call: $(head -3 err)"; fi
	grep -Eq "$expected" out || fail "$name: \"$*\" should print /$expected/, it printed \"$(head -3 out)\""
	passed="$passed $name"
}

mkdir -p tree/deep/er
printf 'one\ntwo\nthree\n' >tree/deep/er/lines.txt
: >tree/empty

check echo '^gvisor-smoke$' sh -c '/bin/echo gvisor-smoke'
check ls '^-[rwx-]{9} +1 .* 14 .*lines.txt$' ls -l tree/deep/er
check cat '^three$' cat tree/deep/er/lines.txt
check grep '^2:two$' grep -n two tree/deep/er/lines.txt
check find '^tree/deep/er/lines.txt$' find tree -type f -size -2 -name 'lines*'
check uname '^Linux$' uname -s
check uname-a '^Linux .* [0-9]+\.[0-9]+' uname -a
check id "^$(sed -n 's/^Uid:[[:blank:]]*\([0-9]*\).*/\1/p' /proc/self/status)$" id -u
check whoami "^$(id -un)$" whoami
check git '^git version [0-9]' git --version
check curl '^curl [0-9].*libcurl' curl --version
check wc '^14 ' wc -c tree/deep/er/lines.txt

# The clock of the sandbox must move, and stand near the time stamp that a new file gets.
check date '^[0-9]{10,}$' date +%s
touch stamp
drift=$(($(date +%s) - $(date -r stamp +%s)))
[ "${drift#-}" -le 5 ] || fail "date: the clock and a new file's time differ by $drift s"

echo "worked:$passed"
