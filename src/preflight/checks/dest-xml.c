// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "model/names.h"
#include "preflight/checks-gen.h"

static void
block(FerryVerdict *ret, const char *option, const char *text)
{
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "%s: %s", option, text);
}

// Returns: the definition in @xml; NULL with the verdict where it is none, or is another machine
static FerryDefinition *
read_definition(const FerryCheckInput *in, const char *option, const char *xml, FerryVerdict *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryDefinition) definition = ferry_definition_parse(xml, &error);

    if (definition == NULL) {
        block(ret, option, error->message);
        return NULL;
    }
    if (strcmp(definition->uuid, in->vm->vm.uuid) == 0)
        return g_steal_pointer(&definition);
    if (definition->uuid[0] == '\0')
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "%s has no UUID: it must keep '%s'", option,
                          in->vm->vm.uuid);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "%s changes the UUID to '%s': it must keep '%s'", option,
                          definition->uuid, in->vm->vm.uuid);
    // 9.0 and 11.3 take it, and the persistent definition becomes another machine's.
    ferry_verdict_add_hint(
        ret,
        "libvirt would accept this and make another machine of it. Take the XML of 'virsh dumpxml %s' and change only what differs on the host.",
        in->vm->vm.name);
    return NULL;
}

// What a running guest can't have changed (virDomainDefCheckABIStability, 9.0).
static bool
judge_abi(const FerryCheckInput *in, const FerryDefinition *definition, FerryVerdict *ret)
{
    const FerryDefinition *now = in->vm->definition;

    if (g_strcmp0(definition->machine, now->machine) != 0)
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "--xml changes the machine type to '%s': it must keep '%s'",
                          definition->machine, now->machine);
    else if (definition->memory_kib != now->memory_kib)
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "--xml changes the memory to %" G_GUINT64_FORMAT
                          " KiB: it must keep %" G_GUINT64_FORMAT,
                          definition->memory_kib, now->memory_kib);
    else if (definition->vcpus != now->vcpus)
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "--xml changes the vCPUs to %u: it must keep %u", definition->vcpus,
                          now->vcpus);
    else
        return true;
    ferry_verdict_add_hint(
        ret,
        "Only what the guest cannot see may change: paths, bridges, listen addresses, pinning. Take the XML of 'virsh dumpxml --migratable %s'.",
        in->vm->vm.name);
    return false;
}

static bool
judge_xml(const FerryCheckInput *in, FerryVerdict *ret)
{
    g_autoptr(FerryDefinition) definition = read_definition(in, "--xml", in->options->xml, ret);

    if (definition == NULL)
        return false;
    if (g_strcmp0(definition->name, in->vm->vm.name) != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "--xml names the machine '%s': it must keep '%s'", definition->name,
                          in->vm->vm.name);
        ferry_verdict_add_hint(
            ret,
            "A move gives a new name with --dest-name; the XML of --xml keeps the old one, that of --persistent-xml has the new one.");
        return false;
    }
    return judge_abi(in, definition, ret);
}

static bool
judge_persistent_xml(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *name = ferry_facts_dest_name(in->vm, in->options);
    g_autoptr(FerryDefinition) definition =
        read_definition(in, "--persistent-xml", in->options->persistent_xml, ret);

    if (definition == NULL)
        return false;
    if (g_strcmp0(definition->name, name) == 0)
        return true;
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "--persistent-xml names the machine '%s': it must be '%s'", definition->name,
                      name);
    ferry_verdict_add_hint(
        ret,
        "A move gives a new name with --dest-name; the XML of --xml keeps the old one, that of --persistent-xml has the new one.");
    return false;
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    bool persistent = in->vm->vm.persistent || in->options->persistent;

    if (in->options->xml == NULL && in->options->persistent_xml == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          ferry_names_any(in->options)
                              ? "the machine keeps its own XML but for the names that are given"
                              : "the machine keeps its own XML");
        return;
    }
    if (in->vm->definition_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's own XML is not known: %s",
                          in->vm->definition_unknown);
        return;
    }
    if (in->options->xml != NULL && !judge_xml(in, ret))
        return;
    if (in->options->persistent_xml != NULL && !judge_persistent_xml(in, ret))
        return;
    if (persistent && in->options->persistent_xml == NULL)
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "--xml without --persistent-xml: what it changes lasts until the machine's next start");
    else if (!persistent && in->options->persistent_xml != NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                          "--persistent-xml has no use: the machine is transient and stays so");
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the XML given is that of the machine");
}

const FerryCheck ferry_check_dest_xml = {
    .id = "dest-xml",
    .summary = "the XML given with --xml and --persistent-xml is this machine's",
    .impact =
        "libvirt refuses a changed name, memory size or machine type only after the move has begun, and it accepts a changed UUID: "
        "the machine would have two identities.",
    .hint =
        "Take the XML of 'virsh dumpxml --migratable' for --xml and of 'virsh dumpxml --inactive' for --persistent-xml, and change only what the guest cannot see: "
        "paths, bridges, listen addresses, pinning.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
