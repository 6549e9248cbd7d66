// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The check and, below it, the decision of storage/ about each disk: the one is the words of the other.

#include "fixture.h"
#include "probed.h"
#include "storage/storage.h"

#define GIB   (UINT64_C(1) << 30)
#define IMAGE "/srv/images/web1.qcow2"
#define DISK(target, format, path)                                            \
    "<disk type='file' device='disk'><driver name='qemu' type='" format "'/>" \
    "<source file='" path "'/><target dev='" target "'/></disk>"

static FerryPathInfo *
source_has(Fixture *fx, const char *path, uint64_t allocation)
{
    FerryPathInfo *info = fixture_tell_path(fx->src, path, true);

    info->capacity = 10 * GIB;
    info->allocation = allocation;
    info->mode = 0600;
    g_free(info->format);
    info->format = g_strdup(g_str_has_suffix(path, ".qcow2") ? "qcow2" : "raw");
    return info;
}

static void
destination_has_folder(Fixture *fx, const char *folder, uint64_t available)
{
    FerryPoolInfo *pool = g_new0(FerryPoolInfo, 1);

    pool->available = available;
    fixture_tell(fx->dst, FERRY_FACT_FOLDER, folder)->pool = pool;
}

// One thin disk that the destination lacks, and room for it.
static void
define_local(Fixture *fx)
{
    fixture_define(fx, DISK("vda", "qcow2", IMAGE), NULL);
    source_has(fx, IMAGE, 2 * GIB);
    fixture_tell_path(fx->dst, IMAGE, false);
    destination_has_folder(fx, "/srv/images", 100 * GIB);
}

static GPtrArray *
expect(Fixture *fx, FerryVerdictKind kind, const char *text, const char *hint)
{
    const FerryStorageInput input = {fx->src, fx->dst, fx->vm, fx->options, NULL, NULL};
    GPtrArray *plans = ferry_storage_plan(&input);

    fx->in.disks = plans;
    fixture_expect(fx, &ferry_check_disk_copy, kind, text, hint);
    fx->in.disks = NULL;
    return plans;
}

static void
expect_adapter(const GPtrArray *plans, const char *target, const char *adapter)
{
    g_assert_cmpstr(ferry_disk_plans_find(plans, target)->adapter, ==, adapter);
}

static void
test_shared(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = expect(fx, FERRY_VERDICT_OK, "no disk has to be copied", NULL);

    expect_adapter(plans, "vda", "shared");
    expect_adapter(plans, "sda", "none");
}

static void
test_lacking(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = NULL;
    const FerryDiskPlan *plan;

    define_local(fx);
    plans = expect(fx, FERRY_VERDICT_NOTE, "copied to host 'host-b': vda to '" IMAGE "' (2.0 GiB)",
                   NULL);
    plan = ferry_disk_plans_find(plans, "vda");
    g_assert_cmpstr(plan->adapter, ==, "copy");
    g_assert_cmpstr(plan->volume.path, ==, IMAGE);
    g_assert_cmpstr(plan->volume.format, ==, "qcow2");
    g_assert_cmpuint(plan->volume.capacity, ==, 10 * GIB);
    g_assert_cmpuint(plan->volume.mode, ==, 0600);
    g_assert_null(plan->volume.backing);
}

static void
test_never(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    fx->options->copy_disks = g_strdup("never");
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_OK, "no disk has to be copied", NULL));
}

// An NFS that is not mounted there is no reason to copy what is on it; an operator's word is.
static void
test_not_mounted(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    fixture_probe_path(fx->src, IMAGE, "nfs4");
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_OK, "no disk has to be copied", NULL));
    fx->options->copy_disks = g_strdup("vda");
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_NOTE,
                             "copied to host 'host-b': vda to '" IMAGE "' (2.0 GiB)", NULL));
}

static void
test_there_already(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    fx->options->copy_disks = g_strdup("vda");
    fixture_tell_path(fx->dst, IMAGE, true)->capacity = GIB;
    g_ptr_array_unref(
        expect(fx, FERRY_VERDICT_BLOCK,
               "disk 'vda' would have to be copied: host 'host-b' has a file '" IMAGE
               "' already, which is not ours to write over",
               "Look what it is; rename it, or let the copy come to another storage pool with "
               "--dest-pool vda=POOL."));
}

// Both hosts have one file: copying it would write it over itself.
static void
test_onto_itself(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, DISK("vda", "qcow2", IMAGE), NULL);
    fx->options->copy_disks = g_strdup("vda");
    g_ptr_array_unref(
        expect(fx, FERRY_VERDICT_BLOCK,
               "disk 'vda' would have to be copied: both hosts have the very same one: changed at "
               "the same nanosecond on both",
               "Leave 'vda' out of --copy-disks, or let it come to another storage pool with "
               "--dest-pool vda=POOL."));
    g_free(fx->options->copy_disks);
    fx->options->copy_disks = g_strdup("all");
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_OK, "no disk has to be copied", NULL));
}

static void
test_earlier_copy(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) earlier = g_ptr_array_new();
    FerryEarlier one = {(char *)IMAGE, (char *)"1600000000.000000000"};
    const FerryStorageInput input = {fx->src, fx->dst, fx->vm, fx->options, NULL, earlier};
    g_autoptr(GPtrArray) plans = NULL;

    define_local(fx);
    fixture_tell_path(fx->dst, IMAGE, true)->capacity = GIB;
    g_ptr_array_add(earlier, &one);
    plans = ferry_storage_plan(&input);
    // somebody touched it since
    g_assert_false(ferry_disk_plans_find(plans, "vda")->copied);
    g_ptr_array_unref(plans);
    one.changed = (char *)"1700000000.123456789";
    plans = ferry_storage_plan(&input);
    g_assert_true(ferry_disk_plans_find(plans, "vda")->copied);
    g_assert_true(ferry_disk_plans_find(plans, "vda")->replaces);
    g_assert_null(ferry_disk_plans_find(plans, "vda")->refusal);
}

static void
test_room(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    destination_has_folder(fx, "/srv/images", 3 * GIB);
    g_ptr_array_unref(expect(
        fx, FERRY_VERDICT_NOTE, "copied to host 'host-b': vda to '" IMAGE "' (2.0 GiB)",
        "Disk 'vda' may grow to 10 GiB, and '/srv/images' has 3.0 GiB free: look after it."));
    destination_has_folder(fx, "/srv/images", 2 * GIB);
    g_ptr_array_unref(
        expect(fx, FERRY_VERDICT_BLOCK,
               "disk 'vda' would have to be copied: folder '/srv/images' of host 'host-b' has 2.0 "
               "GiB free, and what is copied there takes 2.1 GiB with headroom",
               "Make room there, or let a disk come to another storage pool of host 'host-b' with "
               "--dest-pool vda=POOL."));
}

// Each has room, both have not.
static void
test_room_for_two(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, DISK("vda", "raw", "/srv/images/a") DISK("vdb", "raw", "/srv/images/b"),
                   NULL);
    source_has(fx, "/srv/images/a", 2 * GIB);
    source_has(fx, "/srv/images/b", 2 * GIB);
    fixture_tell_path(fx->dst, "/srv/images/a", false);
    fixture_tell_path(fx->dst, "/srv/images/b", false);
    destination_has_folder(fx, "/srv/images", 3 * GIB);
    g_ptr_array_unref(
        expect(fx, FERRY_VERDICT_BLOCK,
               "disk 'vda' would have to be copied: folder '/srv/images' of host 'host-b' has 3.0 "
               "GiB free, and what is copied there takes 4.2 GiB with headroom",
               "Make room there, or let a disk come to another storage pool of host 'host-b' with "
               "--dest-pool vda=POOL."));
}

static void
test_one_path(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = NULL;

    define_local(fx);
    fixture_define(fx, DISK("vda", "raw", "/srv/images/a") DISK("vdb", "raw", "/srv/images/a"),
                   NULL);
    source_has(fx, "/srv/images/a", GIB);
    fixture_tell_path(fx->dst, "/srv/images/a", false);
    destination_has_folder(fx, "/srv/images", 100 * GIB);
    plans = expect(fx, FERRY_VERDICT_BLOCK,
                   "disk 'vda' would have to be copied: disk 'vdb' comes to '/srv/images/a' too",
                   "Let one of them come to another path with --map-disk /srv/images/a=PATH.");
    g_assert_cmpuint(plans->len, ==, 2);
}

// A guest can make its raw disk look like anything, with a base of its choice.
static void
test_forged_header(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = NULL;

    define_local(fx);
    fixture_define(fx, DISK("vda", "raw", IMAGE), NULL);
    source_has(fx, IMAGE, GIB)->backing = g_strdup("/etc/shadow");
    fixture_tell_path(fx->dst, IMAGE, false);
    plans = expect(
        fx, FERRY_VERDICT_BLOCK,
        "disk 'vda' would have to be copied: its image reads as 'qcow2', and the machine has it as "
        "'raw'",
        "What a guest wrote to a raw disk can look like that: copy it by hand.");
    g_assert_cmpuint(plans->len, ==, 1);
}

static void
test_no_folder(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    fixture_tell(fx->dst, FERRY_FACT_FOLDER, "/srv/images");
    g_ptr_array_unref(
        expect(fx, FERRY_VERDICT_BLOCK,
               "disk 'vda' would have to be copied: host 'host-b' has no folder '/srv/images'",
               "Make it with 'mkdir -p /srv/images' there, or let the copy come to a storage pool "
               "with --dest-pool vda=POOL."));
    fixture_tell_unknown(fx->dst, FERRY_FACT_FOLDER, "/srv/images", "permission denied");
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_BLOCK,
                             "disk 'vda' would have to be copied: folder '/srv/images' of host "
                             "'host-b' cannot be looked at: permission denied",
                             NULL));
}

static void
test_what_cannot_be_copied(void)
{
    static const struct {
        const char *disk;
        const char *text;
    } rows[] = {
        {"<disk type='file' device='disk'><driver type='vmdk'/><source file='" IMAGE
         "'/><target dev='vda'/></disk>",
         "its format is 'vmdk', neither raw nor qcow2"},
        {"<disk type='file' device='disk'><driver type='raw'/><source file='" IMAGE
         "'><encryption format='luks'/></source><target dev='vda'/></disk>",
         "it is encrypted, and its copy would not be"},
        {"<disk type='file' device='disk'><driver type='raw'/><source file='" IMAGE
         "'/><target dev='vda'/><readonly/></disk>",
         "it is read-only"},
        {"<disk type='file' device='disk'><driver type='raw'/><source file='" IMAGE
         "'/><target dev='vda'/><shareable/></disk>",
         "it is shared with other machines"},
        {"<disk type='block' device='disk'><driver type='raw'/><source dev='/dev/vg/web1'/>"
         "<target dev='vda'/></disk>",
         "it is of type 'block', and files alone are copied"},
        {"<disk type='dir' device='disk'><driver type='raw'/><source dir='" IMAGE
         "'/><target dev='vda'/></disk>",
         "it is of type 'dir', and files alone are copied"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Fixture) fx = fixture_new();
        const FerryStorageInput input = {fx->src, fx->dst, fx->vm, fx->options, NULL, NULL};
        g_autoptr(GPtrArray) plans = NULL;

        define_local(fx);
        fixture_define(fx, rows[i].disk, NULL);
        fixture_tell_path(fx->dst, IMAGE, false);
        fx->options->copy_disks = g_strdup("vda");
        plans = ferry_storage_plan(&input);
        g_assert_cmpstr(ferry_disk_plans_find(plans, "vda")->refusal, ==, rows[i].text);
    }
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    fixture_turn_off(fx);
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_BLOCK,
                             "disk 'vda' would have to be copied: the machine is off, and QEMU "
                             "copies the disks of running ones",
                             "Start it ('virsh start web1 --paused' is enough), or copy the disk "
                             "by hand."));
}

static void
test_size_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    define_local(fx);
    fixture_tell_unknown(fx->src, FERRY_FACT_PATH, IMAGE, "connection reset");
    g_ptr_array_unref(
        expect(fx, FERRY_VERDICT_BLOCK,
               "disk 'vda' would have to be copied: its size cannot be told: connection reset",
               NULL));
}

static void
test_no_such_disk(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    const char *hint = "Run 'virsh domblklist web1' for the names of its disks.";

    define_local(fx);
    fx->options->copy_disks = g_strdup("vda,vdx");
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_BLOCK, "the machine has no disk 'vdx'", hint));
    g_clear_pointer(&fx->options->copy_disks, g_free);
    fx->options->dest_pools = g_strsplit("vdy=fast", ",", -1);
    g_ptr_array_unref(expect(fx, FERRY_VERDICT_BLOCK, "the machine has no disk 'vdy'", hint));
}

static void
test_definition_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "connection reset");
    fixture_expect(fx, &ferry_check_disk_copy, FERRY_VERDICT_UNKNOWN,
                   "the machine's disks cannot be told: connection reset", NULL);
}

static void
plan_with_base(Fixture *fx, bool same, const char *how, GPtrArray **ret_plans)
{
    g_autoptr(GPtrArray) bases = g_ptr_array_new();
    FerryBase base = {.target = (char *)"vda", .same = same, .how = (char *)how, .bytes = GIB};
    const FerryStorageInput input = {fx->src, fx->dst, fx->vm, fx->options, bases, NULL};
    FerryPathInfo *info;

    define_local(fx);
    info = source_has(fx, IMAGE, 2 * GIB);
    info->backing = g_strdup("/srv/images/base.qcow2");
    info->backing_format = g_strdup("qcow2");
    g_ptr_array_add(bases, &base);
    *ret_plans = ferry_storage_plan(&input);
}

static void
test_overlay(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) above = NULL;
    g_autoptr(GPtrArray) whole = NULL;
    const FerryDiskPlan *plan;

    plan_with_base(fx, true, "same content (SHA-256)", &above);
    plan = ferry_disk_plans_find(above, "vda");
    g_assert_cmpstr(plan->adapter, ==, "copy-incremental");
    g_assert_cmpstr(plan->volume.backing, ==, "/srv/images/base.qcow2");
    g_assert_cmpstr(plan->volume.backing_format, ==, "qcow2");
    g_assert_cmpuint(plan->allocation, ==, 2 * GIB);
    g_assert_true(ferry_disk_plans_overlay(above));

    plan_with_base(fx, false, "host 'host-b' lacks '/srv/images/base.qcow2'", &whole);
    plan = ferry_disk_plans_find(whole, "vda");
    g_assert_cmpstr(plan->adapter, ==, "copy");
    g_assert_cmpstr(
        plan->reason, ==,
        "with what is below it, as one image: host 'host-b' lacks '/srv/images/base.qcow2'");
    g_assert_null(plan->volume.backing);
    g_assert_cmpuint(plan->allocation, ==, 3 * GIB);
    g_assert_false(ferry_disk_plans_overlay(whole));
}

// What the journal keeps is enough to take away what was made.
static void
test_journal(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) plans = NULL;
    g_autoptr(GPtrArray) back = NULL;
    g_autoptr(JsonArray) array = NULL;
    g_autofree const char **copied = NULL;
    const FerryDiskPlan *plan;

    plan_with_base(fx, true, "same content (SHA-256)", &plans);
    array = ferry_disk_plans_to_json(plans);
    back = ferry_disk_plans_from_json(array);
    g_assert_cmpuint(back->len, ==, plans->len);
    plan = ferry_disk_plans_find(back, "vda");
    g_assert_cmpstr(plan->volume.path, ==, IMAGE);
    g_assert_cmpstr(plan->volume.backing, ==, "/srv/images/base.qcow2");
    g_assert_cmpuint(plan->volume.capacity, ==, 10 * GIB);
    g_assert_cmpint(plan->volume.owner, ==, 0);
    g_assert_cmpstr(plan->src_path, ==, IMAGE);
    g_assert_true(plan->overlay);
    copied = ferry_disk_plans_copied(back);
    g_assert_cmpstr(copied[0], ==, "vda");
    g_assert_null(copied[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/disk-copy/shared", test_shared);
    g_test_add_func("/preflight/disk-copy/lacking", test_lacking);
    g_test_add_func("/preflight/disk-copy/never", test_never);
    g_test_add_func("/preflight/disk-copy/not-mounted", test_not_mounted);
    g_test_add_func("/preflight/disk-copy/there-already", test_there_already);
    g_test_add_func("/preflight/disk-copy/onto-itself", test_onto_itself);
    g_test_add_func("/preflight/disk-copy/earlier-copy", test_earlier_copy);
    g_test_add_func("/preflight/disk-copy/room", test_room);
    g_test_add_func("/preflight/disk-copy/room-for-two", test_room_for_two);
    g_test_add_func("/preflight/disk-copy/one-path", test_one_path);
    g_test_add_func("/preflight/disk-copy/forged-header", test_forged_header);
    g_test_add_func("/preflight/disk-copy/no-folder", test_no_folder);
    g_test_add_func("/preflight/disk-copy/what-cannot-be-copied", test_what_cannot_be_copied);
    g_test_add_func("/preflight/disk-copy/off", test_off);
    g_test_add_func("/preflight/disk-copy/size-unknown", test_size_unknown);
    g_test_add_func("/preflight/disk-copy/no-such-disk", test_no_such_disk);
    g_test_add_func("/preflight/disk-copy/definition-unknown", test_definition_unknown);
    g_test_add_func("/preflight/disk-copy/overlay", test_overlay);
    g_test_add_func("/preflight/disk-copy/journal", test_journal);
    return g_test_run();
}
