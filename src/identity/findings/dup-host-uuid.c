// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

static void
put(GHashTable *by_uuid, FerryIdentityHost *host)
{
    GPtrArray *hosts;

    // A placeholder is a finding of its own.
    if (host->uuid[0] == '\0' || host->same_as != NULL || ferry_uuid_is_placeholder(host->uuid))
        return;
    hosts = g_hash_table_lookup(by_uuid, host->uuid);
    if (hosts == NULL) {
        hosts = g_ptr_array_new();
        g_hash_table_insert(by_uuid, host->uuid, hosts);
    }
    g_ptr_array_add(hosts, host);
}

static void
run(const FerryIdentityRule *rule,
    const FerryIdentityFleet *fleet,
    const FerryIdentityIndex *index G_GNUC_UNUSED,
    GPtrArray *findings)
{
    g_autoptr(GHashTable) by_uuid =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter iter;
    void *uuid;
    void *found;

    for (unsigned i = 0; i < fleet->hosts->len; i++)
        put(by_uuid, g_ptr_array_index(fleet->hosts, i));
    g_hash_table_iter_init(&iter, by_uuid);
    while (g_hash_table_iter_next(&iter, &uuid, &found)) {
        const GPtrArray *hosts = found;
        FerryIdentityFinding *finding;

        if (hosts->len < 2)
            continue;
        finding = ferry_identity_finding_add_host(findings, rule,
                                                  g_ptr_array_index(hosts, hosts->len - 1));
        for (unsigned i = 0; i < hosts->len; i++)
            g_ptr_array_add(finding->members,
                            g_strdup(((FerryIdentityHost *)g_ptr_array_index(hosts, i))->name));
        finding->value = g_strdup(uuid);
        finding->text = g_strdup_printf("%u hosts have the same", hosts->len);
    }
}

const FerryIdentityRule ferry_finding_dup_host_uuid = {
    .id = "DUP_HOST_UUID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"host.uuid"},
    .summary = "no two hosts have the same UUID",
    .cause =
        "The host was installed from an image with 'host_uuid' in libvirt's configuration, or its firmware has no UUID "
        "of its own. libvirt refuses to move a machine to a host that has the UUID of its own.",
    .fix =
        "Put 'host_uuid = \"NEW\"' with what 'uuidgen' prints into /etc/libvirt/libvirtd.conf (virtqemud.conf) of "
        "{host}, and restart the daemon; machines go on running.",
    .run = run,
};
