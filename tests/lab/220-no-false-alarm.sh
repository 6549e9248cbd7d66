#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# No false alarm: machines of 30 different definitions (tests/data/definitions) that do move are said to move, without a
# warning, with the probe and without; then every one is really moved, in turn by virsh and by virt-ferry without a --yes.
#
# Two hosts: 4 s. Micro guests; half a second a move.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

definitions=("$FERRY_SOURCE"/tests/data/definitions/*.xml)

# What the definitions name: disks in the shared folder, and a network on both hosts.
prepare() {
    local folder=$LAB_FOLDER/shared/defs host image
    # puts the guest's kernel where the definitions look for it
    start host-a first --guest micro
    lab vm stop first
    mkdir "$folder"
    while read -r image; do
        case $image in
        *.qcow2) qemu-img create -q -f qcow2 "$folder/${image##*/}" 16M ;;
        *) truncate -s 1440K "$folder/${image##*/}" ;;
        esac
    done < <(grep -oh "/srv/lab/defs/[^']*" "${definitions[@]}" | sort -u)
    qemu-img create -q -f qcow2 "$folder/below.qcow2" 16M
    (cd "$folder" && qemu-img create -q -f qcow2 -b below.qcow2 -F qcow2 backing.qcow2)
    chmod 777 "$folder"
    chmod 666 "$folder"/*
    printf "<network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>\n" >"$TMP/lan.xml"
    for host in host-a host-b; do
        on "$host" net-define "$TMP/lan.xml" >/dev/null
        on "$host" net-start lan >/dev/null
    done
}

# machine_of FILE: its name
machine_of() {
    local name=${1##*/??-}
    printf '%s\n' "${name%.xml}"
}

start_all() {
    local file name
    for file in "${definitions[@]}"; do
        name=$(machine_of "$file")
        ok "$name starts" sh -c "virsh -q -c '$1' define '$file' && virsh -q -c '$1' start '$name'"
    done
}

# fits MACHINE FILE: what 'check --all --json' in FILE says of it and host-b: 'ok', or the reasons
fits() {
    sqlite3 :memory: "SELECT coalesce(json_extract(h.value, '\$.reason.check') || ': ' ||
            json_extract(h.value, '\$.reason.text'), json_extract(h.value, '\$.summary'))
        FROM json_each(CAST(readfile('$2') AS TEXT), '\$.machines') m, json_each(m.value, '\$.hosts') h
        WHERE json_extract(m.value, '\$.machine') = '$1' AND json_extract(h.value, '\$.dst') = 'host-b'"
}

# all_fit DESCRIPTION ARG...
all_fit() {
    local description=$1 file name
    shift
    succeeds "$description" ferry check --all --json "$@"
    printf '%s' "$out" >"$TMP/matrix.json"
    for file in "${definitions[@]}"; do
        name=$(machine_of "$file")
        is "$(fits "$name" "$TMP/matrix.json")" ok "$name may move: $description"
    done
}

move_all() {
    local file name by_virsh=true
    for file in "${definitions[@]}"; do
        name=$(machine_of "$file")
        if $by_virsh; then
            succeeds "$name moves: virsh" lab run virsh -q -c "$(uri host-a)" migrate --live --p2p --persistent \
                --undefinesource "$name" "$(uri host-b)"
            by_virsh=false
        else
            succeeds "$name moves: virt-ferry" ferry migrate "$name" host-b --json
            by_virsh=true
        fi
        is "$(where "$name")" 'host-b running' "$name runs there alone"
    done
}

ok 'there are 30 definitions and more' test "${#definitions[@]}" -ge 30
lab_up --hosts 2 --image trixie --image trixie
prepare
start_all "qemu+unix:///system?socket=$LAB_FOLDER/host-a/sock"
all_fit 'without the probe' --no-probe
tcp=$FERRY_STATE_DIR
export FERRY_STATE_DIR=$TMP/ssh
for host in host-a host-b; do
    ferry host add --no-connect "$host" "$(lab uri "$host" --ssh)" >/dev/null
done
all_fit 'with the probe'
unlike "$out" '"unprobed"' 'which ran on both hosts'
export FERRY_STATE_DIR=$tcp
move_all
done_testing
