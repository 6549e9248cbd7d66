#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A migration link that swallows everything, which neither QEMU nor libvirt notices: it is told within seconds, and acted
# upon: before the switch the move is given up, at the switch its stream is broken, and a post-copy is taken up again.
#
# Two hosts over ssh of either libvirt: 4 s each; a Linux guest that dirties more than it may send: 5 s. The link is cut when
# the source is in the state that is meant, and stays cut until the end is seen, but for the post-copy.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

uri() {
    lab uri "$1" --ssh
}

# begin ARG...: a move of web1 to host-b under way
begin() {
    ferry_spawn move migrate web1 host-b "$@"
    id=$((id + 1))
    until_true "move $id is under way" in_phase perform "$id"
    until_true "move $id sends" transferring host-a web1
}

# ends: the command has ended by itself; exit status in $status, its last words in $words
ends() {
    until_true "move $id has ended" gone "$spawned"
    status=0
    wait "$spawned" 2>/dev/null || status=$?
    words=$(grep '^virt-ferry: ' "$TMP/move.err" || true)
}

stands() {
    [ "$(on "$1" domstate --reason "$2")" = "$3" ]
}

given_up="virt-ferry: the move of 'web1' was given up: nothing went over from 'host-a' to 'host-b' any more: it is on 'host-a' as before"

for image in bookworm trixie; do
    id=0
    lab_up --image "$image" --image "$image"
    start host-a web1 --dirty text:64:20

    begin --bandwidth 5 --stall-timeout 5
    lab cut mig:host-b
    until_true 'the stall is told' has_line "$TMP/move.err" 'nothing (goes|went) over'
    ends
    is "$status $words" "7 $given_up" "$image: a dead link in pre-copy: the move is given up while it is dead"
    lives web1 'host-a running' "$image: the source runs on alone"
    lab mend

    # More is left at the switch than goes over at once, and slowly, so that the cut comes before the end: the source
    # stands, and QEMU answers nobody.
    lab shape 20mbit
    begin --max-blackout 60000 --stall-timeout 5
    until_true 'the source stands' stands host-a web1 'paused (migrating)'
    lab cut mig:host-b
    ends
    is "$status $words" "7 $given_up" "$image: a dead link at the switch: the stream is broken, the move given up"
    lives web1 'host-a running' "$image: the source goes on alone"
    lab mend
    lab shape off
    [ "$image" = trixie ] || rm -rf "$FERRY_STATE_DIR"
done

# Waited for, once: after the mend TCP takes its time. QEMU keeps the limit of the move before.
begin --bandwidth 5 --max-blackout 300 --stall-timeout 5 --on-stall wait
lab cut mig:host-b
until_true 'the stall is told' has_line "$TMP/move.err" 'nothing (goes|went) over'
until_true 'it is waited for' has_line "$TMP/move.err" 'it is waited for, as asked'
is "$(where web1)" 'host-a running, host-b paused' '--on-stall wait waits'
lab mend
on host-a migrate-setspeed web1 1000
ends
is "$status" 0 'and the move ends well once the link is mended'
lives web1 'host-b running' 'it has moved'
done_testing
