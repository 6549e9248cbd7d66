// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "verify/snapshots.h"

static const char *
or_none(const char *name)
{
    return name != NULL ? name : "none";
}

static void
tell_missing(const FerrySnapshotRecord *was, const char *host, FerryVerdict *ret)
{
    ferry_verdict_set(ret, FERRY_VERDICT_WARN, "%s '%s' is not known on '%s'",
                      ferry_snapshot_kind_name(was->kind), was->name, host);
    if (was->kind == FERRY_CHECKPOINT)
        ferry_verdict_add_hint(ret, "The next backup must be a full one.");
    else
        ferry_verdict_add_hint(
            ret,
            "Its data are where they were. 'virsh snapshot-create --redefine' takes its description, which 'virt-ferry history --id MOVE --json' shows (intent, before.snapshots).");
}

// Returns: whether it is as before
static bool
judge(const FerrySnapshotRecord *was,
      const FerrySnapshotRecord *is,
      const char *host,
      FerryVerdict *ret)
{
    const char *kind = ferry_snapshot_kind_name(was->kind);

    if (is == NULL) {
        tell_missing(was, host, ret);
        return false;
    }
    if (g_strcmp0(was->parent, is->parent) != 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN, "the parent of %s '%s' was '%s' and is '%s'",
                          kind, was->name, or_none(was->parent), or_none(is->parent));
        return false;
    }
    if (was->current != is->current) {
        ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                          was->current ? "%s '%s' is not the current one any more"
                                       : "%s '%s' is the current one, and was not",
                          kind, was->name);
        return false;
    }
    return true;
}

void
ferry_verify_snapshots(const GPtrArray *before,
                       const GPtrArray *after,
                       const char *host,
                       FerryVerdict *ret)
{
    g_autofree char *what = ferry_snapshot_records_format(before);

    for (unsigned i = 0; i < before->len; i++) {
        const FerrySnapshotRecord *was = before->pdata[i];

        if (!judge(was, ferry_snapshot_records_find(after, was->kind, was->name), host, ret))
            return;
    }
    for (unsigned i = 0; i < after->len; i++) {
        const FerrySnapshotRecord *is = after->pdata[i];

        if (ferry_snapshot_records_find(before, is->kind, is->name) != NULL)
            continue;
        ferry_verdict_set(ret, FERRY_VERDICT_NOTE, "%s as before, and %s '%s', which is new", what,
                          ferry_snapshot_kind_name(is->kind), is->name);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s as before", what);
}
