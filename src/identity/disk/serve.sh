# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154,SC2317
#
# Runs a qemu-storage-daemon and hands it the QMP commands of its own input, until that ends; then nothing is left.
# Set before it: folder, which must not exist and is made, and files, the number of files that disks are to appear on.
# Prints "ready" (or "failed: why"), the daemon's answers, and "end" after the answer whose id is "end".

end() {
    rm -f "$folder"/*
    rmdir "$folder"
}

# The daemon does not end with its input, but when it is told; it listens to nothing else before the first command.
say_commands() {
    while read -r line; do
        printf '%s\n' "$line"
    done
    printf '%s\n' '{"execute": "qmp_capabilities"}' '{"execute": "quit"}'
}

say_answers() {
    while read -r line; do
        printf '%s\n' "$line"
        case $line in *'"id": "end"'*) echo end ;; esac
    done
    echo end
}

main() {
    PATH=$PATH:/usr/local/bin:/usr/bin:/bin
    if ! command -v qemu-storage-daemon >/dev/null; then
        echo 'failed: no qemu-storage-daemon there'
        return
    fi
    umask 077
    mkdir "$folder" || return
    trap end EXIT
    # Whoever sends a signal has closed the input as well, which ends everything in its order. An 'exit' here could even
    # end what a trap on EXIT has just begun.
    trap : HUP INT TERM PIPE
    while [ "$files" -gt 0 ]; do
        files=$((files - 1))
        : >"$folder/$files"
    done
    echo ready
    say_commands | qemu-storage-daemon --chardev stdio,id=qmp --monitor chardev=qmp | say_answers
}

main; exit
