# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Two networks, each a bridge in the network namespace of the switch: 'mgmt' (192.0.2.0/24: the daemons, the client,
# the guests) and 'mig' (198.51.100.0/24: the data of moves). Port mgmt-a of the switch is eth0 of host-a, a port
# of its bridge br0; port mig-a is its mig0. Nothing exists in the network namespace of the machine.

LAB_CLIENT_IP=192.0.2.2

# host-a is .11, host-b is .12, ...
host_number() {
    local letter=${1#host-}
    printf '%d\n' $(($(printf '%d' "'$letter") - 97 + 11))
}

mgmt_ip() {
    printf '192.0.2.%d\n' "$(host_number "$1")"
}

mig_ip() {
    printf '198.51.100.%d\n' "$(host_number "$1")"
}

in_switch() {
    nsenter --target "$(pid_of switch)" --net -- "$@"
}

in_net_of() {
    local pid
    pid=$(pid_of "$1") || return 1
    shift
    nsenter --target "$pid" --net -- "$@"
}

switch_up() {
    in_switch ip -batch - <<EOF
link set lo up
link add mgmt type bridge
link set mgmt up
link add mig type bridge
link set mig up
EOF
}

client_net_up() {
    in_switch ip -batch - <<EOF
link add mgmt-client type veth peer name eth0 netns $(pid_of client)
link set mgmt-client master mgmt up
EOF
    in_net_of client ip -batch - <<EOF
link set lo up
address add $LAB_CLIENT_IP/24 dev eth0
link set eth0 up
EOF
}

# A bridge without an address of its own takes the lowest of its ports', so a guest's start could change it and
# break the connections of the host's daemon.
bridge_mac() {
    local ip
    ip=$(mgmt_ip "$1")
    printf '02:00:00:00:00:%02x\n' "${ip##*.}"
}

host_net_up() {
    local host=$1 letter=${1#host-} pid
    pid=$(pid_of "$host")
    in_switch ip -batch - <<EOF
link add mgmt-$letter type veth peer name eth0 netns $pid
link set mgmt-$letter master mgmt up
link add mig-$letter type veth peer name mig0 netns $pid
link set mig-$letter master mig up
EOF
    in_net_of "$host" ip -batch - <<EOF
link set lo up
link add br0 address $(bridge_mac "$host") type bridge
link set eth0 master br0
link set eth0 up
address add $(mgmt_ip "$host")/24 dev br0
link set br0 up
address add $(mig_ip "$host")/24 dev mig0
link set mig0 up
EOF
}

# hosts_file: every name of the lab, the same for all.
hosts_file() {
    local host
    printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n%s client\n' "$LAB_CLIENT_IP"
    for host in "$@"; do
        printf '%s %s\n%s %s-mig\n' "$(mgmt_ip "$host")" "$host" "$(mig_ip "$host")" "$host"
    done
}

# link_ports LINK: the switch's ports of HOST, mgmt:HOST, mig:HOST or client.
link_ports() {
    local host=${1#*:}
    [[ $1 == client || $1 == mgmt:client ]] && printf 'mgmt-client\n' && return
    need_host "$host"
    case $1 in
    mgmt:*) printf 'mgmt-%s\n' "${host#host-}" ;;
    mig:*) printf 'mig-%s\n' "${host#host-}" ;;
    "$host") printf 'mgmt-%s\nmig-%s\n' "${host#host-}" "${host#host-}" ;;
    *) die "unknown link '$1': it is HOST, mgmt:HOST, mig:HOST or client" ;;
    esac
}

# A cut port drops every frame but keeps its carrier, as when the cable breaks behind the next switch: nobody is
# told, which is the worse and the usual case.
port_state() {
    in_switch bridge link set dev "$1" state "$2"
}

lab_cut() {
    (($# == 1)) || die "cut needs one HOST or LINK"
    need_lab
    local ports port
    ports=$(link_ports "$1") || exit 1
    for port in $ports; do
        port_state "$port" 0
    done
}

lab_mend() {
    (($# <= 1)) || die "mend takes at most one HOST or LINK"
    need_lab
    local ports port
    if (($#)); then
        ports=$(link_ports "$1") || exit 1
    else
        ports=$(in_switch ip -o link show type veth | sed -E 's/^[0-9]+: ([^@:]+).*/\1/')
    fi
    for port in $ports; do
        port_state "$port" 3
    done
}

need_rate() {
    [[ $1 =~ ^[1-9][0-9]*([kmg]i?)?bit$ ]] || die "cannot read rate '$1': expected a number and a unit, as 1gbit"
}

# Both directions of a host's migration link, so that one slow host is slow whoever sends.
shape_host() {
    local rate=$1 host=$2 port=mig-${2#host-}
    if [[ $rate == off ]]; then
        in_switch tc qdisc del dev "$port" root 2>/dev/null || true
        in_net_of "$host" tc qdisc del dev mig0 root 2>/dev/null || true
        return
    fi
    need_rate "$rate"
    in_switch tc qdisc replace dev "$port" root tbf rate "$rate" burst 1mb latency 30ms
    in_net_of "$host" tc qdisc replace dev mig0 root tbf rate "$rate" burst 1mb latency 30ms
}

lab_shape() {
    (($# == 1 || $# == 2)) || die "shape needs a RATE or 'off', and perhaps a HOST"
    need_lab
    local host
    if (($# == 2)); then
        need_host "$2"
        shape_host "$1" "$2"
        return
    fi
    for host in $(lab_hosts); do
        shape_host "$1" "$host"
    done
}

# link_state HOST: words for the table: 'mig 1Gbit', 'mgmt cut', or '-'.
link_state() {
    local letter=${1#host-} net words='' rate state
    for net in mgmt mig; do
        state=$(in_switch bridge link show dev "$net-$letter")
        rate=$(in_switch tc qdisc show dev "$net-$letter" root | sed -n 's/.* rate \([^ ]*\).*/\1/p')
        [[ $state != *"state disabled"* ]] || words+="${words:+, }$net cut"
        [[ -z $rate ]] || words+="${words:+, }$net $rate"
    done
    printf '%s\n' "${words:--}"
}
