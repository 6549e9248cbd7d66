#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A move is carried by its own process: it can be watched, left, cancelled and found again, and no terminal's end
# changes anything.
#
# Two hosts: 4 s; a Linux guest that dirties more than it may send: 5 s. So each move goes on until the test cancels
# it or lifts the limit, and then ends within seconds, however slow the machine is.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# begin NAME HOST ARG...: a move of web1 there that does not end by itself; its number is in $id.
begin() {
    local name=$1 source
    source=$(on_which)
    ferry_spawn "$name" migrate web1 "$2" --bandwidth 1 "${@:3}"
    id=$((id + 1))
    until_true "move $id is under way" in_phase perform "$id"
    until_true "move $id sends" transferring "$source" web1
}

on_which() {
    local places
    places=$(where web1)
    printf '%s\n' "${places%% *}"
}

# release HOST: the move from there may end.
release() {
    on "$1" migrate-setspeed web1 1000
}

# ends PID: the process ends by itself; its exit status is in $status.
ends() {
    until_true "process $1 has ended" gone "$1"
    status=0
    wait "$1" 2>/dev/null || status=$?
}

id=0
lab_up --hosts 2
start host-a web1 --dirty text:8:2 --autostart

# Cancelled by another command, and seen by a third.
begin move host-b
mover=$spawned
is "$(where web1)" 'host-a running, host-b paused' 'a move is under way'
ferry_spawn watch watch
watcher=$spawned
until_true 'the second viewer sees it' has_line "$TMP/watch.err" '^web1 '
run ferry list
like "$err" "^note: machine 'web1' is being moved already: " 'list remarks it'
run ferry cancel web1
is "$status $out" "0 the move of 'web1' was cancelled: it is on 'host-a' as before" 'it is cancelled'
ends "$mover"
is "$status $(tail -n 1 "$TMP/move.err")" \
    "8 virt-ferry: the move of 'web1' was cancelled: it is on 'host-a' as before" 'who started it is told'
ends "$watcher"
is "$status $(tail -n 1 "$TMP/watch.err")" \
    "8 virt-ferry: the move of 'web1' was cancelled: it is on 'host-a' as before" 'who watched it too'
lives web1 'host-a running' 'it runs on where it was, and the destination is clean'
is "$(on host-a dominfo web1 | sed -n 's/^\(Persistent\|Autostart\): *//p' | paste -sd ' ')" 'yes enable' \
    'the definition is as it was'
run ferry cancel "$id"
is "$status $out$err" "6 virt-ferry: cannot cancel move $id: it has ended (cancelled)
hint: Run 'virt-ferry history' to see what became of it." 'a second time it is too late'

# Ctrl-C where nobody can be asked.
begin interrupted host-b --json
kill -INT "$spawned"
ends "$spawned"
is "$status $(json '$.error.id' <"$TMP/interrupted.err")" '8 cancelled' 'SIGINT without a terminal cancels'
lives web1 'host-a running' 'and the source runs on'

# Left at once, watched later.
begin left host-b --detach
ends "$spawned"
is "$status $(tail -n 1 "$TMP/left.err")" \
    "0 move $id goes on: watch it with 'virt-ferry watch $id', cancel it with 'virt-ferry cancel $id'" \
    '--detach returns while the move goes on'
ferry_spawn later watch "$id"
until_true 'the viewer sees it' has_line "$TMP/later.err" '^web1 '
release host-a
ends "$spawned"
is "$status $(sed -n '1s/ in .*//p' "$TMP/later.out")" "0 moved 'web1' from 'host-a' to 'host-b'" \
    'who comes later gets the report'
lives web1 'host-b running' 'it has moved'

# The terminal is closed, the viewer is killed.
begin closed host-a
kill -HUP "$spawned"
ends "$spawned"
is "$status" 129 'a hangup ends the viewer'
ferry_spawn other watch "$id"
until_true 'another viewer sees it' has_line "$TMP/other.err" '^web1 '
kill -KILL "$spawned"
ends "$spawned"
is "$(where web1)" 'host-a paused, host-b running' 'the move goes on without any viewer'
release host-b
until_true 'the move has ended' ended "$id"
is "$(record outcome)" 'done' 'to its end'
lives web1 'host-a running' 'and the machine has moved'

# The process that carries it is killed: the source's daemon ends the transfer, and nobody lets the destination run.
begin carried host-b
kill -KILL "$(record owner_pid)"
ends "$spawned"
is "$status $(tail -n 2 "$TMP/carried.err")" "10 virt-ferry: the process that carries move $id is gone
hint: Run 'virt-ferry recover $id': it reads both hosts and finishes or undoes the move." 'the viewer says so'
release host-a
until_true 'the source is gone' at web1 'host-b paused'
run ferry history
like "$out" "^$id +web1 .* perform \(stopped\)$" 'history knows'
run ferry list
like "$err" "$id" 'list remarks it'
run ferry watch "$id"
is "$status $(sed -n '1s/ in .*//p' <<<"$out")" "0 moved 'web1' from 'host-a' to 'host-b'" 'watch finishes the move'
like "$err" "^note: the process that carried move $id is gone: reading both hosts, then finishing or undoing it$" \
    'and says so'
lives web1 'host-b running' 'the machine runs, once'
is "$(on host-b dominfo web1 | sed -n 's/^\(Persistent\|Autostart\): *//p' | paste -sd ' ')" 'yes enable' \
    'with its definition and autostart'
done_testing
