// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/verdict.h"

static const char *const kind_names[FERRY_VERDICT_LAST] = {
    [FERRY_VERDICT_OK] = "ok",           [FERRY_VERDICT_NOTE] = "note",
    [FERRY_VERDICT_UNKNOWN] = "unknown", [FERRY_VERDICT_WARN] = "warn",
    [FERRY_VERDICT_BLOCK] = "block",
};

void
ferry_verdict_clear(FerryVerdict *verdict)
{
    g_free(verdict->check);
    g_free(verdict->text);
    g_free(verdict->hint);
    g_free(verdict->unprobed);
    *verdict = (FerryVerdict){0};
}

void
ferry_verdict_free(FerryVerdict *verdict)
{
    if (verdict == NULL)
        return;
    ferry_verdict_clear(verdict);
    g_free(verdict);
}

void
ferry_verdict_set(FerryVerdict *verdict, FerryVerdictKind kind, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_free(verdict->text);
    verdict->text = g_strdup_vprintf(format, args);
    va_end(args);
    g_clear_pointer(&verdict->hint, g_free);
    verdict->kind = kind;
}

void
ferry_verdict_add_hint(FerryVerdict *verdict, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_free(verdict->hint);
    verdict->hint = g_strdup_vprintf(format, args);
    va_end(args);
}

const char *
ferry_verdict_kind_name(FerryVerdictKind kind)
{
    g_return_val_if_fail(kind < FERRY_VERDICT_LAST, "unknown");
    return kind_names[kind];
}

static void
add_string(JsonObject *object, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(object, name, value);
    else
        json_object_set_null_member(object, name);
}

JsonNode *
ferry_verdict_to_json(const FerryVerdict *verdict)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();

    add_string(object, "check", verdict->check);
    add_string(object, "verdict", ferry_verdict_kind_name(verdict->kind));
    add_string(object, "counts_as", ferry_verdict_kind_name(verdict->counts_as));
    add_string(object, "text", verdict->text);
    add_string(object, "hint", verdict->hint);
    json_object_set_boolean_member(object, "forced", verdict->forced);
    if (verdict->unprobed != NULL)
        add_string(object, "unprobed", verdict->unprobed);
    json_node_take_object(node, object);
    return node;
}
