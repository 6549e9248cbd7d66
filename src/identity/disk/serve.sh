# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154,SC2317
#
# Runs a qemu-storage-daemon and hands it the QMP commands of its own input, until that ends; then nothing is left.
# Set before it: folder, which must not exist and is made, and files, the number of files that disks are to appear on.
# Prints "ready" (or "failed: why"), the daemon's answers, and "end" after the answer whose id is "end".

daemon=

end() {
    trap '' HUP INT TERM PIPE
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null
        wait "$daemon"
    fi
    rm -f "$folder"/*
    rmdir "$folder"
}

say_end() {
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
    trap 'exit 1' HUP INT TERM PIPE
    mkfifo "$folder/in" "$folder/out" || return
    while [ "$files" -gt 0 ]; do
        files=$((files - 1))
        : >"$folder/$files"
    done
    qemu-storage-daemon --chardev stdio,id=qmp --monitor chardev=qmp <"$folder/in" >"$folder/out" &
    daemon=$!
    say_end <"$folder/out" &
    exec 3>"$folder/in"
    echo ready
    while read -r line; do
        printf '%s\n' "$line" >&3
    done
}

main; exit
