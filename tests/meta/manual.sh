#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What a subcommand's --help offers is what its manual page describes, and the other way round.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
cd "$FERRY_SOURCE"

# options_of_help SUBCOMMAND: its long options, one a line.
options_of_help() {
    "$VIRT_FERRY" "$@" --help | grep -oP '^ +(-\w, )?\K--[a-z][a-z0-9-]*' | LC_ALL=C sort -u
}

# options_of_manual FILE: the options that begin a line of an RST option list or a definition.
options_of_manual() {
    grep -oP '^(``|\*\*)?(-\w,? *|-\w \w+, *|\*\*-\w\*\*, *)?(``|\*\*)?\K--[a-z][a-z0-9-]*' "$1" |
        LC_ALL=C sort -u
}

commands=$(sed -n "s/^  '\([^']*\)',\$/\1/p" src/cli/commands/meson.build)
count=$(wc -w <<<"$commands")
ok 'there are subcommands' test "$count" -gt 0

# options_of_command NAME: of one that has verbs, those of all of them.
options_of_command() {
    local verb
    [ "$1" = id ] || { options_of_help "$1"; return; }
    sed -n "s/^  '\([^']*\)',\$/\1/p" src/cli/id/meson.build | while read -r verb; do
        options_of_help id "$verb"
    done | LC_ALL=C sort -u
}

for name in $commands; do
    is "$(options_of_command "$name")" "$(options_of_manual "docs/man/virt-ferry-$name.rst")" \
        "virt-ferry $name: --help and manual have the same options"
    run "$VIRT_FERRY" "$name" --help
    is "$status$err" '0' "virt-ferry $name --help succeeds and says nothing on stderr"
    is "$("$VIRT_FERRY" --help | grep -cE "^ +$name( |\$)")" 1 "virt-ferry --help lists $name"
done

is "$(options_of_help)" "$(options_of_manual docs/man/virt-ferry.rst)" \
    'virt-ferry: --help and manual have the same options'

done_testing
