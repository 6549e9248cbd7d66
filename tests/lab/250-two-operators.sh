#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Two operators move one machine at once. With the same records the second is refused by the first one's lease, with
# records of their own (two laptops) by libvirt's own job. Which protects when is told in virt-ferry-migrate(1).
#
# Two hosts: 4 s; a Linux guest that dirties more than it may send: 5 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

one=$FERRY_STATE_DIR
two=$TMP/state-two
on_both="machine 'web1' is being moved already: it is on hosts 'host-a' (running (booted)) and 'host-b' (paused (migrating))"

# by_two COMMAND...: as the second operator, on a laptop of their own
by_two() {
    FERRY_STATE_DIR=$two "$@"
}

# begin: the first operator's move, which does not end by itself; its number is in $id
begin() {
    ferry_spawn first migrate web1 host-b --strict --bandwidth 1
    id=$((id + 1))
    until_true "move $id is under way" in_phase perform "$id"
    until_true "move $id sends" transferring host-a web1
}

# ends FILE PID: its exit status is in $status
ends() {
    until_true "'$1' has ended" gone "$2"
    status=0
    wait "$2" || status=$?
}

# moved_once DESCRIPTION: it ran all the time, is on host-b alone, and at least one operator is told so
moved_once() {
    lives web1 'host-b running' "$1"
    ok "$1: somebody is told" grep -q "^moved 'web1' from 'host-a' to 'host-b' in " "$TMP/first.out" "$TMP/second.out"
}

id=0
lab_up --hosts 2
for host in host-a host-b; do
    by_two ferry host add "$host" "$(uri "$host")" >/dev/null
done
start host-a web1 --dirty text:8:2

# While libvirt's job runs both see it, whatever their records say.
begin
run ferry migrate web1 host-b
is "$status $(head -n 1 <<<"$err")" "6 virt-ferry: $on_both" 'the same records: the second is refused'
run by_two ferry migrate web1 host-b
is "$status $(head -n 1 <<<"$err")" "6 virt-ferry: $on_both" 'records of their own: the second is refused'
is "$(by_two record 'count(*)' id)" 0 'and has begun nothing'

# Between libvirt's end and the commit no job is left: there the lease counts. The first one's process stands still.
runner=$(record owner_pid)
kill -STOP "$runner"
on host-a migrate-setspeed web1 1000
until_true 'libvirt is done with it' at web1 'host-b paused'
run ferry migrate web1 host-a
is "$status $(grep -v '^hint: \|^checks\|^  unknown' <<<"$err" | tail -n 1)" \
    "6 virt-ferry: cannot begin a move of machine 'web1': move $id is not over yet" \
    'the same records, no job: the lease refuses the second, and names the first'
is "$(where web1)" 'host-b paused' 'it has touched nothing'
kill -CONT "$runner"
ends first "$spawned"
is "$status" 0 'the first goes on to its end'
lives web1 'host-b running' 'the machine has moved once'
succeeds 'back' ferry migrate web1 host-a
id=$((id + 1))

# Both at the same instant: whoever comes second is refused by a check, by the lease or by libvirt, and the machine moves
# once.
for records in "$one" "$two" "$two"; do
    ferry_spawn first migrate web1 host-b
    first=$spawned
    FERRY_STATE_DIR=$records ferry_spawn second migrate web1 host-b
    second=$spawned
    ends first "$first"
    statuses=$status
    ends second "$second"
    statuses+=" $status"
    diag "exits $statuses: $(grep -h '^virt-ferry: ' "$TMP/first.err" "$TMP/second.err" || true)"
    if [ "$records" = "$one" ]; then
        like "$statuses" '^(0 [56]|[56] 0)$' 'at once, the same records: one is refused'
    fi
    moved_once "at once, $(basename "$records")"
    succeeds 'back' ferry migrate web1 host-a
    run by_two ferry recover --all
    is "$status" 0 'nothing is left to recover'
done
done_testing
