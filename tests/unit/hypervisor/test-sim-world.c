// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Worlds that live in a file: what is read, what is refused, and what several processes see of each other.

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../sim/fixture.h"

#define WORLD                \
    "[world]\n"              \
    "persist=true\n"         \
    "[host host-a]\n"        \
    "[host host-b]\n"        \
    "libvirt=11.3.0\n"       \
    "qemu=10.0.13\n"         \
    "[machine web1]\n"       \
    "uuid=" UUID "\n"        \
    "host=host-a\n"          \
    "memory_mib=512\n"       \
    "dirty_mib=100\n"        \
    "dirty_mibs=20\n"        \
    "autostart=true\n"       \
    "[link host-a host-b]\n" \
    "rate_mibs=120\n"

typedef struct File {
    char *folder;
    char *path;
    char *src_uri, *dst_uri;
} File;

static void
file_write(File *file, const char *text)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};

    ferry_hypervisor_set_drivers(drivers);
    file->folder = g_dir_make_tmp("virt-ferry-sim-XXXXXX", NULL);
    file->path = g_build_filename(file->folder, "a world.ini", NULL);
    file->src_uri = g_strdup_printf("sim:host-a?world=%s/a%%20world.ini", file->folder);
    file->dst_uri = g_strdup_printf("sim:host-b?world=%s/a%%20world.ini", file->folder);
    g_assert_true(g_file_set_contents(file->path, text, -1, NULL));
}

static void
file_clear(File *file)
{
    g_unlink(file->path);
    g_rmdir(file->folder);
    g_free(file->folder);
    g_free(file->path);
    g_free(file->src_uri);
    g_free(file->dst_uri);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

static bool
move(const File *file, unsigned flags, GError **error)
{
    g_autoptr(FerryHypervisor) src = ferry_hypervisor_open("host-a", file->src_uri, error);
    g_autoptr(FerryHypervisor) dst = ferry_hypervisor_open("host-b", file->dst_uri, error);
    FerryMigrateCall call = {.uuid = UUID, .flags = flags, .dest_uri = file->dst_uri};

    g_assert_nonnull(src);
    g_assert_nonnull(dst);
    return ferry_hypervisor_migrate(src, dst, &call, error);
}

// Runs @func in a process of its own; that process's worlds are its own.
static void
in_child(void (*func)(const File *file), const File *file)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        func(file);
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
assert_states(const File *file, const char *src_state, const char *dst_state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryHypervisor) src = ferry_hypervisor_open("host-a", file->src_uri, &error);
    g_autoptr(FerryHypervisor) dst = ferry_hypervisor_open("host-b", file->dst_uri, &error);
    Fixture fixture = {.src = src, .dst = dst};

    g_assert_no_error(error);
    fixture_assert_states(&fixture, src_state, dst_state);
}

static void
move_in_child(const File *file)
{
    GError *error = NULL;

    g_assert_true(move(file, MOVE, &error));
    g_assert_no_error(error);
}

// What one process moves, another sees moved: one that looked before, and one that comes later.
static void
test_processes(void)
{
    g_autoptr(FerrySimWorld) later = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(File) file;
    FerrySimJudgement judgement;

    file_write(&file, WORLD);
    assert_states(&file, "running (booted) def", "absent");
    in_child(move_in_child, &file);
    assert_states(&file, "absent", "running (migrated) def");
    later = ferry_sim_world_load(file.path, &error);
    g_assert_no_error(error);
    g_assert_true(ferry_sim_judge(later, UUID, &judgement));
    g_assert_cmpstr(judgement.host, ==, "host-b");
    g_assert_cmpuint(judgement.definitions, ==, 1);
}

static void
die_in_perform(FerrySimWorld *world, FerrySimPhase phase, FerrySimPoint point, void *data)
{
    // The calls of the hook itself write the world, as any call does.
    if (phase == FERRY_SIM_PERFORM3 && point == FERRY_SIM_AFTER)
        _exit(0);
}

static void
die_while_moving(const File *file, unsigned flags)
{
    g_autoptr(FerryHypervisor) src = ferry_hypervisor_open("host-a", file->src_uri, NULL);
    FerrySimWorld *world = ferry_sim_world_of_connection(src);

    ferry_sim_set_hook(world, die_in_perform, NULL);
    (void)move(file, flags, NULL);
    _exit(1);
}

static void
die_p2p(const File *file)
{
    die_while_moving(file, MOVE);
}

static void
die_direct(const File *file)
{
    die_while_moving(file, MOVE_DIRECT);
}

// A mover that is killed: peer-to-peer its move ends by itself, direct it is undone.
static void
test_mover_dies(void)
{
    g_auto(File) p2p;
    g_auto(File) direct;

    file_write(&p2p, WORLD);
    in_child(die_p2p, &p2p);
    assert_states(&p2p, "absent", "running (migrated) def");

    file_write(&direct, WORLD);
    in_child(die_direct, &direct);
    assert_states(&direct, "running (booted) def", "absent");
}

static void *
abort_soon(void *data)
{
    FerryHypervisor *src = data;
    int64_t deadline_us = g_get_monotonic_time() + SECONDS(20);

    while (g_get_monotonic_time() < deadline_us) {
        if (ferry_hypervisor_abort_job(src, UUID, NULL))
            return src;
        g_usleep(1000);
    }
    return NULL;
}

// With real time a move lasts, and another thread may act on it. The guest never lets it end by itself.
static void
test_realtime(void)
{
    g_autoptr(FerryHypervisor) src = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(File) file;
    GThread *thread;

    file_write(&file, "[world]\nrealtime=0.01\n[host host-a]\n[host host-b]\n[machine web1]\n"
                      "uuid=" UUID "\nhost=host-a\nmemory_mib=512\ndirty_mib=400\ndirty_mibs=400\n"
                      "[link host-a host-b]\nrate_mibs=100\n");
    src = ferry_hypervisor_open("host-a", file.src_uri, &error);
    g_assert_no_error(error);
    thread = g_thread_new("abort", abort_soon, src);
    g_assert_false(move(&file, MOVE, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_CANCELLED);
    g_assert_nonnull(g_thread_join(thread));
    assert_states(&file, "running (booted) def", "absent");
}

// Events of a real program come through the default main context.
static void
count_events(FerryHypervisor *hv, const FerryVmEvent *event, void *data)
{
    unsigned *count = data;

    (*count)++;
}

static void
test_events_in_main_context(void)
{
    g_autoptr(FerryHypervisor) src = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(File) file;
    unsigned count = 0;
    unsigned before_unwatch;
    int watch;

    file_write(&file, WORLD);
    src = ferry_hypervisor_open("host-a", file.src_uri, &error);
    watch = ferry_hypervisor_watch(src, UUID, count_events, &count, &error);
    g_assert_cmpint(watch, !=, 0);
    g_assert_true(ferry_hypervisor_suspend(src, UUID, &error));
    g_assert_cmpuint(count, ==, 0);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(count, ==, 1);
    g_assert_true(ferry_hypervisor_resume(src, UUID, &error));
    before_unwatch = count;
    ferry_hypervisor_unwatch(src, watch);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(count, ==, before_unwatch);
}

static void
test_faults_of_a_file(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(File) file;

    file_write(&file,
               WORLD "[fault]\nkind=src-daemon-killed\nphase=switchover\npoint=in\nseconds=5\n");
    g_assert_false(move(&file, MOVE, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
    // It has struck, and does not strike a later process; in a world without real time the daemon is back for it.
    // The other spelling of the path makes a world of its own.
    g_free(file.src_uri);
    g_free(file.dst_uri);
    file.src_uri = g_strdup_printf("sim:host-a?world=%s/./a%%20world.ini", file.folder);
    file.dst_uri = g_strdup_printf("sim:host-b?world=%s/./a%%20world.ini", file.folder);
    assert_states(&file, "running (migration canceled) def", "absent");
    in_child(move_in_child, &file);
    assert_states(&file, "absent", "running (migrated) def");
}

static void
test_everything_is_kept(void)
{
    g_autoptr(FerryHypervisor) src = NULL;
    g_autoptr(FerryHypervisor) dst = NULL;
    g_autoptr(FerrySimWorld) later = NULL;
    g_autoptr(FerryVm) vm = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(FerryHostInfo) info = {0};
    g_auto(File) file;

    file_write(
        &file,
        WORLD "[machine odd]\nname=a \"b\"\\nc <&> ü\nhost=host-b\nstate=shut off\nreason=crashed\n"
              "[instance web1 host-b]\nstate=shut off\n");
    src = ferry_hypervisor_open("host-a", file.src_uri, &error);
    dst = ferry_hypervisor_open("host-b", file.dst_uri, &error);
    g_assert_no_error(error);
    g_assert_true(ferry_hypervisor_get_host(dst, &info, &error));
    g_assert_cmpuint(info.libvirt_version, ==, 11003000);
    g_assert_cmpuint(info.hypervisor_version, ==, 10000013);
    vm = ferry_hypervisor_find(dst, "a \"b\"\nc <&> ü", &error);
    g_assert_nonnull(vm);
    g_assert_cmpint(vm->state, ==, FERRY_VM_STATE_SHUTOFF);
    g_assert_cmpint(vm->reason, ==, FERRY_VM_REASON_CRASHED);
    assert_states(&file, "running (booted) def", "shut off def");
    g_assert_true(ferry_hypervisor_set_autostart(src, UUID, false, &error)); // writes the file
    later = ferry_sim_world_load(file.path, &error);
    g_assert_no_error(error);
    g_assert_nonnull(later);
    assert_states(&file, "running (booted) def", "shut off def");
}

// Each slip in a file is told, with its group.
static void
test_slips(void)
{
    static const struct {
        const char *text;
        const char *told;
    } slips[] = {
        {"[host a]\ncolour=red\n", "group 'host a': nobody knows the key 'colour'"},
        {"[host a]\nlibvirt=new\n", "group 'host a': 'libvirt' is no version such as 7.2.0"},
        {"[host a]\ndaemon=sleepy\n", "group 'host a': 'daemon' can't be 'sleepy'"},
        {"[machine m]\nhost=b\n", "group 'machine m': there is no host 'b'"},
        {"[host a]\n[machine m]\nhost=a\nmemory_mib=much\n",
         "group 'machine m': 'memory_mib' is no number from 0 on"},
        {"[host a]\n[machine m]\nhost=a\nagent=perhaps\n",
         "group 'machine m': 'agent' is neither true nor false"},
        {"[host a]\nsecrets=one\n", "group 'host a': 'secrets' can't have 'one', which is no UUID"},
        {"[machine m]\nuuid=" UUID "\n[machine n]\nuuid=" UUID "\n",
         "group 'machine n': another machine has the UUID '" UUID "'"},
        {"[host a]\n[link a a]\n", "group 'link a a': a link needs two hosts"},
        {"[host a]\n[instance m a]\n", "group 'instance m a': there is no such machine"},
        {"[planet x]\n",
         "it has a group that is none of world, host, machine, instance, image, link, fault and job"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(slips); i++) {
        g_autoptr(FerrySimWorld) world = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *told = NULL;
        g_auto(File) file;

        file_write(&file, slips[i].text);
        world = ferry_sim_world_load(file.path, &error);
        g_assert_null(world);
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_CONFIG);
        told = g_strdup_printf("cannot read simulated world '%s': %s", file.path, slips[i].told);
        g_assert_cmpstr(error->message, ==, told);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/world/processes", test_processes);
    g_test_add_func("/sim/world/mover-dies", test_mover_dies);
    g_test_add_func("/sim/world/realtime", test_realtime);
    g_test_add_func("/sim/world/events-in-main-context", test_events_in_main_context);
    g_test_add_func("/sim/world/faults-of-a-file", test_faults_of_a_file);
    g_test_add_func("/sim/world/everything-is-kept", test_everything_is_kept);
    g_test_add_func("/sim/world/slips", test_slips);
    return g_test_run();
}
