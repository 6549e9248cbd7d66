// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-intent.h"

#include "base/json.h"
#include "identity/generate.h"
#include "model/snapshot.h"

static const char *const policies[] = {
    [FERRY_TPM_UNSAID] = "none",
    [FERRY_TPM_KEEP] = "keep",
    [FERRY_TPM_NEW] = "new",
    [FERRY_TPM_OLD] = "old",
};

const char *
ferry_tpm_policy_name(FerryTpmPolicy policy)
{
    return policies[policy];
}

bool
ferry_tpm_policy_parse(const char *text, FerryTpmPolicy *ret_policy)
{
    for (unsigned i = FERRY_TPM_KEEP; i <= FERRY_TPM_OLD; i++) {
        if (g_strcmp0(text, policies[i]) != 0)
            continue;
        *ret_policy = (FerryTpmPolicy)i;
        return true;
    }
    return false;
}

char *
ferry_change_aside_name(const char *name, int64_t id)
{
    return g_strdup_printf("%s.ferry-%" G_GINT64_FORMAT, name, id);
}

bool
ferry_change_intent_moves_uuid(const FerryChangeIntent *intent)
{
    return g_ascii_strcasecmp(intent->old_uuid, intent->new_uuid) != 0;
}

void
ferry_change_intent_free(FerryChangeIntent *intent)
{
    if (intent == NULL)
        return;
    g_free(intent->op);
    g_free(intent->subject);
    ferry_host_free(intent->host);
    g_free(intent->name);
    g_free(intent->old_genid);
    g_free(intent->new_genid);
    g_free(intent->tpm_digest);
    g_free(intent->nvram);
    g_free(intent->nvram_digest);
    g_free(intent->current);
    g_clear_pointer(&intent->snapshots, g_ptr_array_unref);
    g_clear_pointer(&intent->checkpoints, g_ptr_array_unref);
    g_free(intent);
}

static FerryChangeIntent *
intent_empty(void)
{
    FerryChangeIntent *intent = g_new0(FerryChangeIntent, 1);

    intent->snapshots = g_ptr_array_new_with_free_func(g_free);
    intent->checkpoints = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_free);
    return intent;
}

static void
add_checkpoint(FerryChangeIntent *intent, const char *name, char *xml)
{
    FerrySnapshot *kept = g_new0(FerrySnapshot, 1);

    kept->name = g_strdup(name);
    kept->xml = xml;
    g_ptr_array_add(intent->checkpoints, kept);
}

static bool
keep_satellites(FerryChangeIntent *intent, const FerryChangeFacts *facts, GError **error)
{
    for (unsigned i = 0; i < facts->snapshots->len; i++) {
        const FerrySnapshot *snapshot = facts->snapshots->pdata[i];

        g_ptr_array_add(intent->snapshots, g_strdup(snapshot->name));
        if (snapshot->current)
            intent->current = g_strdup(snapshot->name);
    }
    for (unsigned i = 0; i < facts->checkpoints->len; i++) {
        const FerrySnapshot *checkpoint = facts->checkpoints->pdata[i];
        char *redacted = ferry_snapshot_redact(checkpoint->xml, error);

        if (redacted == NULL)
            return false;
        add_checkpoint(intent, checkpoint->name, redacted);
    }
    return true;
}

FerryChangeIntent *
ferry_change_intent_new(const FerryChangeFacts *facts, const FerryChangeWish *wish, GError **error)
{
    g_autoptr(FerryChangeIntent) intent = intent_empty();
    char subject[FERRY_UUID_LEN + 1];

    if (facts->chain->subject != NULL)
        g_strlcpy(subject, facts->chain->subject, sizeof(subject));
    else if (!ferry_generate_record_id(subject, error))
        return NULL;
    intent->op = g_strdup(wish->op);
    intent->subject = g_strdup(subject);
    intent->revision = ferry_identity_chain_current(facts->chain)->revision + 1;
    intent->host = ferry_host_copy(facts->host);
    intent->name = g_strdup(facts->vm.name);
    g_strlcpy(intent->old_uuid, facts->vm.uuid, sizeof(intent->old_uuid));
    g_strlcpy(intent->new_uuid, ferry_change_new_uuid(facts, wish), sizeof(intent->new_uuid));
    intent->old_genid = g_strdup(facts->genid);
    intent->new_genid = g_strdup(ferry_change_new_genid(facts, wish));
    if (ferry_change_tpm_is_keyed(facts) && ferry_change_intent_moves_uuid(intent))
        intent->tpm = wish->tpm;
    intent->tpm_digest = g_strdup(facts->tpm_digest);
    intent->nvram = g_strdup(facts->definition->nvram);
    intent->nvram_digest = g_strdup(facts->nvram_digest);
    intent->autostart = facts->vm.autostart;
    return keep_satellites(intent, facts, error) ? g_steal_pointer(&intent) : NULL;
}

static JsonArray *
checkpoints_to_json(const FerryChangeIntent *intent)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < intent->checkpoints->len; i++) {
        const FerrySnapshot *checkpoint = intent->checkpoints->pdata[i];
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "name", checkpoint->name);
        ferry_json_set_string(object, "xml", checkpoint->xml);
        json_array_add_object_element(array, object);
    }
    return array;
}

char *
ferry_change_intent_format(const FerryChangeIntent *intent)
{
    JsonObject *root = json_object_new();
    JsonObject *host = json_object_new();

    ferry_json_set_string(root, "op", intent->op);
    ferry_json_set_string(root, "subject", intent->subject);
    json_object_set_int_member(root, "revision", intent->revision);
    ferry_json_set_string(host, "name", intent->host->name);
    ferry_json_set_string(host, "uri", intent->host->uri);
    json_object_set_object_member(root, "host", host);
    ferry_json_set_string(root, "name", intent->name);
    ferry_json_set_string(root, "old_uuid", intent->old_uuid);
    ferry_json_set_string(root, "new_uuid", intent->new_uuid);
    ferry_json_set_string(root, "old_genid", intent->old_genid);
    ferry_json_set_string(root, "new_genid", intent->new_genid);
    ferry_json_set_string(root, "tpm", ferry_tpm_policy_name(intent->tpm));
    ferry_json_set_string(root, "tpm_digest", intent->tpm_digest);
    ferry_json_set_string(root, "nvram", intent->nvram);
    ferry_json_set_string(root, "nvram_digest", intent->nvram_digest);
    json_object_set_boolean_member(root, "autostart", intent->autostart);
    ferry_json_set_strings(root, "snapshots", intent->snapshots);
    ferry_json_set_string(root, "current", intent->current);
    json_object_set_array_member(root, "checkpoints", checkpoints_to_json(intent));
    return ferry_json_format_object(root);
}

static void
read_satellites(FerryChangeIntent *intent, JsonObject *root)
{
    JsonArray *snapshots = ferry_json_get_array(root, "snapshots");
    JsonArray *checkpoints = ferry_json_get_array(root, "checkpoints");

    for (unsigned i = 0; snapshots != NULL && i < json_array_get_length(snapshots); i++)
        g_ptr_array_add(intent->snapshots, g_strdup(json_array_get_string_element(snapshots, i)));
    for (unsigned i = 0; checkpoints != NULL && i < json_array_get_length(checkpoints); i++) {
        JsonObject *object = json_array_get_object_element(checkpoints, i);

        add_checkpoint(intent, ferry_json_get_string(object, "name"),
                       g_strdup(ferry_json_get_string(object, "xml")));
    }
}

static FerryHost *
read_host(JsonObject *root)
{
    JsonObject *object = ferry_json_get_object(root, "host");
    FerryHost *host;

    if (object == NULL || ferry_json_get_string(object, "name") == NULL ||
        ferry_json_get_string(object, "uri") == NULL)
        return NULL;
    host = g_new0(FerryHost, 1);
    host->name = g_strdup(ferry_json_get_string(object, "name"));
    host->uri = g_strdup(ferry_json_get_string(object, "uri"));
    return host;
}

static bool
read_uuid(JsonObject *root, const char *name, char ret_uuid[FERRY_UUID_LEN + 1])
{
    const char *text = ferry_json_get_string(root, name);

    return text != NULL && ferry_uuid_parse(text, ret_uuid);
}

FerryChangeIntent *
ferry_change_intent_parse(const char *json, GError **error)
{
    g_autoptr(JsonNode) node = ferry_json_parse(json, "the intent of a change of identity", error);
    g_autoptr(FerryChangeIntent) intent = NULL;
    JsonObject *root;

    if (node == NULL)
        return NULL;
    intent = intent_empty();
    root = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    if (root != NULL)
        intent->host = read_host(root);
    if (intent->host == NULL || ferry_json_get_string(root, "name") == NULL ||
        !read_uuid(root, "old_uuid", intent->old_uuid) ||
        !read_uuid(root, "new_uuid", intent->new_uuid)) {
        ferry_error_set(
            error, FERRY_ERROR_FAILED,
            "cannot read the intent of a change of identity: host, name or UUID is missing");
        return NULL;
    }
    intent->op = g_strdup(ferry_json_get_string(root, "op"));
    intent->subject = g_strdup(ferry_json_get_string(root, "subject"));
    intent->revision = (unsigned)ferry_json_get_int(root, "revision", 0);
    intent->name = g_strdup(ferry_json_get_string(root, "name"));
    intent->old_genid = g_strdup(ferry_json_get_string(root, "old_genid"));
    intent->new_genid = g_strdup(ferry_json_get_string(root, "new_genid"));
    if (!ferry_tpm_policy_parse(ferry_json_get_string(root, "tpm"), &intent->tpm))
        intent->tpm = FERRY_TPM_UNSAID;
    intent->tpm_digest = g_strdup(ferry_json_get_string(root, "tpm_digest"));
    intent->nvram = g_strdup(ferry_json_get_string(root, "nvram"));
    intent->nvram_digest = g_strdup(ferry_json_get_string(root, "nvram_digest"));
    intent->autostart = ferry_json_get_bool(root, "autostart", false);
    intent->current = g_strdup(ferry_json_get_string(root, "current"));
    read_satellites(intent, root);
    return g_steal_pointer(&intent);
}
