#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry host check, over a simulated world: what libvirt tells; of hosts that cannot be probed the rest is unknown.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

refuses 3 "virt-ferry: cannot check hosts: none is known
hint: Run 'virt-ferry host add NAME URI' for each, or give the URI of one." 'no host is known' ferry host check

world host-a host-b host-old host-down <<'END'
[host host-a]
[host host-b]
memory_mib=1024
pools=default;fast
[host host-old]
libvirt=7.0.0
qemu=5.2.0
[host host-down]
daemon=killed

[machine web1]
host=host-b
memory_mib=768
END

golden host-check 'two hosts and the ways between them' ferry host check host-a host-b
golden host-check-json 'as JSON' ferry host check host-a host-b --json
golden host-check-all 'all known hosts, one too old and one down' ferry host check
golden host-check-measure 'measured: the simulator has no way to' ferry host check host-a host-b --measure
golden host-check-measure-json 'measured, as JSON' ferry host check host-a --measure --json
golden host-check-no-probe 'no script is run' ferry host check host-a --no-probe
golden host-check-explain 'a host check explained' ferry host check --explain link
golden host-check-explain-json 'explained as JSON' ferry host check --explain tls --json

run ferry host check host-old
is "$status" 5 'a host that moves would fail on: exit status 5'
run ferry host check host-down
is "$status" 0 'a host of which nothing is known: exit status 0'
is "$(ferry host check host-a host-a "sim:host-a?world=$TMP/world.ini")" "$(ferry host check host-a)" \
    'a host that is named several times is looked at once'

cat >"$TMP/ferry.conf" <<'END'
[check]
probe=false
[host-check]
min-free-memory-mib=128
min-free-gib=51
END
run env FERRY_CONFIG="$TMP/ferry.conf" "$VIRT_FERRY" host check host-b
like "$out" "^ok +memory +256 MiB of 1.0 GiB are free\$" 'less memory will do'
like "$out" "^warn +storage +pool 'default' of host 'host-b' has 50 GiB free, less than 51 GiB\$" 'more space is asked for'
like "$out" 'asked for with --no-probe' 'the configuration forbids the probe'

mapfile -t ids < <(sed -n "s/^  '\([^']*\)',\$/\1/p" "$FERRY_SOURCE/src/preflight/host-checks/meson.build")
ok 'there are host checks' test "${#ids[@]}" -gt 0
for id in "${ids[@]}"; do
    ok "host check '$id' can be explained" ferry host check --explain "$id"
    ok "host check '$id' is in the manual" grep -q "^\*\*$id\*\*\$" "$FERRY_SOURCE/docs/man/virt-ferry-host.rst"
done

refuses 2 "virt-ferry: there is no host check 'clokc'
hint: Did you mean 'clock'?" 'no such check' ferry host check --explain clokc
refuses 3 "virt-ferry: host 'host-c' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b', 'host-down', 'host-old'." 'an unknown host' \
    ferry host check host-a host-c
refuses 2 "virt-ferry: cannot run 'host list': it has no option --measure
hint: Run 'virt-ferry host --help' to see how it is used." 'an option of another verb' ferry host list --measure
done_testing
