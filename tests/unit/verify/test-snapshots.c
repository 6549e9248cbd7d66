// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "verify/snapshots.h"

static FerrySnapshotRecord root = {.name = (char *)"root", .current = false};
static FerrySnapshotRecord child = {
    .name = (char *)"child",
    .parent = (char *)"root",
    .current = true,
};
static FerrySnapshotRecord dump = {.kind = FERRY_CHECKPOINT, .name = (char *)"child"};

static GPtrArray *
list(FerrySnapshotRecord *a, FerrySnapshotRecord *b, FerrySnapshotRecord *c)
{
    FerrySnapshotRecord *all[] = {a, b, c};
    GPtrArray *records = g_ptr_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] != NULL)
            g_ptr_array_add(records, all[i]);
    return records;
}

// @after: taken
static void
expect(GPtrArray *after, FerryVerdictKind kind, const char *text, const char *hint)
{
    g_autoptr(GPtrArray) before = list(&root, &child, &dump);
    g_autoptr(GPtrArray) taken = after;
    g_autoptr(FerryVerdict) verdict = g_new0(FerryVerdict, 1);

    ferry_verify_snapshots(before, taken, "host-b", verdict);
    g_assert_cmpstr(verdict->text, ==, text);
    g_assert_cmpstr(verdict->hint, ==, hint);
    g_assert_cmpint(verdict->kind, ==, kind);
}

static void
test_whole(void)
{
    expect(list(&root, &child, &dump), FERRY_VERDICT_OK, "2 snapshots and 1 checkpoint as before",
           NULL);
}

// A snapshot of a checkpoint's name is none.
static void
test_missing(void)
{
    expect(
        list(&root, &dump, NULL), FERRY_VERDICT_WARN, "snapshot 'child' is not known on 'host-b'",
        "Its data are where they were. 'virsh snapshot-create --redefine' takes its description, which 'virt-ferry history --id MOVE --json' shows (intent, before.snapshots).");
    expect(list(&root, &child, NULL), FERRY_VERDICT_WARN,
           "checkpoint 'child' is not known on 'host-b'", "The next backup must be a full one.");
}

static void
test_tree(void)
{
    FerrySnapshotRecord orphan = child;

    orphan.parent = NULL;
    expect(list(&root, &orphan, &dump), FERRY_VERDICT_WARN,
           "the parent of snapshot 'child' was 'root' and is 'none'", NULL);
}

static void
test_current(void)
{
    FerrySnapshotRecord plain = child;
    FerrySnapshotRecord marked = root;

    plain.current = false;
    marked.current = true;
    expect(list(&root, &plain, &dump), FERRY_VERDICT_WARN,
           "snapshot 'child' is not the current one any more", NULL);
    expect(list(&marked, &plain, &dump), FERRY_VERDICT_WARN,
           "snapshot 'root' is the current one, and was not", NULL);
}

// Made since the move, or there before it.
static void
test_more(void)
{
    FerrySnapshotRecord other = {.name = (char *)"other"};
    g_autoptr(GPtrArray) after = list(&root, &child, &dump);

    g_ptr_array_add(after, &other);
    expect(g_steal_pointer(&after), FERRY_VERDICT_NOTE,
           "2 snapshots and 1 checkpoint as before, and snapshot 'other', which is new", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verify/snapshots/whole", test_whole);
    g_test_add_func("/verify/snapshots/missing", test_missing);
    g_test_add_func("/verify/snapshots/tree", test_tree);
    g_test_add_func("/verify/snapshots/current", test_current);
    g_test_add_func("/verify/snapshots/more", test_more);
    return g_test_run();
}
