# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starts the parts as daemons and ends them again. Everything that the bed starts, with all its descendants, is in
# the cgroup /gvisor-smoke-bed, so that what must be ended is known however the bed came to its end.

# A bed with a state folder of its own (in a network namespace of its own) has its own cgroup too.
cgroup_name=gvisor-smoke-bed
[ "$state_dir" = "$default_state_dir" ] || cgroup_name+=-$(printf '%s' "$state_dir" | sha256sum | cut -c1-8)

# cgroup_hierarchies: the mount point of each cgroup hierarchy (version 1: several; version 2: one).
cgroup_hierarchies() {
	awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts
}

# make_cgroups PATH: makes the cgroup in every hierarchy, from the top down. Version 2's parents must hand their
# controllers down; version 1's cpuset starts empty, and nothing can enter an empty one.
make_cgroups() {
	local root parent step
	while read -r root; do
		parent=$root
		for step in ${1//\// }; do
			[ ! -e "$parent/cgroup.subtree_control" ] || enable_controllers "$parent"
			mkdir -p "$parent/$step"
			[ ! -e "$parent/cpuset.cpus" ] || [ -e "$parent/cgroup.controllers" ] || copy_cpuset "$parent" "$parent/$step"
			parent+=/$step
		done
	done < <(cgroup_hierarchies)
}

# One at a time: a controller that cannot be enabled must not keep the others from it.
enable_controllers() {
	local controllers controller
	read -r -a controllers <"$1/cgroup.controllers" || true
	for controller in "${controllers[@]}"; do
		quietly write "+$controller" "$1/cgroup.subtree_control"
	done
}

# copy_cpuset PARENT CHILD
copy_cpuset() {
	local name
	for name in cpuset.cpus cpuset.mems; do
		[ -n "$(cat "$2/$name")" ] || cat "$1/$name" >"$2/$name"
	done
}

write() {
	printf '%s\n' "$1" >"$2"
}

# enter_cgroup PATH: moves this process there, in every hierarchy.
enter_cgroup() {
	local root
	while read -r root; do
		quietly write "$BASHPID" "$root/$1/cgroup.procs"
	done < <(cgroup_hierarchies)
}

# start_daemon NAME COMMAND...: runs it in the background, its output in log/NAME.log, its pid in pid/NAME. The
# variable cgroup names another cgroup than the control plane's.
start_daemon() {
	local name=$1
	shift
	mkdir -p "$log_dir" "$pid_dir"
	(
		exec 9>&- </dev/null >"$log_dir/$name.log" 2>&1
		enter_cgroup "${cgroup:-$cgroup_name/control-plane}"
		cd /
		exec setsid "$@"
	) &
	local pid=$!
	# It counts as the bed's once it is in the cgroup.
	until is_ours "$pid" || pid_gone "$pid"; do
		sleep 0.01
	done
	echo $pid >"$pid_dir/$name"
}

# daemon_runs NAME: whether its process lives (and is not merely another process with a recycled pid).
daemon_runs() {
	local pid
	pid=$(cat "$pid_dir/$1" 2>/dev/null) && [ -n "$pid" ] && ! pid_gone "$pid" && is_ours "$pid"
}

# is_ours PID: in the bed's cgroup.
is_ours() {
	grep -q ":/$cgroup_name/" "/proc/$1/cgroup" 2>/dev/null
}

# stop_daemon NAME: ends it by its pid: TERM, then KILL after 3 s.
stop_daemon() {
	local pid
	daemon_runs "$1" || return 0
	pid=$(cat "$pid_dir/$1")
	quietly kill "$pid"
	wait_for 3 pid_gone "$pid" || quietly kill -9 "$pid"
	wait_for 3 pid_gone "$pid" || fail "$1 (pid $pid) does not end"
	rm -f "$pid_dir/$1"
}

pid_gone() {
	! kill -0 "$1" 2>/dev/null || [[ $(cat "/proc/$1/stat" 2>/dev/null) == *") Z "* ]]
}

# pids_below CGROUP: every process in it and in its children.
pids_below() {
	local root
	while read -r root; do
		[ -d "$root/$1" ] && find "$root/$1" -name cgroup.procs -exec cat {} + 2>/dev/null
	done < <(cgroup_hierarchies) | sort -un
}

# pids_of_bed: every process whose program is in the bin folder, wherever it is.
pids_of_bed() {
	find /proc -maxdepth 2 -name exe -lname "$bin_dir/*" 2>/dev/null | cut -d/ -f3 || true
}

# kill_cgroup CGROUP: ends every process below it and removes it.
kill_cgroup() {
	wait_for 20 cgroup_is_empty "$1" || fail "processes in the cgroup $1 do not end: $(pids_below "$1" | xargs)"
	local root
	while read -r root; do
		[ -d "$root/$1" ] || continue
		wait_for 5 remove_cgroup "$root/$1" || say "warning: the cgroup $root/$1 stays"
	done < <(cgroup_hierarchies)
}

# A process can fork while its cgroup is read, so the list is taken anew until nothing is left.
cgroup_is_empty() {
	local pids
	pids=$(pids_below "$1" | grep -vx "$$" || true)
	[ -z "$pids" ] && return
	# shellcheck disable=SC2086
	quietly kill -9 $pids
	return 1
}

remove_cgroup() {
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -d "$1" ]
}

# bed_is_dead: ends what has its program in the bin folder; true when nothing is left.
bed_is_dead() {
	local pids
	pids=$(pids_of_bed)
	[ -z "$pids" ] && return
	# shellcheck disable=SC2086
	quietly kill -9 $pids
	return 1
}
