#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What Tab offers in bash.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

mkdir "$TMP/bin"
ln -s "$VIRT_FERRY" "$TMP/bin/virt-ferry"
PATH=$TMP/bin:$PATH
. "$FERRY_SOURCE/data/bash-completion/virt-ferry"

ferry host add --no-connect host-a "$(test_host a 1 web1 'two words')" >/dev/null
ferry host add --no-connect host-b "$(test_host b 3 web2)" >/dev/null

# offers LINE WANTED: the last word of LINE is completed; an empty one is written as ''.
offers() {
    read -ra COMP_WORDS <<<"$1"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    if [ "${COMP_WORDS[COMP_CWORD]}" = "''" ]; then
        COMP_WORDS[COMP_CWORD]=
    fi
    COMPREPLY=()
    _virt_ferry
    is "${COMPREPLY[*]}" "$2" "virt-ferry ${1#virt-ferry }"
}

offers "virt-ferry ''" 'cancel check history host id list migrate recover verify version watch --help --version'
offers 'virt-ferry ver' 'verify version'
offers "virt-ferry host ''" 'add check list map remove show'
offers "virt-ferry host show ''" 'host-a host-b'
offers "virt-ferry host add ''" ''
offers "virt-ferry host map host-a ''" 'host-a host-b'
offers 'virt-ferry host list --n' '--no-connect --names --no-probe --network'
offers "virt-ferry check ''" 'two\ words web1 web2'
offers 'virt-ferry migrate w' 'web1 web2'
offers "virt-ferry migrate web1 ''" 'host-a host-b'
offers "virt-ferry migrate --connect host-b ''" 'web2'
offers "virt-ferry migrate --connect host-b web2 ''" 'host-a host-b'
offers "virt-ferry migrate --connect ''" 'host-a host-b'
offers "virt-ferry migrate web1 host-b --mode ''" 'auto p2p direct'
offers "virt-ferry migrate --compress z" 'zlib zstd'
offers 'virt-ferry migrate --on' '--on-timeout --on-stall'
offers "virt-ferry watch ''" 'two\ words web1 web2'
offers "virt-ferry list ''" ''

is "$_virt_ferry_subcommands" \
    "$(sed -n "s/^  '\([^']*\)',\$/\1/p" "$FERRY_SOURCE/src/cli/commands/meson.build" | paste -sd ' ')" \
    'every subcommand is offered'
done_testing
