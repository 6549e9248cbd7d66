#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A running Debian guest is read off its disk, over ssh: value by value what its agent says, and what the test itself
# asks the agent. Meanwhile the guest is not spoken to and its disk neither read nor written by anybody but itself; a
# guest that stands still can be read as well. In the end one of them gets another UUID, boots, and shows it.
#
# A host of Debian 12, one of 13, a guest on each that boots in 20 s (its image is made once, in 1 to 2 min); then
# until what its first boot wrote is on its disk, half a minute.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
. "$(dirname "$0")/../lib/agent.sh"

# guest disk|qga HOST NAME: what is found, a fact a line
guest() {
    lab run "$FERRY_BUILD/tests/lab/read-guest" "$1" "$2" "$(uri "$2")" "$(lab uri "$2" --ssh)" "$3"
}

# values: of the facts on standard input those that both ways can tell, without where links lead
values() {
    grep -E '^[a-z0-9_]+: ' | grep -Ev '^(volumes|vd[a-z0-9]+): ' | sed 's/ -> .*//'
}

# cat_file HOST NAME PATH: a file of the guest, through its agent
cat_file() {
    local handle
    handle=$(agent "$1" "$2" guest-file-open "{\"path\":\"$3\",\"mode\":\"r\"}" | json '$.return')
    agent "$1" "$2" guest-file-read "{\"handle\":$handle}" | json '$.return."buf-b64"' | base64 -d
    agent "$1" "$2" guest-file-close "{\"handle\":$handle}" >/dev/null
}

# same_facts HOST NAME: both ways tell the same, and all of it is known; leaves them in $TMP/disk and $TMP/qga
same_facts() {
    guest disk "$1" "$2" >"$TMP/disk"
    guest qga "$1" "$2" >"$TMP/qga"
    values <"$TMP/disk" >"$TMP/disk.values"
    values <"$TMP/qga" >"$TMP/qga.values"
    ! grep -q unknown "$TMP/disk.values" && cmp "$TMP/disk.values" "$TMP/qga.values"
}

counters() {
    on "$1" domblkstat "$2" vda | grep -E '(rd|wr|flush)_(req|bytes|operations)'
}

# is_quiet HOST NAME: longer than ext4's commit interval of 5 s
is_quiet() {
    local before
    before=$(counters "$1" "$2")
    sleep 6
    [ "$(counters "$1" "$2")" = "$before" ]
}

sums() {
    sha256sum "$LAB_FOLDER"/shared/disk/"$1".qcow2 "$LAB_FOLDER"/shared/guest/debian-*.qcow2
}

# spoken HOST: how often its daemon has spoken to an agent
spoken() {
    grep -c 'qemuAgentCommandFull\|qemuAgentIOWrite\|"execute":' "$LAB_FOLDER/$1/root/var/log/libvirt/agent.log" || true
}

listen() {
    lab shell "$1" sh -c "virt-admin -c libvirtd:///system daemon-log-filters 1:qemu.qemu_agent &&
        virt-admin -c libvirtd:///system daemon-log-outputs '1:file:/var/log/libvirt/agent.log'"
}

answers() {
    agent "$1" "$2" guest-ping >/dev/null 2>&1
}

# fact NAME: what was found on the disk
fact() {
    sed -n "s/^$1: //p" "$TMP/disk"
}

check_values() {
    local host=$1 name=$2 machine_id field
    until_true "the first boot of '$name' is on its disk" same_facts "$host" "$name"
    is "$(cat "$TMP/disk.values")" "$(cat "$TMP/qga.values")" "$host: the disk tells what the agent tells"
    is "$(wc -l <"$TMP/disk.values")" 12 "$host: in all fields"
    machine_id=$(cat_file "$host" "$name" /etc/machine-id)
    like "$machine_id" '^[0-9a-f]{32}$' "$host: the guest has a machine-id"
    is "$(fact machine_id)" "$machine_id" "$host: and that is what was read"
    is "$(fact dbus_machine_id)" "$machine_id -> /etc/machine-id" "$host: that of D-Bus is a link to it"
    is "$(fact instance_id)" iid-virt-ferry-lab "$host: the instance-id of cloud-init"
    is "InitiatorName=$(fact iscsi_name)" "$(cat_file "$host" "$name" /etc/iscsi/initiatorname.iscsi)" "$host: the iSCSI name"
    is "server-uuid=$(fact mysql_uuid)" "$(cat_file "$host" "$name" /var/lib/mysql/auto.cnf | tail -n 1)" "$host: MySQL's UUID"
    is "$(fact lvm_devices)" missing "$host: what is not there is missing"
    for field in rsa ecdsa ed25519; do
        cat_file "$host" "$name" "/etc/ssh/ssh_host_${field}_key.pub" >"$TMP/key.pub"
        is "$(fact "ssh_$field")" "$(ssh-keygen -lf "$TMP/key.pub" | cut -d ' ' -f 2)" "$host: the $field key"
    done
    is "$(fact vda)" "type gpt, uuid $(in_guest "$host" "$name" /sbin/blkid -p -s PTUUID -o value /dev/vda), label (null), partuuid (null), mount (null), unknown (null)" \
        "$host: the disk as the guest sees it"
    is "$(fact vda2)" "type ext4, uuid $(in_guest "$host" "$name" /sbin/blkid -s UUID -o value /dev/vda2), label root, partuuid $(in_guest "$host" "$name" /sbin/blkid -s PARTUUID -o value /dev/vda2), mount /, unknown (null)" \
        "$host: and its root"
}

check_quiet() {
    local host=$1 name=$2 before sums said
    cp "$TMP/disk.values" "$TMP/values.before"
    until_true "guest '$name' writes nothing" is_quiet "$host" "$name"
    listen "$host"
    before=$(counters "$host" "$name")
    sums=$(sums "$name")
    said=$(spoken "$host")
    guest disk "$host" "$name" | values >"$TMP/values"
    is "$(cat "$TMP/values")" "$(cat "$TMP/values.before")" "$host: read again"
    is "$(spoken "$host")" "$said" "$host: nobody spoke to the agent"
    is "$(counters "$host" "$name")" "$before" "$host: its disk's counters stand where they stood"
    is "$(sums "$name")" "$sums" "$host: and its image is the same"
    guest qga "$host" "$name" >"$TMP/qga"
    is_not "$(spoken "$host")" "$said" "$host: the agent's reading would have been seen"
    on "$host" suspend "$name"
    # QEMU itself wrote what it still had of it.
    sums=$(sums "$name")
    guest disk "$host" "$name" | values >"$TMP/values"
    is "$(cat "$TMP/values")" "$(cat "$TMP/values.before")" "$host: a guest that stands still is read as well"
    is "$(sums "$name")" "$sums" "$host: and its image is the same"
    on "$host" resume "$name"
}

# nothing_left HOST: neither there nor here
nothing_left() {
    ! is_reading "$1" && [ -z "$(find "$TMP" -mindepth 1 -name 'virt-ferry-*')" ]
}

is_reading() {
    lab shell "$1" sh -c 'ls -d /tmp/virt-ferry-*' >/dev/null 2>&1
}

# check_killed HOST NAME: whoever reads is killed while the host serves the disk, three times
check_killed() {
    local pid killed=0
    while ((killed < 3)); do
        guest disk "$1" "$2" >"$TMP/killed" 2>&1 &
        pid=$!
        until_true "'$1' serves the disk, or has done so" is_reading_or_gone "$1" "$pid"
        # The program, which the shell in between became, or its child.
        ! kill -KILL "$(pgrep -P "$pid" || echo "$pid")" 2>/dev/null || killed=$((killed + 1))
        wait "$pid" || true
        until_true "nothing is left on '$1'" nothing_left "$1"
    done
}

is_reading_or_gone() {
    is_reading "$1" || gone "$2"
}

# What is made here is made there.
export TMPDIR=$TMP
need_program ssh ssh-keygen qemu-storage-daemon
[ -c /dev/fuse ] || skip_all 'needs /dev/fuse'
lab_up --image bookworm --image trixie
start host-a web1 --guest debian
start host-b web2 --guest debian
for pair in 'host-a web1' 'host-b web2'; do
    # shellcheck disable=SC2086
    set -- $pair
    check_values "$@"
    check_quiet "$@"
    until_true "nothing is left on '$1'" nothing_left "$1"
    ok "$1: nothing is left by a reader that is killed" check_killed "$@"
    lives "$2" "$1 running" "$1: the guest lived through it"
done

guest disk host-a web1 >"$TMP/a"
guest disk host-b web2 >"$TMP/b"
is_not "$(grep ^machine_id "$TMP/a")" "$(grep ^machine_id "$TMP/b")" 'each guest has a machine-id of its own'
is "$(grep ^ssh_rsa "$TMP/a")" "$(grep ^ssh_rsa "$TMP/b")" 'and clones share their keys'
uuid=$(on host-a domuuid web1)
on host-a destroy web1
guest disk host-a web1 | values >"$TMP/values"
is "$(cat "$TMP/values")" "$(values <"$TMP/a")" 'a guest that is off is read as well'

# With another UUID it boots, shows that, and is the same guest: what it made of the old one is on its disk.
succeeds 'its UUID is changed' ferry id set web1 --uuid auto --yes --connect "$(uri host-a)"
on host-a start web1
until_true "the agent of 'web1' answers" answers host-a web1
is "$(cat_file host-a web1 /sys/class/dmi/id/product_uuid)" "$(on host-a domuuid web1)" 'the guest shows the new UUID'
is_not "$(on host-a domuuid web1)" "$uuid" 'which is another one'
is "$(cat_file host-a web1 /etc/machine-id)" "$(sed -n 's/^machine_id: //p' "$TMP/a")" 'its machine-id is as it was'

run lab run "$FERRY_BUILD/tests/lab/read-guest" disk host-a "$(uri host-a)" "$(uri host-a)" web1
is "$(grep -c "unknown: cannot run a script on host 'host-a': its URI uses 'tcp'" <<<"$out")" 12 'a host without a way to its disks is unknown'
done_testing
