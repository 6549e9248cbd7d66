#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A machine whose disks are on its host alone goes to another one with them, while its guest writes.
#
# Two hosts of libvirt 9.0 and two of 11.3: 8 s. A Linux guest with five disks of 240 MiB, whose sums the guest itself
# takes before and after (some 5 s each under TCG), and qemu-img of the images once it is off.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
. "$(dirname "$0")/../lib/agent.sh"
. "$(dirname "$0")/../lib/disks.sh"

# make_disks SRC DST: vda thin qcow2, vdb sparse raw that is written to, vdc above a base that both have, vdd above one
# that the source alone has, vde on storage of both.
make_disks() {
    local src=$1 dst=$2
    sh_on "$src" "qemu-img create -q -f qcow2 a.qcow2 96M
        qemu-io -f qcow2 -c 'write -P 1 3M 24M' a.qcow2 >/dev/null
        truncate -s 64M b.raw
        qemu-io -f raw -c 'write -P 2 30M 8M' b.raw >/dev/null
        qemu-img create -q -f qcow2 base.qcow2 32M
        qemu-io -f qcow2 -c 'write -P 3 0 10M' base.qcow2 >/dev/null
        qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 c.qcow2
        qemu-io -f qcow2 -c 'write -P 4 8M 4M' c.qcow2 >/dev/null
        qemu-img create -q -f qcow2 own-base.qcow2 32M
        qemu-io -f qcow2 -c 'write -P 5 0 10M' own-base.qcow2 >/dev/null
        qemu-img create -q -f qcow2 -b own-base.qcow2 -F qcow2 d.qcow2
        qemu-io -f qcow2 -c 'write -P 6 6M 8M' d.qcow2 >/dev/null
        chmod 640 a.qcow2"
    lab shell "$src" cat "$IMAGES/base.qcow2" | lab shell "$dst" sh -c "cat >$IMAGES/base.qcow2"
    sh_on "$dst" 'echo precious >others.img'
    qemu-img create -q -f raw "$LAB_FOLDER/shared/e.raw" 16M
    qemu-io -f raw -c 'write -P 7 0 4M' "$LAB_FOLDER/shared/e.raw" >/dev/null
    chmod 666 "$LAB_FOLDER/shared/e.raw"
}

guest_sums() {
    in_guest "$1" "$2" /bin/sh -c 'for d in a c d e; do md5sum < /dev/vd$d; done' | cut -d ' ' -f 1
}

thin() {
    [ "$(allocated "$1" "$2")" -le $(($3 * 105 / 100 + 256)) ]
}

# travels SRC DST WHAT
travels() {
    local src=$1 dst=$2 what=$3 name=disks-$1 used writer before written after id
    local b_used d_used
    make_disks "$src" "$dst"
    start "$src" "$name" --agent --disk $IMAGES/a.qcow2 --disk $IMAGES/b.raw --disk $IMAGES/c.qcow2 \
        --disk $IMAGES/d.qcow2 --disk /srv/lab/e.raw
    until_true 'the agent answers' agent "$src" "$name" guest-ping
    before=$(guest_sums "$src" "$name")
    writer=$(spawn_in_guest "$src" "$name" /bin/sh -c \
        'i=0; while [ ! -e /stop ]; do dd if=/dev/urandom of=/dev/vdb bs=64k count=8 seek=$((i % 32 * 8)) oflag=direct 2>/dev/null; i=$((i + 1)); done; echo $i')
    until_true 'the guest writes' eval "on '$src' domblkstat '$name' vdb --human | grep -Eq 'bytes written: +[1-9][0-9]{6}'"
    used=$(allocated "$src" a.qcow2)
    d_used=$(($(allocated "$src" d.qcow2) + $(allocated "$src" own-base.qcow2)))

    succeeds "$what: it moves" ferry migrate "$name" "$dst" --unsafe --yes
    like "$out" "disk 'vda' was copied, and its old image is '$IMAGES/a.qcow2.virt-ferry-[0-9]+' on host '$src' now" \
        "$what: and tells where its old disks are"
    lives "$name" "$dst running" "$what: it runs there alone"
    after=$(guest_sums "$dst" "$name")
    is "$after" "$before" "$what: the guest reads the same from its disks"
    agent "$dst" "$name" guest-exec '{"path":"/bin/touch","arg":["/stop"]}' >/dev/null
    until_true 'the writer has stopped' has_ended "$dst" "$name" "$writer"
    ok "$what: and wrote all the while" test "$(json '$.return."out-data"' <"$TMP/exec" | base64 -d)" -gt 5
    written=$(in_guest "$dst" "$name" /bin/sh -c 'sync; md5sum < /dev/vdb' | cut -d ' ' -f 1)
    b_used=$((8 * 1024 + 16 * 1024))
    is "$(sh_on "$dst" 'stat -c %a a.qcow2')" 640 "$what: a copy has the rights of its source"

    lab vm stop "$name"
    is "$(for d in a c d; do image_sum "$dst" $d.qcow2 qcow2; done; image_sum "$dst" /srv/lab/e.raw raw)" "$before" \
        "$what: the images hold what the guest read"
    is "$(image_sum "$dst" b.raw raw)" "$written" "$what: and what it wrote last"
    ok "$what: qcow2 images are sound" sh_on "$dst" 'for i in a c d; do qemu-img check -q $i.qcow2; done'
    ok "$what: thin stays thin (qcow2)" thin "$dst" a.qcow2 "$used"
    ok "$what: sparse stays sparse (raw)" thin "$dst" b.raw "$b_used"
    ok "$what: one image of a chain is no larger" thin "$dst" d.qcow2 "$d_used"
    unlike "$(sh_on "$dst" 'qemu-img info c.qcow2; qemu-img info d.qcow2')" 'backing file' \
        "$what: with one that has no base there, every disk stands alone"
    is "$(files "$dst")" 'a.qcow2 b.raw base.qcow2 c.qcow2 d.qcow2 others.img' "$what: nothing else is there"
    id=$(sh_on "$src" 'ls a.qcow2.*' | grep -o '[0-9]*$')
    is "$(files "$src")" "a.qcow2.virt-ferry-$id b.raw.virt-ferry-$id base.qcow2 c.qcow2.virt-ferry-$id d.qcow2.virt-ferry-$id own-base.qcow2" \
        "$what: the source keeps its images, renamed, and the bases as they were"
    is "$(sh_on "$dst" 'cat others.img')" precious "$what: another's file is untouched"
    sh_on "$src" 'rm -f -- *'
    sh_on "$dst" 'rm -f -- *'
}

# stands_on_base SRC DST WHAT: the top image alone goes over where both have what is below it
stands_on_base() {
    local src=$1 dst=$2 what=$3 name=base-$1
    make_disks "$src" "$dst"
    start "$src" "$name" --guest micro --disk $IMAGES/c.qcow2 --disk $IMAGES/b.raw
    run ferry migrate "$name" "$dst" --yes
    like "$err" "vda to '$IMAGES/c.qcow2' \\([0-9.]+ MiB above its base\\)" "$what: a base that both have stays there"
    lives "$name" "$dst running" "$what: it runs on it"
    lab vm stop "$name"
    like "$(sh_on "$dst" 'qemu-img info c.qcow2')" "backing file: $IMAGES/base.qcow2" "$what: the copy stands on it"
    is "$(image_sum "$dst" c.qcow2 qcow2)$(image_sum "$dst" b.raw raw)" \
        "$(image_sum "$src" 'c.qcow2.virt-ferry-*' qcow2)$(image_sum "$src" "$(sh_on "$src" 'ls b.raw.*')" raw)" "$what: and all of it is the same"
    ok "$what: no more went over than the top" test "$(allocated "$dst" c.qcow2)" -lt 6000
    sh_on "$src" 'rm -f -- *'
    sh_on "$dst" 'rm -f -- *'
}

lab_up --hosts 4 --image bookworm --image bookworm --image trixie --image trixie
for host in host-a host-b host-c host-d; do
    lab shell "$host" mkdir -p $IMAGES
done

travels host-a host-b '9.0 to 9.0'
travels host-c host-d '11.3 to 11.3'
stands_on_base host-a host-b '9.0 to 9.0'
stands_on_base host-c host-d '11.3 to 11.3'

# What is refused before anything is touched.
sh_on host-c 'qemu-img create -q -f qcow2 r.qcow2 64M'
sh_on host-d 'echo precious >r.qcow2'
start host-c r1 --guest micro --disk $IMAGES/r.qcow2
run ferry migrate r1 host-d
is "$status" 5 'a file that is there already is refused'
like "$err" "block +disk-shared +disk 'vda' has 67108864 bytes on host 'host-c', and '$IMAGES/r.qcow2' of host 'host-d' has 9" \
    'with the reason'
run ferry migrate r1 host-d --copy-disks vda
is "$status" 5 'and when the copy is asked for'
like "$err" "host 'host-d' has a file '$IMAGES/r.qcow2' already, which is not ours to write over" 'with the reason'
is "$(sh_on host-d 'cat r.qcow2')" precious 'and is as it was'
sh_on host-d 'rm r.qcow2'
run ferry migrate r1 host-d --copy-disks never
is "$status" 5 'a disk that is not there is not copied where nobody wants it'

# Encrypted, and no faster than it may be; memory has a limit of its own.
for pair in 'host-a host-b' 'host-c host-d'; do
    read -r src dst <<<"$pair"
    sh_on "$src" 'qemu-img create -q -f qcow2 t.qcow2 64M; qemu-io -f qcow2 -c "write -P 3 0 40M" t.qcow2 >/dev/null'
    start "$src" "t-$src" --guest micro --disk $IMAGES/t.qcow2
    ferry_spawn limited migrate "t-$src" "$dst" --tls --disk-bandwidth 10
    until_true 'its disk is being copied' copying "$src" "t-$src"
    like "$(on "$src" blockjob "t-$src" vda --info 2>&1)" '10485760 bytes/s' "from '$src': a disk's copy has its limit"
    got=0
    wait "$spawned" || got=$?
    is "$got" 0 'it goes over, with TLS'
    lab vm stop "t-$src"
    is "$(image_sum "$dst" t.qcow2 qcow2)" "$(image_sum "$src" 't.qcow2.virt-ferry-*' qcow2)" 'and is the same there'
    sh_on "$src" 'rm -f -- t.*'
    sh_on "$dst" 'rm -f -- t.*'
done

# What is left is listed until it is gone.
sh_on host-a 'qemu-img create -q -f raw l.raw 1M'
start host-a l1 --guest micro --disk $IMAGES/l.raw
ferry migrate l1 host-b >/dev/null 2>&1
run ferry list --leftovers
like "$out" "^l1 +host-a +[0-9.]+ [KM]?i?B .* $IMAGES/l.raw.virt-ferry-[0-9]+$" 'what is left on the source is listed'
sh_on host-a 'rm l.raw.*'
unlike "$(ferry list --leftovers 2>&1)" 'l.raw' 'and no more once it is gone'
lab vm stop l1
sh_on host-b 'rm l.raw'

# A chain that stands in the XML itself: libvirt would look for its base there.
for pair in 'host-a host-b' 'host-c host-d'; do
    read -r src dst <<<"$pair"
    sh_on "$src" 'qemu-img create -q -f qcow2 s.qcow2 32M; qemu-io -f qcow2 -c "write -P 3 0 4M" s.qcow2 >/dev/null'
    start "$src" "s-$src" --guest micro --disk $IMAGES/s.qcow2
    on "$src" snapshot-create-as "s-$src" --disk-only --no-metadata --diskspec vda,file=$IMAGES/s.over >/dev/null
    succeeds "a chain in the XML: it moves from '$src'" ferry migrate "s-$src" "$dst"
    on "$dst" destroy "s-$src" >/dev/null
    is "$(sh_on "$dst" 'qemu-io -f qcow2 -r -c "read -P 3 0 4M" s.over' | grep -c 'read 4194304')" 1 'as one image'
    ok 'which starts again there' on "$dst" start "s-$src"
    lab vm stop "s-$src"
done
sh_on host-c 'rm -f -- s.*'

# Without a shell on the host an image stays where it was; coming back, the machine's own earlier copy is replaced.
for host in host-c host-d; do
    ferry host remove "$host" >/dev/null
    ferry host add "$host" "qemu+tcp://$host/system" >/dev/null
done
succeeds 'without a shell it moves' ferry migrate r1 host-d --yes
like "$out" "note +source-disk +disk 'vda' was copied, and its old image '$IMAGES/r.qcow2' is still on host 'host-c': " \
    'and tells that the old image is where it was'
run ferry migrate r1 host-c --yes
is "$status" 7 'nothing shows that the old image is another file: it is not touched'
succeeds 'where the disk is named it comes back' ferry migrate r1 host-c --yes --copy-disks vda
like "$err" "'$IMAGES/r.qcow2' of host 'host-c' is an earlier copy of disk 'vda': it is replaced" 'over its own earlier copy'
lives r1 'host-c running' 'to run there alone'
sh_on host-d 'rm r.qcow2'
for host in host-c host-d; do
    ferry host remove "$host" >/dev/null
    ferry host add "$host" "$(uri "$host")" >/dev/null
done

# Another place there, and away with the source's image.
lab shell host-d mkdir -p /srv/fast
on host-d pool-define-as fast dir --target /srv/fast >/dev/null
on host-d pool-start fast >/dev/null
run ferry migrate r1 host-d --dest-pool vda=slow
is "$status" 2 'a pool that is not there is told'
like "$err" "host 'host-d' has no storage pool 'slow'" 'by its name'
succeeds 'to a pool of its own, without leaving anything' ferry migrate r1 host-d --dest-pool vda=fast --remove-source-disks
lives r1 'host-d running' 'it runs there alone'
like "$(on host-d domblklist r1)" 'vda +/srv/fast/r.qcow2' 'from the pool'
like "$(on host-d domblklist r1 --inactive)" 'vda +/srv/fast/r.qcow2' 'and at its next start too'
like "$(on host-d vol-list fast)" 'r.qcow2' 'which knows its volume'
is "$(files host-c)" '' 'nothing is left on the source'
done_testing
