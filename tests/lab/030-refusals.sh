#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What is refused is refused before anything begins: exact text, nothing recorded, and both hosts as they were.
#
# Two hosts: 4 s. Micro guests; no move takes place but the one of virsh that stands in the way.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

machines() {
    on host-a list --all
    on host-b list --all
}

# refused STATUS TEXT DESCRIPTION ARG...: 'migrate ARG...' says TEXT, and changes nothing.
refused() {
    local before
    before=$(machines)
    says "$1" "$2" "$3" ferry migrate "${@:4}"
    is "$(machines)" "$before" "nothing changed: $3"
}

# stands CHECK TEXT HINT DESCRIPTION MACHINE HOST: one check stands against it.
stands() {
    local check before
    printf -v check '  %-8s %-16s' block "$1"
    before=$(machines)
    blocked "$check $2
                            hint: $3
virt-ferry: cannot move '$5' to '$6': $2" "$4" "$(on host-a domuuid "$5")" "${@:6}"
    is "$(machines)" "$before" "nothing changed: $4"
}

lab_up --hosts 2
start host-a web1 --guest micro

refused 3 "virt-ferry: none of the 2 hosts has a machine 'wbe1'
hint: Did you mean 'web1'? Run 'virt-ferry list' to see all machines." 'an unknown machine' wbe1 host-b
refused 3 "virt-ferry: host 'host-x' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b'." 'an unknown host' web1 host-x
refused 6 "virt-ferry: cannot move 'web1' to 'host-a': it is there already
hint: Run 'virt-ferry list' to see which machine is where." 'where it is already' web1 host-a

# Another machine of its name.
other=11111111-2222-4333-8444-555555555555
lab vm xml web1 --guest micro --uuid "$other" >"$TMP/other.xml"
on host-b define "$TMP/other.xml"
stands domain-conflict "host 'host-b' has another machine named 'web1' (UUID $other)" \
    'Give this one another name there with --dest-name.' 'a name that is taken' web1 host-b
on host-b undefine web1

# The same machine, running twice: nobody knows which is right.
start host-a twin --guest micro
on host-a dumpxml --inactive twin >"$TMP/twin.xml"
on host-b define "$TMP/twin.xml"
on host-b start twin
refused 6 "virt-ferry: machine 'twin' is active on hosts 'host-a' (running (booted)) and 'host-b' (running (booted))
hint: Two running copies ruin a machine's disks. Find out which one is right, and end the other on its host with 'virsh destroy twin'." 'a machine that runs on two hosts' twin host-b
lab vm stop twin

# The hosts.
lab shell host-b hostname localhost
stands hostname "host 'host-b' calls itself 'localhost', so the source cannot send it memory" \
    "Give the address that the source reaches it at with --dest-address, or give the host a name of its own with 'hostnamectl hostname NAME'." \
    'a destination without a name' web1 host-b
lab shell host-b hostname host-b

conf=$LAB_FOLDER/host-b/root/etc/libvirt/libvirtd.conf
cp "$conf" "$TMP/libvirtd.conf"
host_uuid=$(sed -n 's/^host_uuid = "\(.*\)"/\1/p' "$LAB_FOLDER/host-a/root/etc/libvirt/libvirtd.conf")
sed -i "s/^host_uuid = .*/host_uuid = \"$host_uuid\"/" "$conf"
restart host-b
stands host-uuid "hosts 'host-a' and 'host-b' have the same host UUID $host_uuid" \
    "Give one of them a UUID of its own: put 'host_uuid = \"...\"' with what 'uuidgen' prints into /etc/libvirt/libvirtd.conf (or virtqemud.conf), and restart its daemon." \
    'hosts made from one image' web1 host-b
cp "$TMP/libvirtd.conf" "$conf"
restart host-b

# More memory than a host has. Two cells, as the kernel refuses to promise so much at once.
cell=$(awk '$1 == "MemTotal:" { print int($2 * 2 / 3) }' /proc/meminfo)
lab vm xml huge --guest micro --vcpus 2 --memory $((cell * 2 / 1024)) |
    sed "s|</cpu>|<numa><cell id='0' cpus='0' memory='$cell'/><cell id='1' cpus='1' memory='$cell'/></numa></cpu>|" \
        >"$TMP/huge.xml"
touch "$LAB_FOLDER/shared/log/huge.log"
chmod 666 "$LAB_FOLDER/shared/log/huge.log"
if on host-a create "$TMP/huge.xml" --paused; then
    run ferry migrate huge host-b
    like "exit $status: $err" \
        "^virt-ferry: cannot move 'huge' to 'host-b': host 'host-b' has [0-9]+ GiB of memory in all, and the machine needs [0-9]+ GiB$" \
        'more memory than the host has'
    is "$(where huge)" 'host-a paused' 'and nothing changed'
    on host-a destroy huge
else
    skip 'this machine does not promise a guest more memory than it has' 'more memory than the host has'
fi

# A disk that only the source has.
disk=/var/lib/libvirt/images/only-here.raw
lab shell host-a truncate -s 1M "$disk"
start host-a disk --guest micro --disk "$disk"
stands disk-path "host 'host-b' does not see 1 of 1 disks: vda '$disk'" \
    "Make the storage available on host 'host-b' under the same path, give the path that it has there with --map-disk OLD=NEW, or let it be copied with --copy-disks DISK." \
    'a disk that the destination does not see' disk host-b --copy-disks never
lab vm stop disk

# Jobs.
disk=/srv/lab/shared.raw
lab shell host-a truncate -s 64M "$disk"
lab shell host-a chmod 666 "$disk"
start host-a copied --guest micro --disk "$disk"
on host-a blockcopy copied vda --dest /srv/lab/copy.raw --format raw --bandwidth 1 --transient-job
stands running-job "a block job runs on disk 'vda' (a copy, commit, pull or backup)" \
    "Look at it with 'virsh blockjob copied vda --info'; wait for its end, or end it with --abort." \
    'a machine whose disk is being copied' copied host-b
lab vm stop copied

# It dirties more than it may send, so this ends only when it is told to.
start host-a busy --dirty text:8:2
lab run virsh -c "$(uri host-a)" migrate --live --p2p --bandwidth 1 busy "$(uri host-b)" >"$TMP/virsh" 2>&1 &
virsh=$!
until_true 'virsh has begun' transferring host-a busy
says 6 "virt-ferry: machine 'busy' is being moved already: it is on hosts 'host-a' (running (booted)) and 'host-b' (paused (migrating))
hint: Run 'virt-ferry watch busy' to follow it; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left." \
    'a machine that somebody else moves' ferry migrate busy host-b
on host-a domjobabort busy
wait "$virsh" || true
is "$(where busy)" 'host-a running' 'whose move goes on until it is ended'

is "$(record 'count(*)' 1)" 0 'no move was recorded'
lives web1 'host-a running' 'after all this the machine runs'
done_testing
