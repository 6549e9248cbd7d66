#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry host: what it accepts, refuses and says.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

uri_b=qemu+ssh://kvm2.example.org/system

run ferry host list
is "$status $out$err" "0 note: no host is known; run 'virt-ferry host add NAME URI'" 'an empty list says what to do'
run ferry host list --json
is "$status $out$err" '0 {"schema":"host.list/1","hosts":[]}' 'an empty list as JSON'

run ferry host add host-a test:///default
like "$status $out$err" "^0 host 'host-a' added: .*, 16 CPUs, 3.0 GiB memory, 1 machine\$" 'a host is added'
run ferry host add --no-connect --address 10.1.0.2 host-b "$uri_b"
is "$status $out$err" "0 host 'host-b' added: not connected to" 'a host is added without a look'
run ferry host add --no-connect 'Größe 1' xen:///system
is "$status $out$err" "0 host 'Größe 1' added: not connected to" 'a name with a blank and UTF-8'
golden host-list 'the list' ferry host list
golden host-list-json 'the list as JSON' ferry host list --json
is "$(ferry host list --names)" $'Größe 1\nhost-a\nhost-b' 'names alone'
run ferry host show host-a
is "$status $(sed -n 's/^machines: *//p' <<<"$out") $(sed -n 's/^hypervisor: *//p' <<<"$out")$err" \
    '0 1, 1 active TEST 0.0.2' 'show asks the host'
run ferry host show test:///default --json
like "$status $out$err" '^0 \{"name":"host-a",.*"schema":"host/1",.*"memory_total_kib":3145728,.*"machines":1,"machines_active":1\}$' \
    'show takes a URI, and knows whose it is'

# A host given twice.
refuses 3 "virt-ferry: cannot add host 'host-a': host 'host-a' at 'test:///default' is known already
hint: Run 'virt-ferry host remove host-a' first to change it." 'the same name' ferry host add host-a "$uri_b"
refuses 3 "virt-ferry: cannot add host 'host-c': host 'host-a' at 'test:///default' is known already
hint: Run 'virt-ferry host remove host-a' first to change it." 'the same URI' ferry host add host-c test:///default

cat >"$TMP/world.ini" <<'END'
[host north]
uuid=5f0c1e9a-0000-4000-8000-000000000001
hostname=north
[host alias]
uuid=5f0c1e9a-0000-4000-8000-000000000001
hostname=north
[host twin]
uuid=5f0c1e9a-0000-4000-8000-000000000001
hostname=south
END
run ferry host add north "sim:north?world=$TMP/world.ini"
is "$status $out$err" "0 host 'north' added: north, 8 CPUs, 64 GiB memory, 0 machines" 'a host of the simulated world'
refuses 3 "virt-ferry: cannot add host 'again': it is host 'north', both have the UUID 5f0c1e9a-0000-4000-8000-000000000001
hint: Use host 'north'. Where they are two hosts, give each its own host UUID in libvirtd.conf and hostname; libvirt refuses moves between them as it is." \
    'the same host under another URI' ferry host add again "sim:alias?world=$TMP/world.ini"
run ferry host add twin "sim:twin?world=$TMP/world.ini"
is "$status" 0 'two hosts whose maker gave them one UUID are two hosts: check says what that means'
ferry host remove north >/dev/null
ferry host remove twin >/dev/null

# Names and URIs that can't be used.
name_hint="hint: A name is printable, has no '/', begins with no '-' and neither begins nor ends with a blank."
for name in '' ' a' 'a/b' $'a\nb' '-a'; do
    run ferry host add -- "$name" test:///other
    is "$status $out$err" "2 virt-ferry: cannot call a host '${name//$'\n'/\\n}'
$name_hint" "refused as a name: '${name//$'\n'/\\n}'"
done
refuses 2 "virt-ferry: 'kvm9' is no libvirt URI
hint: Give one such as 'qemu+ssh://host-c/system'." 'a URI that is none' ferry host add host-c kvm9
refuses 3 "virt-ferry: host 'host-q' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'Größe 1', 'host-a', 'host-b'." 'an unknown host' ferry host show host-q

# Hosts that can't be reached.
refuses 4 "virt-ferry: cannot connect to host 'c' at 'qemu+pigeon:///system': invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)" 'a URI that libvirt refuses' \
    ferry host add c qemu+pigeon:///system
refuses 4 "virt-ferry: cannot connect to host 'c' at 'qemu+tcp://127.0.0.1:1/system': unable to connect to server at '127.0.0.1:1': Connection refused
hint: See whether the daemon listens there: run 'systemctl status libvirtd-tcp.socket libvirtd-tls.socket virtproxyd-tcp.socket virtproxyd-tls.socket' on the host." 'a host that refuses' ferry host add c qemu+tcp://127.0.0.1:1/system
is "$(ferry host list --names | wc -l)" 3 'nothing that was refused was added'

# Usage of its verbs.
refuses 2 "virt-ferry: cannot run 'host': there is no 'liste'
hint: Did you mean 'virt-ferry host list'?" 'an unknown verb' ferry host liste
refuses 2 "virt-ferry: cannot run 'host': it needs 'add NAME URI'
hint: Run 'virt-ferry host --help' to see how it is used." 'a word is missing' ferry host add host-c
refuses 2 "virt-ferry: cannot run 'host list': it has no option --address
hint: Run 'virt-ferry host --help' to see how it is used." "an option of another verb" ferry host list --address x

run ferry host remove host-b
is "$status $out$err" "0 host 'host-b' removed" 'a host is removed'
run ferry host remove 'Größe 1' --json
is "$status $out$err" '0 {"removed":"Größe 1"}' 'a host is removed, told as JSON'
run ferry host remove host-b
is "$status $out" '3 ' 'a host that is not known'
is "$(ferry host list --names)" host-a 'the other one is still there'
done_testing
