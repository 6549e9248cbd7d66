#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Machines that are not simply running and defined, and what becomes of them: paused, transient, off, kept on the
# source, under another name.
#
# Two hosts: 4 s. Micro guests, which start and move in half a second each.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

info() {
    on "$1" dominfo "$2" | sed -n "s/^$3: *//p"
}

lab_up --hosts 2

start host-a still --guest micro
on host-a suspend still
size=$(lab vm log still | wc -c)
succeeds 'a paused machine moves' ferry migrate still host-b
is "$(where still)" 'host-b paused' 'and stays paused'
is "$(on host-b domstate still --reason)" 'paused (user)' 'as a user paused it'
like "$out" "^  ok +destination +paused \(user\) on 'host-b', as before$" 'which the report calls as before'
is "$(lab vm log still | wc -c)" "$size" 'it did not run for a moment'
on host-b resume still
lives still 'host-b running' 'it goes on when it is resumed'
lab vm stop still

start host-a gone --guest micro --transient
succeeds 'a transient machine moves' ferry migrate gone host-b
lives gone 'host-b running' 'to the destination alone'
is "$(info host-b gone Persistent)" no 'and stays transient'
succeeds 'with --persistent' ferry migrate gone host-a --persistent
lives gone 'host-a running' 'it comes back'
is "$(info host-a gone Persistent)" yes 'and has a definition from now on'
lab vm stop gone

start host-a kept --guest micro --autostart
succeeds 'with --keep-source-definition' ferry migrate kept host-b --keep-source-definition
is "$(where kept)" 'host-a shut off, host-b running' 'the source keeps the definition'
is "$(info host-a kept Autostart)" disable 'which does not start with its host'
is "$(info host-b kept Autostart)" enable 'but on the destination it does'
ok 'no tick was lost' lab vm check kept --alive
succeeds 'back over the definition that was kept' ferry migrate kept host-a
like "$err" "note +domain-conflict +host 'host-a' has an equal, inactive definition of the machine: the move replaces it$" \
    'which is remarked'
lives kept 'host-a running' 'it is back, and once'
is "$(info host-a kept Autostart)" enable 'with autostart'
lab vm stop kept

start host-a first --guest micro
uuid=$(on host-a domuuid first)
succeeds 'with --dest-name' ferry migrate first host-b --dest-name second
is "$(where first); $(where second)" 'nowhere; host-b running' 'it has another name there'
is "$(on host-b domuuid second)" "$uuid" 'and is the same machine'
ok 'no tick was lost' lab vm check first --alive
lab vm stop second

start host-a off --guest micro --autostart
on host-a destroy off
definition=$(on host-a dumpxml --inactive off)
blocked "  block    state            the machine is shut off (destroyed)
                            hint: Move its definition with --offline, or start it first with 'virsh start off'.
virt-ferry: cannot move 'off' to 'host-b': the machine is shut off (destroyed)" \
    'a machine that is off is not moved' off host-b
is "$(where off)" 'host-a shut off' 'it is where it was'
succeeds 'its definition is, with --offline' ferry migrate off host-b --offline
is "$(where off)" 'host-b shut off' 'there alone'
is "$(on host-b dumpxml --inactive off)" "$definition" 'as it was'
is "$(info host-b off Autostart)" enable 'with autostart'
on host-b start off
blocked "  block    state            the machine is running (booted), and --offline moves only a definition
                            hint: Leave --offline out to move it live, or shut it down first with 'virsh shutdown off'.
virt-ferry: cannot move 'off' to 'host-a': the machine is running (booted), and --offline moves only a definition" \
    'a machine that runs is not moved with --offline' off host-a --offline
done_testing
