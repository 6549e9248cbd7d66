// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What moves left on their sources, as their reports keep it.

#include <string.h>

#include "base/json.h"
#include "storage/storage.h"

#define MEMBER "source_disks"

void
ferry_left_free(FerryLeft *left)
{
    if (left == NULL)
        return;
    g_free(left->target);
    g_free(left->path);
    g_free(left->aside);
    g_free(left->reason);
    g_free(left->changed);
    g_free(left);
}

void
ferry_earlier_free(FerryEarlier *earlier)
{
    if (earlier == NULL)
        return;
    g_free(earlier->path);
    g_free(earlier->changed);
    g_free(earlier);
}

JsonArray *
ferry_storage_left_to_json(const GPtrArray *lefts)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < lefts->len; i++) {
        const FerryLeft *left = lefts->pdata[i];
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "target", left->target);
        ferry_json_set_string(object, "path", left->path);
        ferry_json_set_string(object, "aside", left->aside);
        json_object_set_int_member(object, "bytes", (int64_t)left->bytes);
        json_object_set_boolean_member(object, "kept", left->kept);
        ferry_json_set_string(object, "reason", left->reason);
        ferry_json_set_string(object, "changed", left->changed);
        json_object_set_boolean_member(object, "in_use", left->in_use);
        json_array_add_object_element(array, object);
    }
    return array;
}

static FerryLeft *
left_from_json(JsonObject *object)
{
    FerryLeft *left = g_new(FerryLeft, 1);

    *left = (FerryLeft){
        .target = g_strdup(ferry_json_get_string(object, "target")),
        .path = g_strdup(ferry_json_get_string(object, "path")),
        .aside = g_strdup(ferry_json_get_string(object, "aside")),
        .bytes = (uint64_t)ferry_json_get_int(object, "bytes", 0),
        .kept = ferry_json_get_bool(object, "kept", false),
        .reason = g_strdup(ferry_json_get_string(object, "reason")),
        .changed = g_strdup(ferry_json_get_string(object, "changed")),
        .in_use = ferry_json_get_bool(object, "in_use", true),
    };
    return left;
}

static GPtrArray *
read_disks(JsonObject *report)
{
    JsonArray *disks = ferry_json_get_array(report, MEMBER);
    GPtrArray *lefts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_left_free);

    for (guint i = 0; disks != NULL && i < json_array_get_length(disks); i++) {
        JsonObject *element = ferry_json_get_element(disks, i);

        if (element != NULL)
            g_ptr_array_add(lefts, left_from_json(element));
    }
    return lefts;
}

// Most moves copy nothing, and their reports are not worth parsing.
GPtrArray *
ferry_storage_left_read(const char *report, FerryHost **ret_src)
{
    bool tells = report != NULL && strstr(report, "\"" MEMBER "\"") != NULL;
    g_autoptr(JsonNode) node = tells ? ferry_json_parse(report, "report", NULL) : NULL;
    JsonObject *object =
        node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonObject *src = object != NULL ? ferry_json_get_object(object, "src") : NULL;
    const char *uri = src != NULL ? ferry_json_get_string(src, "uri") : NULL;
    const char *name = src != NULL ? ferry_json_get_string(src, "name") : NULL;

    if (uri == NULL)
        return NULL;
    *ret_src = g_new0(FerryHost, 1);
    (*ret_src)->name = g_strdup(name != NULL ? name : uri);
    (*ret_src)->uri = g_strdup(uri);
    return read_disks(object);
}
