// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What stays behind on the source once the machine is on the destination.

#include "remote/remote.h"
#include "storage/storage.h"

#define PATIENCE_US (20 * G_TIME_SPAN_SECOND)

// Says "NUMBER done" for each image that has its new name, now or since an earlier try, and "NUMBER both" where the old
// name is there (again) beside it.
static char *
make_script(const GPtrArray *lefts)
{
    GString *script =
        g_string_new("move() {\n"
                     "if [ -e \"$3\" ] && [ -e \"$2\" ]; then echo \"$1 both\"; return; fi\n"
                     "[ -e \"$3\" ] || mv -n -- \"$2\" \"$3\" || return 0\n"
                     "sync -f -- \"$3\" 2>/dev/null\n"
                     "echo \"$1 done\"\n"
                     "}\n");

    for (unsigned i = 0; i < lefts->len; i++) {
        const FerryLeft *left = lefts->pdata[i];
        g_autofree char *from = g_shell_quote(left->path);
        g_autofree char *to = left->aside != NULL ? g_shell_quote(left->aside) : NULL;

        if (left->reason == NULL && to != NULL)
            g_string_append_printf(script, "move %u %s %s\n", i, from, to);
    }
    return g_string_free(script, FALSE);
}

static char *
name_aside(const char *path, int64_t id)
{
    return g_strdup_printf("%s.virt-ferry-%" G_GINT64_FORMAT, path, id);
}

static void
stay(FerryLeft *left, const char *reason)
{
    if (left->reason != NULL)
        return;
    left->reason = g_strdup(reason);
    g_clear_pointer(&left->aside, g_free);
}

static void
move_aside(GPtrArray *lefts, const FerryHost *host)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *script = make_script(lefts);
    g_autofree char *said = ferry_remote_run(host->name, host->uri, script,
                                             g_get_monotonic_time() + PATIENCE_US, &error);
    g_auto(GStrv) lines = g_strsplit(said != NULL ? said : "", "\n", -1);

    for (unsigned i = 0; i < lefts->len; i++) {
        FerryLeft *left = lefts->pdata[i];
        g_autofree char *done = g_strdup_printf("%u done", i);
        g_autofree char *both = g_strdup_printf("%u both", i);

        if (left->aside == NULL || left->reason != NULL ||
            g_strv_contains((const char *const *)lines, done))
            continue;
        if (g_strv_contains((const char *const *)lines, both))
            stay(left, "there is a file of the new name already");
        else
            stay(left, error != NULL ? error->message : "it could not be renamed");
    }
}

// An earlier try may have renamed it.
static void
delete_one(FerryLeft *left, FerryHypervisor *hv, int64_t id)
{
    g_autofree char *aside = name_aside(left->path, id);
    g_autoptr(GError) error = NULL;

    if (left->reason != NULL)
        return;
    left->kept = !ferry_hypervisor_delete_volume(hv, left->path, &error) ||
                 !ferry_hypervisor_delete_volume(hv, aside, &error);
    if (left->kept)
        stay(left, error->message);
}

// So that it is known again when the machine comes back.
static void
note_change(FerryLeft *left, FerryHypervisor *hv)
{
    g_auto(FerryPathInfo) info = {0};

    if (left->reason == NULL)
        return;
    ferry_hypervisor_look_at_path(hv, left->path, &info);
    left->changed = g_strdup(info.changed);
}

static FerryLeft *
left_new(const FerryDiskPlan *plan, int64_t id, bool remove)
{
    FerryLeft *left = g_new0(FerryLeft, 1);

    left->target = g_strdup(plan->target);
    left->path = g_strdup(plan->src_path);
    left->bytes = plan->allocation;
    left->kept = true;
    if (!remove)
        left->aside = name_aside(plan->src_path, id);
    return left;
}

// A kept definition of the machine itself counts for nothing, as starting it would be the second copy; that it runs there
// is another matter.
static void
keep_used(GPtrArray *lefts, FerryHypervisor *hv, const char *uuid)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryUsers) users = ferry_storage_users(hv, uuid, &error);

    for (unsigned i = 0; i < lefts->len; i++) {
        FerryLeft *left = lefts->pdata[i];
        const char *user = users != NULL ? g_hash_table_lookup(users->images, left->path) : NULL;
        g_autofree char *reason =
            user != NULL ? g_strdup_printf("machine '%s' of that host stands on it", user) : NULL;

        left->in_use = users == NULL || user != NULL;
        if (left->in_use)
            stay(left, user != NULL ? reason : error->message);
    }
}

static GPtrArray *
list_left(const GPtrArray *plans, int64_t id, bool remove)
{
    GPtrArray *lefts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_left_free);

    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (plan->copied)
            g_ptr_array_add(lefts, left_new(plan, id, remove));
    }
    return lefts;
}

GPtrArray *
ferry_storage_leave(const GPtrArray *plans,
                    const FerryStorageHost *src,
                    const char *uuid,
                    int64_t id,
                    bool remove)
{
    GPtrArray *lefts = list_left(plans, id, remove);

    if (lefts->len == 0)
        return lefts;
    keep_used(lefts, src->hv, uuid);
    if (!remove)
        move_aside(lefts, src->host);
    for (unsigned i = 0; remove && i < lefts->len; i++)
        delete_one(lefts->pdata[i], src->hv, id);
    for (unsigned i = 0; i < lefts->len; i++)
        note_change(lefts->pdata[i], src->hv);
    return lefts;
}

GPtrArray *
ferry_storage_leave_alone(const GPtrArray *plans, const char *reason)
{
    GPtrArray *lefts = list_left(plans, 0, true);

    for (unsigned i = 0; i < lefts->len; i++)
        stay(lefts->pdata[i], reason);
    return lefts;
}
