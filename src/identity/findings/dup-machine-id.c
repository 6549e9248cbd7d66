// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_machine_id = {
    .id = "DUP_MACHINE_ID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"guest.machine_id", "guest.dbus_machine_id"},
    .summary = "no two guests have the same machine-id",
    .cause =
        "The image was copied with its /etc/machine-id, or prepared by a tool that fills in a fixed one. DHCP leases, bridges' MACs, the journal and clusters mix the two guests up.",
    .fix =
        "In the guest of {vm}: 'rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup', then make /var/lib/dbus/machine-id a link to /etc/machine-id and boot again. What systemd-creds encrypted with the old one is lost.",
    .run = ferry_identity_find_duplicates,
};
