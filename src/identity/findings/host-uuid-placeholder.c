// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        const FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);
        FerryIdentityFinding *finding;

        if (host->uuid[0] == '\0' || host->same_as != NULL ||
            !ferry_uuid_is_placeholder(host->uuid))
            continue;
        finding = ferry_identity_finding_add_host(findings, rule, host);
        g_ptr_array_add(finding->members, g_strdup(host->name));
        finding->value = g_strdup(host->uuid);
        finding->text = g_strdup("the board's maker left it there: other hosts have it, too");
    }
}

const FerryIdentityRule ferry_finding_host_uuid_placeholder = {
    .id = "HOST_UUID_PLACEHOLDER",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"host.uuid"},
    .summary = "a host has a UUID of its own",
    .cause =
        "libvirt takes the host's UUID from its firmware, and this one is what a board's maker ships on all boards. "
        "libvirt refuses to move a machine to a host that has the UUID of its own.",
    .fix =
        "Put 'host_uuid = \"NEW\"' with what 'uuidgen' prints into /etc/libvirt/libvirtd.conf (virtqemud.conf) of "
        "{host}, and restart the daemon; machines go on running.",
    .run = run,
};
