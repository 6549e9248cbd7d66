#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Documents that are made of the program's own tables say what the program says.
# FERRY_TEST_REGENERATE=1 writes them anew.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
cd "$FERRY_SOURCE"

# same FILE: it holds what is in $TMP/made.
same() {
    if [ -n "${FERRY_TEST_REGENERATE:-}" ]; then
        mkdir -p "$(dirname "$1")"
        cp "$TMP/made" "$1"
    fi
    ok "$1 is what the program says (FERRY_TEST_REGENERATE=1 writes it anew)" diff -u "$1" "$TMP/made"
}

# index ID...: the page that leads to the others.
index() {
    local id
    printf '# Checks before a move\n\n'
    printf 'What each check looks at, what happens when it is ignored, and what to do. The pages are what\n'
    # The backquotes are Markdown's.
    # shellcheck disable=SC2016
    printf '`virt-ferry check --explain ID` prints. [evidence.md](evidence.md) holds what virsh says where a check stands against a\nmove, and when.\n\n| check | holds when all is well |\n|---|---|\n'
    for id; do
        printf '| [%s](%s.md) | %s |\n' "$id" "$id" "$(sed -n 3p "docs/checks/$id.md")"
    done
}

"$FERRY_BUILD/tools/state-machine" >"$TMP/made"
same docs/state-machine.md

mapfile -t ids < <(sed -n "s/^  '\([^']*\)',\$/\1/p" src/preflight/checks/meson.build)
ok 'there are checks' test "${#ids[@]}" -gt 0
for id in "${ids[@]}"; do
    "$VIRT_FERRY" check --explain "$id" >"$TMP/made"
    same "docs/checks/$id.md"
done
index "${ids[@]}" >"$TMP/made"
same docs/checks/README.md

is "$(cd docs/checks && printf '%s\n' *.md)" \
    "$(printf '%s.md\n' README evidence "${ids[@]}" | LC_ALL=C sort)" 'no page is left of a check that is gone'

done_testing
