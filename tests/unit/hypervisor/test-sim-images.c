// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Images of simulated hosts: made, looked at, deleted, and kept in a world's file.

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim-disks.h"

static void
test_volumes(void)
{
    g_auto(Fixture) fixture = {0};
    const char *const paths[] = {VDA, OTHER, "/srv/new.qcow2", NULL};
    FerryPathInfo infos[3] = {0};
    const FerryVolume overlay = {.path = (char *)"/srv/top.qcow2",
                                 .format = (char *)"qcow2",
                                 .capacity = 5 * MIB,
                                 .backing = (char *)OTHER,
                                 .backing_format = (char *)"qcow2",
                                 .mode = 0600,
                                 .owner = 64055,
                                 .group = 108};
    const FerryVolume again = {.path = (char *)OTHER, .format = (char *)"raw", .capacity = 1};
    const FerryVolume baseless = {.path = (char *)"/srv/x",
                                  .format = (char *)"qcow2",
                                  .capacity = 1,
                                  .backing = (char *)"/srv/nothing"};
    g_autoptr(GError) error = NULL;

    disks_init(&fixture);
    ferry_hypervisor_look_at_paths(fixture.dst, paths, infos);
    g_assert_false(infos[0].seen);
    g_assert_true(infos[1].seen);
    g_assert_cmpuint(infos[1].allocation, ==, 10 * MIB);
    g_assert_cmpuint(infos[1].capacity, ==, 1024 * MIB);
    g_assert_cmpstr(infos[1].format, ==, "qcow2");
    g_assert_false(infos[2].seen);
    g_assert_false(ferry_hypervisor_create_volume(fixture.dst, &again, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_false(ferry_hypervisor_create_volume(fixture.dst, &baseless, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_clear_error(&error);
    g_assert_true(ferry_hypervisor_create_volume(fixture.dst, &overlay, &error));
    ferry_path_info_clear(&infos[0]);
    ferry_hypervisor_look_at_paths(fixture.dst, (const char *const[]){overlay.path, NULL}, infos);
    g_assert_true(infos[0].seen);
    g_assert_cmpstr(infos[0].backing, ==, OTHER);
    g_assert_cmpuint(infos[0].mode, ==, 0600);
    g_assert_cmpint(infos[0].owner, ==, 64055);
    g_assert_cmpuint(infos[0].allocation, >, 0);
    g_assert_cmpuint(infos[0].allocation, <, MIB);
    for (unsigned i = 0; i < 2; i++)
        g_assert_true(ferry_hypervisor_delete_volume(fixture.dst, overlay.path, &error));
    g_assert_cmpuint(ferry_sim_count_images(fixture.world, "host-b"), ==, 1);
    for (unsigned i = 0; i < 3; i++)
        ferry_path_info_clear(&infos[i]);
}

static void
test_folders(void)
{
    g_auto(Fixture) fixture = {0};
    g_autoptr(FerryPoolInfo) fast = NULL;
    g_autoptr(FerryPoolInfo) full = NULL;
    g_autoptr(FerryPoolInfo) none = NULL;
    const char *const folders[] = {"/data", NULL};
    const char *const pools[] = {"default", "fast", NULL};
    const FerryVolume lost = {.path = (char *)"/nowhere/a", .format = (char *)"raw", .capacity = 1};
    const FerryVolume late = {.path = (char *)"/data/a", .format = (char *)"raw", .capacity = 1};
    g_autoptr(FerryHypervisor) hv = NULL;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, &calm);
    ferry_sim_add_host(fixture.world, &(FerrySimHostSpec){.name = "host-c",
                                                          .folders = folders,
                                                          .pools = pools,
                                                          .disk_bytes = 1000 * MIB});
    ferry_sim_add_image(fixture.world, "host-c",
                        &(FerrySimImageSpec){.path = "/srv/fast/a", .allocation = 300 * MIB});
    hv = ferry_hypervisor_open("host-c", "sim:host-c", NULL);
    g_assert_true(ferry_hypervisor_look_at_folder(hv, "/srv/fast", &fast, &error));
    g_assert_cmpstr(fast->name, ==, "fast");
    g_assert_cmpuint(fast->available, ==, 700 * MIB);
    g_assert_true(ferry_hypervisor_look_at_folder(hv, "/nowhere", &none, &error));
    g_assert_null(none);
    g_assert_false(ferry_hypervisor_create_volume(hv, &lost, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_clear_error(&error);
    ferry_sim_set_disk_full(fixture.world, "host-c", true);
    g_assert_true(ferry_hypervisor_look_at_folder(hv, "/data", &full, &error));
    g_assert_null(full->name);
    g_assert_cmpuint(full->available, ==, 0);
    g_assert_false(ferry_hypervisor_create_volume(hv, &late, &error));
    g_assert_nonnull(strstr(error->message, "No space left on device"));
}

// Images that are no longer shared have locks that tell nothing to the other host.
static void
test_locks(void)
{
    g_auto(Fixture) fixture = {0};
    FerrySimMachineSpec spec = guest;
    const char *const nothing[] = {NULL};

    spec.locked = true;
    spec.disks = nothing;
    fixture_init(&fixture, &spec);
    ferry_sim_add_instance(fixture.world, "host-b", UUID, FERRY_VM_STATE_RUNNING,
                           FERRY_VM_REASON_BOOTED);
    g_assert_cmpuint(fixture_judge(&fixture).doubles, ==, 0); // the lock was with the first
    fixture_clear(&fixture);
    spec.disks = disks;
    fixture_init(&fixture, &spec);
    for (unsigned i = 0; i < 4; i++)
        ferry_sim_add_image(fixture.world, i % 2 == 0 ? "host-a" : "host-b",
                            &(FerrySimImageSpec){.path = disks[i / 2],
                                                 .guest = UUID,
                                                 .target = both[i / 2]});
    ferry_sim_add_instance(fixture.world, "host-b", UUID, FERRY_VM_STATE_RUNNING,
                           FERRY_VM_REASON_BOOTED);
    g_assert_cmpuint(fixture_judge(&fixture).doubles, ==, 1);
}

#define WORLD                                                                            \
    "[world]\npersist=true\n[host host-a]\n[host host-b]\ndisk_mib=5000\nfolders=/srv\n" \
    "[machine web1]\nuuid=" UUID "\nhost=host-a\ndisks=" VDA ";" VDB "\nmemory_mib=64\n" \
    "[image host-a " VDA "]\ncapacity_mib=2048\nallocation_mib=900\nguest=web1\n"        \
    "[image host-a " VDB "]\nformat=raw\nguest=web1\ntarget=vdb\nallocation_mib=1\n"     \
    "[image host-b /srv/a file]\nallocation_mib=3\nmode=384\nowner=5\ncontent=partial\n"

typedef struct Disk {
    char *folder, *path, *src_uri, *dst_uri;
} Disk;

static void
disk_clear(Disk *disk)
{
    g_unlink(disk->path);
    g_rmdir(disk->folder);
    g_free(disk->folder);
    g_free(disk->path);
    g_free(disk->src_uri);
    g_free(disk->dst_uri);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Disk, disk_clear)

static void
disk_write(Disk *disk, const char *text)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};

    ferry_hypervisor_set_drivers(drivers);
    disk->folder = g_dir_make_tmp("virt-ferry-sim-XXXXXX", NULL);
    disk->path = g_build_filename(disk->folder, "world.ini", NULL);
    disk->src_uri = g_strdup_printf("sim:host-a?world=%s", disk->path);
    disk->dst_uri = g_strdup_printf("sim:host-b?world=%s", disk->path);
    g_assert_true(g_file_set_contents(disk->path, text, -1, NULL));
}

static void
assert_content(const Disk *disk, const char *group, const char *content)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *found = NULL;

    g_assert_true(g_key_file_load_from_file(file, disk->path, G_KEY_FILE_NONE, NULL));
    found = g_key_file_get_string(file, group, "content", NULL);
    g_assert_cmpstr(found, ==, content);
}

static void
test_file(void)
{
    g_auto(Disk) disk = {0};
    const FerryMigrateCall call = {.uuid = UUID, .flags = COPY, .dest_uri = NULL, .copied = both};
    FerryMigrateCall there = call;
    g_autoptr(FerryHypervisor) src = NULL;
    g_autoptr(FerryHypervisor) dst = NULL;
    g_autoptr(FerrySimWorld) again = NULL;
    FerrySimImageState state = {0};
    FerrySimJudgement found = {0};
    g_autoptr(GError) error = NULL;

    disk_write(&disk, WORLD);
    src = ferry_hypervisor_open("host-a", disk.src_uri, &error);
    dst = ferry_hypervisor_open("host-b", disk.dst_uri, &error);
    g_assert_no_error(error);
    make(dst, VDA);
    make(dst, VDB);
    there.dest_uri = disk.dst_uri;
    assert_content(&disk, "image host-b " VDA, "partial");
    g_assert_true(ferry_hypervisor_migrate(src, dst, &there, &error));
    g_assert_no_error(error);
    assert_content(&disk, "image host-b " VDA, "current");
    assert_content(&disk, "image host-b /srv/a file", "partial");
    // another process sees the same
    again = ferry_sim_world_load(disk.path, &error);
    g_assert_no_error(error);
    g_assert_true(ferry_sim_look_at_image(again, "host-b", VDA, &state));
    g_assert_true(state.current);
    g_assert_cmpuint(state.allocation, ==, 900 * MIB);
    g_assert_cmpuint(ferry_sim_count_images(again, "host-b"), ==, 3);
    g_assert_true(ferry_sim_judge(again, UUID, &found));
    g_assert_cmpuint(found.torn, ==, 0);
    g_assert_true(ferry_hypervisor_delete_volume(src, VDB, &error));
    g_clear_pointer(&again, ferry_sim_world_unref);
    again = ferry_sim_world_load(disk.path, &error);
    g_assert_cmpuint(ferry_sim_count_images(again, "host-a"), ==, 1);
}

// A peer-to-peer move goes on without its mover: the next process to look finds it at its end, copies and all.
static void
test_mover_killed(void)
{
    g_auto(Disk) disk = {0};
    g_autoptr(FerrySimWorld) world = NULL;
    g_autofree char *text = NULL;
    FerrySimImageState vda = {0};
    FerrySimImageState vdb = {0};
    FerrySimJudgement found = {0};
    g_autoptr(GError) error = NULL;
    pid_t mover = fork();

    if (mover == 0)
        _exit(0);
    g_assert_cmpint(waitpid(mover, NULL, 0), ==, mover);
    text = g_strdup_printf(
        WORLD "[image host-b " VDA "]\nallocation_mib=200\nguest=web1\ncontent=partial\n"
              "[image host-b " VDB "]\nallocation_mib=0\ncontent=partial\n"
              "[instance web1 host-a]\nstate=running\njob=perform3\n"
              "[instance web1 host-b]\nstate=paused\nreason=migrating\nmemory=false\n"
              "persistent=false\njob=prepare\ndisks=" VDA ";" VDB "\n"
              "[job]\nmachine=web1\nsrc=host-a\ndst=host-b\nname=web1\nflags=%u\nphase=%d\n"
              "point=%d\nrunning=true\nmover=%d\ncopied=vda;vdb\nsrc_disks=" VDA ";" VDB "\n"
              "dst_disks=" VDA ";" VDB "\ncopying=true\n",
        (unsigned)COPY, FERRY_SIM_PERFORM3, FERRY_SIM_IN, (int)mover);
    disk_write(&disk, text);
    world = ferry_sim_world_load(disk.path, &error);
    g_assert_no_error(error);
    g_assert_true(ferry_sim_judge(world, UUID, &found));
    g_assert_cmpuint(found.running, ==, 1);
    g_assert_cmpstr(found.host, ==, "host-b");
    g_assert_cmpuint(found.torn, ==, 0);
    g_assert_true(ferry_sim_look_at_image(world, "host-b", VDA, &vda));
    g_assert_true(ferry_sim_look_at_image(world, "host-b", VDB, &vdb));
    g_assert_true(vda.current && vdb.current);
    g_assert_cmpuint(vda.allocation, ==, 900 * MIB);
}

static void
test_file_errors(void)
{
    static const struct {
        const char *group, *message;
    } wrong[] = {
        {"[image host-c /srv/a]\n", "there is no host 'host-c'"},
        {"[image host-b /srv/b]\nguest=web9\n", "there is no machine 'web9'"},
        {"[image host-b /srv/b]\nguest=web1\ntarget=vdz\n", "no such disk"},
        {"[image host-b /srv/b]\ncontent=good\n", "good"},
        {"[image host-b /srv/b]\nsize=5\n", "size"},
        {"[image host-b]\n", "needs a host and a path"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = g_strconcat(WORLD, wrong[i].group, NULL);
        g_auto(Disk) disk = {0};
        g_autoptr(GError) error = NULL;

        disk_write(&disk, text);
        g_assert_null(ferry_sim_world_load(disk.path, &error));
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_CONFIG);
        g_assert_nonnull(strstr(error->message, wrong[i].message));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/images/volumes", test_volumes);
    g_test_add_func("/sim/images/folders", test_folders);
    g_test_add_func("/sim/images/locks", test_locks);
    g_test_add_func("/sim/images/file", test_file);
    g_test_add_func("/sim/images/mover-killed", test_mover_killed);
    g_test_add_func("/sim/images/file-errors", test_file_errors);
    return g_test_run();
}
