#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How many random reads a second a folder's storage gives. It comes through the standard input of 'sh -s', with these
# set in front of it by measure.c:
#   token     what its file is called by
#   folder    where
#   seconds   how long to read
# Says 'iops N', 'missing fio' or 'unknown TEXT'. Its file of 64 MiB goes whatever happens.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # the variables above

measure() {
    file=.virt-ferry-fio-$token
    cd "$folder" 2>/dev/null || {
        printf 'unknown its folder cannot be entered\n'
        return
    }
    command -v fio >/dev/null 2>&1 || {
        printf 'missing fio\n'
        return
    }
    free=$(df -Pk . 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-0}" -lt 262144 ]; then
        printf 'unknown less than 256 MiB are free\n'
        return
    fi
    trap 'rm -f "$file"' EXIT
    trap 'exit 1' HUP INT TERM PIPE
    (set -C && : >"$file") 2>/dev/null || {
        printf 'unknown its folder cannot be written to\n'
        return
    }
    said=$(timeout $((seconds * 4)) fio --name=virt-ferry --filename="$file" --rw=randread --bs=4k --size=64m \
        --direct=1 --ioengine=psync --time_based --runtime="$seconds" --minimal --terse-version=3 2>&1 </dev/null)
    status=$?
    # fields of fio's terse output, version 3 (fio(1)): 5 is the error, 8 the reads a second
    iops=$(printf '%s\n' "$said" | awk -F ';' '$1 == "3" && $3 == "virt-ferry" && $5 == "0" { print int($8) }')
    case $status:$iops in
        0:?*) printf 'iops %s\n' "$iops" ;;
        124:* | 143:*) printf 'unknown fio did not end within %s s\n' $((seconds * 4)) ;;
        *)
            said=$(printf '%s\n' "$said" | grep -v -e '^3;' -e '^$' | tail -n 1 | cut -c 1-200)
            printf 'unknown fio failed%s\n' "${said:+: $said}"
            ;;
    esac
}

measure; exit
