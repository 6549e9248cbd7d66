// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

static void
judge(const FerryIdentityRule *rule, const FerryIdentityMachine *machine, GPtrArray *findings)
{
    FerryIdentityFinding *finding;

    if (machine->live == NULL || machine->persistent == NULL || machine->live->genid == NULL ||
        machine->persistent->genid == NULL || *machine->persistent->genid == '\0' ||
        strcmp(machine->live->genid, machine->persistent->genid) == 0)
        return;
    finding = ferry_identity_finding_add(findings, rule, machine);
    finding->expect = g_strdup(machine->live->genid);
    finding->got = g_strdup(machine->persistent->genid);
    finding->text = g_strdup("it runs with another one, and its next start takes an old one");
}

const FerryIdentityRule ferry_finding_live_config_split = {
    .id = "LIVE_CONFIG_SPLIT",
    .severity = FERRY_SEVERITY_WARN,
    .layers = {"hyper.genid"},
    .summary = "a machine's next start has the generation id that it runs with, or a newer one",
    .cause =
        "libvirt makes a new generation id when a saved machine is restored or a snapshot of a running one is "
        "reverted to, and does not write it down: the next start goes back to the one before, as if the guest had "
        "been set back in time.",
    .fix = "Run 'virt-ferry id set {vm} --connect {host} --genid auto' while the machine is off.",
    .judge = judge,
};
