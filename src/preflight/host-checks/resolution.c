// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <gio/gio.h>
#include <string.h>

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

// What the memory is sent to: what the operator gave, else what the destination's qemu.conf says, else what it
// calls itself (qemuMigrationDstPrepareDirect, 9.0). NULL: not known
static const char *
sent_to(const FerryHostFacts *peer)
{
    if (peer->address != NULL)
        return peer->address;
    if (peer->probe != NULL && peer->probe->migration_host != NULL)
        return peer->probe->migration_host;
    return peer->info_unknown == NULL ? peer->info.hostname : NULL;
}

static bool
is_loopback(const char *address)
{
    g_autoptr(GInetAddress) parsed = g_inet_address_new_from_string(address);

    return parsed != NULL && g_inet_address_get_is_loopback(parsed);
}

static void
judge(const FerryHostCheckInput *in, const FerryProbedPeer *peer, FerryVerdict *ret)
{
    const char *name = sent_to(in->peer);

    if (peer->address == NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "host '%s' cannot find the address of '%s', where memory for host '%s' goes",
            in->host->name, name != NULL ? name : in->peer->name, in->peer->name);
    } else if (is_loopback(peer->address)) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "on host '%s' the name '%s' means the address %s, which is host '%s' itself, and not host '%s'",
            in->host->name, name != NULL ? name : in->peer->name, peer->address, in->host->name,
            in->peer->name);
    } else {
        bool is_plain = name == NULL || strcmp(name, peer->address) == 0;

        ferry_verdict_set(ret, FERRY_VERDICT_OK, "memory for host '%s' goes to %s%s%s%s",
                          in->peer->name, is_plain ? "" : "'", is_plain ? "" : name,
                          is_plain ? "" : "', ", peer->address);
        return;
    }
    ferry_verdict_add_hint(
        ret,
        "Mend /etc/hosts or the DNS on host '%s', or remove host '%s' and add it again with --address.",
        in->host->name, in->peer->name);
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer = find_peer(in, ret);

    if (peer != NULL)
        judge(in, peer, ret);
}

const FerryHostCheck ferry_host_check_resolution = {
    .id = "resolution",
    .summary = "the source finds the address that memory for the destination is sent to",
    .impact =
        "The move fails after the machine was set up on the destination, or goes to the wrong host.",
    .hint =
        "Let every host resolve every other's full name, or give addresses: 'virt-ferry host add --address', migration_host in qemu.conf.",
    .severity = FERRY_VERDICT_BLOCK,
    .pair = true,
    .run = run,
};
