// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The probe, run here by each kind of shell that hosts have, behind an ssh of our own: a script that stands for one
// host. Nothing of it leaves this machine.

#include "probe-fixture.h"

#include <gio/gio.h>

#include "base/worker.h"

static void
expect_unknown(const FerryProbeRequest *request, const char *text)
{
    g_assert_null(request->answer);
    g_assert_cmpstr(request->unknown, ==, text);
}

static bool
sees_mark(const FerryHostProbe *probe, const char *path, const char *token)
{
    const FerryProbedPath *probed = ferry_host_probe_path(probe, path);

    return g_strv_contains((const char *const *)probed->marks, token);
}

// What any host knows of itself, whatever its tools.
static void
expect_host_facts(const FerryHostProbe *probe)
{
    g_assert_nonnull(probe->kernel);
    g_assert_nonnull(probe->cpu_model);
    g_assert_cmpuint(probe->memory_total_kib, >, 65536);
    g_assert_cmpuint(probe->memory_available_kib, >, 0);
    g_assert_nonnull(probe->tcp_congestion);
    g_assert_nonnull(probe->config_fs_type);
    g_assert_cmpint(probe->kvm, !=, FERRY_TRUTH_UNKNOWN);
    // The clock is ours. What was measured is right within the error that was told.
    g_assert_cmpint(probe->clock_error_us, >, 0);
    g_assert_cmpint(ABS(probe->clock_offset_us), <=, probe->clock_error_us);
}

static void
expect_paths(const FerryHostProbe *probe, const Fixture *fx, const char *missing)
{
    const FerryProbedPath *path = ferry_host_probe_path(probe, fx->disk);
    GStatBuf status;

    g_assert_cmpint(g_stat(fx->disk, &status), ==, 0);
    g_assert_nonnull(path);
    g_assert_true(path->seen);
    g_assert_cmpuint(path->device, ==, status.st_dev);
    g_assert_cmpuint(path->inode, ==, status.st_ino);
    g_assert_cmpuint(path->size, ==, 5);
    g_assert_nonnull(path->fs_type);
    g_assert_true(g_str_has_prefix(path->fs_options, "rw"));
    g_assert_cmpuint(path->free_bytes, >, 0);
    g_assert_true(path->marked);

    path = ferry_host_probe_path(probe, missing);
    g_assert_nonnull(path);
    g_assert_false(path->seen);
    g_assert_nonnull(path->fs_type);
    g_assert_cmpuint(path->free_bytes, >, 0);
    g_assert_false(path->marked);
}

// Two hosts with one folder between them, both run by the shell that @body starts.
static void
run_shell(const char *body)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a = make_host(fx, "a", body);
    g_autofree char *b = make_host(fx, "b", body);
    g_autofree char *missing = g_strdup_printf("%s/none/such/file.img", fx->folder);
    // beside the disk, and looked at before it
    g_autofree char *absent = g_strdup_printf("%s/a bee.img", fx->storage);
    g_autofree char *control = g_strdup_printf("%s/new\nline", fx->folder);
    const char *paths[] = {missing, absent, fx->disk, control, "/dev/null", "relative", NULL};
    FerryProbeRequest requests[] = {
        {.name = "a", .uri = a, .paths = paths},
        {.name = "b", .uri = b, .paths = paths},
    };

    ferry_probes_run(requests, G_N_ELEMENTS(requests), TIMEOUT_S);
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        const FerryHostProbe *probe = requests[i].answer;

        expect_answer(&requests[i]);
        expect_host_facts(probe);
        expect_paths(probe, fx, missing);
        g_assert_true(sees_mark(probe, fx->disk, requests[0].answer->token));
        g_assert_true(sees_mark(probe, fx->disk, requests[1].answer->token));
        g_assert_false(ferry_host_probe_path(probe, absent)->seen);
        g_assert_true(sees_mark(probe, absent, requests[1].answer->token));
        g_assert_true(ferry_host_probe_path(probe, "/dev/null")->seen);
        g_assert_false(ferry_host_probe_path(probe, "/dev/null")->marked);
        g_assert_cmpuint(probe->paths->len, ==, 4);
    }
    g_assert_cmpstr(requests[0].answer->token, !=, requests[1].answer->token);
    clear(&requests[0]);
    clear(&requests[1]);
}

// Of the daemon's port something listens, of the migration ports nobody does.
static void
run_peers(const char *body)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    g_autoptr(GPtrArray) peers =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_probe_peer_free);
    g_autofree char *a = make_host(fx, "a", body);
    unsigned port = g_socket_listener_add_any_inet_port(listener, NULL, NULL);
    FerryProbePeer peer = {
        .name = (char *)"host b",
        .uri = g_strdup_printf("qemu+tcp://127.0.0.1:%u/system", port),
        .hostname = (char *)"127.0.0.1",
    };
    FerryProbePeer nowhere = {
        .name = (char *)"host-c",
        .uri = (char *)"test:///nowhere-at-all",
        .hostname = (char *)"no-such-host.invalid",
    };
    FerryProbeRequest request = {.name = "a", .uri = a, .peers = peers};
    const FerryProbedPeer *probed;

    g_ptr_array_add(peers, g_memdup2(&peer, sizeof peer));
    g_ptr_array_add(peers, g_memdup2(&nowhere, sizeof nowhere));
    g_ptr_array_set_free_func(peers, g_free);
    ferry_probes_run(&request, 1, TIMEOUT_S);
    expect_answer(&request);
    probed = ferry_host_probe_peer(request.answer, "host b");
    g_assert_nonnull(probed);
    g_assert_cmpstr(probed->address, ==, "127.0.0.1");
    g_assert_cmpint(probed->daemon, ==, FERRY_REACH_OPEN);
    g_assert_cmpint(probed->migration, ==, FERRY_REACH_REFUSED);

    probed = ferry_host_probe_peer(request.answer, "host-c");
    g_assert_nonnull(probed);
    g_assert_null(probed->address);
    g_assert_cmpint(probed->daemon, ==, FERRY_REACH_UNKNOWN);
    g_assert_cmpint(probed->migration, ==, FERRY_REACH_UNKNOWN);
    g_assert_cmpint(probed->connects, !=, FERRY_TRUTH_YES);
    clear(&request);
    g_free(peer.uri);
}

static void
test_dash(void)
{
    run_shell(DASH);
}

static void
test_bash(void)
{
    run_shell("exec bash --posix -s\n");
}

// busybox's shell with busybox's own tools and no other.
static void
test_busybox(void)
{
    g_autofree char *busybox = g_find_program_in_path("busybox");
    g_autofree char *folder = NULL;
    g_autofree char *body = NULL;

    if (busybox == NULL) {
        g_test_skip("needs the program 'busybox'");
        return;
    }
    folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    body = g_strdup_printf("PATH=%s exec %s sh -s\n", folder, busybox);
    g_autofree char *install = g_strdup_printf("%s --install -s %s", busybox, folder);
    g_autofree char *remove = g_strdup_printf("rm -r %s", folder);

    g_assert_true(g_spawn_command_line_sync(install, NULL, NULL, NULL, NULL));
    run_shell(body);
    run_peers(body);
    g_assert_true(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
}

// A login that greets, on stdout.
static void
test_greeting(void)
{
    run_shell("echo 'Welcome to host a'; echo meet; " DASH);
}

static void
test_no_shared_folder(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *other = g_strdup_printf("%s/other", fx->folder);
    g_autofree char *file = g_strdup_printf("%s/b.img", other);
    g_autofree char *a = make_host(fx, "a", DASH);
    const char *paths_a[] = {fx->disk, NULL};
    const char *paths_b[] = {file, NULL};
    FerryProbeRequest requests[] = {
        {.name = "a", .uri = a, .paths = paths_a},
        {.name = "b", .uri = a, .paths = paths_b},
    };

    g_assert_cmpint(g_mkdir(other, 0700), ==, 0);
    make_file(fx, file, "", 0600);
    ferry_probes_run(requests, G_N_ELEMENTS(requests), TIMEOUT_S);
    expect_answer(&requests[0]);
    expect_answer(&requests[1]);
    g_assert_true(sees_mark(requests[0].answer, fx->disk, requests[0].answer->token));
    g_assert_false(sees_mark(requests[0].answer, fx->disk, requests[1].answer->token));
    g_assert_false(sees_mark(requests[1].answer, file, requests[0].answer->token));
    clear(&requests[0]);
    clear(&requests[1]);
    g_unlink(file);
    g_assert_cmpint(g_rmdir(other), ==, 0);
}

// A disk is a symbolic link: the mark goes where it leads to.
static void
test_symbolic_link(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *link = g_strdup_printf("%s/link.img", fx->folder);
    g_autofree char *a = make_host(fx, "a", DASH);
    const char *paths[] = {link, NULL};
    const char *disk[] = {fx->disk, NULL};
    FerryProbeRequest requests[] = {
        {.name = "a", .uri = a, .paths = paths},
        {.name = "b", .uri = a, .paths = disk},
    };

    g_assert_true(g_file_make_symbolic_link(g_file_new_for_path(link), fx->disk, NULL, NULL));
    g_ptr_array_add(fx->made, g_strdup(link));
    ferry_probes_run(requests, G_N_ELEMENTS(requests), TIMEOUT_S);
    expect_answer(&requests[0]);
    expect_answer(&requests[1]);
    g_assert_cmpuint(ferry_host_probe_path(requests[0].answer, link)->inode, ==,
                     ferry_host_probe_path(requests[1].answer, fx->disk)->inode);
    g_assert_true(sees_mark(requests[1].answer, fx->disk, requests[0].answer->token));
    g_assert_true(sees_mark(requests[0].answer, link, requests[1].answer->token));
    clear(&requests[0]);
    clear(&requests[1]);
}

// More than one call of stat takes.
static void
test_many_paths(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a = make_host(fx, "a", DASH);
    g_auto(GStrv) paths = g_new0(char *, 1202);
    FerryProbeRequest request = {.name = "a", .uri = a, .paths = (const char *const *)paths};

    for (unsigned i = 0; i < 1200; i++)
        paths[i] = g_strdup_printf("%s/disk-%04u.img", fx->storage, i);
    paths[1200] = g_strdup(fx->disk);
    ferry_probes_run(&request, 1, TIMEOUT_S);
    expect_answer(&request);
    g_assert_cmpuint(request.answer->paths->len, ==, 1201);
    g_assert_false(ferry_host_probe_path(request.answer, paths[777])->seen);
    g_assert_true(ferry_host_probe_path(request.answer, fx->disk)->seen);
    clear(&request);
}

static void
test_peers(void)
{
    run_peers(DASH);
}

// The first host never comes: the others wait for half of the time, then go on without it.
static void
test_one_never_comes(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a = make_host(fx, "a", "exec sleep 60\n");
    g_autofree char *b = make_host(fx, "b", DASH);
    const char *paths[] = {fx->disk, NULL};
    FerryProbeRequest requests[] = {
        {.name = "a", .uri = a, .paths = paths},
        {.name = "b", .uri = b, .paths = paths},
    };
    int64_t begin_us = g_get_monotonic_time();

    ferry_probes_run(requests, G_N_ELEMENTS(requests), 4);
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, 4 * G_TIME_SPAN_SECOND);
    expect_unknown(&requests[0], "host 'a' has no probe: it did not answer in time");
    expect_answer(&requests[1]);
    g_assert_cmpuint(g_strv_length(ferry_host_probe_path(requests[1].answer, fx->disk)->marks), ==,
                     1);
    clear(&requests[0]);
    clear(&requests[1]);
}

// While they wait for the last one, the first host's shell is ended, and the second's connection breaks: both take
// their marks away, and the third does not see them.
static void
test_broken_while_waiting(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a =
        make_host(fx, "a", "exec 3<&0; dash -s <&3 3<&- & p=$!; sleep 1; kill -TERM $p; wait $p\n");
    g_autofree char *b = make_host(fx, "b", "timeout 1 cat | dash -s; exit 255\n");
    g_autofree char *c = make_host(fx, "c", "sleep 2; " DASH);
    const char *paths[] = {fx->disk, NULL};
    FerryProbeRequest requests[] = {
        {.name = "a", .uri = a, .paths = paths},
        {.name = "b", .uri = b, .paths = paths},
        {.name = "c", .uri = c, .paths = paths},
    };

    ferry_probes_run(requests, G_N_ELEMENTS(requests), TIMEOUT_S);
    expect_unknown(&requests[0], "host 'a' has no probe: it ended with status 1");
    expect_unknown(&requests[1], "host 'b' has no probe: ssh failed");
    expect_answer(&requests[2]);
    g_assert_cmpuint(g_strv_length(ferry_host_probe_path(requests[2].answer, fx->disk)->marks), ==,
                     1);
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++)
        clear(&requests[i]);
}

// Another host that is silent delays the answer, and what this one knows of itself is there at the end.
static void
test_silent_peer(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(GPtrArray) peers = g_ptr_array_new();
    g_autofree char *tools = g_build_filename(fx->folder, "virsh", NULL);
    g_autofree char *body = g_strdup_printf("PATH=%s:$PATH " DASH, fx->folder);
    g_autofree char *timeout = g_build_filename(fx->folder, "timeout", NULL);
    g_autofree char *a = make_host(fx, "a", body);
    FerryProbePeer peer = {.name = (char *)"b",
                           .uri = (char *)"test:///b",
                           .hostname = (char *)"127.0.0.1"};
    const char *paths[] = {fx->disk, NULL};
    FerryProbeRequest request = {.name = "a", .uri = a, .paths = paths, .peers = peers};
    int64_t begin_us = g_get_monotonic_time();

    g_ptr_array_add(peers, &peer);
    // A tool that does not even end when it is told to.
    make_file(fx, tools, "#!/bin/sh\nexec sleep 5\n", 0700);
    make_file(fx, timeout, "#!/bin/sh\nshift\nexec \"$@\"\n", 0700);
    ferry_probes_run(&request, 1, 2);
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, 4 * G_TIME_SPAN_SECOND);
    expect_answer(&request);
    g_assert_true(ferry_host_probe_path(request.answer, fx->disk)->seen);
    g_assert_null(ferry_host_probe_peer(request.answer, "b"));
    clear(&request);
}

static void
test_no_way(void)
{
    FerryProbeRequest requests[] = {
        {.name = "a", .uri = "qemu+tcp://a/system"},
        {.name = "b", .uri = "sim:b"},
        {.name = "c", .uri = "qemu+ssh://c/system?command=/bin/false"},
    };

    ferry_probes_run(requests, G_N_ELEMENTS(requests), TIMEOUT_S);
    expect_unknown(&requests[0],
                   "host 'a' has no probe: its URI uses 'tcp', which runs no scripts as ssh does");
    expect_unknown(&requests[1], "host 'b' has no probe: a URI of 'sim' is of no real host");
    expect_unknown(&requests[2], "host 'c' has no probe: it ended with status 1");
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++)
        clear(&requests[i]);
    ferry_probes_run(requests, 0, TIMEOUT_S);
}

// As in a simulated world, where work is done at once.
static void
test_inline(void)
{
    ferry_work_set_inline(true);
    test_no_way();
    run_shell(DASH);
    ferry_work_set_inline(false);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probe/dash", test_dash);
    g_test_add_func("/probe/bash", test_bash);
    g_test_add_func("/probe/busybox", test_busybox);
    g_test_add_func("/probe/greeting", test_greeting);
    g_test_add_func("/probe/no-shared-folder", test_no_shared_folder);
    g_test_add_func("/probe/symbolic-link", test_symbolic_link);
    g_test_add_func("/probe/many-paths", test_many_paths);
    g_test_add_func("/probe/peers", test_peers);
    g_test_add_func("/probe/one-never-comes", test_one_never_comes);
    g_test_add_func("/probe/broken-while-waiting", test_broken_while_waiting);
    g_test_add_func("/probe/silent-peer", test_silent_peer);
    g_test_add_func("/probe/no-way", test_no_way);
    g_test_add_func("/probe/inline", test_inline);
    return g_test_run();
}
