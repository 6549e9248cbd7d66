#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# libvirt gives a machine's disks back when it ends the machine: on shared storage it takes them from the copy that runs
# on the other host. First that this happens, with virsh alone; then that virt-ferry leaves the disk to the survivor, be
# it the source or the destination.
#
# Each time the reply to Finish is lost: while the last memory goes over a slow link, what host-b sends to host-a on the
# management network begins to go nowhere. The destination finishes, paused; the source hears nothing for 20 s, and gives
# up. It can't go on by itself, since a QEMU 10 that is paused on arrival holds the locks of its images.
#
# Two hosts: 4 s; QEMU runs as a user of its own on both, with dynamic ownership. A Linux guest with a disk: 5 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

disk=/srv/lab/web1.raw
given_back="^note: put back the owner of '$disk' \\([0-9]+:[0-9]+ again, it was 0:0\\)\$"

# owner_and_mode: of the disk, as the source sees it
owner_and_mode() {
    lab shell host-a stat -c '%U:%G %a' "$disk"
}

# patient HOST: its daemon asks a silent one after 10 s for the first time, as an answer that is missing would hold back
# what it sends next, and gives it up after 20: by then a busy machine has sent all memory
patient() {
    sed -i 's/^keepalive_interval = .*/keepalive_interval = 10/; s/^keepalive_count = .*/keepalive_count = 1/' \
        "$LAB_FOLDER/$1/root/etc/libvirt/qemu.conf"
    restart "$1"
}

given_up() {
    [[ $(on host-a domstate web1 --reason) != 'paused (migrating)' ]]
}

# finished: the destination has done its part, and waits or runs
finished() {
    [[ $(on host-b domstate web1 --reason 2>/dev/null) == @('paused (user)'|running*) ]]
}

# lose_reply: of the move that runs to host-b
lose_reply() {
    local source
    source=$(lab shell host-a ip -4 -o addr show br0 | sed 's/.* inet \([0-9.]*\).*/\1/')
    until_true 'the move sends' transferring host-a web1
    on host-a migrate-setmaxdowntime web1 100000
    until_true 'the switch is under way' at web1 'host-a paused, host-b paused'
    lab shell host-b ip neigh replace "$source" lladdr 02:00:00:00:00:01 dev br0 nud permanent
    lab shape off
    until_true 'the destination has finished' finished
    until_true 'the source has given up' given_up
    lab shell host-b ip neigh del "$source" dev br0
}

need_program ssh
lab_up --hosts 2 --image trixie --image trixie
patient host-a
for host in host-a host-b; do
    # the checks and the labels need scripts on the hosts
    ferry host remove "$host" >/dev/null
    ferry host add "$host" "$(lab uri "$host" --ssh)" >/dev/null
done
lab shell host-a truncate -s 16M "$disk"
start host-a web1 --dirty text:8:2 --disk "$disk"
lab shell host-a chmod 640 "$disk"
before=$(owner_and_mode)
like "$before" '^libvirt-qemu:[a-z-]+ 640$' 'the disk of a running machine is its QEMU user'"'"'s'

lab shape 8mbit
"$FERRY_SOURCE/lab/lab" run virsh -q -c "$(uri host-a)" migrate --live --p2p --persistent --suspend web1 \
    "$(uri host-b)" >"$TMP/virsh" 2>&1 </dev/null &
virsh=$!
lose_reply
until_true 'virsh has ended' gone "$virsh"
is "$(where web1)" 'host-a paused, host-b paused' 'a lost reply leaves two copies that wait'
is "$(owner_and_mode)" "$before" 'while both are there the disk is as it was'
on host-b destroy web1
is "$(owner_and_mode)" 'root:root 640' 'virsh destroy takes the disk from the machine that is left'
on host-b undefine web1
lab shell host-a chown "${before% *}" "$disk"
on host-a resume web1

lab shape 8mbit
ferry_spawn move migrate web1 host-b --yes --strict
lose_reply
until_true 'the move has ended' gone "$spawned"
status=0
wait "$spawned" || status=$?
is "$status $(where web1), disk $(owner_and_mode)" "7 host-a running, disk $before" \
    'virt-ferry undoes such a move, and the disk belongs to the machine that runs'
like "$(cat "$TMP/move.err")" "$given_back" 'it gave the disk back after its own destroy, and says so'
lives web1 'host-a running' 'it runs on the source, and nowhere else'

# Where QEMU's locks are proved the destination runs as soon as it has all: then it is the source that is ended.
lab shape 8mbit
ferry_spawn move migrate web1 host-b --yes --fast
lose_reply
until_true 'the move has ended' gone "$spawned"
status=0
wait "$spawned" || status=$?
diag "$(cat "$TMP/move.err")"
is "$status $(where web1), disk $(owner_and_mode)" "0 host-b running, disk $before" \
    'a fast one it finishes, and the disk belongs to the machine that runs'
like "$(cat "$TMP/move.err")" "$given_back" 'which it gave back after it had destroyed the source'
lives web1 'host-b running' 'it runs on the destination, and nowhere else'
done_testing
