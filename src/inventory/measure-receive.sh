#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Takes one stream and throws it away. It comes through the standard input of 'sh -s', with these set in front of it by
# measure.c:
#   port      where to listen
#   family    4 or 6
#   seconds   how long the stream may last
# Says 'listening', and when the stream has ended 'received BYTES'. It ends by itself where none comes.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # the variables above

have() {
    command -v "$1" >/dev/null 2>&1
}

# Counts itself: a pipe would be slower than many a link.
# shellcheck disable=SC2016 # it is Python's
program='
import socket, sys
port, family, seconds = (int(word) for word in sys.argv[1:])
listener = socket.socket(socket.AF_INET6 if family == 6 else socket.AF_INET)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))
listener.listen(1)
listener.settimeout(seconds + 10)
total = 0
try:
    stream = listener.accept()[0]
    listener.close()
    stream.settimeout(seconds)
    buffer = bytearray(1 << 20)
    size = 1
    while size:
        size = stream.recv_into(buffer)
        total += size
except OSError:
    pass
print("received", total)
'

receive() {
    for python in python3 /usr/libexec/platform-python; do
        if have "$python"; then
            exec "$python" -c "$program" "$port" "$family" "$seconds"
        fi
    done
    limit=$((seconds + 20))
    if have socat; then
        timeout "$limit" socat -u "TCP$family-LISTEN:$port,reuseaddr" STDOUT | count
    elif have nc; then
        if [ "$family" = 6 ]; then set -- -6; else set --; fi
        timeout "$limit" nc "$@" -l -p "$port" | count
    else
        printf 'it has no python3, socat or nc to listen with\n' >&2
    fi
}

count() {
    printf 'received %d\n' "$(wc -c)"
}

# 0A is TCP_LISTEN
is_listening() {
    awk -v port="$(printf ':%04X' "$port")" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 }
        END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

main() {
    if is_listening; then
        printf 'port %s is taken\n' "$port" >&2
        exit 1
    fi
    # Of our own input, which stays open until the stream has ended: at its end busybox's nc half closes the stream, and
    # that of the source takes this for the end.
    exec 3<&0
    receive <&3 &
    job=$!
    trap 'kill "$job" 2>/dev/null' EXIT
    trap 'exit 1' HUP INT TERM PIPE
    tries=0
    until is_listening; do
        tries=$((tries + 1))
        if [ "$tries" -gt 50 ] || ! kill -0 "$job" 2>/dev/null; then
            printf 'cannot listen at port %s\n' "$port" >&2
            exit 1
        fi
        sleep 0.1 2>/dev/null || sleep 1
    done
    printf 'listening\n'
    wait "$job"
}

main; exit
