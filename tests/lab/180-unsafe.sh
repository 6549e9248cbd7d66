#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A disk in a folder that both hosts have, which libvirt 9.0 does not take for shared storage: it says so, and --unsafe
# moves all the same.
#
# Two hosts: 4 s. A micro guest with a qcow2 disk, which starts and moves in half a second.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

lab_up --hosts 2
disk=/srv/lab/web1.qcow2
qemu-img create -q -f qcow2 "$LAB_FOLDER/shared/web1.qcow2" 64M
chmod 666 "$LAB_FOLDER/shared/web1.qcow2"
start host-a web1 --guest micro --disk "$disk"

run ferry check web1 host-b
like "$out" "host 'host-b' sees the path of every disk \(1\)|^checks: " 'the destination sees the disk'
run ferry migrate web1 host-b
is "$status" 7 'libvirt calls the move unsafe'
like "$err" "^virt-ferry: cannot move 'web1' to 'host-b', it is on 'host-a' as before: .*Migration without shared storage is unsafe" \
    'in its own words'
like "$err" '^hint: If both hosts have the same storage there, .*, repeat the move with --unsafe\.$' 'with the way out'
lives web1 'host-a running' 'it stays where it was'

succeeds 'with --unsafe it moves' ferry migrate web1 host-b --unsafe
lives web1 'host-b running' 'to the destination alone'
like "$(on host-b domblklist web1)" "vda +$disk" 'with its disk'
ok 'whose image is whole' qemu-img check -q -U "$LAB_FOLDER/shared/web1.qcow2"
done_testing
