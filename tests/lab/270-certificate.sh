#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What tells a strict move that the source is gone: over ssh libvirt's own status file, some 0.2 s before the event that
# has to do elsewhere. Either way the guest lives through it once.
#
# Two hosts of either libvirt: 4 s each; a guest without a disk, so that every move is strict: 1 s; four moves.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# certified HOST: moves web1 there; the certificate that was seen, in $certificate
certified() {
    succeeds "to $1" ferry migrate web1 "$1" --json
    certificate=$(event end <<<"$out" | json '$.report.certificate')
}

for image in bookworm trixie; do
    lab_up --image "$image" --image "$image"
    start host-a web1 --guest micro
    certified host-b
    is "$certificate" event "$image: over TCP it is the event"
    certified host-a
    lives web1 'host-a running' "$image: it runs on one host"
    for host in host-a host-b; do
        ferry host remove "$host" --yes >/dev/null 2>&1 || ferry host remove "$host" >/dev/null
        ferry host add "$host" "$(lab uri "$host" --ssh)" >/dev/null 2>&1
    done
    certified host-b
    is "$certificate" status-file "$image: over ssh it is the status file"
    lives web1 'host-b running' "$image: it runs on one host"
    certified host-a
    is "$certificate" status-file "$image: and on the way back"
    lives web1 'host-a running' "$image: it runs on one host"
    rm -rf "$FERRY_STATE_DIR"
done
done_testing
