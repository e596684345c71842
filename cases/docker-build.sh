#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  docker build in a privileged pod fails: its dockerd cannot set up the NAT that it wants
# reports:  TestGvisorExpectedFailures test_docker_build_is_blocked_under_gvisor
# expect:   blocked
# evidence: REFUSED: .*(Failed to initialize nft: Protocol not supported|can't initialize iptables table)
# needs:    docker dockerd iptables ldconfig
# grant:    privileged tmpfs:/run tmpfs:/etc/docker tmpfs:/var/lib/docker
# timeout:  5m
set -eu

# What is judged is Docker as everybody starts it, with its own defaults: a dockerd, then the build of an image from nothing with a COPY
# and a RUN, then a container of it. gVisor has no nftables, so iptables-nft says "Protocol not supported"; iptables-legacy needs a raw
# socket and with it the CAP_NET_RAW that gVisor takes away even from a privileged pod, and says "Table does not exist".
#
# When dockerd is refused, a second one with --iptables=false --ip6tables=false shows how far Docker comes without NAT. gVisor releases
# may differ there, so that is printed and not judged.
#
# Privileged, because Docker needs it under the default runtime: a writable /proc/sys, cgroups and their devices, the session keyring.
# With capabilities alone dockerd starts there after a remount, and no container.

fail() { echo "FAILED: $*" >&2; exit 1; }
refuse() { echo "REFUSED: $*" >&2; exit 1; }

daemon=
trap '[ -z "$daemon" ] || { kill "$daemon" 2>/dev/null; wait "$daemon"; } || :' EXIT
export DOCKER_HOST="unix://$PWD/docker.sock" DOCKER_CONFIG="$PWD"

# ARG...: starts dockerd; false when it ends again by itself. Its last words are then in `why`.
start_dockerd() {
	dockerd --host "$DOCKER_HOST" --pidfile "$PWD/docker.pid" "$@" >dockerd.log 2>&1 &
	daemon=$!
	tries=0
	until docker version >/dev/null 2>&1; do
		if ! kill -0 "$daemon" 2>/dev/null; then
			wait "$daemon" || :
			daemon=
			why=$(sed -n '/^failed to start daemon/,$p' dockerd.log | grep -v '^time=' | tr -s '\n ' ' ')
			[ -n "$why" ] || why=$(tail -n 1 dockerd.log)
			why=${why##*error obtaining controller instance: }
			return 1
		fi
		tries=$((tries + 1))
		[ "$tries" -le 600 ] || { tail -n 5 dockerd.log >&2; fail "dockerd $* does not answer after a minute"; }
		sleep 0.1
	done
}

# The RUN step writes a file, and the container reads it. ldconfig is the one static program that every Debian has.
mkdir context
cp /sbin/ldconfig context/program
cat >context/Dockerfile <<'END'
FROM scratch
COPY program /program
RUN ["/program", "-f", "/dev/null", "-C", "/made-by-run"]
CMD ["/program", "-p", "-C", "/made-by-run"]
END

# False when a step is refused; `why` then says which one, and how.
build_and_run() {
	if ! docker build --tag built context >build.log 2>&1; then
		why="docker build: $(tail -n 1 build.log)"
		return 1
	fi
	if ! docker run --rm built >run.log 2>&1; then
		why="docker run: $(head -n 1 run.log)"
		return 1
	fi
	grep -q 'found in cache .*/made-by-run' run.log || fail "the container does not see what RUN wrote: $(cat run.log)"
}

if start_dockerd; then
	build_and_run || refuse "dockerd starts, but $why"
	echo "dockerd started with its defaults; docker build with COPY and RUN, and docker run, worked"
	exit 0
fi
refusal=$why

if ! start_dockerd --iptables=false --ip6tables=false; then
	echo "without iptables dockerd does not start either: $why"
elif build_and_run; then
	echo "with --iptables=false --ip6tables=false dockerd starts, and docker build and docker run work"
else
	echo "with --iptables=false --ip6tables=false dockerd starts, but $why"
fi
refuse "dockerd with its defaults: $refusal"
