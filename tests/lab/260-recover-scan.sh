#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What moves of virsh leave behind when daemons die: recover --scan finds it, shows it, and mends it.
#
# Two hosts: 4 s; a Linux guest with a disk: 5 s. A move is held where the source waits for the destination: its daemon
# stands still while the memory goes from QEMU to QEMU, so the source stops for the switch and no further. The last
# accident waits for keepalive, 20 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# The destination's frozen daemon has not read what is more than keepalive: the source's Finish.
has_asked() {
    lab shell host-a grep -q "phase='perform3_done'" /run/libvirt/qemu/web1.xml \
        && lab shell host-b ss -tnH state established '( sport = :16509 )' | awk '$1 > 200 { found = 1 } END { exit !found }'
}

# Runs again, since the move failed there.
is_back() {
    [ "$(on host-a domstate web1 --reason)" = 'running (migration canceled)' ]
}

has_failed() {
    [ "$(on host-b domstate web1 --reason)" = 'shut off (failed)' ]
}

# hold: a move of web1 by virsh, up to where the source has sent everything and waits for the destination's Finish.
hold() {
    lab run virsh -c "$(uri host-a)" migrate --live --p2p --persistent --bandwidth 1 --unsafe \
        web1 "$(uri host-b)" >"$TMP/virsh" 2>&1 &
    mover=$!
    until_true 'the move sends' transferring host-a web1
    src_daemon=$(lab pid host-a)
    dst_daemon=$(lab pid host-b)
    kill -STOP "$dst_daemon"
    on host-a migrate-setspeed web1 1000
    until_true 'the source has asked for Finish' has_asked
}

# restarted HOST...: their daemons, which were killed.
restarted() {
    local host
    wait "$mover" || true
    for host; do
        lab restart "$host" >"$TMP/restart" 2>&1 || bail "the daemon of '$host' does not start"
    done
}

# back HOME: web1 is on host-a alone again.
back() {
    on host-b migrate --live --p2p --persistent --undefinesource --unsafe web1 "$(uri host-a)"
    is "$(where web1)" 'host-a running' 'back'
}

# found TEXT DESCRIPTION: that is shown, and nothing is done.
found() {
    local before
    before=$(where web1)
    run ferry recover --scan --dry-run
    is "exit $status: $out$err" "exit 10: $1" "$2: is found and shown"
    is "$(where web1)" "$before" "$2: and nothing is done"
}

# mended TEXT DESCRIPTION: the last line of it.
mended() {
    run ferry recover --scan --yes
    is "exit $status: $(tail -n 1 <<<"$out")" "exit $3: $1" "$2: is mended"
}

lab_up --hosts 2
truncate -s 16M "$LAB_FOLDER/shared/web1.img"
chmod 666 "$LAB_FOLDER/shared/web1.img"
start host-a web1 --dirty text:8:2 --disk /srv/lab/web1.img

says 0 'nothing is left over on 2 hosts, 1 machine' 'nothing is left over' ferry recover --scan

hold
kill -KILL "$src_daemon"
kill -CONT "$dst_daemon"
restarted host-a
found "machine 'web1' was left paused by a move that broke
  host-a  paused (migrating)
  host-b  running (migrated)
  why   it is running on 'host-b'; on 'host-a' it stands where a move stopped it, and has not run since
  plan  end it on 'host-a'
  hint  Its definition stays on 'host-a'; if it is not wanted there: 'virsh -c $(uri host-a) undefine --keep-nvram web1'." \
    "the source's daemon is killed at Finish"
mended "'web1' is now shut off (destroyed) on 'host-a', running (migrated) on 'host-b'" \
    "the source's daemon is killed at Finish" 0
lives web1 'host-a shut off, host-b running' "the source's daemon is killed at Finish: it runs on the destination"

found "machine 'web1' is defined on several hosts
  host-a  shut off (destroyed)
  host-b  running (migrated)
  why   it is on 'host-b'; the definition on 'host-a' could be started as well
  plan  none that is safe
  hint  If it is not wanted there: 'virsh -c $(uri host-a) undefine --keep-nvram web1'." 'a second definition'
on host-a undefine web1
says 0 'nothing is left over on 2 hosts, 1 machine' 'the command takes it away' ferry recover --scan
back

on host-a migrate --live --p2p --persistent --unsafe web1 "$(uri host-b)"
found "machine 'web1' is defined on several hosts
  host-a  shut off (migrated)
  host-b  running (migrated)
  why   it is on 'host-b'; it left 'host-a' by migration
  plan  take its definition away from 'host-a'" 'a definition that virsh kept'
mended "'web1' is now absent on 'host-a', running (migrated) on 'host-b'" 'a definition that virsh kept' 0
back

hold
kill -KILL "$src_daemon" "$dst_daemon"
restarted host-a host-b
run ferry recover --scan --dry-run host-a
is "exit $status: $out$err" "exit 10: machine 'web1' was left paused by a move that broke
  host-a  paused (migrating)
  why   it may run on a host that was not seen: 'host-b'
  plan  none that is safe
  hint  Look there; where it does not run, let it go on with 'virsh -c $(uri host-a) resume web1'." \
    'both daemons are killed at Finish: nothing is done while a host was not looked at'
found "machine 'web1' was left paused by a move that broke
  host-a  paused (migrating)
  why   no move goes on, and it runs on no host that was looked at; be sure that there is no other one
  plan  let it go on on 'host-a'" 'both daemons are killed at Finish'
mended "'web1' is now running (unpaused) on 'host-a'" 'both daemons are killed at Finish' 0
lives web1 'host-a running' 'both daemons are killed at Finish: it runs on'

# The destination's daemon is frozen for longer than the source waits. When it goes on it would start the machine a second
# time, but the disk's lock is the source's again.
hold
until_true 'the source has given up' is_back
kill -CONT "$dst_daemon"
wait "$mover" || true
until_true 'the destination has failed' has_failed
found "machine 'web1' left a target of a move that failed
  host-a  running (migration canceled)
  host-b  shut off (failed)
  why   it is on 'host-a'; on 'host-b' it was never started
  plan  take its definition away from 'host-b'" 'a target that could not start'
mended "'web1' is now running (migration canceled) on 'host-a', absent on 'host-b'" 'a target that could not start' 0
lives web1 'host-a running' 'a target that could not start: it runs on the source alone'
says 0 'nothing is left over on 2 hosts, 1 machine' 'nothing is left over at the end' ferry recover --scan
done_testing
