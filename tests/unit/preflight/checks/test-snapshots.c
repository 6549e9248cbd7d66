// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define IMAGE "/srv/images/web1.qcow2"
#define TOP   "/srv/images/web1.one"
#define DISK(path) \
    "<disk type='file'><source file='" path "'/><target dev='vda' bus='virtio'/></disk>"
#define INTERNAL                                                                                 \
    "<domainsnapshot><memory snapshot='internal'/><disks><disk name='vda' snapshot='internal'/>" \
    "</disks></domainsnapshot>"
#define EXTERNAL                                                                           \
    "<domainsnapshot><disks><disk name='vda' snapshot='external'><source file='" TOP "'/>" \
    "</disk></disks><domain><devices>" DISK(IMAGE) "</devices></domain></domainsnapshot>"
#define CHECKPOINT                                                                        \
    "<domaincheckpoint><disks><disk name='vda' checkpoint='bitmap' bitmap='c1'/></disks>" \
    "</domaincheckpoint>"
#define SHARE_HINT "Give host 'host-b' the storage of host 'host-a' under that path."

static void
add(Fixture *fx, FerrySnapshotKind kind, const char *name, const char *xml)
{
    const FerrySnapshot snapshot = {(char *)name, (char *)xml, false};
    g_autoptr(GError) error = NULL;
    FerrySnapshotRecord *record =
        ferry_snapshot_record_new(kind, &snapshot, &(FerrySnapshotKeys){0}, &error);

    g_assert_no_error(error);
    g_ptr_array_add(fx->vm->snapshots, record);
}

// Copied, the top image alone where @overlay, to @path.
static GPtrArray *
copy_disk(Fixture *fx, bool overlay, const char *path)
{
    GPtrArray *plans = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_disk_plan_free);
    FerryDiskPlan *plan = g_new0(FerryDiskPlan, 1);

    plan->target = g_strdup("vda");
    plan->copied = true;
    plan->overlay = overlay;
    plan->src_path = g_strdup(TOP);
    plan->volume.path = g_strdup(path);
    g_ptr_array_add(plans, plan);
    fx->in.disks = plans;
    return plans;
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_OK,
                   "the machine has no snapshot and no checkpoint", NULL);
}

static void
test_shared(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    add(fx, FERRY_SNAPSHOT, "s1", INTERNAL);
    add(fx, FERRY_SNAPSHOT, "s2", EXTERNAL);
    add(fx, FERRY_CHECKPOINT, "c1", CHECKPOINT);
    fixture_tell_path(fx->src, IMAGE, true);
    fixture_tell_path(fx->dst, IMAGE, true);
    fixture_tell_path(fx->src, TOP, true);
    fixture_tell_path(fx->dst, TOP, true);
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_OK,
                   "2 snapshots and 1 checkpoint of the machine can go with it", NULL);
}

// libvirt carries the bitmaps of a checkpoint, and nothing else that is inside an image.
static void
test_inside_a_copy(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = copy_disk(fx, false, TOP);

    g_assert_nonnull(plans);
    add(fx, FERRY_CHECKPOINT, "c1", CHECKPOINT);
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_OK,
                   "1 checkpoint of the machine can go with it", NULL);
    add(fx, FERRY_SNAPSHOT, "s1", INTERNAL);
    fixture_expect(
        fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
        "disk 'vda' is copied as it is now, without snapshot 's1' that is inside its image",
        "Give host 'host-b' the image itself on shared storage; or delete the snapshots inside it, which 'virsh snapshot-list --internal web1' names, with 'virsh snapshot-delete web1 NAME'.");
}

#define CHAIN_HINT \
    "Give host 'host-b' the images of the chain on shared storage; or make one of them first: 'virsh blockcommit web1 vda --active --pivot', then 'virsh snapshot-delete --metadata web1 s1'."

static void
test_chain_in_one(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = copy_disk(fx, false, TOP);

    g_assert_nonnull(plans);
    add(fx, FERRY_SNAPSHOT, "s1", EXTERNAL);
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
                   "disk 'vda' is copied into one image, and snapshot 's1' needs the one below it",
                   CHAIN_HINT);
}

// What is below was compared by storage/; the top image is made by the move.
static void
test_chain_above_its_base(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = copy_disk(fx, true, TOP);

    g_assert_nonnull(plans);
    add(fx, FERRY_SNAPSHOT, "s1", EXTERNAL);
    fixture_tell_path(fx->dst, TOP, false);
    fixture_tell_path(fx->dst, IMAGE, true);
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_OK,
                   "1 snapshot of the machine can go with it", NULL);
}

static void
test_chain_elsewhere(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = copy_disk(fx, true, "/other/web1.one");

    g_assert_nonnull(plans);
    add(fx, FERRY_SNAPSHOT, "s1", EXTERNAL);
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
                   "disk 'vda' gets another path, and snapshot 's1' names that which it has now",
                   CHAIN_HINT);
}

static void
test_file_missing(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    add(fx, FERRY_SNAPSHOT, "s1", EXTERNAL);
    fixture_tell_path(fx->src, TOP, true);
    fixture_tell_path(fx->dst, TOP, true);
    fixture_tell_path(fx->dst, IMAGE, false);
    fixture_expect(
        fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not see '" IMAGE "', which snapshot 's1' needs",
        "Give host 'host-b' that file on shared storage under the same path. If it is gone everywhere, 'virsh snapshot-delete --metadata web1 s1' takes the snapshot's description away.");
}

static void
test_file_is_another(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    add(fx, FERRY_SNAPSHOT, "s1", EXTERNAL);
    fixture_tell_path(fx->src, TOP, true);
    fixture_tell_path(fx->dst, TOP, true)->capacity = 1;
    fixture_expect(
        fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
        "'" TOP
        "', which snapshot 's1' needs, is not the same on both hosts: 1073741824 bytes on host 'host-a', 1 bytes on host 'host-b'",
        SHARE_HINT);
    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, TOP, "permission denied");
    fixture_expect(
        fx, &ferry_check_snapshots, FERRY_VERDICT_UNKNOWN,
        "whether '" TOP
        "', which snapshot 's1' needs, is the same on both hosts cannot be told: permission denied",
        SHARE_HINT);
}

// Without its secret it could not be defined again by whoever takes the move over.
static void
test_gap(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    add(fx, FERRY_CHECKPOINT, "c1", CHECKPOINT);
    add(fx, FERRY_SNAPSHOT, "s1",
        "<domainsnapshot><domain><devices><graphics passwd='old'/></devices></domain></domainsnapshot>");
    fixture_expect(
        fx, &ferry_check_snapshots, FERRY_VERDICT_BLOCK,
        "snapshot 's1' can't be taken along: it has a password or key that the machine itself does not have (any more)",
        "Such things are not kept in virt-ferry's records. Save it with 'virsh snapshot-dumpxml --security-info web1 s1 > FILE', let libvirt forget it with 'virsh snapshot-delete --metadata web1 s1', and define it on host 'host-b' after the move with 'virsh snapshot-create --redefine web1 FILE'.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->vm->extras_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_snapshots, FERRY_VERDICT_UNKNOWN,
                   "the machine's snapshots are not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/snapshots/none", test_none);
    g_test_add_func("/preflight/snapshots/shared", test_shared);
    g_test_add_func("/preflight/snapshots/inside-a-copy", test_inside_a_copy);
    g_test_add_func("/preflight/snapshots/chain-in-one", test_chain_in_one);
    g_test_add_func("/preflight/snapshots/chain-above-its-base", test_chain_above_its_base);
    g_test_add_func("/preflight/snapshots/chain-elsewhere", test_chain_elsewhere);
    g_test_add_func("/preflight/snapshots/file-missing", test_file_missing);
    g_test_add_func("/preflight/snapshots/file-is-another", test_file_is_another);
    g_test_add_func("/preflight/snapshots/gap", test_gap);
    g_test_add_func("/preflight/snapshots/unknown", test_unknown);
    return g_test_run();
}
