#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry check VM and check --all, over a simulated world: which machine fits where, and why not elsewhere.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

refuses 3 "virt-ferry: cannot look for hosts that fit: none is known
hint: Run 'virt-ferry host add NAME URI' for each, or give the host: 'virt-ferry check VM HOST'." \
    'no host is known' ferry check --all

world host-a host-b host-old host-down <<'END'
[host host-a]
[host host-b]
memory_mib=8192
[host host-old]
machine_types=pc-q35-6.2;
[host host-down]
daemon=killed

[machine web1]
host=host-a
disks=/var/lib/libvirt/images/web1.qcow2;
[machine web2]
host=host-a
[machine large1]
host=host-a
memory_mib=16384
[machine off1]
host=host-b
state=shut off
[machine back1]
host=host-old
machine_type=pc-q35-6.2
END

golden check-vm 'one machine against every host' ferry check web1
golden check-vm-json 'as JSON' ferry check web1 --json
golden check-vm-small 'a machine that is too large for one of them' ferry check large1
golden check-all 'every machine against every host' ferry check --all
golden check-all-json 'as JSON' ferry check --all --json
golden check-all-only 'one check alone' ferry check --all --only machine-type
golden check-vm-forced 'overridden' ferry check large1 --force memory
golden check-skip 'left out for a reason' ferry check large1 host-b --skip memory --reason 'the guest is idle' --only memory
is "$(ferry check web1 -c host-a --json | python3 -c 'import json, sys
print(*[host["dst"] for host in json.load(sys.stdin)["hosts"]])')" 'host-b host-down host-old' 'where to look can be said'

refuses 2 "virt-ferry: cannot run 'check': it needs no machine with --all
hint: Run 'virt-ferry check --help' to see how it is used." 'a machine and --all' ferry check web1 --all
refuses 2 "virt-ferry: cannot run 'check': it needs 'VM [HOST]' or '--all'
hint: Run 'virt-ferry check --help' to see how it is used." 'nothing' ferry check
refuses 2 "virt-ferry: cannot skip check 'memory' without a reason
hint: Say why with --reason TEXT: it is kept with the move." 'left out without a reason' ferry check --all --skip memory
refuses 2 "virt-ferry: cannot use --reason without --skip" 'a reason for nothing' ferry check --all --reason because
refuses 2 "virt-ferry: there is no check 'memroy'
hint: Did you mean 'memory'?" 'no such check' ferry check --all --only memroy
refuses 3 "virt-ferry: no host that answered has a machine 'wbe1': cannot connect to host 'host-down': Connection refused
hint: Did you mean 'web1'? Run 'virt-ferry list' to see all machines." 'an unknown machine' ferry check wbe1
done_testing
