#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Keeps owner, mode and SELinux label of files as they are. It comes through the standard input of 'sh -s', with this set
# in front of it by labels.c:
#   all_files  a function: calls its arguments once for each file, with its number and path behind them
#
# It looks at every file, says 'ready', and reads a line. At 'restore' it looks again, puts back what is not as it was,
# and says for each such file, and each part,
#   NUMBER owner|mode|label OLD NEW        it was OLD again, and NEW until then
# At the end of its input (whoever called it has died, perhaps with the change on its way) it does the same for
# some seconds, silently. A number stands for the path, so that no path is ever printed.
# Tools: those of RHEL, Debian, Ubuntu, and busybox.
#
# shellcheck shell=sh
# shellcheck disable=SC2317 # all_files calls what is called nowhere else

nl='
'
before= # NUMBER DEVICE:INODE OWNER:GROUP MODE LABEL, one a line
failed=0
quiet=no

# look FILE: sets $file, $owner, $mode and $label; fails where there is no regular file. Device nodes are each host's own:
# nobody elsewhere changes them.
look() {
    [ -f "$1" ] || return 1
    # shellcheck disable=SC2046 # three words
    set -- "$1" $(stat -L -c '%d:%i %u:%g %a' -- "$1")
    [ $# = 4 ] || return 1
    file=$2 owner=$3 mode=$4
    label=$(stat -L -c %C -- "$1" 2>/dev/null) || label=
    case $label in '' | '?' | *[!A-Za-z0-9_:.,-]*) label=- ;; esac
}

record() {
    look "$2" || return 0
    before="$before$1 $file $owner $mode $label$nl"
}

# mend NUMBER PART OLD NEW PROGRAM PATH
mend() {
    [ "$3" != "$4" ] || return 0
    if "$5" "$3" -- "$6"; then
        [ "$quiet" = yes ] || printf '%s %s %s %s\n' "$1" "$2" "$3" "$4"
    else
        failed=1
    fi
}

# The owner first: changing it takes set-user-ID bits away.
restore() {
    look "$2" || return 0
    while read -r number was_file was_owner was_mode was_label; do
        [ "$number $was_file" = "$1 $file" ] || continue
        mend "$1" owner "$was_owner" "$owner" chown "$2"
        mend "$1" mode "$was_mode" "$mode" chmod "$2"
        [ "$was_label" = - ] || mend "$1" label "$was_label" "$label" chcon "$2"
    done <<END
$before
END
}

restore_later() {
    quiet=yes
    exec >/dev/null 2>&1
    for _ in 1 2 3 4 5 6 7 8; do
        all_files restore
        sleep 1
    done
}

main() {
    trap '' PIPE HUP TERM
    all_files record
    printf 'ready\n'
    if read -r order && [ "$order" = restore ]; then
        all_files restore
    else
        restore_later
    fi
    return "$failed"
}

main; exit
