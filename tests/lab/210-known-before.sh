#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What ends or spoils a move that libvirt begins is known to virt-ferry before. Each condition is made on real hosts:
# 'virt-ferry check' names it and 'virt-ferry migrate' refuses, with nothing changed; then 'virsh migrate' is let go.
# What both say, and when, is compared with docs/checks/evidence.md; FERRY_TEST_REGENERATE=1 writes it anew.
#
# Three hosts, two of Debian 13 and one of Debian 12: 60 s. Micro guests, which start and move in half a second; most
# goes to the probe, which takes 1.3 s each time, and 5 s where packets get lost.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

EVIDENCE=$FERRY_SOURCE/docs/checks/evidence.md
OWN=/var/lib/libvirt/images # each host's own
SOURCE='host-a'

# How virt-ferry reaches the hosts: over TCP it has libvirt alone, over ssh the probe too.
by_tcp() {
    FERRY_STATE_DIR=$TMP/state
}

by_ssh() {
    FERRY_STATE_DIR=$TMP/ssh
}

# timed COMMAND...: as run, and its milliseconds in $took.
timed() {
    local begin=${EPOCHREALTIME/./}
    run "$@"
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
}

machines() {
    local host
    for host in host-a host-b host-c; do
        on "$host" list --all
    done
}

# cell TEXT: one cell of a table, without what is another one each time.
cell() {
    printf '%s' "$1" | tr '\n' ' ' | sed -E \
        -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.../g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z //g' \
        -e 's/ +$//; s/\|/\\|/g'
}

# verdict_of CHECK FIELD: from the JSON in $out, which is empty where 'check' failed.
verdict_of() {
    printf '%s' "${out:-{\}}" >"$TMP/.json"
    sqlite3 :memory: "SELECT json_extract(value, '\$.$2')
        FROM json_each(CAST(readfile('$TMP/.json') AS TEXT), '\$.checks') WHERE json_extract(value, '\$.check') = '$1'"
}

# ours CONDITION CHECK VERDICT VM HOST OPTION...
ours() {
    local condition=$1 check=$2 verdict=$3 uuid before statuses='5 5'
    shift 3
    # Its name can be another's too.
    uuid=$(on "$SOURCE" domuuid "$1")
    [ "$verdict" = block ] || statuses='0 8'
    before=$(machines)
    timed ferry check "$uuid" "${@:2}" --json
    is "$(verdict_of "$check" verdict)" "$verdict" "$condition: $verdict by $check"
    our_words="$(verdict_of "$check" text)" our_time=$took
    is "$status" "${statuses% *}" "$condition: exit status of 'check'"
    run ferry migrate "$uuid" "${@:2}" --json
    is "$status" "${statuses#* }" "$condition: exit status of 'migrate'"
    is "$(machines)" "$before" "$condition: nothing has changed"
}

# row CONDITION CHECK VERDICT: what was found is one line more.
row() {
    printf '| %s | %s | %d ms | %s | %s | %s | %d ms |\n' "$1" "$(cell "$their_words")" "$their_time" \
        "$(cell "$our_words")" "[$2]($2.md)" "$3" "$our_time" >>"$TMP/rows"
}

# theirs VM HOST OPTION...
theirs() {
    local -a how=(--live)
    [ "${3:-}" != --offline ] || how=(--persistent)
    lab run virsh --connect "$(uri "$SOURCE")" migrate "${how[@]}" --p2p "$1" "$(uri "$2")" "${@:3}"
}

# fails CONDITION CHECK VERDICT VM HOST OPTION...: libvirt begins, and then finds it out.
fails() {
    local vm=$4 place
    ours "$@"
    place=$(where "$vm")
    timed theirs "${@:4}"
    like "$status $err" '^[^0].*error: ' "$1: virsh fails"
    their_words=${err#error: } their_time=$took
    stays "$vm" "$place" "$1"
    row "$@"
}

# stays VM PLACES CONDITION
stays() {
    if [ -s "$LAB_FOLDER/shared/log/$1.log" ]; then
        lives "$1" "$2" "$3: it stays where it was"
    else
        is "$(where "$1")" "$2" "$3: it stays where it was"
    fi
}

# spoils DAMAGE WORDS CONDITION CHECK VERDICT VM HOST OPTION...: libvirt does as it is told, and 'DAMAGE VM'
# proves what came of it.
spoils() {
    local damage=$1 words=$2 place
    shift 2
    place=$(where "$4")
    ours "$@"
    stays "$4" "$place" "$1"
    timed theirs "${@:4}"
    is "$status" 0 "$1: virsh does it"
    ok "$1: $words" "$damage" "$4"
    their_words="nothing; $words" their_time=$took
    row "$@"
}

# hangs CONDITION CHECK VERDICT VM HOST OPTION...: libvirt would wait for ever.
hangs() {
    local vm=$4 host=$5 began virsh
    ours "$@"
    began=${EPOCHREALTIME/./}
    theirs "${@:4}" >"$TMP/hangs" 2>&1 &
    virsh=$!
    until_true 'the connection stalls' stalled "$host"
    on host-a domjobabort "$vm"
    status=0
    wait "$virsh" || status=$?
    # QEMU may see its own end of the connection go first, in one of several words.
    like "$status $(<"$TMP/hangs")" \
        "^1 error: operation .*: job 'migration out' (canceled by client|failed: .*)$" \
        "$1: virsh hangs until it is told to stop"
    their_words="nothing; it stood still until 'virsh domjobabort'" their_time=$(((${EPOCHREALTIME/./} - began) / 1000))
    stays "$vm" 'host-a running' "$1"
    row "$@"
}

# stalled HOST: what host-a sends there was tried three times more, and no answer came.
stalled() {
    lab shell host-a ss -Htno state established dst "$(migration_ip "$1")" \
        | grep -Eq 'timer:\((on|persist),[^,]*,([3-9]|[1-9][0-9])\)'
}

migration_ip() {
    awk -v name="$1-mig" '$2 == name { print $1 }' "$LAB_FOLDER/hosts"
}

# begin NAME PLACE XML ARG...: a micro guest on $SOURCE whose definition has XML before the closing tag PLACE.
begin() {
    local name=$1 place=$2 xml
    xml=$(lab vm xml "$name" --guest micro "${@:4}")
    printf '%s\n' "${xml%"$place"*}$3$place${xml##*"$place"}" >"$TMP/$name.xml"
    install -m 666 /dev/null "$LAB_FOLDER/shared/log/$name.log"
    on "$SOURCE" define "$TMP/$name.xml"
    if ! on "$SOURCE" start "$name" 2>"$TMP/begin"; then
        bail "guest '$name' does not start: $(<"$TMP/begin")"
    fi
    # What has firmware of its own does not come to its kernel.
    [ "$place" = '</os>' ] || lab vm wait "$name"
}

# own_disk HOST FILE SIZE: the host's own, with its name in it.
own_disk() {
    lab shell "$1" sh -c "printf $1 >$OWN/$2 && truncate -s $3 $OWN/$2"
}

# is_foreign NAME: the destination runs it, with its own file or folder in place of the source's.
is_foreign() {
    at "$1" 'host-a shut off, host-b running' \
        && on host-b dumpxml "$1" | grep -q "$OWN" \
        && [ "$(lab shell host-b head -c 6 "$OWN/own.raw")" = host-b ]
}

# is_twice NAME: it runs, and can be started once more on the other host.
is_twice() {
    at "$1" 'host-a running, host-b shut off' && [ "$(on host-a domuuid "$1")" = "$(on host-b domuuid "$1")" ]
}

# is_too_big NAME: the destination has taken a machine that may use more memory than it has.
is_too_big() {
    local has
    has=$(on host-b nodeinfo | awk '/^Memory size/ { print $3 }')
    at "$1" 'host-b paused' && [ "$(on host-b dominfo "$1" | awk '/^Max memory/ { print $3 }')" -gt "$has" ]
}

# take_ports HOST FIRST LAST: listens on each of them until it is told to stop through file descriptor 7.
take_ports() {
    mkfifo "$TMP/hold"
    exec 7<>"$TMP/hold"
    lab shell "$1" perl -MIO::Socket::INET -e '
        my ($address, $first, $last) = @ARGV;
        my @held = map {
            IO::Socket::INET->new(LocalAddr => $address, LocalPort => $_, Listen => 1, ReuseAddr => 1) or die "$_: $!\n"
        } $first .. $last;
        <STDIN>' "$(migration_ip "$1")" "$2" "$3" <"$TMP/hold" 7>&- &
    holder=$!
    until_true "the ports $2 to $3 are taken" listening "$1" $(($3 - $2 + 1))
}

listening() {
    [ "$(lab shell "$1" ss -Hltn src "$(migration_ip "$1")" | wc -l)" -eq "$2" ]
}

free_ports() {
    echo >&7
    wait "$holder"
    exec 7>&-
}

# migration_mtu BYTES SEGMENTS: of host-a and host-b, not of the switch between them.
migration_mtu() {
    local host
    for host in host-a host-b; do
        lab shell "$host" ip link set mig0 mtu "$1" gso_max_segs "$2"
    done
}

# rough: without times, sizes and versions; and libvirt meets the end of a QEMU earlier or later.
rough() {
    sed -E -e "s/(process exited while connecting to|QEMU unexpectedly closed the) monitor( \(vm='[^']*'\))?/QEMU ended/" \
        -e 's/[0-9]+ ms/N ms/g' -e 's/[0-9]+(\.[0-9]+)? [KMG]iB/SIZE/g' -e 's/[0-9]+(\.[0-9]+)+/N/g'
}

evidence() {
    cat <<EOF
# What is known before a move

Each condition was made on real hosts, and both ways to move the machine were tried: \`virt-ferry check\`, and then
\`virsh migrate --live --p2p\`. \`tests/lab/210-known-before.sh\` does it and proves every line again each time it runs, and
also that \`virt-ferry migrate\` refuses and nothing has changed then; \`FERRY_TEST_REGENERATE=1\` writes this page anew.

The hosts have $(versions host-a); one has $(versions host-c), where a row says 9.0.
Times are those of the whole command, on two busy CPUs and without KVM; what takes seconds has run the probe over ssh.
Where virsh said an error the machine stayed where it was; where it said nothing, what came of it is told.

| condition | virsh said | after | virt-ferry said | check | verdict | after |
|---|---|---|---|---|---|---|
EOF
    cat "$TMP/rows"
}

versions() {
    local libvirt qemu
    read -r libvirt qemu <"$LAB_FOLDER/$1/versions"
    printf 'libvirt %s and QEMU %s' "$libvirt" "$qemu"
}

lab_up --hosts 3 --image trixie --image trixie --image bookworm
by_ssh
for host in host-a host-b host-c; do
    ferry host add "$host" "$(lab uri "$host" --ssh)" --no-connect >"$TMP/up"
done
by_tcp

mkdir "$LAB_FOLDER/shared/log"
chmod 777 "$LAB_FOLDER/shared/log"
start host-a web1 --guest micro

# What the destination does not have.
start host-a young --guest micro --machine pc-q35-10.0
fails 'machine type that the destination (9.0) does not have' machine-type block young host-c
lab vm stop young

cat >"$TMP/lan.xml" <<EOF
<network>
  <name>lan</name>
  <forward mode='bridge'/>
  <bridge name='br0'/>
</network>
EOF
on host-a net-define "$TMP/lan.xml"
on host-a net-start lan
begin wired '</devices>' "<interface type='network'><source network='lan'/><model type='virtio'/>
<rom enabled='no'/></interface>"
fails 'network absent' network block wired host-b
lab vm stop wired

own_disk host-a absent.raw 1M
start host-a disk --guest micro --disk "$OWN/absent.raw"
# It would be copied, where that is not switched off.
printf '[migrate]\ncopy-disks=never\n' >"$TMP/never.conf"
FERRY_CONFIG=$TMP/never.conf fails 'disk absent, copies switched off, --unsafe' disk-path block disk host-b --unsafe
lab vm stop disk

own_disk host-a cd.iso 1M
begin cdrom '</devices>' "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
<source file='$OWN/cd.iso'/><target dev='hdc' bus='ide'/><readonly/></disk>"
fails 'CD-ROM medium absent' removable-media block cdrom host-b
lab vm stop cdrom

lab shell host-a sh -c 'mkdir /opt/fw && cp /usr/share/OVMF/OVMF_*_4M.fd /opt/fw'
begin loader '</os>' "<loader readonly='yes' type='pflash'>/opt/fw/OVMF_CODE_4M.fd</loader>
<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'/>" --machine pc-q35-7.2 --memory 64
fails 'firmware absent' firmware block loader host-b
lab vm stop loader
begin nvram '</os>' "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
<nvram template='/opt/fw/OVMF_VARS_4M.fd'/>" --machine pc-q35-7.2 --memory 64
fails 'template of the NVRAM absent' firmware block nvram host-b
lab vm stop nvram

secret=5ecfe75e-0000-4000-8000-000000000001
cat >"$TMP/secret.xml" <<EOF
<secret ephemeral='no' private='yes'>
  <uuid>$secret</uuid>
  <usage type='vtpm'>
    <name>vtpm</name>
  </usage>
</secret>
EOF
printf 'known to host-a' >"$TMP/passphrase"
on host-a secret-define "$TMP/secret.xml"
on host-a secret-set-value "$secret" --plain --file "$TMP/passphrase"
begin vtpm '</devices>' "<tpm model='tpm-crb'><backend type='emulator' version='2.0'>
<encryption secret='$secret'/></backend></tpm>" --machine pc-q35-7.2
fails "secret of the vTPM absent" vtpm block vtpm host-b
lab vm stop vtpm

# Disks that are not the same, though their paths are.
own_disk host-a own.raw 1M
own_disk host-b own.raw 1M
start host-a disk --guest micro --disk "$OWN/own.raw"
by_ssh
spoils is_foreign 'it moved, and has another disk now' \
    'another disk under the same path, --unsafe' disk-shared block disk host-b --unsafe
lab vm stop disk
by_tcp
own_disk host-b own.raw 2M
start host-a disk --guest micro --disk "$OWN/own.raw"
spoils is_foreign 'it moved, and has another disk now, of another size' \
    'a disk of another size under the same path, --unsafe' disk-shared block disk host-b --unsafe
lab vm stop disk

# cached FILE: a disk with a write-back cache.
cached() {
    begin cached '</devices>' "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='writeback'/>
<source file='$1'/><target dev='vda' bus='virtio'/></disk>"
}

by_ssh
own_disk host-b own.raw 1M
cached "$OWN/own.raw"
fails 'cache=writeback, each host has storage of its own' disk-shared block cached host-b
lab vm stop cached
truncate -s 1M "$LAB_FOLDER/shared/cached.raw"
SOURCE='host-c'
cached /srv/lab/cached.raw
fails 'cache=writeback on storage that the source (9.0) does not take for shared' disk-cache block cached host-b
lab vm stop cached
SOURCE='host-a'
by_tcp

# What stands in the way there.
lab vm xml web1 --guest micro --uuid 11111111-2222-4333-8444-555555555555 >"$TMP/other.xml"
on host-b define "$TMP/other.xml"
fails 'name taken' domain-conflict block web1 host-b
on host-b undefine web1
lab vm xml web2 --guest micro --uuid "$(on host-a domuuid web1)" >"$TMP/other.xml"
on host-b define "$TMP/other.xml"
fails 'UUID taken by a definition of another name' domain-conflict block web1 host-b
on host-b undefine web2

by_ssh
take_ports host-b 49152 49215
fails 'all migration ports taken' ports block web1 host-b
free_ports
mv "$LAB_FOLDER/host-b/root/etc/pki/qemu" "$TMP/pki"
fails 'TLS files absent, --tls' tls block web1 host-b --tls
mv "$TMP/pki" "$LAB_FOLDER/host-b/root/etc/pki/qemu"
# Packets are cut to the MTU by the host, not by the link, which between namespaces would take them whole.
migration_mtu 9000 1
hangs 'MTU of 9000 over a switch of 1500' mtu warn web1 host-b
migration_mtu 1500 65535
by_tcp

# What the machine has or does.
qemu-img create -q -f qcow2 "$LAB_FOLDER/host-a/root$OWN/disk.qcow2" 64M
start host-a disk --guest micro --disk "$OWN/disk.qcow2"
on host-a snapshot-create-as disk first
fails 'snapshot inside an image that would be copied' snapshots block disk host-b
on host-a snapshot-delete disk first
lab vm stop disk
install -m 666 /dev/null "$LAB_FOLDER/shared/disk.qcow2"
qemu-img create -q -f qcow2 "$LAB_FOLDER/shared/disk.qcow2" 64M
start host-a disk --guest micro --disk /srv/lab/disk.qcow2
on host-a blockcopy disk vda --dest /srv/lab/copy.qcow2 --format qcow2 --bandwidth 1 --transient-job
fails 'block job' running-job block disk host-b
lab vm stop disk

begin shmem '</devices>' "<shmem name='shmem'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>"
fails 'memory that is shared with the host (ivshmem)' devices block shmem host-b
lab vm stop shmem
begin plan9 '</devices>' "<filesystem type='mount' accessmode='mapped'><source dir='$OWN'/><target dir='own'/>
</filesystem>"
spoils is_foreign 'it moved, and its folder is one of another host' \
    "folder of the host's (9p)" devices block plan9 host-b
lab vm stop plan9

lab vm start host-a gone --guest micro --transient --wait
spoils is_twice 'it runs here, and a second one can be started there' \
    'transient machine, --offline' state block gone host-b --offline
lab vm stop gone

# Two cells, as the kernel refuses to promise so much at once.
cell=$(awk '$1 == "MemTotal:" { print int($2 * 2 / 3) }' /proc/meminfo)
lab vm xml huge --guest micro --vcpus 2 --memory $((cell * 2 / 1024)) |
    sed "s|</cpu>|<numa><cell id='0' cpus='0' memory='$cell'/><cell id='1' cpus='1' memory='$cell'/></numa></cpu>|" \
        >"$TMP/huge.xml"
install -m 666 /dev/null "$LAB_FOLDER/shared/log/huge.log"
if on host-a create "$TMP/huge.xml" --paused; then
    spoils is_too_big 'it moved to a host that has not so much memory' \
        'less memory than needed' memory block huge host-b
    lab vm stop huge
else
    skip 'this machine does not promise a guest more memory than it has' 'less memory than needed'
    grep '^| less memory than needed ' "$EVIDENCE" >>"$TMP/rows"
fi

# The hosts themselves; last, as their daemon starts anew.
conf=$LAB_FOLDER/host-b/root/etc/libvirt
cp -a "$conf" "$TMP/conf"
host_uuid=$(sed -n 's/^host_uuid = "\(.*\)"/\1/p' "$LAB_FOLDER/host-a/root/etc/libvirt/libvirtd.conf")
sed -i "s/^host_uuid = .*/host_uuid = \"$host_uuid\"/" "$conf/libvirtd.conf"
sed -i '/^migration_host/d' "$conf/qemu.conf"
restart host-b
fails 'hosts of one UUID' host-uuid block web1 host-b
cp "$TMP/conf/libvirtd.conf" "$conf/libvirtd.conf"
restart host-b
lab shell host-b hostname localhost
fails "destination named 'localhost'" hostname block web1 host-b

is "$(record 'count(*)' 1)" 0 'no move was recorded'
by_ssh
is "$(record 'count(*)' 1)" 0 'nor where the probe told why'
evidence >"$TMP/evidence"
if [ -n "${FERRY_TEST_REGENERATE:-}" ] && [ "$TAP_FAILED" -eq 0 ]; then
    cp "$TMP/evidence" "$EVIDENCE"
fi
rough <"$EVIDENCE" >"$TMP/old"
rough <"$TMP/evidence" >"$TMP/new"
ok 'docs/checks/evidence.md says so (FERRY_TEST_REGENERATE=1 writes it anew)' diff -u "$TMP/old" "$TMP/new"
done_testing
