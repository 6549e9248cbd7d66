#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The records can't be used: every way of it is told, and what is there is kept.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

database=$FERRY_STATE_DIR/state.db
empty_hint='hint: The next command starts with empty records. Add each host again: virt-ferry host add NAME URI'

fresh() {
    rm -rf "$FERRY_STATE_DIR"
    ferry host add --no-connect host-a test:///default >/dev/null
}

# In a file system of its own that is mounted at $FERRY_STATE_DIR with OPTIONS; none of it is seen outside.
# mounted OPTIONS SCRIPT
mounted() {
    mkdir -p "$FERRY_STATE_DIR"
    unshare --mount bash -euc 'mount -t tmpfs -o "$1" tmpfs "$FERRY_STATE_DIR"; eval "$2"' - "$1" "$2"
}

fresh
is "$(stat -c %a "$FERRY_STATE_DIR" "$database" | tr '\n' ' ')" '700 600 ' \
    'folder and database are for their owner alone'

printf 'this is no database' >"$database"
refuses 11 "virt-ferry: the database '@TMP@/state/state.db' is damaged: file is not a database; it is kept as '@TMP@/state/state.db.corrupt-1'
$empty_hint" 'a file that is no database' ferry list
is "$(cat "$database.corrupt-1")" 'this is no database' 'it is kept as it was'
printf 'nor is this' >"$database"
refuses 11 "virt-ferry: the database '@TMP@/state/state.db' is damaged: file is not a database; it is kept as '@TMP@/state/state.db.corrupt-2'
$empty_hint" 'a second one' ferry history
is "$(cat "$database.corrupt-1" "$database.corrupt-2")" 'this is no databasenor is this' 'the first is not overwritten'
run ferry host list
is "$status $out$err" "0 note: no host is known; run 'virt-ferry host add NAME URI'" 'the next command starts anew'

fresh
truncate -s 1000 "$database"
refuses 11 "virt-ferry: the database '@TMP@/state/state.db' is damaged: database disk image is malformed; it is kept as '@TMP@/state/state.db.corrupt-1'
$empty_hint" 'a truncated database' ferry host list
is "$(stat -c %s "$database.corrupt-1")" 1000 'it is kept as it was'

fresh
tr '\0' '\377' </dev/zero | dd of="$database" bs=4096 seek=1 count=1 iflag=fullblock conv=notrunc status=none || true
run ferry host list
like "$status $out$(mask <<<"$err")" \
    "^11 virt-ferry: the database '@TMP@/state/state.db' is damaged: .*; it is kept as '@TMP@/state/state.db.corrupt-1'\$" \
    'a page of garbage inside'

fresh
sqlite3 "$database" 'PRAGMA user_version=99'
refuses 11 "virt-ferry: cannot read '@TMP@/state/state.db': its schema has version 99, and this virt-ferry knows them up to 3
hint: Use the newer virt-ferry that wrote it, or set FERRY_STATE_DIR to another folder." 'of a newer version' \
    ferry list
is "$(sqlite3 "$database" 'PRAGMA user_version')" 99 'it is not touched'

rm -rf "$FERRY_STATE_DIR"
printf 'a file' >"$FERRY_STATE_DIR"
run ferry host list
is "$status $out$(mask <<<"$err")" "11 virt-ferry: cannot make the folder '@TMP@/state': Not a directory
hint: Run virt-ferry as the user who owns '@TMP@', or set FERRY_STATE_DIR to a folder that can be written." 'a file where the folder should be'
rm "$FERRY_STATE_DIR"

if ! mounted size=1m true 2>/dev/null; then
    skip 'needs root and mount namespaces' 'a full folder'
    skip 'needs root and mount namespaces' 'a read-only folder'
    done_testing
    exit
fi
full() {
    mounted size=300k '"$VIRT_FERRY" host add --no-connect host-a test:///default >/dev/null
        cat /dev/zero >"$FERRY_STATE_DIR/filler" 2>/dev/null || true
        status=0
        "$VIRT_FERRY" host add --no-connect host-b test:///other || status=$?
        rm "$FERRY_STATE_DIR/filler"
        "$VIRT_FERRY" host list --names >&2
        exit "$status"'
}
refuses 11 "virt-ferry: cannot read '@TMP@/state/state.db': disk I/O error: No space left on device
hint: Free some space there, then run the command again.
host-a" 'a full folder: told, and nothing is lost' full
read_only() {
    mounted size=300k '"$VIRT_FERRY" host add --no-connect host-a test:///default >/dev/null
        mount -o remount,ro "$FERRY_STATE_DIR"
        "$VIRT_FERRY" host add --no-connect host-b test:///other'
}
refuses 11 "virt-ferry: cannot write '@TMP@/state/state.db': Read-only file system
hint: Run virt-ferry as the user who owns '@TMP@/state', or set FERRY_STATE_DIR to a folder that can be written." \
    'a read-only folder' read_only
done_testing
