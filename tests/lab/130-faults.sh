#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What dies or breaks while memory is sent: whatever it is, the machine runs in exactly one place at the end.
#
# Two hosts: 4 s; a Linux guest that dirties more than it may send: 5 s. Each fault is made while the move is under way
# for sure; daemons come back by "lab restart". A cut management link is noticed by keepalive after 20 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# begin: a move of web1 to host-b that does not end by itself.
begin() {
    ferry_spawn move migrate web1 host-b --bandwidth 1
    id=$((id + 1))
    until_true "move $id is under way" in_phase perform "$id"
    until_true "move $id sends" transferring host-a web1
}

# ends: the command has ended by itself; its exit status is in $status, its last words in $words.
ends() {
    until_true "move $id has ended" gone "$spawned"
    status=0
    wait "$spawned" 2>/dev/null || status=$?
    words=$(tail -n 2 "$TMP/move.err" | grep -v '^hint: ' | tail -n 1)
}

# stayed WHAT: the move failed, and the machine is where it was, and nowhere else.
stayed() {
    ends
    is "$status" 7 "$1: the move fails"
    # where nothing goes over for 15 s, the watchdog may be quicker than libvirt's keepalive of 20 s
    like "$words" "^virt-ferry: (cannot move 'web1' to 'host-b', it is on 'host-a' as before: |the move of 'web1' was given up: )" \
        "$1: which is said"
    lives web1 'host-a running' "$1: it runs on the source alone"
}

no_job() {
    on "$1" domjobinfo "$2" | grep -q '^Job type: *None'
}

id=0
lab_up --hosts 2
start host-a web1 --dirty text:8:2

begin
lab cut mig:host-b
on host-a migrate-setspeed web1 1000
sleep 3
is "$(where web1)" 'host-a running, host-b paused' 'a cut migration link: the machine goes on meanwhile'
lab mend
ends
is "$status" 0 'a cut migration link: the move ends well when it is mended'
lives web1 'host-b running' 'a cut migration link: it has moved'
run ferry verify web1
is "$status $(head -n 1 <<<"$out")" "0 'web1' is as it was before its move from 'host-a' to 'host-b'" \
    'a cut migration link: verify agrees'
succeeds 'back' ferry migrate web1 host-a
id=$((id + 1))

begin
kill -KILL "$(lab pid host-b)"
lab restart host-b 2>"$TMP/restart"
stayed "the destination's daemon is killed"

begin
kill -KILL "$(lab pid host-a)"
lab restart host-a 2>"$TMP/restart"
stayed "the source's daemon is killed"

begin
lab shell host-b kill -KILL "$(lab shell host-b cat /run/libvirt/qemu/web1.pid)"
stayed "the destination's QEMU is killed"

begin
kill -KILL "$(lab pid host-a)" "$(lab pid host-b)"
lab restart host-b 2>"$TMP/restart"
lab restart host-a 2>"$TMP/restart"
stayed 'both daemons are killed'

begin
lab cut host-b
until_true 'the source has given up' no_job host-a web1
lab mend
stayed 'a host that is cut off'

begin
lab cut host-b
ends
like "$status $words" "^10 virt-ferry: it is not clear where 'web1' is, nothing was destroyed: it is running on 'host-a' and unreachable on 'host-b': cannot migrate machine 'web1' from host 'host-a': " \
    'a host that stays cut off: it is not guessed where the machine is'
is "$(on host-a domstate web1)" running 'a host that stays cut off: the source runs on'
run ferry list
like "$err" "move $id" 'a host that stays cut off: list remarks it'
lab mend
run ferry watch web1
is "$status $(tail -n 1 <<<"$err")" \
    "7 virt-ferry: cannot move 'web1' to 'host-b', it is on 'host-a' as before: it was not brought to its end" \
    'a host that stays cut off: watch undoes the move when it is back'
lives web1 'host-a running' 'a host that stays cut off: it runs on the source alone'

run ferry verify web1
is "$status $(head -n 1 <<<"$out")" "0 'web1' is as it was before its move from 'host-b' to 'host-a'" \
    'after all this it is as the last move that ended well left it'

begin
lab shell host-a kill -KILL "$(lab shell host-a cat /run/libvirt/qemu/web1.pid)"
ends
is "$status $words" "7 virt-ferry: machine 'web1' ended on 'host-a' during the move: it is off (crashed) there now" \
    "the source's QEMU is killed: that is told as it is"
is "$(where web1)" 'host-a shut off' "the source's QEMU is killed: nothing is left on the destination"

succeeds 'the hosts are sound after all that' ferry migrate web1 host-b --offline
on host-b start web1
is "$(where web1)" 'host-b running' 'and the machine can be started'
done_testing
