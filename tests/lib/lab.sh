# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For tests over real daemons; after tap.sh. Each test has a lab, records and a configuration of its own, and
# whatever happens to it, its lab is taken down at its end. The machine may be twice as slow as it should be:
# tests wait for states, never for a time.

export FERRY_STATE_DIR=$TMP/state
export FERRY_CONFIG=/dev/null
export LC_ALL=C.UTF-8
unset FERRY_DEBUG FERRY_LAB_DIR LIBVIRT_DEFAULT_URI

FERRY_LAB=t-$(basename "$0" .sh)
export FERRY_LAB=${FERRY_LAB:0:16}
LAB_FOLDER=/var/tmp/virt-ferry/$FERRY_LAB
# For everything that is waited for: long enough for a busy machine, short enough to be seen as a failure.
PATIENCE=300

lab() {
    "$FERRY_SOURCE/lab/lab" "$@"
}

# lab_up ARG...: a lab of its own with all hosts known under their names; skips where it can't be.
lab_up() {
    local host
    need_root
    need_program sqlite3 virsh qemu-system-x86_64 ip
    lab down
    if ! lab up "$@" >"$TMP/up" 2>&1; then
        diag "$(cat "$TMP/up")"
        bail 'the lab does not start'
    fi
    for host in "$LAB_FOLDER"/host-?; do
        host=${host##*/}
        if ! ferry host add "$host" "$(uri "$host")" >"$TMP/up" 2>&1; then
            diag "$(cat "$TMP/up")"
            bail "host '$host' can't be added"
        fi
    done
}

cleanup() {
    lab down
}

uri() {
    printf 'qemu+tcp://%s/system\n' "$1"
}

# As an operator types it, on the lab's client.
ferry() {
    lab run "$VIRT_FERRY" "$@"
}

# ferry_spawn NAME ARG...: the same in the background; its output is in $TMP/NAME.out and .err, its pid in
# $spawned. The shell that 'lab run' begins as becomes the program, so the pid is the program's.
ferry_spawn() {
    local name=$1
    shift
    "$FERRY_SOURCE/lab/lab" run "$VIRT_FERRY" "$@" >"$TMP/$name.out" 2>"$TMP/$name.err" </dev/null &
    # Read by the test that called.
    # shellcheck disable=SC2034
    spawned=$!
}

# on HOST ARG...: virsh over the host's own socket, which no cut link reaches.
on() {
    local host=$1
    shift
    timeout --kill-after 1 20 virsh --quiet --connect "qemu+unix:///system?socket=$LAB_FOLDER/$host/sock" "$@"
}

# restart HOST: its daemon, ended in good order.
restart() {
    local pid
    if pid=$(lab pid "$1" 2>/dev/null); then
        kill -TERM "$pid"
        until_true "the daemon of '$1' has ended" gone "$pid"
    fi
    if ! lab restart "$1" >"$TMP/restart" 2>&1; then
        diag "$(cat "$TMP/restart")"
        bail "the daemon of '$1' does not start"
    fi
}

# start HOST NAME ARG...: a guest that has booted; the test can't go on without it.
start() {
    if ! lab vm start "$@" --wait >"$TMP/start" 2>&1; then
        diag "$(cat "$TMP/start")"
        bail "guest '$2' does not start"
    fi
}

# where NAME: every host that knows the machine, and its state there: 'host-a running, host-b shut off'.
where() {
    local host known places=''
    for host in "$LAB_FOLDER"/host-?; do
        host=${host##*/}
        known=$(on "$host" list --all --name) || known=$1
        if grep -qxF -- "$1" <<<"$known"; then
            places+="${places:+, }$host $(on "$host" domstate "$1" || echo '?')"
        fi
    done
    printf '%s\n' "${places:-nowhere}"
}

# at NAME PLACES: is that where it is?
at() {
    [ "$(where "$1")" = "$2" ]
}

# lives NAME PLACES DESCRIPTION: it is there and nowhere else, and its log shows that it lived through all
# of it once and goes on.
lives() {
    is "$(where "$1")" "$2" "$3"
    ok "$1: no tick was lost, and it goes on" lab vm check "$1" --alive
}

# until_true WHAT COMMAND...: waits for it; what never comes ends the test.
until_true() {
    local what=$1 end=$((SECONDS + PATIENCE))
    shift
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= end)); then
            diag "$(ferry history 2>&1 || true)"
            bail "waited $PATIENCE s in vain until $what"
        fi
        sleep 0.1
    done
}

# json PATH: that part of the JSON on standard input, as '$.report.mode'; nothing where there is none.
json() {
    cat >"$TMP/.json"
    sqlite3 :memory: "SELECT json_extract(CAST(readfile('$TMP/.json') AS TEXT), '$1')"
}

# event KIND: the last event of that kind in the lines on standard input.
event() {
    grep "\"event\":\"$1\"" | tail -n 1
}

# record COLUMN [ID]: of a move in the records, by default the newest.
record() {
    sqlite3 -readonly -cmd '.timeout 5000' "$FERRY_STATE_DIR"/*.db \
        "SELECT $1 FROM txns WHERE id = ${2:-(SELECT max(id) FROM txns)}" 2>/dev/null
}

# in_phase PHASE [ID]
in_phase() {
    [ "$(record phase "${2:-}")" = "$1" ]
}

# transferring HOST NAME: QEMU's own job has begun to send.
transferring() {
    grep -Eq '^Data processed: +[1-9]' <<<"$(on "$1" domjobinfo "$2")"
}

# has_line FILE REGEX
has_line() {
    grep -Eq -e "$2" "$1"
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

# ended ID: the move has an outcome.
ended() {
    [ -n "$(record outcome "$1")" ]
}

# says STATUS TEXT DESCRIPTION COMMAND...: this exit status, exactly this on stderr and nothing on stdout.
says() {
    local wanted_status=$1 text=$2 description=$3
    shift 3
    run "$@"
    # run sets them.
    # shellcheck disable=SC2154
    is "exit $status: $out$err" "exit $wanted_status: $text" "$description"
}

# blocked FINDING DESCRIPTION ARG...: 'migrate ARG...' is refused, and this (the check's line, its hint, the error) is all
# that it says beside its count, notes and what nobody could find out.
blocked() {
    local finding=$1 description=$2
    shift 2
    run ferry migrate "$@"
    is "exit $status: $(grep -Ev '^(checks: |  unknown |  note )' <<<"$out$err")" "exit 5: $finding" "$description"
}

# succeeds DESCRIPTION COMMAND...: exit status 0; what it said is shown where it is another.
succeeds() {
    local description=$1
    shift
    run "$@"
    if [ "$status" -ne 0 ]; then
        diag "exit $status: $out$err"
    fi
    is "$status" 0 "$description"
}
