// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

static void
judge(const FerryIdentityRule *rule, const FerryIdentityMachine *machine, GPtrArray *findings)
{
    const char *why = ferry_uuid_why_bad(machine->vm.uuid);
    FerryIdentityFinding *finding;

    if (why == NULL || ferry_uuid_is_ec2_like(machine->vm.uuid))
        return;
    finding = ferry_identity_finding_add(findings, rule, machine);
    finding->value = g_strdup(machine->vm.uuid);
    finding->text = g_strdup_printf("it %s", why);
}

const FerryIdentityRule ferry_finding_uuid_bad = {
    .id = "UUID_BAD",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.uuid"},
    .summary = "a machine's UUID is one that can tell it apart",
    .cause =
        "libvirt takes any 128 bits: nil, all ones, one byte sixteen times, what a board's maker left there. Guests with such a UUID show none, or the same as many others.",
    .fix = "Run 'virt-ferry id set {vm} --connect {host} --uuid auto' while the machine is off.",
    .judge = judge,
};
