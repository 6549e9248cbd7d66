#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry list: machines of all hosts, and what is wrong with them, over libvirt's test driver.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

cleanup() {
    if [ -n "${silent_pid:-}" ]; then
        kill "$silent_pid" 2>/dev/null || true
    fi
}

# silent_host: something that takes connections and never answers; sets $port.
silent_host() {
    python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
print(s.getsockname()[1], flush=True); time.sleep(60)' >"$TMP/port" &
    silent_pid=$!
    for _ in $(seq 100); do
        [ -s "$TMP/port" ] && break
        sleep 0.05
    done
    port=$(cat "$TMP/port")
}

golden list-default "libvirt's default host where none is known" ferry list
is "$(ferry list --connect test:///default)" "$(ferry list)" '--connect takes a URI'

ferry host add --no-connect host-a "$(test_host a 1 web1 web2)" >/dev/null
ferry host add --no-connect host-b "$(test_host b 3 db1)" >/dev/null
golden list-two 'machines of two hosts' ferry list
golden list-uuid 'with their UUIDs' ferry list --uuid
golden list-one 'of one host by its name' ferry list -c host-b
golden list-json 'as JSON' ferry list --json
is "$(ferry list --names)" $'db1\nweb1\nweb2' 'names alone'
refuses 3 "virt-ferry: host 'host-q' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b'." 'of an unknown host' ferry list -c host-q

# One refuses, one is silent, the others answer: told, and nobody waits longer than the time allowed.
silent_host
printf '[connect]\ntimeout=1\n' >"$TMP/virt-ferry.conf"
export FERRY_CONFIG=$TMP/virt-ferry.conf
ferry host add --no-connect host-c qemu+tcp://127.0.0.1:1/system >/dev/null
ferry host add --no-connect host-d "qemu+tcp://127.0.0.1:$port/system" >/dev/null
begun=$SECONDS
run ferry list
ok 'a silent host holds up nobody' test $((SECONDS - begun)) -le 4
is "$status $out" "0 $(sed '/^--- /,$d' "$FERRY_SOURCE/tests/cli/data/list-two.txt" | sed '/^$/d')" \
    'the machines of those that answered are there'
is "$err" "virt-ferry: cannot connect to host 'host-c' at 'qemu+tcp://127.0.0.1:1/system': unable to connect to server at '127.0.0.1:1': Connection refused
hint: See whether the daemon listens there: run 'systemctl status libvirtd-tcp.socket libvirtd-tls.socket virtproxyd-tcp.socket virtproxyd-tls.socket' on the host.
virt-ferry: host 'host-d' did not answer in 1 s
hint: Look whether it is up with 'virsh -c qemu+tcp://127.0.0.1:$port/system version'." 'the others are told'
run ferry list --json
like "$status $out" '^0 .*\{"name":"host-d","uri":"[^"]*","answered":false,"error":\{"id":"unreachable","message":"host .host-d. did not answer in 1 s"' \
    'and are rows in JSON'
is "$err" '' 'where stderr has nothing'
run ferry list --connect host-c
is "$status $out" '4 ' 'where none answers the exit status tells'

# The same machine on two hosts.
ferry host remove host-c >/dev/null
ferry host remove host-d >/dev/null
ferry host add --no-connect host-e "$(test_host e 1 web1)" >/dev/null
run ferry list
is "$status $err" "6 virt-ferry: machine 'web1' is active on hosts 'host-a' (running) and 'host-e' (running)
hint: Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy web1'." \
    'a machine that is active twice is an error that names both'
run ferry list --json
like "$status $out$err" '^6 .*"problems":\[\{"id":"vm-ambiguous","message":"machine .web1. is active on hosts ' 'in JSON too'
done_testing
