#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry id verify, over a simulated world; machines that do not hold are in tests/lab/440-id-check.sh.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a <<'END'
[host host-a]

[machine web1]
host=host-a
uuid=11111111-0000-4000-8000-000000000001
snapshots=2

[machine wrong]
host=host-a
uuid=11111111-0000-4000-8000-000000000002
extra=<sysinfo type='smbios'><system><entry name='uuid'>11111111-0000-4000-8000-000000000003</entry></system></sysinfo>
END

golden id-verify 'what is consistent' ferry id verify web1
golden id-verify-json 'as JSON' ferry id verify web1 --json
golden id-verify-boot 'the simulator has no command lines to be read' ferry id verify web1 --level boot
golden id-verify-guest 'and no agent' ferry id verify web1 --level guest
golden id-verify-persist 'and no files' ferry id verify web1 --level persist
golden id-verify-wrong 'two UUIDs: exit status 9' ferry id verify wrong
refuses 2 "virt-ferry: cannot use 'all' for --level: it is none of config, boot, guest, persist" 'a level that is none' \
    ferry id verify web1 --level all
run ferry id verify nobody
is "$status" 3 'a machine that nobody has: exit status 3'
done_testing
