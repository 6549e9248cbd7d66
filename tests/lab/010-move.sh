#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The main job: a Linux guest with agent and autostart goes to another host and comes back, and everything about
# it is as before.
#
# Two hosts of the machine's own packages, on which QEMU is not root: 4 s. The guest boots in 5 s, a move takes 1 to
# 2 s, each is looked at from both ends with virsh.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# qemu_user HOST NAME: who its QEMU runs as there.
qemu_user() {
    lab shell "$1" stat -c %U "/proc/$(lab shell "$1" cat "/run/libvirt/qemu/$2.pid")"
}

info() {
    on "$1" dominfo "$2" | sed -n "s/^$3: *//p"
}

lab_up --hosts 2
start host-a web1 --agent --autostart
until_true 'the agent answers' on host-a qemu-agent-command web1 '{"execute":"guest-ping"}'
uuid=$(on host-a domuuid web1)
definition=$(on host-a dumpxml --inactive web1)
is "$(qemu_user host-a web1)" libvirt-qemu 'QEMU is not root on the source'

succeeds 'check has nothing against it' ferry check web1 host-b
succeeds 'a dry run ends well' ferry migrate web1 host-b --dry-run
is "$(where web1)" 'host-a running' 'a dry run moves nothing'
is "$(record 'count(*)' 1)" 0 'and records nothing'

succeeds 'the move ends well' ferry migrate web1 host-b
like "$out" "^moved 'web1' from 'host-a' to 'host-b' in [0-9.]+(ms|s)$" 'the report begins with what was done'
like "$out" '^  memory +[0-9.]+ MiB in [0-9.]+(ms|s) and [0-9]+ rounds \(' 'tells what was sent'
like "$out" '^  standstill [0-9]+ ms as QEMU reports it, [0-9]+ ms until it ran again$' 'and how long it stood still'
like "$out" "^  ok +source +nothing left on 'host-a'$" 'and that nothing is left'
unlike "$out" '^  (warn|unknown) ' 'nothing differs'
lives web1 'host-b running' 'it runs on the destination alone'
is "$(on host-b domuuid web1)" "$uuid" 'its UUID is the same'
is "$(on host-b dumpxml --inactive web1)" "$definition" 'its definition is the same'
is "$(info host-b web1 Autostart)" enable 'autostart was carried'
is "$(qemu_user host-b web1)" libvirt-qemu 'QEMU is not root on the destination'
like "$(lab vm log web1)" "^UUID $uuid$" 'the guest itself knows this UUID'

# Back, for programs.
succeeds 'and back' ferry migrate web1 host-a --json
printf '%s\n' "$out" >"$TMP/events"
is "$(grep -o '"phase":"[a-z]*"' "$TMP/events" | cut -d '"' -f 4 | paste -sd ' ')" \
    'resolve preflight reserve perform settle commit verify done' 'the phases in order'
report=$(event end <"$TMP/events")
is "$(json '$.report.schema' <<<"$report")" move.report/1 'the report names its form'
is "$(json '$.report.outcome' <<<"$report")" 'done' 'its outcome'
is "$(json '$.report.vm.uuid' <<<"$report")" "$uuid" 'the machine'
is "$(json '$.report.src.name' <<<"$report") $(json '$.report.dst.name' <<<"$report")" 'host-b host-a' 'the hosts'
is "$(json '$.report.mode' <<<"$report") $(json '$.report.commit' <<<"$report")" 'p2p strict' 'how it was moved'
is "$(json '$.report.as_before' <<<"$report")" 1 'as before'
like "$(json '$.report.bytes' <<<"$report")" '^[1-9][0-9]{6,}$' 'bytes'
like "$(json '$.report.rounds' <<<"$report")" '^[1-9][0-9]*$' 'rounds'
like "$(json '$.report.job_ms' <<<"$report")" '^[1-9][0-9]+$' 'duration of the job'
like "$(json '$.report.downtime_ms' <<<"$report")" '^[0-9]+$' 'standstill as QEMU says'
like "$(json '$.report.standstill_ms' <<<"$report")" '^[1-9][0-9.]+$' 'standstill until it ran again'
is "$(sed -n 's/.*"check":"\([a-z-]*\)","verdict":"ok".*/\1/p' <<<"$(json '$.report.verified' <<<"$report" |
    sed 's/},{/}\n{/g')" | paste -sd ' ')" \
    'destination live-xml definition identity persistence autostart agent clock source' 'what was compared, all of it ok'
lives web1 'host-a running' 'it runs where it began'
is "$(on host-a dumpxml --inactive web1)" "$definition" 'with its definition'
is "$(info host-a web1 Autostart)" enable 'and its autostart'

run ferry verify web1
is "$status $(head -n 1 <<<"$out")" "0 'web1' is as it was before its move from 'host-b' to 'host-a'" 'verify agrees'
run ferry history
is "$(sed -n '2,$s/  */ /gp' <<<"$out" | cut -d ' ' -f 1-4,8 | paste -sd '|')" \
    '2 web1 host-b host-a done|1 web1 host-a host-b done' 'both moves are in the history'

# Where it is asked for, the number of moves travels along, in what runs and in the definition.
printf '[identity]\ncount-in-metadata=true\n' >"$TMP/count.conf"
export FERRY_CONFIG=$TMP/count.conf
counted() {
    on "$1" dumpxml ${2:+"$2"} web1 | grep -o 'migrations="[0-9]*"'
}
succeeds 'a move that is counted' ferry migrate web1 host-b
is "$(counted host-b) $(counted host-b --inactive)" 'migrations="1" migrations="1"' 'it is the first'
succeeds 'and another one' ferry migrate web1 host-a
is "$(counted host-a) $(counted host-a --inactive)" 'migrations="2" migrations="2"' 'it is the second'
run ferry verify web1
is "$status $(head -n 1 <<<"$out")" "0 'web1' is as it was before its move from 'host-b' to 'host-a'" 'the count is no difference'
done_testing
