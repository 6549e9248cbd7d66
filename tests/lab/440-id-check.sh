#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# 'id check' over three real hosts and 50 definitions, with one of each finding planted as it comes about in life: by
# definitions that were copied, files that were edited and folders that were left. Every one is found, none is invented,
# and nothing is found before.
#
# Three hosts of Debian 13, one micro guest that moves, two small disks: half a minute.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

MACHINES=50
AA=aaaaaaaa-0000-4000-8000-00000000000
BB=bbbbbbbb-0000-4000-8000-00000000000
root_of() {
    printf '%s/%s/root\n' "$LAB_FOLDER" "$1"
}

# number of the next machine's UUID
number=0

# define HOST NAME [REST [DEVICES [UUID]]]: a machine that is off; REST beside its devices
define() {
    local host=$1 name=$2 uuid
    number=$((number + 1))
    uuid=${5:-$(printf 'cccccccc-0000-4000-8000-%012d' "$number")}
    cat >"$TMP/$name.xml" <<END
<domain type='qemu'><name>$name</name><uuid>$uuid</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type>${SMBIOS:-}</os>${3:-}<devices>${4:-}</devices></domain>
END
    on "$host" define "$TMP/$name.xml" >/dev/null
}

nic() {
    printf "<interface type='user'><mac address='%s'/></interface>" "$1"
}

# found ARG...: one line a finding, 'SEVERITY ID MEMBER...'
found() {
    ferry id check --json "$@" >"$TMP/check.json" || true
    python3 - "$TMP/check.json" <<'END'
import json, sys
for f in json.load(open(sys.argv[1]))["findings"]:
    print(f["severity"], f["id"], *f["members"], *([f["snapshot"]] if "snapshot" in f else []))
END
}

# edit_snapshot HOST NAME OLD-TEXT NEW-TEXT: as libvirt keeps it; the daemon reads it at its next start
edit_snapshot() {
    python3 - "$(root_of "$1")/var/lib/libvirt/qemu/snapshot/$2/s1.xml" "$3" "$4" <<'END'
import pathlib, sys
file = pathlib.Path(sys.argv[1])
text = file.read_text()
assert sys.argv[2] in text, text
file.write_text(text.replace(sys.argv[2], sys.argv[3]))
END
}

# plant_guests: two disks of one image, with everything in it that is a guest's own
plant_guests() {
    local tree=$TMP/tree name folder
    folder=$(root_of host-c)/var/lib/libvirt/images
    mkdir -p "$tree"/etc/ssh "$tree"/etc/iscsi "$tree"/etc/nvme "$tree"/var/lib/mysql
    echo 'NAME=test' >"$tree/etc/os-release"
    echo 0123456789abcdef0123456789abcdef >"$tree/etc/machine-id"
    ssh-keygen -q -t ed25519 -N '' -f "$tree/etc/ssh/ssh_host_ed25519_key"
    echo InitiatorName=iqn.2026-11.test:one >"$tree/etc/iscsi/initiatorname.iscsi"
    echo nqn.2014-08.org.nvmexpress:uuid:one >"$tree/etc/nvme/hostnqn"
    printf '[auto]\nserver-uuid=dddddddd-0000-4000-8000-000000000001\n' >"$tree/var/lib/mysql/auto.cnf"
    mkdir -p "$folder"
    for name in guest1 guest2; do
        truncate -s 16M "$folder/$name.img"
        mkfs.ext4 -q -F -d "$tree" "$folder/$name.img"
        define host-c "$name" '' "<disk type='file' device='disk'><driver type='raw'/><source
            file='/var/lib/libvirt/images/$name.img'/><target dev='vda' bus='virtio'/></disk>"
    done
}

plant_copies() {
    local name sysinfo
    for name in 1 2; do
        define host-a "genid$name" "<genid>${AA}1</genid>"
        define host-a "mac$name" '' "$(nic 52:54:00:aa:00:01)"
        sysinfo="<sysinfo type='smbios'><system><entry name='serial'>copied</entry></system></sysinfo>"
        SMBIOS="<smbios mode='sysinfo'/>" define host-a "serial$name" "$sysinfo"
        define host-a "disk$name" '' "<disk type='file' device='disk'><source file='/srv/$name.img'/><target
            dev='vda' bus='virtio'/><serial>copied</serial></disk>"
        SMBIOS="<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
            <nvram>/var/lib/libvirt/qemu/nvram/copied.fd</nvram>" define host-a "nvram$name" "<features><acpi/></features>"
        define host-a "tpm$name" '' \
            "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>" "${BB}$name"
        mkdir -p "$(root_of host-a)/var/lib/libvirt/swtpm/${BB}$name/tpm2"
        echo copied >"$(root_of host-a)/var/lib/libvirt/swtpm/${BB}$name/tpm2/tpm2-00.permall"
    done
    define host-a uuid1 '' '' "${AA}2"
    define host-b uuid2 '' '' "${AA}2"
    define host-a swapped1 '' '' 00112233-4455-4677-8899-aabbccddeeff
    define host-b swapped2 '' '' 33221100-5544-7746-8899-aabbccddeeff
    define host-a moved '' '' "${AA}3"
    define host-b moved '' '' "${AA}3"
    define host-a bad '' '' 00000000-0000-0000-0000-000000000000
    define host-a aws '' '' ec2aaaaa-0000-4000-8000-000000000001
}

# The running one goes to host-c with another definition than it has, as libvirt lets it.
plant_splits() {
    start host-a split --guest micro
    on host-a dumpxml split --inactive | sed "s|<uuid>.*</uuid>|<uuid>${AA}4</uuid>|" >"$TMP/split.xml"
    lab run virsh -q -c "$(uri host-a)" migrate --live --p2p --persistent --undefinesource \
        --persistent-xml "$TMP/split.xml" split "$(uri host-c)"
    start host-a genid-split --guest micro
    on host-a destroy genid-split >/dev/null
    on host-a dumpxml genid-split --inactive | sed "s|</uuid>|</uuid><genid>${AA}5</genid>|" >"$TMP/gs.xml"
    on host-a define "$TMP/gs.xml" >/dev/null
    on host-a start genid-split >/dev/null
    sed "s|${AA}5|${AA}6|" "$TMP/gs.xml" >"$TMP/gs2.xml"
    on host-a define "$TMP/gs2.xml" >/dev/null
}

plant_files() {
    local inactive name digit=4
    for name in snap half; do
        digit=$((digit + 1))
        lab shell host-a qemu-img create -q -f qcow2 "/var/lib/libvirt/images/$name.qcow2" 1M
        define host-a "$name" '' "<disk type='file' device='disk'><driver type='qcow2'/><source
            file='/var/lib/libvirt/images/$name.qcow2'/><target dev='vda' bus='virtio'/></disk>" "${BB}$digit"
        on host-a snapshot-create-as "$name" s1 >/dev/null
    done
    edit_snapshot host-a snap "${BB}5" "${BB}7"
    inactive=$(on host-a dumpxml half --inactive | sed -e "s|${BB}6|${BB}8|" -e 's|<domain |<inactiveDomain |' \
        -e 's|</domain>|</inactiveDomain>|')
    edit_snapshot host-a half '</domain>' "</domain>$inactive"
    echo "<domain type='qemu'><name>orphan</name><uuid>${BB}9</uuid></domain>" \
        >"$(root_of host-a)/etc/libvirt/qemu/orphan.xml"
    mkdir -p "$(root_of host-a)/var/lib/libvirt/swtpm/eeeeeeee-0000-4000-8000-000000000001/tpm2"
    restart host-a
}

# set_host_uuid HOST UUID
set_host_uuid() {
    local conf
    conf=$(root_of "$1")/etc/libvirt/libvirtd.conf
    sed -i '/^host_uuid/d' "$conf"
    echo "host_uuid = \"$2\"" >>"$conf"
    restart "$1"
}

need_program python3 ssh-keygen mkfs.ext4
lab_up --hosts 3 --image trixie
for host in host-a host-b host-c; do
    ferry host remove "$host" >/dev/null
    ferry host add "$host" "$(lab uri "$host" --ssh)" >/dev/null
done

plain=$((MACHINES - 26))
for ((i = 1; i <= plain; i++)); do
    define host-c "plain$i" "<genid>$(printf 'ffffffff-0000-4000-8000-%012d' "$i")</genid>" \
        "$(nic "$(printf '52:54:00:ff:00:%02x' "$i")")"
done
is "$(found --guests --severity info)" '' 'with nothing planted nothing is found'
is "$(json '$.scanned.unknown' <"$TMP/check.json")" 0 'and all of it could be read'
is "$(json '$.unknown[0]' <"$TMP/check.json")" "guests of $plain machines: it has no disk that can be read" 'but for guests, which have no disk'

plant_copies
# Before the move: a daemon that is started again could not read what the move leaves.
set_host_uuid host-c 03000200-0400-0500-0006-000700080009
plant_splits
plant_files
plant_guests
set_host_uuid host-b "$(on host-a capabilities | sed -n 's|.*<uuid>\(.*\)</uuid>.*|\1|p' | head -n 1)"

is "$(json '$.scanned.hosts' <"$TMP/check.json")" 3 'three hosts were asked'
expected="error DUP_GENID host-a/genid1 host-a/genid2
error DUP_HOST_UUID host-a host-b
error DUP_IQN host-c/guest1 host-c/guest2
error DUP_MAC host-a/mac1 host-a/mac2
error DUP_MACHINE_ID host-c/guest1 host-c/guest2
error DUP_MYSQL_UUID host-c/guest1 host-c/guest2
error DUP_NQN host-c/guest1 host-c/guest2
error DUP_NVRAM host-a/nvram1 host-a/nvram2
error DUP_SSH_HOST_KEY host-c/guest1 host-c/guest2
error DUP_TPM host-a/tpm1 host-a/tpm2
error DUP_UUID host-a/swapped1 host-b/swapped2
error DUP_UUID host-a/uuid1 host-b/uuid2
error HOST_UUID_PLACEHOLDER host-c
error LIVE_CONFIG_UUID_SPLIT host-c/split
error ORPHAN_XML host-a/orphan
error SNAP_INACTIVE_UUID host-a/half s1
error SNAP_UUID host-a/snap s1
error UUID_BAD host-a/bad
warn DUP_DISK_SERIAL host-a/disk1 host-a/disk2
warn DUP_SERIAL host-a/serial1 host-a/serial2
warn LIVE_CONFIG_SPLIT host-a/genid-split
warn ORPHAN_TPM host-a/swtpm/eeeeeeee-0000-4000-8000-000000000001
warn UUID_EC2_LIKE host-a/aws
info DUP_UUID host-a/moved host-b/moved"
is "$(found --guests --severity info)" "$expected" 'each finding that was planted is found, and no other'
is "$(json '$.scanned.domains' <"$TMP/check.json")" "$MACHINES" "of $MACHINES machines"
is "$(json '$.scanned.unknown' <"$TMP/check.json")" 0 'all of which could be read'
run ferry id check --severity error
is "$status" 5 'errors: exit status 5'
unlike "$out" '^(warn|info) ' 'and nothing less is shown'
unlike "$out" 'MACHINE_ID' 'nobody looked into guests'

run ferry id verify split --level boot
is "$status" 9 'id verify of a machine with two UUIDs: exit status 9'
like "$out" '^wrong +definition\.uuid +aaaaaaaa-0000-4000-8000-000000000004, not ' 'its definition has another one'
like "$out" '^ok +qemu\.uuid ' 'its QEMU has the one that libvirt knows'
run ferry id verify half
is "$status" 9 'and of one whose snapshot brings another one back'
succeeds 'id verify of a machine on disk' ferry id verify plain1 --level persist
like "$out" '^ok +file\.uuid ' 'its file has its UUID'

# The commands that are told mend it.
succeeds 'the fix of DUP_GENID' ferry id set genid2 --connect host-a --genid auto --yes
unlike "$(found)" 'DUP_GENID' 'it is no more'

succeeds 'id show of a machine with a copied TPM' ferry id show tpm1 --json
like "$out" '"layer":"tpm.state","value":"[0-9a-f]{64}"' 'the digest of its state'
done_testing
