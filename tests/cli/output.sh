#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Where output goes: a closed or full stdout, a reader that went away, terminals narrow and dumb, none at all.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

ferry host add --no-connect host-a test:///default >/dev/null
before=$(sqlite3 "$FERRY_STATE_DIR/state.db" .dump)

# to WHERE ARGUMENT...: stdout is redirected as WHERE says; stderr and status are what is looked at.
to() {
    local where=$1
    shift
    bash -c '"$@" '"$where" - "$VIRT_FERRY" "$@"
}

refuses 12 'virt-ferry: cannot write to standard output: Bad file descriptor' 'a closed stdout' to '>&-' list
refuses 12 'virt-ferry: cannot write to standard output: Bad file descriptor' 'a closed stdout, for help' to '>&-' --help
refuses 12 'virt-ferry: cannot write to standard output: No space left on device' 'a full stdout' to '>/dev/full' list
refuses 12 '{"error":{"id":"output","message":"cannot write to standard output: No space left on device","exit":12}}' \
    'a full stdout, JSON' to '>/dev/full' list --json
run to '>&-' host add --no-connect host-b test:///other
is "$status" 12 'what was done is done, and the exit status says that it was not told'
is "$(ferry host list --names)" $'host-a\nhost-b' 'the records are whole: no output went into them'
ferry host remove host-b >/dev/null
is "$(sqlite3 "$FERRY_STATE_DIR/state.db" .dump)" "$before" 'byte for byte'
run to '2>&-' list --frob
is "$status $out$err" '2 ' 'a closed stderr'
run to '<&-' list --names
is "$status $out$err" '0 test' 'a closed stdin'

# A pipe whose reader is gone: not our failure, as with '| head'.
mkfifo "$TMP/pipe"
exec 3<>"$TMP/pipe"
exec 4>"$TMP/pipe"
exec 3<&-
run to '>&4' list
exec 4>&-
is "$status $err" '0 ' 'a reader that went away is no error'

# on_terminal COLUMNS TERM ARGUMENT...: what a terminal of that width gets, one line feed a line.
on_terminal() {
    local columns=$1 term=$2
    shift 2
    TERM=$term script -qec "stty cols $columns; exec $(printf '%q ' "$VIRT_FERRY" "$@")" /dev/null </dev/null |
        tr -d '\r'
}

# The widest line of standard input, in columns of a terminal.
widest() {
    wc -L
}

golden terminal-20 'a table on 20 columns' on_terminal 20 xterm list --uuid
golden terminal-80 'a table on 80 columns' on_terminal 80 dumb list
for columns in 1 20 33 60 79; do
    width=$(on_terminal "$columns" xterm list --uuid | widest)
    ok "$columns columns: no line is wider than $((columns < 20 ? 20 : columns))" \
        test "$width" -le $((columns < 20 ? 20 : columns))
done
is "$(on_terminal 20 xterm --version)" 'virt-ferry 0.1.0' 'a line that fits'
is "$(ferry list --uuid | widest)" 90 'no terminal: nothing is cut'
unlike "$(on_terminal 80 xterm list; on_terminal 80 xterm check --explain cpu)" $'\033' 'no escape sequences'
done_testing
