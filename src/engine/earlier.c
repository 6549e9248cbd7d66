// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/earlier.h"

#include "storage/storage.h"

static void
add_images(const GPtrArray *lefts, GPtrArray *all)
{
    for (guint i = 0; i < lefts->len; i++) {
        const FerryLeft *left = lefts->pdata[i];
        FerryEarlier *earlier;

        if (left->path == NULL || !left->kept || left->in_use || left->aside != NULL)
            continue;
        earlier = g_new0(FerryEarlier, 1);
        earlier->path = g_strdup(left->path);
        earlier->changed = g_strdup(left->changed);
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
        g_autoptr(FerryHost) src = NULL;
        g_autoptr(GPtrArray) lefts = ferry_storage_left_read(record->report, &src);

        if (lefts != NULL && g_str_equal(src->uri, uri))
            add_images(lefts, all);
    }
    return all;
}
