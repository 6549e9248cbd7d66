#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A broken configuration file is told with its line, and help comes all the same.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

export FERRY_CONFIG=$TMP/virt-ferry.conf

# broken TEXT LINE-AND-REASON HINT DESCRIPTION
broken() {
    printf '%s\n' "$1" >"$FERRY_CONFIG"
    refuses 2 "virt-ferry: cannot read '@TMP@/virt-ferry.conf' line $2
hint: $3" "$4" ferry list
}

broken $'[connect]\ntimeout=soon' "2: 'soon' is not a whole number from 0 to 4294967295" \
    'Key timeout: seconds that a host may be silent before it counts as unreachable.' 'a value of the wrong type'
broken $'# a remark\n\n[konnect]' '3: there is no section [konnect]' \
    'The sections are connect, check, migrate, identity and host-check.' 'an unknown section'
broken $'[connect]\ntimeuot=5' "2: section [connect] has no key 'timeuot'" \
    'The key of section [connect] is timeout.' 'an unknown key'
broken $'[migrate]\nmode=fast' "2: 'fast' is not one of auto|p2p|direct" \
    "Key mode: who carries a move: the source's daemon (p2p), virt-ferry (direct), or what works (auto)." \
    'a choice that does not exist'
is "$(ferry list --help | head -n 1)" 'Usage:' 'help comes with a broken file'
run ferry --version
is "$status $out$err" '0 virt-ferry 0.1.0' 'and the version'
printf '[migrate]\nmode=fast\n' >"$FERRY_CONFIG"
run ferry list --json
is "$status $out$(mask <<<"$err")" \
    "2 {\"error\":{\"id\":\"config\",\"message\":\"cannot read '@TMP@/virt-ferry.conf' line 2: 'fast' is not one of auto|p2p|direct\",\"hint\":\"Key mode: who carries a move: the source's daemon (p2p), virt-ferry (direct), or what works (auto).\",\"exit\":2}}" \
    'told as JSON where JSON was asked for'

printf '[migrate]\nbandwidth' >"$FERRY_CONFIG"
run ferry list
is "$status $out$(mask <<<"$err")" \
    "2 virt-ferry: cannot read '@TMP@/virt-ferry.conf' line 2: 'bandwidth' is neither key=value nor [section]" \
    'a line that is nothing'
rm "$FERRY_CONFIG"
refuses 2 "virt-ferry: cannot read '@TMP@/virt-ferry.conf': No such file or directory" \
    'a file that was named and is not there' ferry list
printf '[connect]\ntimeout=2\n\n[migrate]\nmode=p2p\ntls=false\n' >"$FERRY_CONFIG"
run ferry list
is "$status$err" 0 'a good file'
done_testing
