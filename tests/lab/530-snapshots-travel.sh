#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Snapshots and checkpoints go with their machine, from libvirt 9.0 to 11.3 and back and within each: inside a shared image,
# in a chain of files, as bitmaps in a shared and in a copied image. On the destination a revert and an incremental backup
# work. Whatever ends a move early, kill -9 included, they are where the machine is, and nowhere else.
#
# Four hosts, two of each version. Micro guests, which move in half a second; a Linux guest that can't finish under a limit
# for what has to be under way.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
need_program python3 strace qemu-img qemu-io

IMAGES=/var/lib/libvirt/images
SECRET=Zq7mFery

# image FILE: thin, 64 MiB, of any QEMU's user
image() {
    qemu-img create -q -f qcow2 "$1" 64M
    chmod 666 "$1"
}

shared() {
    printf '%s/shared/%s\n' "$LAB_FOLDER" "$1"
}

host_image() {
    printf '%s/%s/root%s/%s\n' "$LAB_FOLDER" "$1" "$IMAGES" "$2"
}

# moments HOST NAME: snapshots with their parents, the current one, checkpoints with theirs; on one line
moments() {
    local current=''
    if [ -n "$(on "$1" snapshot-list "$2" --name)" ]; then
        current=$(on "$1" snapshot-current "$2" --name)
    fi
    printf '%s | %s | %s\n' "$(pairs "$1" snapshot "$2")" "$current" "$(pairs "$1" checkpoint "$2")" | tr -s ' '
}

# pairs HOST KIND NAME: 'one<- two<-one'
pairs() {
    local name
    for name in $(on "$1" "$2-list" "$3" --topological --name); do
        printf '%s<%s ' "$name" "$(on "$1" "$2-parent" "$3" "$name" 2>/dev/null || printf -- -)"
    done
}

# forgotten HOST NAME DESCRIPTION: the host knows no such machine, nor does a folder of libvirt's have anything of it
forgotten() {
    is "$(find "$LAB_FOLDER/$1/root/var/lib/libvirt/qemu"/{snapshot,checkpoint}/"$2" -type f 2>/dev/null)" '' "$3"
}

# travels NAME FROM TO WANTED [ARG...]: moved, with what it had
travels() {
    local name=$1 from=$2 to=$3 wanted=$4
    shift 4
    succeeds "$name: $from to $to" ferry migrate "$name" "$to" --yes --unsafe "$@"
    is "$(moments "$to" "$name")" "$wanted" "$name: it has on $to what it had"
    like "$out" "ok +snapshots +[^ ]+ (snapshots?|checkpoints?) as before" "$name: and verification says so"
    forgotten "$from" "$name" "$name: $from has nothing of it"
}

# drop HOST NAME: the machine, with all that libvirt has of it
drop() {
    on "$1" destroy "$2"
    on "$1" undefine "$2" --snapshots-metadata --checkpoints-metadata
}

# refused TEXT DESCRIPTION ARG...: 'migrate ARG...' is, before anything is touched
refused() {
    run ferry migrate "${@:3}" --yes
    is "$status" 5 "$2: refused"
    like "$err" "^virt-ferry: cannot move '[^']*' to '[^']*': $1" "$2"
}

lab_up --hosts 4 --image bookworm --image trixie --image bookworm --image trixie

# Inside the image. The current one is not the newest, and the VNC password is in each.
image "$(shared inside.qcow2)"
start host-a inside --guest micro --vnc-password "$SECRET" --disk /srv/lab/inside.qcow2
on host-a snapshot-create-as inside one
on host-a snapshot-create-as inside two
on host-a snapshot-current inside one
has='one<- two<one | one | '
is "$(moments host-a inside)" "$has" 'two snapshots inside the image, the first is the current one'
travels inside host-a host-b "$has"
travels inside host-b host-a "$has"
travels inside host-a host-c "$has"
travels inside host-c host-d "$has"
travels inside host-d host-b "$has"
for name in one two; do
    is "$(on host-b snapshot-dumpxml inside "$name" --security-info | grep -c "passwd='$SECRET'")" 2 \
        "the password is in both definitions of '$name'"
done
is "$(grep -c -aF -- "$SECRET" "$FERRY_STATE_DIR"/*.db)" 0 'and not in the records'
succeeds 'the machine reverts to its snapshot' on host-b snapshot-revert inside two
is "$(on host-b domstate inside) $(on host-b snapshot-current inside --name)" 'running two' 'runs, and that is the current one'
has='one<- two<one | two | '
travels inside host-b host-d "$has"

# What a machine that is off has goes with its definition.
on host-d destroy inside
travels inside host-d host-b "$has" --offline
succeeds 'it reverts there, too' on host-b snapshot-revert inside one
is "$(on host-b domstate inside)" running 'and runs again'
has='one<- two<one | one | '

# Its source may keep a definition, and must not have the snapshots then.
succeeds 'a move that keeps the definition' ferry migrate inside host-d --yes --unsafe --keep-source-definition
is "$(moments host-b inside)" ' | | ' 'the kept definition has no snapshots'
is "$(moments host-d inside)" "$has" 'the machine has'
travels inside host-d host-b "$has"

# Where the password is another one now, whoever took the move over could not know the old one.
on host-b dumpxml inside --security-info >"$TMP/inside.xml"
sed -n "s/passwd='$SECRET'/passwd='other'/; /<graphics/,/<\\/graphics>/p" "$TMP/inside.xml" >"$TMP/graphics.xml"
on host-b update-device inside "$TMP/graphics.xml" --live --config
refused "snapshot 'one' can't be taken along: it has a password or key" 'a password that only a snapshot has' \
    inside host-d --unsafe
is "$(moments host-b inside)" "$has" 'and nothing is touched'
drop host-b inside

# A chain of files beside the image.
image "$(shared chain.qcow2)"
start host-a chain --guest micro --disk /srv/lab/chain.qcow2
for name in one two; do
    on host-a snapshot-create-as chain "$name" --disk-only --diskspec "vda,snapshot=external,file=/srv/lab/chain.$name"
    chmod 666 "$(shared "chain.$name")"
done
has='one<- two<one | two | '
travels chain host-a host-b "$has"
travels chain host-b host-d "$has"
travels chain host-d host-c "$has"
travels chain host-c host-a "$has"
mv "$(shared chain.qcow2)" "$(shared away)"
refused "host 'host-b' does not see '/srv/lab/chain.qcow2', which snapshot 'one' needs" \
    'a file of the chain that the destination does not see' chain host-b --unsafe
mv "$(shared away)" "$(shared chain.qcow2)"
drop host-a chain

# increments HOST NAME FOLDER: a backup since checkpoint 'first' has exactly what was written since
increments() {
    local host=$1 name=$2 backup=$3/backup
    printf "<domainbackup><incremental>first</incremental><disks><disk name='vda' type='file'><target file='%s'/>%s" \
        "$backup" "<driver type='qcow2'/></disk></disks></domainbackup>" >"$TMP/backup.xml"
    succeeds "$name: a backup since 'first' begins on $host" on "$host" backup-begin "$name" "$TMP/backup.xml"
    until_true 'the backup is over' over "$host" "$name"
    # what is not in it is read from the machine's image below it
    is "$(lab shell "$host" qemu-img map -U --output json "$backup" | python3 -c '
import json, sys
print([(part["start"], part["length"]) for part in json.load(sys.stdin) if part["data"] and part["depth"] == 0])')" \
        '[(1048576, 65536)]' "$name: and has the one cluster written since"
    is "$(lab shell "$host" qemu-io -r -U -c 'read -P 0x5a 1M 64k' "$backup" | head -n 1)" \
        'read 65536/65536 bytes at offset 1048576' "$name: with what was written"
    lab shell "$host" rm "$backup"
}

# over HOST NAME: libvirt tells of a job that is over once
over() {
    grep -Eq '^Operation: +Backup' <<<"$(on "$1" domjobinfo "$2" --completed)"
}

# checkpoints HOST NAME IMAGE: machine NAME, with a cluster written between two checkpoints
checkpoints() {
    start "$1" "$2" --guest micro --disk "$3"
    on "$1" checkpoint-create-as "$2" first
    # as the guest would; the device lets nobody else write
    on "$1" qemu-monitor-command "$2" --hmp 'qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend "write -P 0x5a 1M 64k"' >"$TMP/write"
    on "$1" checkpoint-create-as "$2" second
}

has=' | | first<- second<first '
for pair in 'host-a host-b' 'host-a host-c' 'host-b host-d' 'host-b host-a'; do
    read -r from to <<<"$pair"
    image "$(shared bitmaps.qcow2)"
    checkpoints "$from" bitmaps /srv/lab/bitmaps.qcow2
    travels bitmaps "$from" "$to" "$has"
    increments "$to" bitmaps /srv/lab
    travels bitmaps "$to" "$from" "$has"
    drop "$from" bitmaps

    for host in "$from" "$to"; do
        rm -f "$(host_image "$host" copied.qcow2)"
        mkdir -p "$LAB_FOLDER/$host/root$IMAGES"
    done
    image "$(host_image "$from" copied.qcow2)"
    checkpoints "$from" copied "$IMAGES/copied.qcow2"
    travels copied "$from" "$to" "$has"
    increments "$to" copied "$IMAGES"
    drop "$to" copied
done

# Inside an image that would be copied.
rm -f "$(host_image host-b copied.qcow2)"
image "$(host_image host-a copied.qcow2)"
start host-a copied --guest micro --disk "$IMAGES/copied.qcow2"
on host-a snapshot-create-as copied one
refused "disk 'vda' is copied as it is now, without snapshot 'one' that is inside its image" \
    'a snapshot inside an image that would be copied' copied host-b
is "$(moments host-a copied)" 'one<- | one | ' 'and nothing is touched'
drop host-a copied

# Cancelled, and killed under way.
image "$(shared busy.qcow2)"
start host-b busy --dirty text:8:2 --disk /srv/lab/busy.qcow2
on host-b snapshot-create-as busy one
on host-b snapshot-create-as busy two
on host-b snapshot-current busy one
has='one<- two<one | one | '
under_way() {
    ferry_spawn "$1" migrate busy host-d --yes --unsafe --bandwidth 1
    until_true 'the move is under way' in_phase perform
    until_true 'it sends' transferring host-b busy
    is "$(moments host-b busy)" ' | | ' 'under way the source has none'
}
under_way cancelled
succeeds 'it is cancelled' ferry cancel busy
until_true 'the command has ended' gone "$spawned"
is "$(moments host-b busy)" "$has" 'cancelled: they are back'
lives busy 'host-b running' 'and the machine runs on'
under_way killed
kill -KILL "$(record owner_pid)"
until_true 'the command has ended' gone "$spawned"
is "$(moments host-b busy)" ' | | ' 'killed: nobody has put them back yet'
on host-b domjobabort busy
succeeds 'recovery takes it over' ferry recover --all --yes
is "$(moments host-b busy)" "$has" 'recovered: they are back'
lives busy 'host-b running' 'and the machine runs on'
drop host-b busy

# In every phase of a move, on the way there and back.
for name in k1 k2; do
    image "$(shared "$name.qcow2")"
    start host-a "$name" --guest micro --disk "/srv/lab/$name.qcow2"
    on host-a snapshot-create-as "$name" one
    on host-a snapshot-create-as "$name" two
    on host-a snapshot-create-as "$name" three
    on host-a snapshot-current "$name" two
done
kills=${FERRY_KILLS:-3}
phases=prepare,perform,commit,undo
lab run python3 "$FERRY_SOURCE/tests/lab/kill-runner.py" --phases "$phases" --unsafe "$VIRT_FERRY" "$kills" k1 k2 >"$TMP/found"
diag "$(cat "$TMP/found")"
is "$(json '$.bad' <"$TMP/found")" '[]' 'killed in any phase: recovered with all snapshots on the host that has the machine'
for phase in ${phases//,/ }; do
    ok "killed $kills times in '$phase'" test "$(json "\$.kills.$phase" <"$TMP/found")" -ge "$kills"
done
done_testing
