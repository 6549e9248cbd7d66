#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# tools/tap-summary counts what Meson's runner wrote; a program that died is a failure of its own.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"

# result NAME RESULT STDOUT: one line as Meson 1.0 writes it.
result() {
    printf '{"name": "%s", "result": "%s", "stdout": "%s"}\n' "$1" "$2" "$3"
}

# counts WANTED DESCRIPTION: the last line for what is in $TMP/log.json.
counts() {
    run "$FERRY_SOURCE/tools/tap-summary" "$TMP/log.json"
    is "$(tail -n 1 <<<"$out")" "$1" "$2"
}

result a OK 'ok 1 - x\nok 2 /y\n1..2\n' >"$TMP/log.json"
counts '2 passed, 0 failed, 0 skipped' 'results of a TAP program count one by one'
is "$status" 0 'exit status 0 when nothing failed'

result a OK '' >"$TMP/log.json"
counts '1 passed, 0 failed, 0 skipped' 'a program without TAP is one result'

result a FAIL 'ok 1\nnot ok 2 - y\n' >"$TMP/log.json"
counts '1 passed, 1 failed, 0 skipped' 'a failed result counts once'
is "$status" 1 'exit status 1 when one failed'

for how in ERROR TIMEOUT INTERRUPT; do
    result a "$how" 'ok 1\n' >"$TMP/log.json"
    counts '1 passed, 1 failed, 0 skipped' "a program that ended by $how is a failure"
done

result a SKIP '1..0 # SKIP needs root\n' >"$TMP/log.json"
counts '0 passed, 0 failed, 1 skipped' 'a program that skipped all is one skip'
is "$(head -n 1 <<<"$out")" 'skipped: a: needs root' 'and its reason is told'

result a OK 'ok 1 - x # SKIP no KVM\nnot ok 2 # todo y\nok 3 - z \\\\# 2\n' >"$TMP/log.json"
counts '2 passed, 0 failed, 1 skipped' 'directives are understood'

done_testing
