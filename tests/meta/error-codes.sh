#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# error-codes.inc is a promise to scripts: ids are unique, well formed and in the manual.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
cd "$FERRY_SOURCE"

rows=$(sed -n 's/^X(\([A-Z_]*\), *"\([^"]*\)", *\([0-9]*\), *\([0-9]*\),.*/\1 \2 \3 \4/p' src/base/error-codes.inc)

is "$(grep -c '^X(' src/base/error-codes.inc)" "$(wc -l <<<"$rows")" 'each row has the one form'
is "$(cut -d ' ' -f 1 <<<"$rows" | sort | uniq -d)" '' 'no code is there twice'
is "$(cut -d ' ' -f 2 <<<"$rows" | sort | uniq -d)" '' 'no id is there twice'

while read -r code id exit_status http_status; do
    wanted=${code,,}
    is "$id" "${wanted//_/-}" "$code: the id is the code in small letters"
    ok "$id: exit status $exit_status is between 1 and 125" \
        test "$exit_status" -ge 1 -a "$exit_status" -le 125
    ok "$id: HTTP status $http_status is an error's" \
        test "$http_status" -ge 400 -a "$http_status" -le 599
    ok "$id is in the manual with its exit status" \
        grep -Eq "^\W*$exit_status\b.*\b$id\b|\b$id\b.*\b$exit_status\b" docs/man/virt-ferry.rst
done <<<"$rows"

done_testing
