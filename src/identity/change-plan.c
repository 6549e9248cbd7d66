// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/json.h"
#include "identity/change.h"

static const FerryChangeStep steps[] = {
    {"begin", "write down what is going to be done"},
    {"tpm", "copy the state of the vTPM to the new UUID"},
    {"autostart", "switch autostart off meanwhile"},
    {"aside", "give the old definition another name, and define its checkpoints again"},
    {"define", "define the machine with its new identity"},
    {"snapshots", "define its snapshots and checkpoints there"},
    {"verify", "read everything again and compare"},
    {"commit", "from here on it is finished, not undone"},
    {"clean", "take the old definition away, switch autostart back"},
};

static void
blocker_free(void *data)
{
    FerryChangeBlocker *blocker = data;

    g_free(blocker->text);
    g_free(blocker->hint);
    g_free(blocker);
}

void
ferry_change_plan_free(FerryChangePlan *plan)
{
    if (plan == NULL)
        return;
    g_ptr_array_unref(plan->blockers);
    g_ptr_array_unref(plan->warnings);
    g_ptr_array_unref(plan->carry);
    g_free(plan);
}

// Takes @text and @hint.
static void
block(FerryChangePlan *plan, const char *id, FerryErrorCode code, char *text, char *hint)
{
    FerryChangeBlocker *blocker = g_new(FerryChangeBlocker, 1);

    *blocker = (FerryChangeBlocker){id, code, text, hint};
    g_ptr_array_add(plan->blockers, blocker);
}

const char *
ferry_change_new_uuid(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    return wish->uuid[0] != '\0' ? wish->uuid : facts->vm.uuid;
}

const char *
ferry_change_new_genid(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    return wish->genid[0] != '\0' && facts->genid != NULL ? wish->genid : NULL;
}

bool
ferry_change_tpm_is_keyed(const FerryChangeFacts *facts)
{
    const FerryTpm *tpm = facts->definition != NULL ? facts->definition->tpm : NULL;

    return tpm != NULL && g_strcmp0(tpm->backend, "emulator") == 0 && tpm->state == NULL;
}

static bool
moves_uuid(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    return g_ascii_strcasecmp(facts->vm.uuid, ferry_change_new_uuid(facts, wish)) != 0;
}

// What the machine is doing.
static void
judge_state(FerryChangePlan *plan, const FerryChangeFacts *facts)
{
    const char *name = facts->vm.name;

    if (ferry_vm_state_is_active(facts->vm.state))
        block(plan, "active", FERRY_ERROR_VM_STATE,
              g_strdup_printf("it is %s, and what runs keeps its UUID until it ends",
                              ferry_vm_state_name(facts->vm.state)),
              g_strdup_printf("Shut it down first: 'virsh -c %s shutdown %s'.", facts->host->uri,
                              name));
    if (!facts->vm.persistent)
        block(plan, "transient", FERRY_ERROR_VM_STATE,
              g_strdup("it is transient: its identity is that of the XML it is created from"),
              g_strdup("Give that XML another <uuid>, or define the machine first."));
    if (facts->extras.managed_save)
        block(plan, "managed-save", FERRY_ERROR_VM_STATE,
              g_strdup("its memory was saved (managed save), and that can't get another identity"),
              g_strdup_printf("Start it and shut it down, or give the memory up with 'virsh -c %s "
                              "managedsave-remove %s'.",
                              facts->host->uri, name));
    if (facts->job.kind == FERRY_JOB_ACTIVE)
        block(plan, "job", FERRY_ERROR_BUSY, g_strdup("a job runs on it"),
              g_strdup_printf("Wait until 'virsh -c %s domjobinfo %s' says none.", facts->host->uri,
                              name));
    if (facts->pending != NULL)
        block(plan, "pending", FERRY_ERROR_BUSY, g_strdup(facts->pending),
              g_strdup_printf("Run 'virt-ferry recover %s --dry-run' to see where it is.", name));
}

static void
judge_owner(FerryChangePlan *plan, const FerryChangeFacts *facts)
{
    if (facts->owner == NULL)
        return;
    block(plan, "owner", FERRY_ERROR_BLOCKED,
          g_strdup_printf("it belongs to %s, which knows it by its UUID", facts->owner),
          g_strdup_printf(
              "Let %s make a new machine, or take its marks out of the definition where it "
              "does not manage it any more.",
              facts->owner));
}

static void
judge_tpm(FerryChangePlan *plan, const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    if (!ferry_change_tpm_is_keyed(facts)) {
        if (wish->tpm != FERRY_TPM_UNSAID && facts->definition != NULL)
            g_ptr_array_add(plan->warnings,
                            g_strdup("no vTPM of it is kept by UUID: --tpm changes nothing"));
        return;
    }
    if (!moves_uuid(facts, wish))
        return;
    if (wish->tpm == FERRY_TPM_UNSAID) {
        block(plan, "vtpm", FERRY_ERROR_BLOCKED,
              g_strdup("it has a vTPM, whose state libvirt keeps under the UUID"),
              g_strdup_printf(
                  "Say '--tpm keep' to take the state along (BitLocker and LUKS keys stay "
                  "readable), or '--tpm new' for another TPM (what was sealed in the old one is "
                  "lost to the guest)%s.",
                  wish->restores ? ", or '--tpm old' for that which was left under the old UUID"
                                 : ""));
        return;
    }
    if (facts->no_script != NULL && (wish->tpm != FERRY_TPM_NEW || wish->restores)) {
        block(plan, "vtpm-unreachable", FERRY_ERROR_UNSUPPORTED,
              g_strdup_printf("the state of its vTPM can't be reached: %s", facts->no_script),
              g_strdup("Name the host by a URI with a way to run scripts there, such as "
                       "qemu+ssh://root@HOST/system."));
        return;
    }
    if (wish->tpm == FERRY_TPM_OLD && facts->tpm_target == NULL)
        block(plan, "vtpm-gone", FERRY_ERROR_BLOCKED,
              g_strdup_printf("no state of a vTPM lies under %s any more", wish->uuid),
              g_strdup("Say '--tpm keep' to take along what the machine has now."));
    if (wish->tpm == FERRY_TPM_NEW)
        g_ptr_array_add(
            plan->warnings,
            g_strdup("the guest gets another TPM: it can't read what it sealed in this one"));
}

static void
judge_genid(FerryChangePlan *plan, const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    if (facts->definition == NULL || facts->genid != NULL)
        return;
    if (wish->genid[0] != '\0' && !wish->genid_if_any)
        block(plan, "genid", FERRY_ERROR_BLOCKED,
              g_strdup("its definition has no <genid> that could be changed"),
              g_strdup_printf("Add '<genid/>' with 'virsh -c %s edit %s'.", facts->host->uri,
                              facts->vm.name));
}

// Is the new UUID good, and nobody's?
static void
judge_uuid(FerryChangePlan *plan, const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    const char *uuid = ferry_change_new_uuid(facts, wish);
    const char *bad = ferry_uuid_why_bad(uuid);

    if (!moves_uuid(facts, wish)) {
        if (ferry_change_new_genid(facts, wish) == NULL && plan->blockers->len == 0)
            block(plan, "same", FERRY_ERROR_BLOCKED, g_strdup("it has that identity already"),
                  g_strdup("Say '--uuid auto' for a new one."));
        return;
    }
    if (bad != NULL)
        block(plan, "uuid-bad", FERRY_ERROR_BLOCKED, g_strdup_printf("%s %s", uuid, bad),
              g_strdup("Say '--uuid auto' for one that is good."));
    for (unsigned i = 0; i < facts->taken->len; i++) {
        const FerryChangeTaken *taken = facts->taken->pdata[i];

        if (!ferry_uuid_equal_any_order(taken->uuid, uuid) ||
            g_ascii_strcasecmp(taken->uuid, facts->vm.uuid) == 0)
            continue;
        block(plan, "uuid-taken", FERRY_ERROR_EXISTS,
              g_strdup_printf("%s is the UUID of %s%s", uuid, taken->who,
                              g_ascii_strcasecmp(taken->uuid, uuid) == 0
                                  ? ""
                                  : ", in the other byte order"),
              g_strdup("Say '--uuid auto' for one that nobody has."));
        break;
    }
    if (facts->alias != NULL)
        block(plan, "uuid-alias", FERRY_ERROR_EXISTS,
              g_strdup_printf("%s is or was the UUID of %s", uuid, facts->alias),
              g_strdup("Say '--uuid auto' for one that nobody had."));
    for (unsigned i = 0; i < facts->unheard->len; i++)
        g_ptr_array_add(plan->warnings,
                        g_strdup_printf("a machine with that UUID may be where nobody answers: %s",
                                        (char *)facts->unheard->pdata[i]));
}

static void
list_carried(FerryChangePlan *plan, const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    if (facts->definition == NULL || !moves_uuid(facts, wish))
        return;
    if (facts->snapshots->len > 0)
        g_ptr_array_add(plan->carry, g_strdup_printf("snapshots:%u", facts->snapshots->len));
    if (facts->checkpoints->len > 0)
        g_ptr_array_add(plan->carry, g_strdup_printf("checkpoints:%u", facts->checkpoints->len));
    if (ferry_change_tpm_is_keyed(facts) && wish->tpm != FERRY_TPM_UNSAID)
        g_ptr_array_add(plan->carry, g_strconcat("tpm:", ferry_tpm_policy_name(wish->tpm), NULL));
    if (facts->definition->nvram != NULL || facts->nvram_digest != NULL)
        g_ptr_array_add(plan->carry, g_strdup("nvram"));
    if (facts->vm.autostart)
        g_ptr_array_add(plan->carry, g_strdup("autostart"));
}

FerryChangePlan *
ferry_change_plan(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    FerryChangePlan *plan = g_new0(FerryChangePlan, 1);

    plan->blockers = g_ptr_array_new_with_free_func(blocker_free);
    plan->warnings = g_ptr_array_new_with_free_func(g_free);
    plan->carry = g_ptr_array_new_with_free_func(g_free);
    judge_state(plan, facts);
    judge_owner(plan, facts);
    judge_tpm(plan, facts, wish);
    judge_genid(plan, facts, wish);
    judge_uuid(plan, facts, wish);
    list_carried(plan, facts, wish);
    if (plan->blockers->len == 0 && moves_uuid(facts, wish))
        g_ptr_array_add(
            plan->warnings,
            g_strdup("what the guest and others keep by the old UUID stays as it is: machine-id, "
                     "licences, backups"));
    return plan;
}

bool
ferry_change_plan_holds(const FerryChangePlan *plan, const FerryChangeFacts *facts, GError **error)
{
    g_autoptr(GString) texts = g_string_new(NULL);
    const FerryChangeBlocker *first;

    if (plan->blockers->len == 0)
        return true;
    first = plan->blockers->pdata[0];
    for (unsigned i = 0; i < plan->blockers->len; i++)
        g_string_append_printf(texts, "%s%s", i > 0 ? "; " : "",
                               ((FerryChangeBlocker *)plan->blockers->pdata[i])->text);
    ferry_error_set(error, first->code, "cannot change the identity of '%s': %s", facts->vm.name,
                    texts->str);
    ferry_error_add_hint(error, "%s", first->hint);
    return false;
}

GPtrArray *
ferry_change_steps(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    const bool carries = facts->snapshots->len > 0 || facts->checkpoints->len > 0;
    const bool tpm = ferry_change_tpm_is_keyed(facts) &&
                     (wish->tpm == FERRY_TPM_KEEP || facts->tpm_target != NULL);
    GPtrArray *taken = g_ptr_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        const char *phase = steps[i].phase;
        const bool only_uuid = g_str_equal(phase, "tpm") || g_str_equal(phase, "autostart") ||
                               g_str_equal(phase, "aside") || g_str_equal(phase, "snapshots") ||
                               g_str_equal(phase, "clean");

        if ((only_uuid && !moves_uuid(facts, wish)) || (g_str_equal(phase, "tpm") && !tpm) ||
            (g_str_equal(phase, "autostart") && !facts->vm.autostart) ||
            (g_str_equal(phase, "snapshots") && !carries))
            continue;
        g_ptr_array_add(taken, (void *)&steps[i]);
    }
    return taken;
}

static void
add_change(JsonArray *changes, const char *layer, const char *from, const char *to)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "layer", layer);
    ferry_json_set_string(object, "from", from);
    ferry_json_set_string(object, "to", to);
    ferry_json_set_string(object, "window", "cold-boot");
    json_array_add_object_element(changes, object);
}

static JsonArray *
blockers_json(const FerryChangePlan *plan)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < plan->blockers->len; i++) {
        const FerryChangeBlocker *blocker = plan->blockers->pdata[i];
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "id", blocker->id);
        ferry_json_set_string(object, "text", blocker->text);
        ferry_json_set_string(object, "hint", blocker->hint);
        json_array_add_object_element(array, object);
    }
    return array;
}

static JsonArray *
steps_json(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    g_autoptr(GPtrArray) taken = ferry_change_steps(facts, wish);
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < taken->len; i++) {
        const FerryChangeStep *step = taken->pdata[i];
        JsonObject *object = json_object_new();

        json_object_set_int_member(object, "n", i + 1);
        ferry_json_set_string(object, "op", step->phase);
        ferry_json_set_string(object, "what", step->what);
        json_array_add_object_element(array, object);
    }
    return array;
}

JsonObject *
ferry_change_plan_json(const FerryChangePlan *plan,
                       const FerryChangeFacts *facts,
                       const FerryChangeWish *wish)
{
    JsonObject *root = json_object_new();
    JsonArray *changes = json_array_new();
    const char *genid = ferry_change_new_genid(facts, wish);
    const unsigned revision = ferry_identity_chain_current(facts->chain)->revision;
    g_autofree char *rollback = NULL;

    ferry_json_set_string(root, "schema", "id.txn/1");
    ferry_json_set_string(root, "op", wish->op);
    ferry_json_set_string(root, "domain", facts->vm.name);
    ferry_json_set_string(root, "host", facts->host->name);
    ferry_json_set_string(root, "when", "now");
    json_object_set_int_member(root, "rev", revision);
    if (moves_uuid(facts, wish))
        add_change(changes, "hyper.uuid", facts->vm.uuid, wish->uuid);
    if (genid != NULL)
        add_change(changes, "hyper.genid", facts->genid, genid);
    json_object_set_array_member(root, "changes", changes);
    ferry_json_set_strings(root, "carry", plan->carry);
    json_object_set_array_member(root, "blockers", blockers_json(plan));
    ferry_json_set_strings(root, "warnings", plan->warnings);
    json_object_set_array_member(root, "steps", steps_json(facts, wish));
    rollback = g_strdup_printf("virt-ferry id restore %s --to %u", facts->vm.name, revision);
    ferry_json_set_string(root, "rollback", moves_uuid(facts, wish) ? rollback : NULL);
    return root;
}
