# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The network: one namespace for the control plane, one for each node and one that stands for the internet, joined
# by a bridge. None of them has a way off this machine.

# The benchmark range 198.18.0.0/15 (RFC 2544) is not used by any real network.
hub_ns=gvisor-smoke-hub
bed_range=198.18.0.0/15
outside_ns=gvisor-smoke-outside
host_link=gvsmoke0
host_address=198.18.0.1
hub_address=198.18.0.2
outside_lan_address=198.18.0.3
pod_range=198.18.128.0/17
service_range=198.19.0.0/20
kubernetes_service=198.19.0.1
dns_service=198.19.0.10
outside_range=198.19.255.0/24
outside_address=198.19.255.1

ns_path() {
	printf '/run/netns/%s\n' "$1"
}

# in_ns NAMESPACE COMMAND...: nsenter and not "ip netns exec", which mounts /sys anew and so hides the cgroups.

in_ns() {
	local ns=$1
	shift
	nsenter --net="$(ns_path "$ns")" "$@"
}

# make_hub: the control plane's namespace, with the bridge and the link to the host.
make_hub() {
	make_namespace $hub_ns
	ip -n $hub_ns link add lan address "$(hardware_address "$hub_address")" type bridge
	ip -n $hub_ns addr add $hub_address/24 dev lan
	ip -n $hub_ns link set lan up
	ip link add $host_link type veth peer name host netns $hub_ns
	ip -n $hub_ns link set host master lan up
	ip addr add $host_address/24 dev $host_link
	ip link set $host_link up
}

# make_namespace NAME: with the loopback up and every address that has no route refused at once, each time.
make_namespace() {
	ip netns add "$1"
	ip -n "$1" link set lo up
	ip -n "$1" route add unreachable default
	in_ns "$1" sysctl -q -e -w net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv6.conf.all.disable_ipv6=1
}

# hardware_address ADDRESS: always the same for an IP address: neighbours remember it, also when the link was made
# anew, and a bridge without one of its own changes it when a port goes.
hardware_address() {
	# shellcheck disable=SC2086
	printf '02:00:%02x:%02x:%02x:%02x\n' ${1//./ }
}

# join_lan NAMESPACE ADDRESS PORT: gives it the link "lan" on the bridge; PORT is the bridge's end.
join_lan() {
	# A namespace that has just been deleted may not have let go of it yet.
	quietly ip -n "$hub_ns" link delete "$3"
	ip -n "$1" link add lan address "$(hardware_address "$2")" type veth peer name "$3" netns $hub_ns
	ip -n $hub_ns link set "$3" master lan up
	ip -n "$1" addr add "$2/24" dev lan
	ip -n "$1" link set lan up
}

# node_number NAME: node-a is 1, node-b 2, ...: its place in every range.
node_number() {
	local letter=${1#node-}
	printf '%d\n' $(($(printf '%d' "'$letter") - 96))
}

node_address() {
	printf '198.18.0.%d\n' $((10 + $(node_number "$1")))
}

node_pod_range() {
	printf '198.18.%d.0/24\n' $((128 + $(node_number "$1")))
}

node_ns() {
	printf 'gvisor-smoke-%s\n' "$1"
}

# make_node_network NODE: its namespace, with routes to the outside and to the other nodes' pods, and theirs to it.
make_node_network() {
	local ns address other
	ns=$(node_ns "$1")
	address=$(node_address "$1")
	make_namespace "$ns"
	join_lan "$ns" "$address" "$1"
	ip -n "$ns" route add $outside_range via $outside_lan_address
	ip -n $hub_ns route replace "$(node_pod_range "$1")" via "$address"
	for other in $(all_nodes); do
		if [ "$other" = "$1" ] || [ ! -e "$(ns_path "$(node_ns "$other")")" ]; then
			continue
		fi
		ip -n "$ns" route replace "$(node_pod_range "$other")" via "$(node_address "$other")"
		ip -n "$(node_ns "$other")" route replace "$(node_pod_range "$1")" via "$address"
	done
	# Pods leave the cluster with their node's address, as they would on the way to the internet. What they send
	# anywhere else is refused here already: the route alone would say "unreachable" only once a second.
	in_ns "$ns" nft -f - <<-END
		table ip gvisor_smoke {
			chain refuse {
				type filter hook prerouting priority filter
				ip saddr $(node_pod_range "$1") ip daddr != $bed_range reject with icmp type host-unreachable
			}
			chain leave {
				type nat hook postrouting priority srcnat
				ip saddr $(node_pod_range "$1") ip daddr != $pod_range masquerade
			}
		}
	END
}

# make_outside_network: an address of its own behind the LAN; it knows the nodes and no pod.
make_outside_network() {
	make_namespace $outside_ns
	join_lan $outside_ns $outside_lan_address outside
	ip -n $outside_ns addr add $outside_address/32 dev lo
	ip -n $hub_ns route replace $outside_range via $outside_lan_address
}

# remove_namespace NAME: a namespace goes with its links once nothing runs in it.
remove_namespace() {
	[ -e "$(ns_path "$1")" ] || return 0
	quietly ip netns delete "$1"
	quietly umount -l "$(ns_path "$1")"
	rm -f "$(ns_path "$1")"
}

remove_network() {
	local path
	quietly ip link delete $host_link
	for path in /run/netns/gvisor-smoke-*; do
		remove_namespace "${path##*/}"
	done
}
