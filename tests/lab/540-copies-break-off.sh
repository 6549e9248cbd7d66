#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Whatever dies while disks are copied: the machine goes on where it was with its disks as they were, nothing of ours is
# left on the destination, and nothing of others' is touched.
#
# Two hosts of libvirt 9.0 and two of 11.3: 8 s. A micro guest with a qcow2 of 200 MiB at 40 MiB/s: 5 s a copy, each of
# which breaks off when its first bytes have gone over. A cut link is noticed after the stall timeout, 5 s here.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
. "$(dirname "$0")/../lib/disks.sh"

begin_copy() {
    ferry_spawn copy migrate "$name" "$dst" --bandwidth 40 --stall-timeout 5 --yes
    until_true 'its disks are being copied' copying "$src" "$name"
}

# end_copy STATUS: waits for it; what a dead process left is taken up by recover.
end_copy() {
    local got=0
    wait "$spawned" || got=$?
    is "$got" "$1" "$what: exit status $1"
    diag "$(tail -n 1 "$TMP/copy.err")"
}

# intact: all that is promised
intact() {
    lives "$name" "$src running" "$what: it goes on where it was"
    is "$(files "$dst")" others.img "$what: nothing of ours is left"
    is "$(sh_on "$dst" 'cat others.img')" precious "$what: another's file is untouched"
    is "$(on "$src" blockjob "$name" vda --info 2>&1 | grep -c 'Block Copy')" 0 "$what: no copy goes on"
    is "$(sh_on "$src" 'md5sum c.qcow2; ls')" "$map" "$what: its image is as it was"
}

# breaks_off SRC DST VERSION
breaks_off() {
    local pid id
    src=$1 dst=$2 name=copy-$1
    sh_on "$src" "qemu-img create -q -f qcow2 c.qcow2 256M; qemu-io -f qcow2 -c 'write -P 9 8M 200M' c.qcow2 >/dev/null"
    sh_on "$dst" 'echo precious >others.img'
    start "$src" "$name" --guest micro --disk $IMAGES/c.qcow2
    map=$(sh_on "$src" 'md5sum c.qcow2; ls')

    what="$3: cancel"
    begin_copy
    id=$(record id)
    ferry cancel "$id" >/dev/null 2>&1
    end_copy 8
    intact

    what="$3: libvirt's job is ended by another"
    begin_copy
    on "$src" domjobabort "$name"
    end_copy 7
    intact

    what="$3: migration link cut"
    begin_copy
    lab cut "mig:$dst"
    end_copy 7
    lab mend
    intact

    what="$3: all links cut"
    begin_copy
    lab cut "$dst"
    until_true 'the job has ended' eval "! copying '$src' '$name'"
    lab mend
    wait "$spawned" || true
    ferry recover --all --yes >/dev/null 2>&1 || true
    intact

    what="$3: destination's daemon killed"
    begin_copy
    kill -KILL "$(lab pid "$dst")"
    until_true 'the job has ended' eval "! copying '$src' '$name'"
    restart "$dst"
    wait "$spawned" || true
    ferry recover --all --yes >/dev/null 2>&1 || true
    intact

    what="$3: source's daemon killed"
    begin_copy
    kill -KILL "$(lab pid "$src")"
    restart "$src"
    wait "$spawned" || true
    ferry recover --all --yes >/dev/null 2>&1 || true
    intact

    what="$3: destination's QEMU killed"
    begin_copy
    lab shell "$dst" sh -c "kill -KILL \$(cat /run/libvirt/qemu/$name.pid)"
    end_copy 7
    intact

    what="$3: runner killed, job aborted by recover"
    begin_copy
    id=$(record id)
    kill -KILL "$(record owner_pid "$id")"
    wait "$spawned" || true
    on "$src" domjobabort "$name" || true
    ferry recover "$id" --yes >/dev/null 2>&1 || true
    intact

    what="$3: runner killed, libvirt goes on"
    begin_copy
    id=$(record id)
    kill -KILL "$(record owner_pid "$id")"
    wait "$spawned" || true
    succeeds "$what: recover ends it" ferry recover "$id" --yes
    lives "$name" "$dst running" "$what: it arrives"
    is "$(files "$dst")" 'c.qcow2 others.img' "$what: with its disk"
    is "$(files "$src")" "c.qcow2.virt-ferry-$id" "$what: and the old one is put aside"
    lab vm stop "$name"
    is "$(image_sum "$dst" c.qcow2 qcow2)" "$(image_sum "$src" "c.qcow2.virt-ferry-$id" qcow2)" "$what: with the same content"
    sh_on "$dst" 'rm c.qcow2'
    sh_on "$src" "mv c.qcow2.* c.qcow2"

    # The room is there when it is looked at, and gone in the middle.
    what="$3: destination full in the middle"
    start "$src" "$name" --guest micro --disk $IMAGES/c.qcow2
    map=$(sh_on "$src" 'md5sum c.qcow2; ls')
    lab shell "$dst" mount -t tmpfs -o size=300m tmpfs $IMAGES
    sh_on "$dst" 'echo precious >others.img'
    begin_copy
    sh_on "$dst" 'dd if=/dev/zero of=filler bs=1M 2>/dev/null || true'
    end_copy 7
    # libvirt tells either what the disk said or that the stream ended, whichever comes first
    like "$(cat "$TMP/copy.err")" 'No space left on device|Input/output error' "$what: with the reason"
    sh_on "$dst" 'rm filler'
    intact
    lab shell "$dst" umount $IMAGES
    lab vm stop "$name"
}

lab_up --hosts 4 --image bookworm --image bookworm --image trixie --image trixie
for host in host-a host-b host-c host-d; do
    lab shell "$host" mkdir -p $IMAGES
done
breaks_off host-a host-b 9.0
breaks_off host-c host-d 11.3
done_testing
