#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry id check, over a simulated world; what only a real host can have is planted in tests/lab/440-id-check.sh.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a host-b host-c host-down <<'END'
[host host-a]
[host host-b]
[host host-c]
uuid=03000200-0400-0500-0006-000700080009
[host host-down]
daemon=killed

[machine web1]
host=host-a
uuid=11111111-0000-4000-8000-000000000001
snapshots=1
extra=<genid>abababab-0000-4000-8000-000000000001</genid><os><smbios mode='sysinfo'/></os>

[machine web2]
host=host-b
uuid=11111111-0000-4000-8000-000000000002
state=shut off
extra=<genid>abababab-0000-4000-8000-000000000001</genid>

[machine aws]
host=host-b
uuid=ec200000-0000-4000-8000-000000000003

[machine moved]
host=host-b
uuid=11111111-0000-4000-8000-000000000004
[instance moved host-a]
END

golden id-check 'all known hosts, one of them down' ferry id check
golden id-check-json 'as JSON' ferry id check --json
golden id-check-info 'what a move left, too' ferry id check host-a host-b --severity info
golden id-check-error 'errors alone' ferry id check host-b host-c --severity error
golden id-check-nothing 'nothing to be found: exit status 0' ferry id check host-a
golden id-check-guests 'guests that cannot be looked into' ferry id check host-a --guests
golden id-check-explain 'a finding explained' ferry id check --explain dup_genid
golden id-check-explain-json 'explained as JSON' ferry id check --explain ORPHAN_TPM --json

run ferry id check host-a host-a "sim:host-a?world=$TMP/world.ini"
like "$out" ': looked at 2 machines on 1 host$' 'a host that is named several times is looked at once'
run ferry id check host-down
is "$status $(tail -n 1 <<<"$out")" '4 nothing found: looked at 0 machines on 0 hosts' 'nobody could be asked: that is not good news'

mapfile -t names < <(sed -n "s/^  '\([^']*\)',\$/\1/p" "$FERRY_SOURCE/src/identity/findings/meson.build")
ok 'there are findings' test "${#names[@]}" -gt 0
for name in "${names[@]}"; do
    id=${name^^}
    ok "finding '${id//-/_}' is explained" ferry id check --explain "${id//-/_}"
done

refuses 2 "virt-ferry: there is no finding 'DUP_MACC'
hint: Did you mean 'DUP_MAC'?" 'a finding that is none' ferry id check --explain DUP_MACC
refuses 2 "virt-ferry: cannot use 'bad' for --severity: it is none of info, warn, error" 'a severity that is none' \
    ferry id check --severity bad
refuses 3 "virt-ferry: host 'host-x' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b', 'host-c', 'host-down'." 'a host that is none' ferry id check host-x
done_testing
