// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"

#define NAME_HINT \
    "Give the address that the source reaches it at with --dest-address, or give the host a name of its own with 'hostnamectl hostname NAME'."

static bool
is_loopback(const char *address)
{
    return g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0 ||
           g_str_has_prefix(address, "localhost");
}

// What the source itself makes of that name.
static void
judge_resolution(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *hostname = in->dst->info.hostname;
    const FerryProbedPeer *peer =
        in->src->probe != NULL ? ferry_host_probe_peer(in->src->probe, in->dst->name) : NULL;

    if (peer != NULL && peer->address == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' cannot resolve '%s', as host '%s' calls itself", in->src->name,
                          hostname, in->dst->name);
        ferry_verdict_add_hint(ret,
                               "Put the name into DNS or into /etc/hosts of host '%s', or give the "
                               "address with --dest-address.",
                               in->src->name);
    } else if (peer != NULL && is_loopback(peer->address)) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' resolves '%s', as host '%s' calls itself, to itself: %s",
                          in->src->name, hostname, in->dst->name, peer->address);
        ferry_verdict_add_hint(ret,
                               "Mend the name in DNS or in /etc/hosts of host '%s', or give the "
                               "address with --dest-address.",
                               in->src->name);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "the memory goes to '%s', as host '%s' calls itself", hostname,
                          in->dst->name);
    }
}

// Where no address is given, the destination tells the source its own hostname to send the memory to
// (qemuMigrationDstPrepareDirect, 9.0), or what its qemu.conf has in its place.
static void
judge_name(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *hostname = in->dst->info.hostname;
    const char *set = in->dst->probe != NULL ? in->dst->probe->migration_host : NULL;

    if (set != NULL && is_loopback(set)) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "host '%s' has migration_host '%s' in qemu.conf, which no other host reaches",
            in->dst->name, set);
        ferry_verdict_add_hint(
            ret, "Put its address on the migration network there, and restart its daemon.");
    } else if (set != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "the memory goes to '%s', as host '%s' has it in qemu.conf", set,
                          in->dst->name);
    } else if (hostname == NULL || g_str_has_prefix(hostname, "localhost")) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "host '%s' calls itself '%s', so the source cannot send it memory",
                          in->dst->name, hostname != NULL ? hostname : "");
        ferry_verdict_add_hint(ret, NAME_HINT);
    } else if (in->src->info_unknown == NULL && g_strcmp0(in->src->info.hostname, hostname) == 0) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "both hosts call themselves '%s', so the source may send the memory to itself",
            hostname);
        ferry_verdict_add_hint(
            ret,
            "Give the address that the source reaches the destination at with --dest-address.");
    } else {
        judge_resolution(in, ret);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (in->options->dest_address != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the memory goes to address '%s'",
                          in->options->dest_address);
    else if (in->options->offline)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "an offline move sends no memory");
    else if (in->dst->info_unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the hostname of host '%s' is not known: %s",
                          in->dst->name, in->dst->info_unknown);
    else
        judge_name(in, ret);
}

const FerryCheck ferry_check_hostname = {
    .id = "hostname",
    .summary = "the source can send the memory to the name that the destination gives itself",
    .impact =
        "libvirt refuses the move ('hostname on destination resolved to localhost, but migration requires an FQDN'), or the source connects to the wrong host.",
    .hint =
        "Give the destination's address with --dest-address or 'virt-ferry host add --address', or give the host a proper hostname.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
