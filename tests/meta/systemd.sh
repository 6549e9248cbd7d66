#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The units are what systemd understands, and the service calls the program as the program wants to be called.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"

unit=virt-ferry-recover
service=$FERRY_BUILD/packaging/$unit.service
timer=$FERRY_SOURCE/packaging/systemd/$unit.timer

like "$(grep '^ExecStart=' "$service")" '^ExecStart=/[^ ]*/bin/virt-ferry recover --all --yes$' 'the service starts the program'
FERRY_STATE_DIR=$TMP/state FERRY_CONFIG=/dev/null run "$VIRT_FERRY" recover --all --yes
is "$status $out" '0 ' 'which with nothing to do succeeds'
is "$(sed -n 's/^Unit=//p' "$timer")" '' 'the timer starts the service of its own name'

if ! command -v systemd-analyze >/dev/null; then
    skip "needs the program 'systemd-analyze'" 'systemd takes both units'
    done_testing
    exit
fi
# The program is where it will be installed once it is; here it is where it was built.
sed "s|^ExecStart=[^ ]*|ExecStart=$VIRT_FERRY|" "$service" >"$TMP/$unit.service"
cp "$timer" "$TMP"
run systemd-analyze verify --man=no "$TMP/$unit.service" "$TMP/$unit.timer"
is "$status$(grep -F "$unit" <<<"$out$err" || true)" 0 'systemd takes both units'
printf 'Nonsense=yes\n' >>"$TMP/$unit.service"
run systemd-analyze verify --man=no "$TMP/$unit.service"
like "$out$err" 'Nonsense' 'and would not take what it does not know'
done_testing
