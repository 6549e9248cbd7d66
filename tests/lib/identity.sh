# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For tests of a change of identity; after lab.sh. Machines with whatever hangs on a UUID, and all of it as one text.

OLD_GENID=11111111-2222-4333-8444-555555555555
# Within a host.
IMAGES=/var/lib/libvirt/images
SWTPM=/var/lib/libvirt/swtpm

# host_file HOST PATH: the host's file, from outside.
host_file() {
    printf '%s\n' "$LAB_FOLDER/$1/root$2"
}

# shellcheck disable=SC2034 # used by the tests
VTPM="<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"

new_uuid() {
    cat /proc/sys/kernel/random/uuid
}

# machine_xml NAME ELEMENT DEVICE ARG...: a micro guest with a new UUID, a genid, a title, a description and metadata,
# with ELEMENT beside its <os>, and DEVICE among its devices. ARG... is what 'lab vm xml' knows.
machine_xml() {
    local name=$1 element=$2 device=$3
    shift 3
    lab vm xml "$name" --guest micro --disk "$IMAGES/$name.qcow2" --uuid "$(new_uuid)" "$@" | sed \
        -e "s|^  <memory |  <genid>$OLD_GENID</genid><title>The machine $name</title><description>has it all</description>&|" \
        -e "s|^  <memory |  <metadata><app:owner xmlns:app='urn:example:app' name='alice'/></metadata>&|" \
        -e "s|^  <os>|  $element&|" -e "s|^  </devices>|    $device&|"
}

# make HOST NAME [ELEMENT [DEVICE [ARG...]]]: such a machine, off, in place of one of that name.
make() {
    local host=$1 name=$2
    forget "$host" "$name"
    machine_xml "$name" "${3:-}" "${4:-}" "${@:5}" >"$TMP/$name.xml"
    make_files "$host" "$name"
    on "$host" define "$TMP/$name.xml"
}

make_files() {
    qemu-img create -q -f qcow2 "$(host_file "$1" "$IMAGES/$2.qcow2")" 16M
    : >"$LAB_FOLDER/shared/log/$2.log"
    chmod 666 "$LAB_FOLDER/shared/log/$2.log"
}

# grow HOST NAME: a snapshot of the machine off, one of it running below that, two branches, and neither the newest is
# the current one
grow() {
    on "$1" snapshot-create-as "$2" root
    on "$1" start "$2"
    on "$1" snapshot-create-as "$2" run1 'while it ran'
    on "$1" destroy "$2"
    on "$1" snapshot-revert "$2" root
    on "$1" snapshot-create-as "$2" off2
    on "$1" snapshot-create-as "$2" off3
    on "$1" snapshot-revert "$2" root
    on "$1" start "$2"
    on "$1" destroy "$2"
    on "$1" autostart "$2"
}

# checkpoints HOST NAME: two of them
checkpoints() {
    on "$1" start "$2"
    on "$1" checkpoint-create-as "$2" c1
    on "$1" checkpoint-create-as "$2" c2
    on "$1" destroy "$2"
}

# forget HOST NAME: the machine and its metadata, if it is there.
forget() {
    on "$1" domstate "$2" >/dev/null 2>&1 || return 0
    on "$1" destroy "$2" >/dev/null 2>&1 || true
    on "$1" undefine "$2" --managed-save --snapshots-metadata --checkpoints-metadata --nvram --tpm
}

uuid_of() {
    on "$1" domuuid "$2" | head -n 1
}

# genid_of HOST NAME: that of the definition
genid_of() {
    on "$1" dumpxml "$2" --inactive | sed -n 's|.*<genid>\(.*\)</genid>.*|\1|p'
}

# names_of HOST snapshot|checkpoint NAME: sorted, in one line; the daemon's order of siblings is by chance
names_of() {
    on "$1" "$2-list" "$3" --name | sort | xargs
}

# digest HOST PATH: of a host's file
digest() {
    local file
    file=$(host_file "$1" "$2")
    [ -e "$file" ] || { echo none && return; }
    sha256sum <"$file"
}

tpm_digest() {
    digest "$1" "$SWTPM/$(uuid_of "$1" "$2")/tpm2/tpm2-00.permall"
}

# manufactured HOST NAME: how often its vTPM was made; the log keeps its name through a change
manufactured() {
    grep -c 'Starting vTPM manufacturing' "$(host_file "$1" "/var/log/swtpm/libvirt/qemu/$2-swtpm.log")" || true
}

# identity HOST NAME: everything that must come through a change, with UUID for the machine's own and GENID for the
# definition's, so that before and after are one text. Another machine's or an older UUID stays as it is.
identity() {
    local host=$1 name=$2 uuid kind
    local -a items
    uuid=$(uuid_of "$host" "$name")
    {
        on "$host" dumpxml "$name" --inactive --security-info | sed "s|<genid>.*</genid>|<genid>GENID</genid>|"
        on "$host" dominfo "$name" | grep -E '^(Autostart|Managed save|Persistent):'
        for kind in snapshot checkpoint; do
            on "$host" "$kind-list" "$name" --parent | sort
            read -ra items <<<"$(names_of "$host" "$kind" "$name")"
            identity_items "$host" "$name" "$kind" "${items[@]}"
        done
        on "$host" snapshot-current "$name" --name 2>/dev/null || echo 'no current snapshot'
        identity_files "$host" "$name" "$uuid"
    } | sed -e "s/$uuid/UUID/g" -e 's/[[:space:]]*$//' -e '/^$/d'
}

# identity_items HOST NAME KIND ITEM...: their XML, with one start of virsh
identity_items() {
    local host=$1 name=$2 kind=$3 item command=
    shift 3
    for item; do
        command+="${command:+; }$kind-dumpxml $name $item --security-info"
    done
    [ -z "$command" ] || on "$host" "$command"
}

identity_files() {
    local host=$1 name=$2 uuid=$3 nvram image
    nvram=$(on "$host" dumpxml "$name" --inactive | sed -n 's|.*<nvram[^>]*>\(.*\)</nvram>.*|\1|p')
    printf 'nvram: %s\n' "${nvram:+$(digest "$host" "$nvram")}"
    printf 'vtpm: %s\n' "$(digest "$host" "$SWTPM/$uuid/tpm2/tpm2-00.permall")"
    image=$(host_file "$host" "$IMAGES/$name.qcow2")
    [ -e "$image" ] || return 0
    qemu-img info -U --output json "$image" | python3 -c '
import json, sys
info = json.load(sys.stdin)
print("in the image:", *[s["name"] for s in info.get("snapshots", [])],
      *sorted(b["name"] for b in info["format-specific"]["data"].get("bitmaps", [])))'
}

# left_over HOST NAME: second machines and definitions of a change
left_over() {
    on "$1" list --all --name | grep -F "$2." || true
    find "$(host_file "$1" /etc/libvirt/qemu)" "$(host_file "$1" /var/lib/libvirt/qemu)" -name "$2.ferry-*" -type f
}

# same DESCRIPTION BEFORE AFTER: two files; what differs is shown
same() {
    if diff -u "$2" "$3" >"$TMP/.diff"; then
        tap_report yes "$1"
    else
        tap_report no "$1"
        diag "$(head -n 60 "$TMP/.diff")"
    fi
}
