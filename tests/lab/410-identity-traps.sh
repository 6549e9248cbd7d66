#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The seven traps that libvirt lays for who changes a machine's identity: each first with virsh alone, so that it is seen,
# then what was wanted with 'id set', where nothing is lost.
#
# A host with libvirt 9.0 and QEMU 7.2, one with 11.3 and 10.0. All traps are in both; where they differ the result says
# so. The machines are micro guests; the last is a Linux guest with EFI, vTPM and agent, which boots under its new UUID.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
. "$(dirname "$0")/../lib/identity.sh"

# at_version HOST TEXT: the words before each result
at_version() {
    printf 'libvirt %s, %s' "$(cut -d ' ' -f 1 "$LAB_FOLDER/$1/versions")" "$2"
}

other() {
    if [ "$1" = host-a ]; then
        echo host-b
    else
        echo host-a
    fi
}

tree='off2 off3 root run1'

# listed HOST NAME: 'UUID NAME' of all of this name, as the daemon has them
listed() {
    on "$1" list --all --uuid --name | grep -E " $2(\..*)?\$" | sed 's/ *$//' | xargs
}

# inactive_uuid HOST NAME: that of the definition, whatever the daemon calls it
inactive_uuid() {
    on "$1" dumpxml "$2" --inactive | sed -n 's|.*<uuid>\(.*\)</uuid>.*|\1|p' | head -n 1
}

# changed HOST NAME WORD DESCRIPTION ARG...: 'id set' gives it a new UUID and a new genid, and all else is as it was; the
# old UUID is in $old, the new one in $new
changed() {
    local host=$1 name=$2 what=$3
    shift 3
    old=$(uuid_of "$host" "$name")
    identity "$host" "$name" >"$TMP/before"
    succeeds "$what: id set" ferry id set "$name" --uuid auto --yes "$@"
    new=$(uuid_of "$host" "$name")
    is_not "$new" "$old" "$what: it has a new UUID"
    if grep -q '<genid>' "$TMP/before"; then
        is_not "$(genid_of "$host" "$name")" "$OLD_GENID" "$what: and a new genid"
    fi
    identity "$host" "$name" >"$TMP/after"
    same "$what: definition, snapshots, checkpoints, autostart, vTPM, NVRAM are as they were" "$TMP/before" "$TMP/after"
    is "$(left_over "$host" "$name")" '' "$what: nothing is left over"
}

# refused HOST NAME WORD REGEX ARG...: 'id set' says why not, and has touched nothing
refused() {
    local host=$1 name=$2 what=$3 reason=$4
    shift 4
    identity "$host" "$name" >"$TMP/before"
    run ferry id set "$name" --uuid auto --yes "$@"
    like "exit $status: $err" "$reason" "$what: id set refuses"
    identity "$host" "$name" >"$TMP/after"
    same "$what: and has touched nothing" "$TMP/before" "$TMP/after"
}

# usable HOST NAME UUID WORD: it is found, starts and ends under this UUID, also after a restart of the daemon
usable() {
    local host=$1 name=$2 uuid=$3 what=$4
    is "$(listed "$host" "$name")" "$uuid $name" "$what: it is there once, under the new UUID"
    succeeds "$what: it starts" on "$host" start "$name"
    succeeds "$what: it ends" on "$host" destroy "$name"
    is "$(uuid_of "$host" "$name") $(inactive_uuid "$host" "$name")" "$uuid $uuid" "$what: and keeps the new UUID"
}

# reverts HOST NAME UUID WORD SNAPSHOT...: and keeps this UUID
reverts() {
    local host=$1 name=$2 uuid=$3 what=$4 snapshot
    shift 4
    for snapshot; do
        succeeds "$what: it reverts to '$snapshot'" on "$host" snapshot-revert "$name" "$snapshot"
        is "$(uuid_of "$host" "$name") $(inactive_uuid "$host" "$name")" "$uuid $uuid" \
            "$what: reverted to '$snapshot' it keeps the new UUID"
        on "$host" destroy "$name" >/dev/null 2>&1 || true
    done
}

# fails REGEX DESCRIPTION COMMAND...: with an error like this
fails() {
    local regex=$1 description=$2
    shift 2
    run "$@"
    like "exit $status: ${err##*$'\n'}" "^exit 1: error: .*$regex" "$description"
}

# a: an undefine that fails has thrown the snapshots away before.
trap_a() {
    local host=$1 name=a-$1 what
    what=$(at_version "$host" 'a')
    make "$host" "$name"
    grow "$host" "$name"
    on "$host" start "$name"
    on "$host" managedsave "$name"
    is "$(names_of "$host" snapshot "$name")" "$tree" "$what: a machine with snapshots and a saved state"
    fails 'managed save image exists' "$what: undefine fails for the saved state" \
        on "$host" undefine "$name" --snapshots-metadata
    is "$(names_of "$host" snapshot "$name")" '' "$what: and has thrown the snapshots away"

    make "$host" "$name"
    grow "$host" "$name"
    on "$host" start "$name"
    on "$host" managedsave "$name"
    refused "$host" "$name" "$what" 'saved' --tpm keep
    on "$host" managedsave-remove "$name"
    changed "$host" "$name" "$what, without the saved state"
    reverts "$host" "$name" "$new" "$what" run1
}

# b: an undefine that does not say otherwise deletes the vTPM; a vTPM that is not there under the new UUID is made anew.
trap_b() {
    local host=$1 name=b-$1 what first
    what=$(at_version "$host" 'b')
    make "$host" "$name" '' "$VTPM"
    on "$host" start "$name"
    on "$host" destroy "$name"
    first=$(tpm_digest "$host" "$name")
    old=$(uuid_of "$host" "$name")
    on "$host" dumpxml "$name" --inactive --security-info >"$TMP/b.xml"
    succeeds "$what: undefine that keeps the NVRAM" on "$host" undefine "$name" --keep-nvram
    is "$(digest "$host" "$SWTPM/$old/tpm2/tpm2-00.permall")" none "$what: it has deleted the vTPM"
    on "$host" define "$TMP/b.xml"
    succeeds "$what: the machine starts without a word" on "$host" start "$name"
    on "$host" destroy "$name"
    is "$(manufactured "$host" "$name")" 2 "$what: with a vTPM made anew"
    is_not "$(tpm_digest "$host" "$name")" "$first" "$what: which is another one"

    on "$host" undefine "$name" --keep-nvram --keep-tpm
    sed "s|<uuid>.*</uuid>|<uuid>$(new_uuid)</uuid>|" "$TMP/b.xml" >"$TMP/b-new.xml"
    on "$host" define "$TMP/b-new.xml"
    on "$host" start "$name"
    on "$host" destroy "$name"
    is "$(manufactured "$host" "$name")" 3 "$what: a definition with a new UUID alone gets a new vTPM too"

    refused "$host" "$name" "$what" '--tpm'
    changed "$host" "$name" "$what" --tpm keep
    usable "$host" "$name" "$new" "$what"
    is "$(manufactured "$host" "$name")" 3 "$what: no vTPM was made"
}

# c: a rename writes checkpoints where snapshots belong: after the daemon's next start they are gone.
trap_c() {
    local host=$1 name=c-$1 what
    what=$(at_version "$host" 'c')
    make "$host" "$name"
    checkpoints "$host" "$name"
    on "$host" domrename "$name" "$name-2"
    is "$(names_of "$host" checkpoint "$name-2")" 'c1 c2' "$what: after a rename the checkpoints seem to be there"
    restart "$host"
    is "$(names_of "$host" checkpoint "$name-2")" '' "$what: after a restart of the daemon they are gone"
    forget "$host" "$name-2"

    make "$host" "$name"
    checkpoints "$host" "$name"
    changed "$host" "$name" "$what"
    restart "$host"
    identity "$host" "$name" >"$TMP/after"
    same "$what: they are all there after a restart" "$TMP/before" "$TMP/after"
    usable "$host" "$name" "$new" "$what"
    on "$host" start "$name"
    succeeds "$what: the next checkpoint finds its parents" on "$host" checkpoint-create-as "$name" c3
    on "$host" destroy "$name"
}

# d: a snapshot of a running machine holds its definition twice; libvirt looks into one of them only.
trap_d() {
    local host=$1 name=d-$1 what xml
    local -A uuid=()
    what=$(at_version "$host" 'd')
    make "$host" "$name"
    grow "$host" "$name"
    uuid[old]=$(uuid_of "$host" "$name")
    uuid[new]=$(new_uuid)
    on "$host" snapshot-dumpxml "$name" root --security-info | sed "s/${uuid[old]}/${uuid[new]}/" >"$TMP/root.xml"
    on "$host" snapshot-dumpxml "$name" run1 --security-info | sed "0,/${uuid[old]}/s//${uuid[new]}/" >"$TMP/run1.xml"
    on "$host" domrename "$name" "$name.aside"
    sed "s|<uuid>.*</uuid>|<uuid>${uuid[new]}</uuid>|" "$TMP/$name.xml" >"$TMP/new.xml"
    on "$host" define "$TMP/new.xml"
    on "$host" snapshot-create "$name" "$TMP/root.xml" --redefine
    succeeds "$what: a snapshot is accepted with the old UUID in its <inactiveDomain>" \
        on "$host" snapshot-create "$name" "$TMP/run1.xml" --redefine --current
    on "$host" snapshot-revert "$name" run1
    is "$(inactive_uuid "$host" "$name.aside")" "${uuid[old]}" "$what: the old machine has its UUID"
    is "$(on "$host" dumpxml "$name" --inactive | grep -o "${uuid[old]}")" "${uuid[old]}" \
        "$what: after a revert the new one has it too"
    on "$host" destroy "$name"
    is "$(listed "$host" "$name" | xargs -n 2 | cut -d ' ' -f 1 | uniq -d)" "${uuid[old]}" \
        "$what: two machines of one daemon with one UUID"
    restart "$host"
    is "$(on "$host" list --all --name | grep -c "^$name")" 1 "$what: after a restart of the daemon one of them is gone"
    rm -f "$(host_file "$host" "/etc/libvirt/qemu/$name.xml")" "$(host_file "$host" "/etc/libvirt/qemu/$name.aside.xml")"
    restart "$host"

    make "$host" "$name"
    grow "$host" "$name"
    changed "$host" "$name" "$what"
    reverts "$host" "$name" "$new" "$what" run1 off2 root
    restart "$host"
    usable "$host" "$name" "$new" "$what"
}

# e: a move takes a persistent definition with another UUID; when the machine ends it can't be looked up any more.
trap_e() {
    local host=$1 from=$2 name=e-$1 what uuid
    what=$(at_version "$host" 'e')
    uuid=$(new_uuid)
    on "$from" dumpxml "$name" --inactive --security-info | sed "s|<uuid>.*</uuid>|<uuid>$uuid</uuid>|" >"$TMP/e.xml"
    succeeds "$what: a move with another UUID in the persistent definition" lab run virsh -q -c "$(uri "$from")" \
        migrate --live --p2p --persistent --undefinesource "$name" "$(uri "$host")" --persistent-xml "$TMP/e.xml"
    old=$(uuid_of "$host" "$name")
    is "$(inactive_uuid "$host" "$name")" "$uuid" "$what: the machine that runs has a definition with another UUID"
    refused "$host" "$name" "$what" 'runs|running'
    on "$host" destroy "$name"
    fails 'no domain with matching uuid' "$what: ended, it can't be started" \
        on "$host" start "$name"
    fails 'no domain with matching uuid' "$what: nor undefined" \
        on "$host" undefine "$name"
    restart "$host"
    forget "$host" "$name"

    start "$from" "$name" --guest micro
    succeeds "$what: a move as it is" ferry migrate "$name" "$host" --yes --force image-lock
    refused "$host" "$name" "$what" 'runs|running'
    on "$host" destroy "$name"
    changed "$host" "$name" "$what, ended"
    usable "$host" "$name" "$new" "$what"
}

# f: the file edited and the daemon restarted: the running machine loses its definition, the other one its snapshots' UUID.
trap_f() {
    local host=$1 name=f-$1 what uuid
    what=$(at_version "$host" 'f')
    make "$host" "$name"
    grow "$host" "$name"
    old=$(uuid_of "$host" "$name")
    edit "$host" "$name" "$(new_uuid)"
    is_not "$(uuid_of "$host" "$name")" "$old" "$what: an edit of the file of a machine that is off seems to do"
    on "$host" snapshot-revert "$name" off2
    is "$(listed "$host" "$name")" "$old $name" "$what: the next revert brings the old UUID back"
    fails 'no domain with matching uuid' "$what: and it can't be started" \
        on "$host" start "$name"
    restart "$host"
    on "$host" start "$name"
    edit "$host" "$name" "$(new_uuid)"
    like "$(on "$host" dominfo "$name")" '^Persistent: +no' "$what: while it runs, an edit makes it transient"
    on "$host" destroy "$name"
    is "$(listed "$host" "$name")" '' "$what: when it ends it is gone"
    is "$(find "$(host_file "$host" /var/lib/libvirt/qemu/snapshot)" -path "*/$name/*")" '' "$what: and its snapshots with it"

    make "$host" "$name"
    grow "$host" "$name"
    on "$host" start "$name"
    refused "$host" "$name" "$what" 'runs|running'
    on "$host" destroy "$name"
    changed "$host" "$name" "$what"
    reverts "$host" "$name" "$new" "$what" off2
    restart "$host"
    reverts "$host" "$name" "$new" "$what, daemon restarted" run1
    usable "$host" "$name" "$new" "$what"
}

# edit HOST NAME UUID: as one with an editor does
edit() {
    local pid
    pid=$(lab pid "$1")
    kill -TERM "$pid"
    until_true "the daemon of '$1' has ended" gone "$pid"
    sed -i "s|<uuid>.*</uuid>|<uuid>$3</uuid>|" "$(host_file "$1" "/etc/libvirt/qemu/$2.xml")"
    restart "$1"
}

# g: a definition of a name that has old snapshots in the daemon's folder deletes them.
trap_g() {
    local host=$1 name=g-$1 what pid folder
    what=$(at_version "$host" 'g')
    folder=$(host_file "$host" "/var/lib/libvirt/qemu/snapshot/$name")
    make "$host" "$name"
    grow "$host" "$name"
    on "$host" dumpxml "$name" --inactive --security-info | sed "s|<uuid>.*</uuid>|<uuid>$(new_uuid)</uuid>|" >"$TMP/g.xml"
    pid=$(lab pid "$host")
    kill -TERM "$pid"
    until_true "the daemon of '$host' has ended" gone "$pid"
    rm "$(host_file "$host" "/etc/libvirt/qemu/$name.xml")" "$(host_file "$host" "/etc/libvirt/qemu/autostart/$name.xml")"
    restart "$host"
    is "$(find "$folder" -type f | wc -l)" 4 "$what: a definition removed by hand leaves its snapshots"
    on "$host" define "$TMP/g.xml"
    is "$(find "$folder" -type f 2>/dev/null)" '' "$what: a new definition of the name deletes them"
    is "$(identity "$host" "$name" | grep '^in the image:')" "in the image: root run1 off2 off3" "$what: in the image they take room for ever"

    make "$host" "$name"
    grow "$host" "$name"
    changed "$host" "$name" "$what"
    restart "$host"
    is "$(names_of "$host" snapshot "$name")" "$tree" "$what: the tree is there after a restart"
    usable "$host" "$name" "$new" "$what"
}

# make_whole HOST NAME: what hangs on a UUID, and a guest that can tell it
make_whole() {
    local host=$1 name=$2 xml=$TMP/$2.xml uuid
    machine_xml "$name" '' "$VTPM" --guest linux --agent >"$xml"
    uuid=$(sed -n 's|.*<uuid>\(.*\)</uuid>.*|\1|p' "$xml")
    sed -i -e "s|^ *<os>|  <sysinfo type='smbios'><system><entry name='serial'>S-1</entry>$(
    )<entry name='uuid'>$uuid</entry></system></sysinfo>&|" -e "s|^  </os>|    <smbios mode='sysinfo'/>$(
    )<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>$(
    )<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>/var/lib/libvirt/qemu/nvram/$name.fd</nvram>&|" "$xml"
    make_files "$host" "$name"
    on "$host" define "$xml"
    on "$host" autostart "$name"
    on "$host" start "$name"
}

agent_is_there() {
    on "$1" qemu-agent-command "$2" '{"execute":"guest-ping"}'
}

# product_uuid HOST NAME: as the guest's own kernel tells it
product_uuid() {
    local handle
    handle=$(on "$1" qemu-agent-command "$2" '{"execute":"guest-file-open",
        "arguments":{"path":"/sys/class/dmi/id/product_uuid"}}' | json '$.return')
    on "$1" qemu-agent-command "$2" "{\"execute\":\"guest-file-read\",
        \"arguments\":{\"handle\":$handle,\"count\":64}}" | json '$.return."buf-b64"' | base64 -d
}

# whole HOST: a machine with all of it, which began to boot once, so that the firmware has written its variables
whole() {
    local host=$1 name=w-$1 what made nvram
    what=$(at_version "$host" 'EFI and vTPM')
    make_whole "$host" "$name"
    nvram=/var/lib/libvirt/qemu/nvram/$name.fd
    made=$(digest "$host" "$nvram")
    until_true 'the firmware has written its variables' written "$host" "$nvram" "$made"
    on "$host" checkpoint-create-as "$name" c1
    on "$host" destroy "$name"
    changed "$host" "$name" "$what" --tpm keep
    on "$host" start "$name"
    is "$(manufactured "$host" "$name")" 1 "$what: no vTPM was made"
}

# written HOST PATH DIGEST: it is another file by now
written() {
    [ "$(digest "$1" "$2")" != "$3" ]
}

# tells HOST: the guest
tells() {
    local host=$1 name=w-$1
    until_true "the agent of '$name' answers" agent_is_there "$host" "$name"
    is "$(product_uuid "$host" "$name")" "$(uuid_of "$host" "$name")" \
        "$(at_version "$host" 'agent'): the guest boots and reports its new UUID"
}

lab_up --image bookworm --image trixie
for host in host-a host-b; do
    # The vTPM's files and the digests need scripts on the hosts.
    ferry host remove "$host" >/dev/null
    ferry host add "$host" "$(lab uri "$host" --ssh)" >/dev/null
done
start host-b e-host-a --guest micro
start host-a e-host-b --guest micro
for host in host-a host-b; do
    trap_a "$host"
    trap_b "$host"
    trap_c "$host"
    trap_d "$host"
    trap_e "$host" "$(other "$host")"
    trap_f "$host"
    trap_g "$host"
done
for host in host-a host-b; do
    whole "$host"
done
for host in host-a host-b; do
    tells "$host"
done
done_testing
