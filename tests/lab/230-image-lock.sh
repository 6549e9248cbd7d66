#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A move is fast where the destination's QEMU met the machine's own locks, and strict with the reason everywhere else.
#
# A host with QEMU 7.2 and one with 10.0, over ssh: 3 s. Four micro guests, which start in half a second. Then ten plans of 1
# to 2 s and three moves. Hosts of one kernel see each other's locks of files and of a node; that of a device is each one's own.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# The probe needs a way to run.
uri() {
    lab uri "$1" --ssh
}

cost='the destination waits until the source is gone: some 0.2 s more standstill'
bound="QEMU's locks on disk 'vda' bind both hosts"

# plans TEXT DESCRIPTION VM HOST ARG...: how the destination is let run, and why. The way to the older asks for a yes; libvirt 9.0 does
# not take /srv/lab for shared.
plans() {
    local text=$1 description=$2
    shift 2
    run ferry migrate "$@" --dry-run --unsafe --yes
    is "exit $status: $(sed -n 's/^  commit   //p' <<<"$out$err")" "exit 0: $text" "$description"
}

image() {
    qemu-img create -q -f "$1" "$LAB_FOLDER/shared/$2" 64M
    chmod 666 "$LAB_FOLDER/shared/$2"
}

# A device of all hosts, each with a node of its own. Its end is ours: no namespace holds it.
make_device() {
    local host number
    truncate -s 64M "$TMP/device.img"
    device=$(losetup --find --show "$TMP/device.img" 2>"$TMP/losetup") || return 1
    number=$((0x$(stat -c %T "$device")))
    for host in host-a host-b; do
        lab shell "$host" mknod -m 666 /dev/lk b 7 "$number" || return 1
    done
}

device=
cleanup() {
    lab down
    [ -z "$device" ] || losetup --detach "$device"
}

need_program ssh losetup
lab_up --hosts 2 --image bookworm --image trixie
image qcow2 web1.qcow2
image raw raw1.img
start host-a web1 --guest micro --disk /srv/lab/web1.qcow2
start host-a raw1 --guest micro --disk /srv/lab/raw1.img
start host-a none1 --guest micro

plans "fast: $bound: the destination starts by itself" 'a qcow2 image is locked, as the newer QEMU finds' web1 host-b
plans "fast: $bound: the destination starts by itself" 'and so is a raw one' raw1 host-b
on host-a suspend raw1
plans "fast: $bound: the destination starts by itself" 'a paused machine keeps its locks' raw1 host-b
on host-a resume raw1

plans "strict: asked for; $cost" 'strict where that was asked for' web1 host-b --strict
plans "strict: no lock is proved between the hosts: host 'host-b' was not probed: it was asked for with --no-probe; $cost" \
    'strict without a probe' web1 host-b --no-probe
lab shell host-b sh -c 'setsid tail -f /srv/lab/web1.qcow2 </dev/null >/dev/null 2>&1 & echo $! >/tmp/reader'
until_true 'it is open there' lab shell host-b sh -c '[ /proc/$(cat /tmp/reader)/fd/3 -ef /srv/lab/web1.qcow2 ]'
plans "strict: no lock is proved between the hosts: whether host 'host-b' sees the lock of disk 'vda' cannot be told: a process of this host has it open, and the lock may be that one's; $cost" \
    'strict where the lock may be one of the destination itself' web1 host-b
lab shell host-b sh -c 'kill $(cat /tmp/reader)'

plans "strict: no lock is proved between the hosts: the machine writes to no disk; $cost" 'strict without a disk' none1 host-b
blocked "  block    image-lock       --fast needs QEMU's image locks proved between the hosts: the machine writes to no disk
                            hint: Leave --fast out: a strict move needs no lock and costs some 0.2 s more standstill. Where you know that this machine cannot come to harm by running twice, go on with --force image-lock.
virt-ferry: cannot move 'none1' to 'host-b': --fast needs QEMU's image locks proved between the hosts: the machine writes to no disk" \
    'and --fast is refused' none1 host-b --fast
lives none1 'host-a running' 'it stays where it was'
plans "fast: forced, and no lock is proved between the hosts: the machine writes to no disk; the destination starts by itself" \
    'but not where it is forced' none1 host-b --fast --force image-lock

if make_device; then
    lab vm xml block1 --guest micro --disk /dev/lk |
        sed -e "s/<disk type='file'/<disk type='block'/" -e "s/<source file=/<source dev=/" >"$TMP/block1.xml"
    on host-a create "$TMP/block1.xml"
    plans "strict: no lock is proved between the hosts: disk 'vda' is a block device, whose locks bind one host alone; $cost" \
        'strict on a block device' block1 host-b
    on host-a destroy block1
else
    skip 'strict on a block device' "no loop device can be had: $(cat "$TMP/losetup")"
fi

succeeds 'the fast move' ferry migrate web1 host-b --unsafe
lives web1 'host-b running' 'it runs there'
is "$(record "json_extract(report, '\$.commit')")" fast 'as the report says'
plans "fast: $bound: the destination starts by itself" 'the older QEMU meets the lock of the newer' web1 host-a
succeeds 'a strict move of the same' ferry migrate web1 host-a --unsafe --yes --strict
lives web1 'host-a running' 'it runs there'
is "$(record "json_extract(report, '\$.commit')")" strict 'as the report says'
succeeds 'post-copy, which the lock allows' ferry migrate web1 host-b --unsafe --postcopy --force post-copy
lives web1 'host-b running' 'it runs there'
is "$(record "json_extract(report, '\$.commit')")" fast 'libvirt let it run'
ok 'the image is whole' qemu-img check -q -U "$LAB_FOLDER/shared/web1.qcow2"
done_testing
