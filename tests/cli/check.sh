#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry check, over a simulated world in which something is wrong with nearly everything.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a host-b host-old host-small <<'END'
[host host-a]
[host host-b]
[host host-old]
libvirt=8.0.0
qemu=6.2.0
machine_types=pc-q35-6.2;
cpu_refusal=the CPU is incompatible with host CPU: Host CPU does not provide required features: avx512f
[host host-small]
memory_mib=512
paths=/var/lib/libvirt/images/base.img;

[machine web1]
host=host-a
agent=true
disks=/var/lib/libvirt/images/web1.qcow2;
[machine off1]
host=host-a
state=shut off
[machine crash1]
host=host-a
state=crashed
[machine io1]
host=host-a
state=paused
reason=I/O error
[machine twice1]
host=host-a
[instance twice1 host-b]
state=running
[machine spare1]
host=host-a
[instance spare1 host-b]
state=shut off
END

run ferry check web1 host-b
is "$status$err" 0 'a move that works: exit status 0'
golden check-ok 'a move that works' ferry check web1 host-b
golden check-old 'to an older host' ferry check web1 host-old
golden check-small 'to a host that is too small and lacks the disk' ferry check web1 host-small --copy-disks never
golden check-forced 'some of it overridden' ferry check web1 host-small --copy-disks never --force memory --force disk-path
golden check-json 'as JSON' ferry check web1 host-small --copy-disks never --json
golden check-off 'a machine that is off: moving it offline is offered' ferry check off1 host-b
golden check-offline 'and works' ferry check off1 host-b --offline
golden check-crashed 'a machine that has crashed' ferry check crash1 host-b
golden check-io-error 'a machine that is paused by an I/O error' ferry check io1 host-b
golden check-spare 'an inactive definition elsewhere is a note' ferry check spare1 host-small --force memory
golden check-options 'options that the hosts cannot do' ferry check web1 host-b --parallel 4 --compress zstd
golden check-explain 'a check explained' ferry check --explain host-uuid
golden check-explain-json 'explained as JSON' ferry check --explain host-uuid --json

for id in $(ferry check web1 host-b --json | python3 -c 'import json, sys
print(*[check["check"] for check in json.load(sys.stdin)["checks"]])'); do
    ok "check '$id' can be explained" ferry check --explain "$id"
done

refuses 3 "virt-ferry: none of the 4 hosts has a machine 'wbe1'
hint: Did you mean 'web1'? Run 'virt-ferry list' to see all machines." 'an unknown machine, with the nearest name' \
    ferry check wbe1 host-b
refuses 3 "virt-ferry: host 'host-c' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b', 'host-old', 'host-small'." 'an unknown host' \
    ferry check web1 host-c
refuses 6 "virt-ferry: cannot move 'web1' to 'host-a': it is there already
hint: Run 'virt-ferry list' to see which machine is where." 'source and destination are one' ferry check web1 host-a
refuses 6 "virt-ferry: machine 'twice1' is active on hosts 'host-a' (running (booted)) and 'host-b' (running)
hint: Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy twice1'." \
    'a machine that is active on two hosts' ferry check twice1 host-b
refuses 4 "virt-ferry: cannot connect to host 'qemu+tcp://127.0.0.1:1/system': unable to connect to server at '127.0.0.1:1': Connection refused
hint: See whether the daemon listens there: run 'systemctl status libvirtd-tcp.socket libvirtd-tls.socket virtproxyd-tcp.socket virtproxyd-tls.socket' on the host." \
    'a destination that refuses' ferry check web1 qemu+tcp://127.0.0.1:1/system
refuses 2 "virt-ferry: check 'host-uuid' cannot be overridden: the move would fail
hint: Run 'virt-ferry check --explain host-uuid' to see what would mend it." 'a check that may not be overridden' \
    ferry check web1 host-b --force host-uuid
done_testing
