// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/earlier.h"

#include "base/json.h"
#include "storage/storage.h"

// Adds those that @report, of a move that is over, tells of.
static void
add_images(JsonObject *report, const char *uri, GPtrArray *all)
{
    JsonObject *src = ferry_json_get_object(report, "src");
    const char *its = src != NULL ? ferry_json_get_string(src, "uri") : NULL;
    JsonNode *node = json_object_get_member(report, "source_disks");
    JsonArray *disks =
        node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    if (g_strcmp0(its, uri) != 0)
        return;
    for (guint i = 0; disks != NULL && i < json_array_get_length(disks); i++) {
        JsonNode *element = json_array_get_element(disks, i);
        JsonObject *disk = JSON_NODE_HOLDS_OBJECT(element) ? json_node_get_object(element) : NULL;
        const char *path = disk != NULL ? ferry_json_get_string(disk, "path") : NULL;
        FerryEarlier *earlier;

        if (path == NULL || !ferry_json_get_bool(disk, "kept", false) ||
            ferry_json_get_bool(disk, "in_use", true) ||
            ferry_json_get_string(disk, "aside") != NULL)
            continue;
        earlier = g_new0(FerryEarlier, 1);
        earlier->path = g_strdup(path);
        earlier->changed = g_strdup(ferry_json_get_string(disk, "changed"));
        g_ptr_array_add(all, earlier);
    }
}

GPtrArray *
ferry_earlier_images(FerryState *state, const char *uuid, const char *uri)
{
    const FerryTxnFilter filter = {.kind = "move", .uuid = uuid};
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_earlier_free);
    g_autoptr(GPtrArray) records = ferry_state_list_txns(state, &filter, NULL);

    for (guint i = 0; records != NULL && i < records->len; i++) {
        const FerryTxnRecord *record = records->pdata[i];
        g_autoptr(JsonNode) node =
            record->report != NULL ? ferry_json_parse(record->report, "report", NULL) : NULL;

        if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
            add_images(json_node_get_object(node), uri, all);
    }
    return all;
}
