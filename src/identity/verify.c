// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/verify.h"

#include <string.h>

#include "base/json.h"

static const char *const level_names[FERRY_LEVEL_LAST] = {"config", "boot", "guest", "persist"};

bool
ferry_identity_level_parse(const char *name, FerryIdentityLevel *ret_level)
{
    for (unsigned i = 0; i < FERRY_LEVEL_LAST; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *ret_level = (FerryIdentityLevel)i;
            return true;
        }
    }
    return false;
}

const char *
ferry_identity_level_name(FerryIdentityLevel level)
{
    return level_names[level];
}

static void
check_free(void *data)
{
    FerryIdentityCheck *check = data;

    g_free(check->text);
    g_free(check);
}

static FerryIdentityCheck *
add(GPtrArray *checks, const char *name)
{
    FerryIdentityCheck *check = g_new0(FerryIdentityCheck, 1);

    check->name = name;
    g_ptr_array_add(checks, check);
    return check;
}

static void
say_unknown(FerryIdentityCheck *check, const char *why)
{
    check->text = g_strdup(why);
}

// @got: NULL: it has none
static void
compare(FerryIdentityCheck *check, const char *expected, const char *got)
{
    check->known = true;
    check->pass = got != NULL && strcmp(expected, got) == 0;
    check->text = check->pass ? g_strdup(expected)
                              : g_strdup_printf("%s, not %s", got != NULL ? got : "none", expected);
}

static const char *
why_unknown(const FerryIdentityMachine *machine)
{
    return machine->live_unknown != NULL ? machine->live_unknown : machine->persistent_unknown;
}

static void
verify_definition(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "definition.uuid");

    if (machine->persistent != NULL) {
        compare(check, machine->vm.uuid, machine->persistent->uuid);
    } else if (machine->persistent_unknown != NULL) {
        say_unknown(check, machine->persistent_unknown);
    } else {
        check->known = check->pass = true;
        check->text = g_strdup("it is transient and has no definition");
    }
}

static void
verify_smbios(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);
    FerryIdentityCheck *check = add(checks, "smbios.uuid");

    if (xml == NULL)
        say_unknown(check, why_unknown(machine));
    else
        compare(check, machine->vm.uuid,
                xml->smbios_uuid != NULL ? xml->smbios_uuid : machine->vm.uuid);
}

static void
verify_snapshots(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "snapshots.uuid");

    if (machine->snapshots == NULL) {
        say_unknown(check, machine->snapshots_unknown);
        return;
    }
    check->known = check->pass = true;
    for (unsigned i = 0; i < machine->snapshots->len && check->pass; i++) {
        const FerryIdentitySnapshot *snapshot = g_ptr_array_index(machine->snapshots, i);
        const char *uuid = machine->vm.uuid;
        const char *other = NULL;

        if (snapshot->uuid[0] != '\0' && strcmp(snapshot->uuid, uuid) != 0)
            other = snapshot->uuid;
        else if (snapshot->inactive[0] != '\0' && strcmp(snapshot->inactive, uuid) != 0)
            other = snapshot->inactive;
        if (other == NULL)
            continue;
        check->pass = false;
        check->text = g_strdup_printf("'%s' has %s, not %s", snapshot->name, other, uuid);
    }
    if (check->pass)
        check->text = g_strdup_printf("%u of them", machine->snapshots->len);
}

static void
verify_genid(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "genid");
    const char *live = machine->live != NULL ? machine->live->genid : NULL;
    const char *next = machine->persistent != NULL ? machine->persistent->genid : NULL;

    if (ferry_identity_machine_xml(machine) == NULL) {
        say_unknown(check, why_unknown(machine));
        return;
    }
    check->known = true;
    check->pass = live == NULL || next == NULL || *next == '\0' || strcmp(live, next) == 0;
    check->text = check->pass
                      ? g_strdup(live != NULL   ? live
                                 : next != NULL ? next
                                                : "none")
                      : g_strdup_printf("it runs with %s, and starts with %s next", live, next);
}

static void
verify_qemu(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "qemu.uuid");
    const FerryRootFacts *root = machine->host->root;

    if (!ferry_vm_state_is_active(machine->vm.state))
        say_unknown(check, "it is off");
    else if (root == NULL)
        say_unknown(check, machine->host->root_unknown);
    else if (g_hash_table_lookup(root->running, machine->vm.name) == NULL)
        say_unknown(check, "no QEMU of its name is seen on the host");
    else
        compare(check, machine->vm.uuid, g_hash_table_lookup(root->running, machine->vm.name));
}

// swtpm makes a new TPM without a word to anybody where it finds no state.
static void
verify_tpm(const FerryIdentityEvidence *evidence, GPtrArray *checks)
{
    const FerryIdentityMachine *machine = evidence->machine;
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);
    FerryIdentityCheck *check;
    const char *made;

    if (xml == NULL || !xml->has_tpm)
        return;
    check = add(checks, "tpm.not_remanufactured");
    if (machine->host->root == NULL) {
        say_unknown(check, machine->host->root_unknown);
        return;
    }
    made = g_hash_table_lookup(machine->host->root->tpm_log, machine->vm.name);
    check->known = true;
    // times of one form compare as texts
    check->pass = made == NULL || evidence->changed == NULL || evidence->new_tpm ||
                  strcmp(made, evidence->changed) < 0;
    if (made == NULL)
        check->text = g_strdup("its log does not say that it was made anew");
    else if (check->pass)
        check->text = g_strdup_printf("it was made at %s", made);
    else
        check->text = g_strdup_printf("it was made anew at %s, after the change of the UUID at %s",
                                      made, evidence->changed);
}

static void
verify_product_uuid(const FerryIdentityEvidence *evidence, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "guest.product_uuid");
    const char *uuid = evidence->machine->vm.uuid;

    // guests with a table of SMBIOS before 2.6 show it with its bytes in the other order
    if (evidence->product_uuid == NULL)
        say_unknown(check, evidence->product_unknown);
    else if (ferry_uuid_equal_any_order(uuid, evidence->product_uuid))
        compare(check, uuid, uuid);
    else
        compare(check, uuid, evidence->product_uuid);
}

static void
verify_machine_id(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "guest.machine_id");
    const FerryGuestValue *own;
    const FerryGuestValue *dbus;

    if (machine->guest == NULL) {
        say_unknown(check, "nobody looked into the guest");
        return;
    }
    own = &machine->guest->fields[FERRY_GUEST_MACHINE_ID];
    dbus = &machine->guest->fields[FERRY_GUEST_DBUS_MACHINE_ID];
    if (own->value == NULL) {
        say_unknown(check,
                    own->unknown != NULL ? own->unknown : "the guest has no /etc/machine-id");
        return;
    }
    check->known = true;
    check->pass =
        *own->value != '\0' && (dbus->value == NULL || strcmp(own->value, dbus->value) == 0);
    if (check->pass)
        check->text = g_strdup("/etc/machine-id and D-Bus agree");
    else if (*own->value == '\0')
        check->text = g_strdup("/etc/machine-id is empty: the next boot makes it of the UUID");
    else
        check->text = g_strdup("/var/lib/dbus/machine-id is another one than /etc/machine-id");
}

static const FerryRootDefinition *
find_file(const FerryRootFacts *root, const char *name)
{
    for (unsigned i = 0; i < root->definitions->len; i++) {
        const FerryRootDefinition *definition = g_ptr_array_index(root->definitions, i);

        if (strcmp(definition->name, name) == 0)
            return definition;
    }
    return NULL;
}

static void
verify_file(const FerryIdentityMachine *machine, GPtrArray *checks)
{
    FerryIdentityCheck *check = add(checks, "file.uuid");
    const FerryRootFacts *root = machine->host->root;
    const FerryRootDefinition *file;

    if (root == NULL || root->definitions_unknown != NULL) {
        say_unknown(check, root == NULL ? machine->host->root_unknown : root->definitions_unknown);
        return;
    }
    file = find_file(root, machine->vm.name);
    if (file == NULL && !machine->vm.persistent) {
        check->known = check->pass = true;
        check->text = g_strdup("it is transient and has no file");
        return;
    }
    compare(check, machine->vm.uuid, file != NULL && file->uuid[0] != '\0' ? file->uuid : NULL);
}

GPtrArray *
ferry_identity_verify(const FerryIdentityEvidence *evidence, FerryIdentityLevel level)
{
    const FerryIdentityMachine *machine = evidence->machine;
    GPtrArray *checks = g_ptr_array_new_with_free_func(check_free);

    verify_definition(machine, checks);
    verify_smbios(machine, checks);
    verify_snapshots(machine, checks);
    verify_genid(machine, checks);
    if (level == FERRY_LEVEL_BOOT || level == FERRY_LEVEL_GUEST) {
        verify_qemu(machine, checks);
        verify_tpm(evidence, checks);
    }
    if (level == FERRY_LEVEL_GUEST) {
        verify_product_uuid(evidence, checks);
        verify_machine_id(machine, checks);
    }
    if (level == FERRY_LEVEL_PERSIST)
        verify_file(machine, checks);
    return checks;
}

bool
ferry_identity_verify_holds(const GPtrArray *checks)
{
    for (unsigned i = 0; i < checks->len; i++) {
        const FerryIdentityCheck *check = g_ptr_array_index(checks, i);

        if (check->known && !check->pass)
            return false;
    }
    return true;
}

JsonNode *
ferry_identity_check_to_json(const FerryIdentityCheck *check)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "name", check->name);
    if (check->known)
        json_object_set_boolean_member(object, "pass", check->pass);
    else
        json_object_set_null_member(object, "pass");
    ferry_json_set_string(object, "text", check->text);
    return ferry_json_node(object);
}
