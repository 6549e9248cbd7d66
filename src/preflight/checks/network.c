// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

static bool
is_type(const FerryNic *nic, const char *type)
{
    return g_strcmp0(nic->type, type) == 0;
}

static bool
is_judged(const FerryNic *nic)
{
    return nic->source != NULL &&
           (is_type(nic, "network") || is_type(nic, "bridge") || is_type(nic, "direct"));
}

static void
judge_no_network(const FerryCheckInput *in, const char *name, FerryVerdict *ret)
{
    ferry_verdict_set(ret, kind_of_lack(in), "host '%s' has no network '%s'", in->dst->name, name);
    ferry_verdict_add_hint(
        ret,
        "Copy it with 'virsh -c %s net-dumpxml %s', 'virsh -c %s net-define FILE' and 'net-start %s', or name another network with --map-network.",
        in->src->uri, name, in->dst->uri, name);
}

// libvirt takes a port group that is not there for none (virPortGroupFindByName, 9.0): the card then has no
// VLAN tag or another one.
static void
judge_portgroup(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    ferry_verdict_set(ret, kind_of_lack(in), "network '%s' of host '%s' has no port group '%s'",
                      nic->source, in->dst->name, nic->portgroup);
    ferry_verdict_add_hint(
        ret,
        "libvirt would connect the card without it, perhaps to another VLAN. Add it with 'virsh -c %s net-edit %s'.",
        in->dst->uri, nic->source);
}

static void
judge_network(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    const FerryNetworkInfo *there = &ferry_host_facts_nic(in->dst, nic)->network;

    if (!there->exists) {
        judge_no_network(in, nic->source, ret);
    } else if (!there->active) {
        ferry_verdict_set(ret, kind_of_lack(in), "network '%s' of host '%s' is not active",
                          nic->source, in->dst->name);
        ferry_verdict_add_hint(
            ret, "Start it with 'virsh -c %s net-start %s', and for good with 'net-autostart %s'.",
            in->dst->uri, nic->source, nic->source);
    } else if (nic->portgroup != NULL &&
               (there->portgroups == NULL ||
                !g_strv_contains((const char *const *)there->portgroups, nic->portgroup))) {
        judge_portgroup(in, nic, ret);
    }
}

// What the source's libvirt does not see either, though the machine uses it, is no proof: libvirt 9.0 does not
// know every bridge (Open vSwitch, hosts without a live udev).
static void
judge_interface(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    const FerryFact *here = ferry_host_facts_nic(in->src, nic);
    const FerryNetworkInfo *there = &ferry_host_facts_nic(in->dst, nic)->network;

    if (there->exists && there->active)
        return;
    if (there->exists) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN, "interface '%s' of host '%s' is down",
                          nic->source, in->dst->name);
        ferry_verdict_add_hint(ret, "Bring it up there with 'ip link set %s up'.", nic->source);
    } else if (here->unknown == NULL && !here->network.exists) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether host '%s' has interface '%s' cannot be told: libvirt on host '%s' does not see its own either",
            in->dst->name, nic->source, in->src->name);
        ferry_verdict_add_hint(ret, "Look there with 'ip link show %s'.", nic->source);
    } else {
        ferry_verdict_set(ret, kind_of_lack(in), "host '%s' has no interface '%s'", in->dst->name,
                          nic->source);
        ferry_verdict_add_hint(ret,
                               "Create the bridge there, or name another one with --map-network.");
    }
}

static void
judge_filter(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    const FerryFact *filter = ferry_host_facts_get(in->dst, FERRY_FACT_NWFILTER, nic->filter);

    if (filter->unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has network filter '%s' cannot be told: %s",
                          in->dst->name, nic->filter, filter->unknown);
    } else if (!filter->yes) {
        ferry_verdict_set(ret, kind_of_lack(in), "host '%s' has no network filter '%s'",
                          in->dst->name, nic->filter);
        ferry_verdict_add_hint(
            ret,
            "Copy it with 'virsh -c %s nwfilter-dumpxml %s' and 'virsh -c %s nwfilter-define FILE'.",
            in->src->uri, nic->filter, in->dst->uri);
    }
}

static void
judge_source(const FerryCheckInput *in, const FerryNic *nic, FerryVerdict *ret)
{
    const FerryFact *fact = ferry_host_facts_nic(in->dst, nic);

    if (fact->unknown != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether host '%s' has %s '%s' cannot be told: %s", in->dst->name,
                          is_type(nic, "network") ? "network" : "interface", nic->source,
                          fact->unknown);
    else if (is_type(nic, "network"))
        judge_network(in, nic, ret);
    else
        judge_interface(in, nic, ret);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "network cards", ret);
    unsigned judged = 0;

    for (unsigned i = 0; arriving != NULL && i < arriving->nics->len; i++) {
        const FerryNic *nic = g_ptr_array_index(arriving->nics, i);
        FerryVerdict source = {0};
        FerryVerdict filter = {0};

        if (!is_judged(nic))
            continue;
        judged++;
        judge_source(in, nic, &source);
        take_worse(ret, &source);
        if (nic->filter != NULL)
            judge_filter(in, nic, &filter);
        take_worse(ret, &filter);
    }
    if (ret->text != NULL)
        return;
    if (judged == 0)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine uses no network of its host");
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "host '%s' has the machine's networks",
                          in->dst->name);
}

const FerryCheck ferry_check_network = {
    .id = "network",
    .summary =
        "the destination has the networks, bridges and filters of the machine's network cards",
    .impact =
        "libvirt refuses the move when it sets up the machine on the destination. A port group that is not there it leaves out without a word: "
        "the guest arrives in another VLAN.",
    .hint =
        "Give both hosts networks of the same names ('virsh net-define', 'virsh nwfilter-define'), or name those of the destination with --map-network.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
