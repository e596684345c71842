# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Folders, messages, the time of each phase, the lock, and waiting: what all other parts of the bed use.

# Where the bed lives. Sourced by scripts that have set bed_dir to the folder tests/cluster.
: "${bed_dir:?set by the script that sources this}"
cache_dir=${GVISOR_SMOKE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gvisor-smoke}
default_state_dir=/var/lib/gvisor-smoke-bed
state_dir=${GVISOR_SMOKE_BED_STATE:-$default_state_dir}
bin_dir=$state_dir/bin
log_dir=$state_dir/log
pid_dir=$state_dir/pid
pki_dir=$state_dir/pki
kubeconfig=$state_dir/kubeconfig
repo_dir=$(cd "$bed_dir/../.." && pwd)
readonly cache_dir default_state_dir state_dir bin_dir log_dir pid_dir pki_dir kubeconfig repo_dir

# say TEXT...: one line of progress on stderr, with the seconds since the script began.
say() {
	local now=${EPOCHREALTIME/[.,]/}
	local ms=$(((now - bed_began_us) / 1000))
	printf 'bed: %3d.%03d s  %s\n' $((ms / 1000)) $((ms % 1000)) "$*" >&2
}
bed_began_us=${EPOCHREALTIME/[.,]/}

# fail TEXT...: says what failed and ends the script.
fail() {
	say "error: $*"
	exit 1
}

# show_log FILE: the last lines of a log, for a failure's message.
show_log() {
	[ -s "$1" ] || return 0
	say "the last lines of $1:"
	tail -n 25 "$1" | sed 's/^/    /' >&2
}

# wait_for SECONDS COMMAND...: tries COMMAND each 50 ms until it succeeds; 1 when the time is over.
wait_for() {
	local seconds=$1 deadline
	shift
	deadline=$((SECONDS + seconds))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# quietly COMMAND...: for what may fail because there is nothing to do.
quietly() {
	"$@" >/dev/null 2>&1 || true
}

# need_root: the bed makes namespaces, mounts and cgroups.
need_root() {
	[ "$(id -u)" = 0 ] || fail "the bed needs root: it makes network namespaces, mounts and cgroups"
}

# take_lock: only one of up, down and node changes the bed at a time. The lock goes with this process, so a
# killed one leaves none; descriptor 9 is closed for everything that is started.
take_lock() {
	mkdir -p "$state_dir" "$log_dir"
	exec 9>"$state_dir/lock"
	flock -n 9 && return
	say "another up, down or node is at work; waiting for it"
	flock -w 1800 9 || fail "the lock $state_dir/lock is still held after 30 minutes"
}

# need_package COMMAND-OR-FILE PACKAGE...: remembers Debian packages to install when COMMAND (or a file, when it
# begins with /) is missing. install_packages then installs them all at once.
missing_packages=()
need_package() {
	local what=$1
	shift
	case $what in
	/*) [ -e "$what" ] && return ;;
	*) command -v "$what" >/dev/null && return ;;
	esac
	missing_packages+=("$@")
}

install_packages() {
	[ "${#missing_packages[@]}" -gt 0 ] || return 0
	say "installing from Debian: ${missing_packages[*]}"
	local log=$log_dir/apt.log
	mkdir -p "$log_dir"
	export DEBIAN_FRONTEND=noninteractive
	apt_install >"$log" 2>&1 </dev/null || {
		apt-get update >>"$log" 2>&1 </dev/null && apt_install >>"$log" 2>&1 </dev/null
	} || {
		show_log "$log"
		fail "apt-get could not install ${missing_packages[*]}"
	}
	missing_packages=()
}

# A service of Debian's must not start when its package is installed: policy-rc.d is not touched, the
# environment variable does it for this one call.
apt_install() {
	RUNLEVEL=1 apt-get install -y --no-install-recommends "${missing_packages[@]}" 9>&-
}
