#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The source's daemon cannot reach the destination's by itself: the move goes managed-direct, with a note, unless --mode
# forbids it.
#
# Two hosts: 4 s. A micro guest, some moves of half a second; a Linux guest for the one that is interrupted: 5 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

lab_up --hosts 2
start host-a web1 --guest micro
socket="qemu+unix:///system?socket=$LAB_FOLDER/host-b/sock"

# A route that only the client has.
lab shell host-a ip route add prohibit 192.0.2.12
run ferry migrate web1 host-b --mode p2p
is "$status" 7 '--mode p2p fails'
like "$err" "^virt-ferry: cannot move 'web1' to 'host-b', it is on 'host-a' as before: .*host-b:16509" 'and says what was not reached'
lives web1 'host-a running' 'no harm is done'
succeeds 'without it the move goes another way' ferry migrate web1 host-b
like "$err" '^note: going managed-direct instead: if this process dies before the end, the move is undone$' 'which is said'
like "$err" "^note: to mend it, run 'virsh -c qemu\+tcp://host-b/system list' on 'host-a' as root until it works$" \
    'with what would mend it'
is "$(record "json_extract(report, '\$.mode')")" direct 'the report names the way it went'
lives web1 'host-b running' 'it has moved'
lab shell host-a ip route del prohibit 192.0.2.12
succeeds 'back' ferry migrate web1 host-a
is "$(record "json_extract(report, '\$.mode')")" p2p 'the other direction has a route'

# A URI that only the client can use.
run ferry migrate web1 "$socket" --mode p2p
is "$status" 7 'a socket of this computer: --mode p2p fails'
lives web1 'host-a running' 'a socket of this computer: no harm is done'
succeeds 'a socket of this computer: the move goes another way' ferry migrate web1 "$socket"
like "$err" '^note: going managed-direct instead: ' 'a socket of this computer: which is said'
lives web1 'host-b running' 'a socket of this computer: it has moved'
succeeds 'back again' ferry migrate web1 host-a --mode direct
unlike "$err" '^note: ' 'what was asked for needs no note'
lab vm stop web1

# What it costs: the process that carries a direct move is the move.
start host-a web2 --dirty text:8:2
ferry_spawn move migrate web2 host-b --mode direct --bandwidth 1
until_true 'the move sends' transferring host-a web2
kill -KILL "$(record owner_pid)"
until_true 'its viewer has ended' gone "$spawned"
until_true 'libvirt has given up' at web2 'host-a running'
run ferry watch web2
is "$status $(tail -n 1 <<<"$err")" \
    "7 virt-ferry: cannot move 'web2' to 'host-b', it is on 'host-a' as before: it was not brought to its end" 'watch finds it undone'
lives web2 'host-a running' 'the source runs on'
done_testing
