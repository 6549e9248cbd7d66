// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-script.h"
#include "journal/journal.h"
#include "model/xml.h"

// Those that define their machines themselves: what we changed they would change back, or lose the machine. By the
// namespace of what they write into <metadata>, but for CloudStack, which writes none and shows itself in <sysinfo>.
static const struct {
    const char *space; // begins so
    const char *who;
} managers[] = {
    {"http://openstack.org/xmlns/libvirt/nova/", "OpenStack Nova"},
    {"http://ovirt.org/vm/", "oVirt"},
    {"http://kubevirt.io", "KubeVirt"},
};

void
ferry_change_facts_free(FerryChangeFacts *facts)
{
    if (facts == NULL)
        return;
    ferry_host_free(facts->host);
    ferry_vm_clear(&facts->vm);
    g_free(facts->xml);
    ferry_definition_free(facts->definition);
    g_free(facts->genid);
    g_clear_pointer(&facts->snapshots, g_ptr_array_unref);
    g_clear_pointer(&facts->checkpoints, g_ptr_array_unref);
    g_free(facts->no_script);
    g_free(facts->tpm_digest);
    g_free(facts->tpm_target);
    g_free(facts->nvram_digest);
    g_clear_pointer(&facts->taken, g_ptr_array_unref);
    g_clear_pointer(&facts->unheard, g_ptr_array_unref);
    ferry_identity_chain_free(facts->chain);
    g_free(facts->alias);
    g_free(facts->pending);
    g_free(facts);
}

static void
taken_free(void *data)
{
    FerryChangeTaken *taken = data;

    g_free(taken->who);
    g_free(taken);
}

static const char *
find_manager(const char *space)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(managers); i++)
        if (g_str_has_prefix(space, managers[i].space))
            return managers[i].who;
    return NULL;
}

static const char *
find_owner(const xmlNode *domain)
{
    const xmlNode *metadata = ferry_xml_child(domain, "metadata");
    const xmlNode *system = ferry_xml_child(ferry_xml_child(domain, "sysinfo"), "system");

    for (const xmlNode *node = metadata != NULL ? metadata->children : NULL; node != NULL;
         node = node->next) {
        const char *who = node->type == XML_ELEMENT_NODE && node->ns != NULL
                              ? find_manager((const char *)node->ns->href)
                              : NULL;

        if (who != NULL)
            return who;
    }
    for (const xmlNode *entry = ferry_xml_child(system, "entry"); entry != NULL;
         entry = ferry_xml_next(entry, "entry")) {
        g_autofree char *text = ferry_xml_word(entry);

        if (ferry_xml_attribute_is(entry, "name", "product") && text != NULL &&
            g_str_has_prefix(text, "CloudStack"))
            return "CloudStack";
    }
    return NULL;
}

bool
ferry_change_facts_read_xml(FerryChangeFacts *facts, char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;

    facts->xml = xml;
    facts->definition = ferry_definition_parse(xml, error);
    doc = facts->definition != NULL ? ferry_xml_parse(xml, "domain XML", "domain", error) : NULL;
    if (doc == NULL)
        return false;
    facts->genid = ferry_xml_word(ferry_xml_child(xmlDocGetRootElement(doc), "genid"));
    facts->efi =
        ferry_xml_attribute_is(ferry_xml_child(xmlDocGetRootElement(doc), "os"), "firmware", "efi");
    facts->owner = find_owner(xmlDocGetRootElement(doc));
    return true;
}

// As root on the host, only where there is something that libvirt has no call for.
static void
look_at_files(FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    g_autoptr(GError) problem = NULL;
    g_auto(FerryChangeDigests) digests = {0};
    const FerryChangePlace place = {
        .host = facts->host,
        .old_uuid = facts->vm.uuid,
        .new_uuid = ferry_change_new_uuid(facts, wish),
        .nvram = facts->definition->nvram,
        .name = facts->vm.name,
    };

    if (!ferry_change_tpm_is_keyed(facts) && facts->definition->nvram == NULL && !facts->efi)
        return;
    if (!ferry_change_look(&place, &digests, &problem)) {
        facts->no_script = g_strdup(problem->message);
        return;
    }
    facts->tpm_digest = g_steal_pointer(&digests.tpm);
    facts->tpm_target = g_steal_pointer(&digests.target);
    facts->nvram_digest = g_steal_pointer(&digests.nvram);
}

static bool
read_machine(FerryChangeFacts *facts, FerryHypervisor *hv, GError **error)
{
    const char *uuid = facts->vm.uuid;
    char *xml;

    if (!ferry_hypervisor_get_extras(hv, uuid, &facts->extras, error))
        return false;
    // what is off has no job, and what runs is refused whatever is said of one
    if (!ferry_vm_state_is_active(facts->vm.state) ||
        !ferry_hypervisor_get_job(hv, uuid, false, &facts->job, NULL))
        facts->job = (FerryJobStats){0};
    facts->snapshots = ferry_hypervisor_list_snapshots(hv, uuid, FERRY_SNAPSHOT, error);
    if (facts->snapshots == NULL)
        return false;
    facts->checkpoints = ferry_hypervisor_list_snapshots(hv, uuid, FERRY_CHECKPOINT, error);
    if (facts->checkpoints == NULL)
        return false;
    if (!facts->vm.persistent)
        return true;
    xml = ferry_hypervisor_get_xml(hv, uuid, FERRY_XML_PERSISTENT_SECURE, error);
    return xml != NULL && ferry_change_facts_read_xml(facts, xml, error);
}

FerryChangeFacts *
ferry_change_collect(FerryHypervisor *hv,
                     const FerryHost *host,
                     const char *uuid,
                     const FerryChangeWish *wish,
                     GError **error)
{
    g_autoptr(FerryChangeFacts) facts = g_new0(FerryChangeFacts, 1);
    g_autoptr(FerryVm) vm = ferry_hypervisor_find(hv, uuid, error);

    facts->taken = g_ptr_array_new_with_free_func(taken_free);
    facts->unheard = g_ptr_array_new_with_free_func(g_free);
    if (vm == NULL)
        return NULL;
    facts->host = ferry_host_copy(host);
    facts->vm = *vm;
    vm->name = NULL;
    if (!read_machine(facts, hv, error))
        return NULL;
    if (facts->definition != NULL)
        look_at_files(facts, wish);
    return g_steal_pointer(&facts);
}

static void
add_taken(FerryChangeFacts *facts, const char *uuid, char *who)
{
    FerryChangeTaken *taken = g_new0(FerryChangeTaken, 1);

    g_strlcpy(taken->uuid, uuid, sizeof(taken->uuid));
    taken->who = who;
    g_ptr_array_add(facts->taken, taken);
}

static void
add_host(FerryChangeFacts *facts, const FerryHostAnswer *answer)
{
    g_auto(FerryHostInfo) info = {0};

    if (ferry_hypervisor_get_host(answer->hv, &info, NULL) && info.uuid[0] != '\0')
        add_taken(facts, info.uuid, g_strdup_printf("host '%s' itself", answer->host->name));
}

void
ferry_change_collect_taken(FerryChangeFacts *facts, GPtrArray *answers)
{
    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = answers->pdata[i];

        if (answer->error != NULL) {
            g_ptr_array_add(facts->unheard, g_strdup(answer->error->message));
            continue;
        }
        if (answer->hv != NULL)
            add_host(facts, answer);
        for (unsigned j = 0; answer->machines != NULL && j < answer->machines->len; j++) {
            const FerryVm *vm = answer->machines->pdata[j];

            add_taken(facts, vm->uuid,
                      g_strdup_printf("machine '%s' on host '%s'", vm->name, answer->host->name));
        }
    }
}

static char *
find_pending(FerryState *state, const char *uuid, GError **error)
{
    g_autoptr(GPtrArray) active =
        ferry_state_list_txns(state, &(FerryTxnFilter){.active = true, .uuid = uuid}, error);
    const FerryTxnRecord *record;

    if (active == NULL || active->len == 0)
        return NULL;
    record = active->pdata[0];
    return g_strdup_printf("%s %" G_GINT64_FORMAT " of '%s' is %s",
                           ferry_txn_kind_word(record->kind), record->id, record->name,
                           ferry_txn_owner_is_alive(record) ? "under way" : "not over");
}

// Whose was it, by changes or moves? Of this very machine it may come back.
static bool
find_alias(FerryChangeFacts *facts, const char *uuid, FerryState *state, GError **error)
{
    g_autoptr(FerryIdentityChain) its = ferry_identity_chain(state, uuid, error);

    if (its == NULL)
        return false;
    if (facts->alias == NULL && its->name != NULL && !ferry_identity_chain_has(facts->chain, uuid))
        facts->alias = g_strdup_printf("machine '%s'", its->name);
    return true;
}

static bool
find_aliases(FerryChangeFacts *facts, const char *uuid, FerryState *state, GError **error)
{
    char swapped[FERRY_UUID_LEN + 1];

    return find_alias(facts, uuid, state, error) &&
           (!ferry_uuid_swap(uuid, swapped) || find_alias(facts, swapped, state, error));
}

bool
ferry_change_collect_journal(FerryChangeFacts *facts,
                             const FerryChangeWish *wish,
                             FerryState *state,
                             GError **error)
{
    const char *uuid = ferry_change_new_uuid(facts, wish);
    g_autoptr(GError) problem = NULL;

    facts->chain = ferry_identity_chain(state, facts->vm.uuid, error);
    if (facts->chain == NULL || !find_aliases(facts, uuid, state, error))
        return false;
    facts->pending = find_pending(state, facts->vm.uuid, &problem);
    if (facts->pending == NULL && problem == NULL)
        facts->pending = find_pending(state, uuid, &problem);
    if (problem == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}
