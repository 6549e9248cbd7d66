#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files of a machine that libvirt's calls don't reach, on its host: the state of its vTPM, which libvirt keeps under the
# machine's UUID, and the variables of its firmware. It comes through the standard input of 'sh -s', with this set in
# front of it by change-script.c:
#   verb   what to do, below
#   old    the machine's UUID before, new: after
#   id     the number of the change, for the names of what it makes
#   nvram  path of the firmware's variables; nothing: where libvirt puts them for a machine of that name
#   name   the machine's
#   scope  system or session: whose libvirt
#   aside  the name that the old definition has meanwhile
#
#   look      says the digests: 'tpm DIGEST', 'target DIGEST' (what lies under the new UUID), 'nvram DIGEST'; '-' for none
#   keep      makes a copy of the vTPM under the new UUID, in one step, on disk; puts away what lay there
#   new       puts away what lies under the new UUID
#   undo      takes away the copy that 'keep' made and puts back what lay there
#   end       the change is over: takes away what marks the copy as ours, and what libvirt left of checkpoints
# All but look may be run again. Tools: those of RHEL, Debian, Ubuntu, and busybox.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # verb, old, new, id, nvram, name, scope and aside come from change-script.c

case $scope in
system)
    folder=/var/lib/libvirt/swtpm
    qemu=/var/lib/libvirt/qemu
    ;;
*)
    qemu=${XDG_CONFIG_HOME:-$HOME/.config}/libvirt/qemu
    folder=$qemu/swtpm
    ;;
esac
mark=.ferry-$id          # in a copy that is ours
making=$folder/$new.ferry-$id.new
put_away=$folder/$new.ferry-$id

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# What is in folder $1 as one digest, but for locks and our own marks.
digest_folder() {
    [ -d "$1" ] || {
        printf -- '-'
        return 0
    }
    (
        cd "$1" || exit 1
        find . -type f ! -name .lock ! -name '.ferry-*' | LC_ALL=C sort | while IFS= read -r file; do
            sha256sum "$file" || exit 1
        done
    ) | sha256sum | cut -c 1-64
}

look() {
    printf 'tpm %s\n' "$(digest_folder "$folder/$old")"
    printf 'target %s\n' "$(digest_folder "$folder/$new")"
    : "${nvram:=$qemu/nvram/${name}_VARS.fd}"
    if [ -f "$nvram" ]; then
        printf 'nvram %s\n' "$(sha256sum <"$nvram" | cut -c 1-64)"
    else
        printf 'nvram -\n'
    fi
}

clear_target() {
    [ -e "$folder/$new" ] || return 0
    [ ! -e "$folder/$new/$mark" ] || return 0
    [ ! -e "$put_away" ] || fail "what lies under the new UUID appeared meanwhile"
    mv -- "$folder/$new" "$put_away" || fail "cannot put away what lies under the new UUID"
}

keep() {
    [ -d "$folder/$old" ] || return 0 # never started: swtpm has nothing yet
    clear_target
    [ ! -e "$folder/$new" ] || return 0
    rm -rf -- "$making"
    if ! cp -a --reflink=auto -- "$folder/$old" "$making" 2>/dev/null; then # busybox has no such option
        rm -rf -- "$making"
        cp -a -- "$folder/$old" "$making" || fail "cannot copy the state of the vTPM"
    fi
    : >"$making/$mark" || fail "cannot mark the copy"
    command -v restorecon >/dev/null 2>&1 && restorecon -R "$making" 2>/dev/null
    # these alone: others may be busy writing to the rest of the file system
    find "$making" -exec sync {} + 2>/dev/null || sync
    mv -- "$making" "$folder/$new" || fail "cannot name the copy"
    sync "$folder" 2>/dev/null || sync
}

undo() {
    rm -rf -- "$making"
    if [ -e "$folder/$new/$mark" ]; then
        rm -rf -- "${folder:?}/${new:?}" || fail "cannot take away the copy"
    fi
    if [ -e "$put_away" ] && [ ! -e "$folder/$new" ]; then
        mv -- "$put_away" "$folder/$new" || fail "cannot put back what lay under the new UUID"
    fi
    drop_checkpoints "$name"
    drop_checkpoints "$aside"
}

# libvirt 9.0 to 11.3 writes a machine's checkpoints into its folder of snapshots, too, when it renames it, and at its
# next start takes them for snapshots that are broken.
drop_checkpoints() {
    for file in "$qemu/snapshot/$1"/*.xml; do
        if [ -f "$file" ] && grep -q '^<domaincheckpoint>' "$file"; then
            rm -f -- "$file"
        fi
    done
    rmdir -- "$qemu/snapshot/$1" 2>/dev/null
    return 0
}

end() {
    rm -f -- "$folder/$new/$mark"
    rm -rf -- "$making"
    drop_checkpoints "$aside"
}

main() {
    trap '' HUP INT TERM PIPE
    case $verb in
    look) look ;;
    keep) keep ;;
    new) clear_target ;;
    undo) undo ;;
    end) end ;;
    esac
}

main; exit
