# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A slow way to the API server: a network namespace from which the bed's control plane is reached only over a link that delays each
# packet (delay.c: not every kernel has netem). Nothing of the machine's own network is touched.

link_ns=gvisor-smoke-bench # removed with the bed's own, too
link_process=

# start_link TIME: each way.
start_link() {
  local us=${1%?s}
  [[ $1 != *ms ]] || us=$((us * 1000))
  ip netns add $link_ns
  ip -n $link_ns link set lo up
  "$programs/delay" "$us" /run/netns/gvisor-smoke-hub slow /run/netns/$link_ns slow >"$work/delay.out" &
  link_process=$!
  until grep -q ready "$work/delay.out"; do
    kill -0 $link_process || exit 3
    sleep 0.05
  done
  ip -n gvisor-smoke-hub addr add 198.18.1.1 peer 198.18.1.2 dev slow
  ip -n gvisor-smoke-hub link set slow up
  ip -n $link_ns addr add 198.18.1.2 peer 198.18.1.1 dev slow
  ip -n $link_ns link set slow up
  ip -n $link_ns route add 198.18.0.0/15 via 198.18.1.1
}

on_link() { nsenter --net=/run/netns/$link_ns "$@"; }

end_link() {
  [ -n "$link_process" ] || return 0
  kill "$link_process" 2>/dev/null || true
  wait "$link_process" 2>/dev/null || true
  link_process=
  ip netns delete $link_ns
}
