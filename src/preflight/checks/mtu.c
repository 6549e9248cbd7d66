// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// libvirt 9.0 tells the guest an MTU (virtio's host_mtu) only where the card's own <mtu> gives one
// (qemuBuildNicDevProps), and refuses a move that changes it (virDomainNetDefCheckABIStability). The MTU of the
// network or bridge is that of the card's tap device alone (virNetDevTapAttachBridge): the guest keeps what it
// has and loses what is larger.

// The card as it is on the source; NULL where there is none of that address.
static const FerryNic *
find_before(const FerryCheckInput *in, const FerryNic *nic)
{
    const GPtrArray *nics = in->vm->definition != NULL ? in->vm->definition->nics : NULL;

    if (in->vm->arriving == in->vm->definition)
        return nic;
    for (unsigned i = 0; nics != NULL && i < nics->len; i++) {
        const FerryNic *before = g_ptr_array_index(nics, i);

        if (nic->mac != NULL && g_strcmp0(before->mac, nic->mac) == 0)
            return before;
    }
    return NULL;
}

static void
judge_change(const FerryCheckInput *in,
             const FerryNic *before,
             const FerryNic *nic,
             FerryVerdict *ret)
{
    if (before->mtu == nic->mtu || is_off(in))
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "--xml changes the MTU of network card '%s' to %u: it must keep %u", nic->mac,
                      nic->mtu, before->mtu);
    ferry_verdict_add_hint(
        ret, "The guest knows it. Give the card the <mtu> of 'virsh dumpxml --migratable %s'.",
        in->vm->vm.name);
}

static bool
has_source(const FerryNic *nic)
{
    return nic->source != NULL &&
           (g_strcmp0(nic->type, "network") == 0 || g_strcmp0(nic->type, "bridge") == 0 ||
            g_strcmp0(nic->type, "direct") == 0);
}

// @here: the MTU on the source, 0 where it is not told
static void
compare(const FerryCheckInput *in, const FerryNic *nic, unsigned here, FerryVerdict *ret)
{
    const FerryNetworkInfo *info = &ferry_host_facts_nic(in->dst, nic)->network;
    unsigned there = info->mtu;

    if (!info->exists)
        return;
    if (there != 0 && nic->mtu > there)
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          "'%s' has an MTU of %u on host '%s', and network card '%s' one of %u",
                          nic->source, there, in->dst->name, nic->mac, nic->mtu);
    else if (here != there && (here == 0 || there == 0))
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "'%s' has an MTU of %u on host '%s', and host '%s' does not tell its own",
                          nic->source, here + there, here != 0 ? in->src->name : in->dst->name,
                          here != 0 ? in->dst->name : in->src->name);
    else if (here != there)
        ferry_verdict_set(ret, here > there ? FERRY_VERDICT_WARN : FERRY_VERDICT_NOTE,
                          "'%s' has an MTU of %u on host '%s', and of %u on host '%s'", nic->source,
                          here, in->src->name, there, in->dst->name);
    if (ret->text != NULL)
        ferry_verdict_add_hint(
            ret,
            "Give the networks or bridges of both hosts the same MTU: larger packets of the guest are lost behind a smaller one.");
}

static void
judge_nic(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    const FerryNic *before = find_before(in, nic);
    const FerryFact *there = ferry_host_facts_nic(in->dst, nic);
    const FerryFact *here =
        before != NULL && has_source(before) ? ferry_host_facts_nic(in->src, before) : NULL;
    const char *unknown = there->unknown != NULL                  ? there->unknown
                          : here != NULL && here->unknown != NULL ? here->unknown
                                                                  : NULL;

    if (before != NULL)
        judge_change(in, before, nic, ret);
    if (ret->text != NULL || !has_source(nic))
        return;
    if (unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "the MTU of '%s' cannot be told on both hosts: %s", nic->source, unknown);
    else
        compare(in, nic, here != NULL ? here->network.mtu : 0, ret);
}

static void
judge_nics(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "network cards", ret);

    for (unsigned i = 0; arriving != NULL && i < arriving->nics->len; i++) {
        const FerryNic *nic = g_ptr_array_index(arriving->nics, i);
        FerryVerdict one = {0};

        g_return_if_fail(nic != NULL); // clang's analyzer does not know
        judge_nic(in, nic, &one);
        take_worse(ret, &one);
    }
}

static void
judge_path(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedPeer *peer;

    if (is_off(in))
        return;
    peer = find_peer(in, "the largest packet", ret);
    if (peer == NULL)
        return;
    if (peer->path_mtu == 0 || peer->link_mtu == 0) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the largest packet between host '%s' and host '%s' cannot be told: the probe could not measure it",
            in->src->name, in->dst->name);
    } else if (peer->path_mtu < peer->link_mtu) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_WARN,
            "host '%s' sends packets of up to %u bytes, and those over %u do not arrive at host '%s'",
            in->src->name, peer->link_mtu, peer->path_mtu, in->dst->name);
        ferry_verdict_add_hint(
            ret,
            "The move could stand still for ever. Give every switch and interface on the way an MTU of %u, or host '%s' one of %u.",
            peer->link_mtu, in->src->name, peer->path_mtu);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_nics, judge_path};

    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL && is_off(in))
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "no MTU is known to differ");
    else if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "no MTU is known to differ, and large packets arrive at host '%s'",
                          in->dst->name);
}

const FerryCheck ferry_check_mtu = {
    .id = "mtu",
    .summary = "large packets pass on the destination and on the way there",
    .impact =
        "A guest with large packets loses them behind a smaller bridge: connections open and then hang. On the migration network the same makes the move hang. "
        "libvirt refuses a move that changes the MTU that a card's own <mtu> tells the guest.",
    .hint =
        "Give the bridges and networks of both hosts, and everything between the hosts, the same MTU.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
