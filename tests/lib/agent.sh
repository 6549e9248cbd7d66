# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a lab test has a guest do, through its agent; after lab.sh.

# agent HOST NAME COMMAND [ARGUMENTS]: the agent's answer
agent() {
    on "$1" qemu-agent-command "$2" "{\"execute\":\"$3\"${4:+,\"arguments\":$4}}"
}

# spawn_in_guest HOST NAME PROGRAM ARGUMENT...: begins it there, prints its pid
spawn_in_guest() {
    local host=$1 name=$2 program=$3
    shift 3
    agent "$host" "$name" guest-exec \
        "{\"path\":\"$program\",\"arg\":[$(printf '"%s",' "$@" | sed 's/,$//')],\"capture-output\":true}" | json '$.return.pid'
}

# in_guest HOST NAME PROGRAM ARGUMENT...: runs it there, prints what it prints
in_guest() {
    local pid
    pid=$(spawn_in_guest "$@")
    until_true "'$3' has ended in the guest" has_ended "$1" "$2" "$pid"
    json '$.return."out-data"' <"$TMP/exec" | base64 -d
}

# has_ended HOST NAME PID: its status is in $TMP/exec
has_ended() {
    agent "$1" "$2" guest-exec-status "{\"pid\":$3}" >"$TMP/exec"
    [ "$(json '$.return.exited' <"$TMP/exec")" = 1 ]
}
