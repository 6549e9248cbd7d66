#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sends zeros to another host as fast as they go. It comes through the standard input of 'sh -s', with these set in front
# of it by measure.c:
#   address, port   whereto
#   seconds         how long at most
#   mib             how much at most
# Says 'rtt MILLISECONDS' where it can tell, and 'sent SECONDS' or 'failed TEXT'.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # the variables above

have() {
    command -v "$1" >/dev/null 2>&1
}

# The clock that nobody sets; hundredths of a second on every Linux.
uptime_now() {
    read -r up rest </proc/uptime && printf '%s\n' "$up"
}

tell_rtt() {
    { timeout 4 ping -n -q -c 3 -i 0.2 -W 1 "$address" || timeout 4 ping -q -c 1 -W 1 "$address"; } 2>/dev/null \
        | sed -n 's|.* = [0-9.]*/\([0-9.]*\)/.*|rtt \1|p' | head -n 1
}

# shellcheck disable=SC2016 # that shell, and Python, are to expand them
send() {
    zeros() { dd if=/dev/zero bs=1M count="$mib" 2>/dev/null; }
    if have bash; then
        timeout "$seconds" bash -c 'exec dd if=/dev/zero bs=1M count="$2" 2>&1 >"/dev/tcp/$0/$1"' \
            "$address" "$port" "$mib"
    elif have python3; then
        timeout "$seconds" python3 -c 'import socket, sys
stream = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for _ in range(int(sys.argv[3])):
    stream.sendall(bytes(1 << 20))' "$address" "$port" "$mib"
    elif have socat; then
        case $address in *:*) address="[$address]" ;; esac
        zeros | timeout "$seconds" socat -u - "TCP:$address:$port"
    elif have nc; then
        # OpenBSD's has to be told that nothing comes any more; others see it.
        if nc -h 2>&1 | grep -q -e '[[:space:]]-N[[:space:]]'; then set -- -N; else set --; fi
        zeros | timeout "$seconds" nc "$@" "$address" "$port"
    else
        printf 'it has no bash, python3, socat or nc to send with\n'
        return 1
    fi
}

main() {
    tell_rtt
    begin=$(uptime_now)
    said=$(send 2>&1 </dev/null)
    status=$?
    end=$(uptime_now)
    # 124: GNU's timeout, 143: busybox's; the time was up, as it may be
    case $status in
        0 | 124 | 143) awk -v begin="$begin" -v end="$end" 'BEGIN { printf "sent %.2f\n", end - begin }' ;;
        *) printf 'failed %s\n' "$(printf '%s\n' "$said" | sed '/^$/d' | tail -n 1 | cut -c 1-200)" ;;
    esac
}

main; exit
