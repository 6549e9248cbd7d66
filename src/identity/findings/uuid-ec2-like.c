// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

static void
judge(const FerryIdentityRule *rule, const FerryIdentityMachine *machine, GPtrArray *findings)
{
    const char *why = ferry_uuid_why_bad(machine->vm.uuid);
    FerryIdentityFinding *finding;

    if (why == NULL || !ferry_uuid_is_ec2_like(machine->vm.uuid))
        return;
    finding = ferry_identity_finding_add(findings, rule, machine);
    finding->value = g_strdup(machine->vm.uuid);
    finding->text = g_strdup_printf("it %s", why);
}

const FerryIdentityRule ferry_finding_uuid_ec2_like = {
    .id = "UUID_EC2_LIKE",
    .severity = FERRY_SEVERITY_WARN,
    .layers = {"hyper.uuid"},
    .summary = "no guest takes itself for a machine of AWS",
    .cause =
        "One random UUID in some 2,000 begins as those of AWS do. cloud-init in the guest believes it and asks a metadata service that is not there: the boot waits, or the guest takes orders from whoever answers.",
    .fix = "Run 'virt-ferry id set {vm} --connect {host} --uuid auto' while the machine is off.",
    .judge = judge,
};
