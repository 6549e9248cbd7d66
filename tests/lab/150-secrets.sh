#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A password in the machine's XML reaches the destination and nothing that virt-ferry writes.
#
# Two hosts: 4 s. A micro guest, which starts and moves in half a second.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

secret=Zq7mFery
lab_up --hosts 2
start host-a web1 --guest micro --vnc-password "$secret"
uuid=$(on host-a domuuid web1)
mkdir "$TMP/seen"

# keep COMMAND...: what it writes is looked at in the end.
keep() {
    run "$@"
    printf '%s\n' "$out" "$err" >>"$TMP/seen/written"
}

# planted TEXT: the search below would find it.
planted() {
    grep -qF -- "$secret" <<<"$1"
}

ok 'the password is in the XML' planted "$(on host-a dumpxml web1 --security-info)"
export FERRY_DEBUG=1 G_MESSAGES_DEBUG=all
keep ferry check web1 host-b --json
keep ferry migrate web1 host-b
is "$status" 0 'it moves'
ok 'and is in the XML on the destination' planted "$(on host-b dumpxml web1 --security-info)"
ok 'and in the definition there' planted "$(on host-b dumpxml web1 --inactive --security-info)"
keep ferry migrate web1 host-a --json
is "$status" 0 'and back'
on host-a dumpxml web1 --migratable --security-info >"$TMP/live.xml"
on host-a dumpxml web1 --inactive --security-info >"$TMP/definition.xml"
keep ferry migrate web1 host-b --xml "$TMP/live.xml" --persistent-xml "$TMP/definition.xml"
is "$status" 0 'with its own XML'
ok 'it is in the XML then, too' planted "$(on host-b dumpxml web1 --inactive --security-info)"
sed "s/$uuid/11111111-2222-4333-8444-555555555555/" "$TMP/live.xml" >"$TMP/other.xml"
keep ferry migrate web1 host-a --xml "$TMP/other.xml"
is "$status" 5 "with another machine's XML it is refused"
head -c 700 "$TMP/live.xml" >"$TMP/broken.xml"
printf '%s' "<x passwd='$secret' " >>"$TMP/broken.xml"
keep ferry migrate web1 host-a --xml "$TMP/broken.xml"
is "$status" 5 'with broken XML it is refused'
keep ferry list --json
keep ferry history --json
keep ferry history --id 1 --json
keep ferry history --id 3
keep ferry verify web1 --json
keep ferry watch 2 --json
unset FERRY_DEBUG G_MESSAGES_DEBUG

ok 'much was written' test "$(wc -c <"$TMP/seen/written")" -gt 10000
is "$(grep -c -aF -- "$secret" "$TMP/seen/written" || true)" 0 'none of it holds the password'
like "$(find "$FERRY_STATE_DIR" -name 'state.db*')" 'state\.db' 'there are records'
is "$(grep -raF -- "$secret" "$FERRY_STATE_DIR" || true)" '' 'none of them holds the password'
is "$(find "$FERRY_STATE_DIR" -type d -not -perm 700 -o -type f -not -perm 600)" '' 'and nobody else may read them'
done_testing
