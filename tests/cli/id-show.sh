#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry id show, over a simulated world and libvirt's test driver.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a host-b <<'END'
[host host-a]
uuid=11111111-0000-4000-8000-00000000000a
[host host-b]

[machine web1]
host=host-a
uuid=11111111-0000-4000-8000-000000000001
snapshots=2
autostart=true
extra=<genid>abababab-0000-4000-8000-000000000001</genid><sysinfo type='smbios'><system><entry name='serial'>S1</entry></system></sysinfo>
devices=<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>

[machine plain]
host=host-b
uuid=11111111-0000-4000-8000-000000000002
state=shut off

[machine oem]
host=host-b
extra=<sysinfo type='smbios'><oemStrings><entry>io.systemd.credential:x=secret</entry></oemStrings></sysinfo>
END

golden id-show 'a machine with most of it' ferry id show web1
golden id-show-json 'as JSON' ferry id show web1 --json
golden id-show-plain 'a machine with little of it, by UUID' ferry id show 11111111-0000-4000-8000-000000000002
golden id-show-guest 'the guest: the simulator has no disks' ferry id show web1 --layers guest,disk
golden id-show-agent 'the guest by its agent, which the simulator has not' ferry id show web1 --layers guest --via qga

run ferry id show oem
unlike "$out" 'secret' 'an OEM string may be a credential: shown as a digest'
like "$out" 'smbios\.oem_strings 1 +hmac:[0-9a-f]{64}' 'which is keyed'
run ferry id show oem --reveal
like "$out" 'io\.systemd\.credential:x=secret' 'and whole with --reveal'

run ferry id show test --connect test:///default
like "$out" '^hyper\.uuid +6695eb01-f6a4-8304-79aa-97f2502e193f' "libvirt's test driver"

refuses 2 "virt-ferry: cannot use 'hyperx' for --layers: it is no such word
hint: Run 'virt-ferry id show --help' to see the words." 'a group that is none' ferry id show web1 --layers hyperx
refuses 2 "virt-ferry: cannot use 'ssh' for --via: it is no such word
hint: Run 'virt-ferry id show --help' to see the words." 'a way that is none' ferry id show web1 --via xml,ssh
run ferry id show nobody
is "$status" 3 'a machine that nobody has: exit status 3'
done_testing
