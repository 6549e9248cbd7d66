// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "identity/findings-gen.h"

static void
tell(const FerryIdentityRule *rule,
     GPtrArray *findings,
     const FerryIdentityMachine *machine,
     const char *expect,
     const char *got,
     const char *text)
{
    FerryIdentityFinding *finding = ferry_identity_finding_add(findings, rule, machine);

    finding->expect = g_strdup(expect);
    finding->got = g_strdup(got);
    finding->text = g_strdup(text);
}

static void
judge(const FerryIdentityRule *rule, const FerryIdentityMachine *machine, GPtrArray *findings)
{
    const char *uuid = machine->vm.uuid;
    const FerryIdentityXml *next = machine->persistent;
    const FerryRootFacts *root = machine->host->root;
    const char *running = root != NULL && ferry_vm_state_is_active(machine->vm.state)
                              ? g_hash_table_lookup(root->running, machine->vm.name)
                              : NULL;

    if (next != NULL && next->uuid[0] != '\0' && strcmp(next->uuid, uuid) != 0)
        tell(rule, findings, machine, uuid, next->uuid,
             "its definition has another UUID than it runs with");
    else if (running != NULL && strcmp(running, uuid) != 0)
        tell(rule, findings, machine, uuid, running,
             "its QEMU was started with another UUID than libvirt knows");
}

const FerryIdentityRule ferry_finding_live_config_uuid_split = {
    .id = "LIVE_CONFIG_UUID_SPLIT",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"hyper.uuid"},
    .summary = "a machine runs with the UUID that it is defined with",
    .cause =
        "A move was given a definition with another UUID (libvirt takes 'migrate --persistent-xml' without "
        "comparing), or a snapshot was reverted to. Once the machine is off, nobody can find, start or undefine it "
        "until libvirtd is started again.",
    .fix =
        "While {vm} still runs, define it with the UUID it runs with: 'virsh -c {uri} dumpxml {vm}' shows it, "
        "'virsh -c {uri} define FILE' takes it.",
    .judge = judge,
};
