// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Hosts are behind an ssh of ours, which runs the scripts here: fio is made up, the stream is a real one over
// the loopback.

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "inventory/measure.h"

typedef struct Fixture {
    char *folder; // holds bin/ and pool/
    FerrySurvey survey;
    FerryMeasured *measured;
    GString *told;
} Fixture;

static void
write_program(const Fixture *fx, const char *name, const char *body)
{
    g_autofree char *path = g_build_filename(fx->folder, "bin", name, NULL);
    g_autofree char *text = g_strconcat("#!/bin/sh\n", body, "\n", NULL);
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
}

// A port on which nobody listens.
static unsigned
find_port(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    g_autoptr(GError) error = NULL;
    unsigned port = g_socket_listener_add_any_inet_port(listener, NULL, &error);

    g_assert_no_error(error);
    g_socket_listener_close(listener);
    return port;
}

static FerryHostProbe *
make_probe(const char *peer, unsigned port)
{
    g_autofree char *text = g_strdup_printf("virt-ferry-probe 1\n"
                                            "token t\n"
                                            "ports %u %u\n"
                                            "peer %s\n"
                                            "peer-address 127.0.0.1\n"
                                            "end\n",
                                            port, port, peer);
    g_autoptr(GError) error = NULL;
    FerryHostProbe *probe = ferry_host_probe_parse(text, &error);

    g_assert_no_error(error);
    return probe;
}

static FerryHostFacts *
add_host(Fixture *fx, const char *name, const char *peer, unsigned port)
{
    g_autofree char *uri =
        g_strdup_printf("qemu+ssh://%s/system?command=%s/bin/ssh", name, fx->folder);
    FerryHostFacts *host = ferry_host_facts_new(name, uri, "was not asked");

    host->pools = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_pool_info_free);
    host->probe = make_probe(peer, port);
    g_ptr_array_add(fx->survey.hosts, host);
    return host;
}

static FerryPoolInfo *
add_pool(FerryHostFacts *host, const char *name, const char *target)
{
    FerryPoolInfo *pool = g_new0(FerryPoolInfo, 1);

    pool->name = g_strdup(name);
    pool->type = g_strdup("dir");
    pool->target = g_strdup(target);
    pool->active = true;
    g_ptr_array_add(host->pools, pool);
    return pool;
}

static Fixture *
fixture_new(void)
{
    Fixture *fx = g_new0(Fixture, 1);
    g_autofree char *bin = NULL;
    g_autofree char *pool = NULL;
    g_autofree char *ssh = NULL;
    g_autoptr(GError) error = NULL;

    fx->folder = g_dir_make_tmp("virt-ferry-test.XXXXXX", &error);
    g_assert_no_error(error);
    bin = g_build_filename(fx->folder, "bin", NULL);
    pool = g_build_filename(fx->folder, "it's a pool: 1", NULL);
    g_assert_cmpint(g_mkdir(bin, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(pool, 0700), ==, 0);
    fx->survey.hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_facts_free);
    fx->told = g_string_new(NULL);
    ssh = g_strdup_printf("PATH=%s:$PATH exec sh -s", bin);
    write_program(fx, "ssh", ssh);
    add_pool(add_host(fx, "host-a", "host-b", 49152), "default", pool);
    return fx;
}

// Returns: how many files are left in @name; they go, and so does the folder
static unsigned
remove_folder(const Fixture *fx, const char *name)
{
    g_autofree char *path = g_build_filename(fx->folder, name, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *file;
    unsigned count = 0;

    while ((file = g_dir_read_name(folder)) != NULL) {
        g_autofree char *whole = g_build_filename(path, file, NULL);

        g_assert_cmpint(g_unlink(whole), ==, 0);
        count++;
    }
    g_assert_cmpint(g_rmdir(path), ==, 0);
    return count;
}

static void
fixture_free(Fixture *fx)
{
    remove_folder(fx, "bin");
    // Nothing is left of what was read from.
    g_assert_cmpuint(remove_folder(fx, "it's a pool: 1"), ==, 0);
    g_assert_cmpint(g_rmdir(fx->folder), ==, 0);
    ferry_measured_free(fx->measured);
    g_ptr_array_unref(fx->survey.hosts);
    g_string_free(fx->told, TRUE);
    g_free(fx->folder);
    g_free(fx);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static void
tell(const char *what, void *data)
{
    Fixture *fx = data;

    g_string_append_printf(fx->told, "%s\n", what);
}

static void
measure(Fixture *fx)
{
    ferry_measured_free(fx->measured);
    g_string_truncate(fx->told, 0);
    fx->measured = ferry_measure(&fx->survey, tell, fx);
}

static const FerryMeasuredPool *
reads_of(const Fixture *fx)
{
    return ferry_measured_pool(fx->measured, "host-a", "default");
}

// The made-up fio says what the real one (3.33) said, if it was called as it should be.
static void
test_iops(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    write_program(fx, "fio",
                  "case \" $* \" in *' --direct=1 '*' --runtime=5 '*) ;; *) exit 1 ;; esac\n"
                  "[ -e .virt-ferry-fio-* ] || exit 1\n"
                  "echo 'fio: a remark'\n"
                  "echo '3;fio-3.33;virt-ferry;0;0;183424;36677;9169;5001;1;2;3'");
    measure(fx);
    g_assert_cmpstr(reads_of(fx)->unknown, ==, NULL);
    g_assert_cmpuint(reads_of(fx)->iops, ==, 9169);
    g_assert_cmpstr(fx->told->str, ==, "pool 'default' of host 'host-a'\n");
    g_assert_null(ferry_measured_pool(fx->measured, "host-a", "other"));
}

static void
test_fio_fails(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    write_program(fx, "fio", "echo 'fio: no direct I/O here' >&2; exit 1");
    measure(fx);
    g_assert_cmpstr(reads_of(fx)->unknown, ==, "fio failed: fio: no direct I/O here");
    g_assert_false(reads_of(fx)->lacks_fio);
    write_program(fx, "fio", "echo '3;fio-3.33;virt-ferry;0;22;0;0;9169;0'");
    measure(fx);
    g_assert_cmpstr(reads_of(fx)->unknown, ==, "fio failed");
}

static void
test_no_fio(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *ssh = g_strdup_printf(
        "for tool in sh df awk rm; do ln -sf \"$(command -v $tool)\" %s/bin/; done\n"
        "PATH=%s/bin exec sh -s",
        fx->folder, fx->folder);

    write_program(fx, "ssh", ssh);
    measure(fx);
    g_assert_cmpstr(reads_of(fx)->unknown, ==, "the host has no fio");
    g_assert_true(reads_of(fx)->lacks_fio);
}

static void
test_other_pools(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    FerryHostFacts *host = g_ptr_array_index(fx->survey.hosts, 0);

    write_program(fx, "fio", "exit 1");
    add_pool(host, "off", "/nowhere")->active = false;
    add_pool(host, "gone", "/nowhere/at/all");
    add_pool(host, "ceph", NULL);
    add_pool(host, "lvm", "/dev/vg0");
    measure(fx);
    g_assert_null(ferry_measured_pool(fx->measured, "host-a", "off"));
    g_assert_cmpstr(ferry_measured_pool(fx->measured, "host-a", "gone")->unknown, ==,
                    "its folder cannot be entered");
    g_assert_cmpstr(ferry_measured_pool(fx->measured, "host-a", "ceph")->unknown, ==,
                    "it has no folder for a file to read from");
    g_assert_cmpstr(ferry_measured_pool(fx->measured, "host-a", "lvm")->unknown, ==,
                    "it has no folder for a file to read from");
    g_free(host->uri);
    host->uri = g_strdup("qemu+tcp://host-a/system");
    measure(fx);
    g_assert_cmpstr(reads_of(fx)->unknown, ==,
                    "its URI uses 'tcp', which runs no scripts as ssh does");
}

// Without pools, so that only streams are measured.
static Fixture *
fixture_new_pair(void)
{
    Fixture *fx = fixture_new();
    FerryHostFacts *host = g_ptr_array_index(fx->survey.hosts, 0);

    g_ptr_array_set_size(host->pools, 0);
    add_host(fx, "host-b", "nobody", find_port());
    return fx;
}

static const FerryMeasuredLink *
link_of(const Fixture *fx)
{
    return ferry_measured_link(fx->measured, "host-a", "host-b");
}

static void
test_link(void)
{
    g_autoptr(Fixture) fx = fixture_new_pair();
    const FerryHostFacts *dst = g_ptr_array_index(fx->survey.hosts, 1);
    const FerryMeasuredLink *back;

    measure(fx);
    g_assert_cmpstr(link_of(fx)->unknown, ==, NULL);
    g_assert_cmpstr(link_of(fx)->failure, ==, NULL);
    g_assert_cmpuint(link_of(fx)->bytes_per_s, >, 10 << 20);
    g_assert_cmpuint(link_of(fx)->port, ==, dst->probe->port_max);
    back = ferry_measured_link(fx->measured, "host-b", "host-a");
    g_assert_cmpstr(back->unknown, ==, "the source does not know the destination's address");
    g_assert_cmpstr(fx->told->str, ==,
                    "the link from host 'host-a' to host 'host-b'\n"
                    "the link from host 'host-b' to host 'host-a'\n");
}

static void
test_link_refused(void)
{
    g_autoptr(Fixture) fx = fixture_new_pair();

    write_program(fx, "ping", "echo 'rtt min/avg/max/mdev = 0.100/20.500/30.000/1.000 ms'");
    // Other programs may be scripts of the real one.
    write_program(
        fx, "bash",
        "case $* in *dev/tcp*) echo 'bash: connect: No route to host' >&2; exit 1 ;; esac\n"
        "exec /bin/bash \"$@\"");
    measure(fx);
    g_assert_cmpstr(link_of(fx)->unknown, ==, NULL);
    g_assert_cmpstr(link_of(fx)->failure, ==, "bash: connect: No route to host");
    g_assert_cmpuint(link_of(fx)->bytes_per_s, ==, 0);
    g_assert_cmpint(link_of(fx)->rtt_us, ==, 20500);
}

static void
test_link_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new_pair();
    FerryHostFacts *src = g_ptr_array_index(fx->survey.hosts, 0);
    FerryHostFacts *dst = g_ptr_array_index(fx->survey.hosts, 1);
    unsigned port = dst->probe->port_max;

    g_array_append_val(dst->probe->ports_taken, port);
    measure(fx);
    g_assert_cmpstr(link_of(fx)->unknown, ==, "the destination has no free migration port");
    g_clear_pointer(&dst->probe, ferry_host_probe_free);
    measure(fx);
    g_assert_cmpstr(link_of(fx)->unknown, ==, "was not asked");
    g_clear_pointer(&src->probe, ferry_host_probe_free);
    measure(fx);
    g_assert_cmpstr(link_of(fx)->unknown, ==, "was not asked");
}

// Somebody took the port meanwhile.
static void
test_port_taken(void)
{
    g_autoptr(Fixture) fx = fixture_new_pair();
    const FerryHostFacts *dst = g_ptr_array_index(fx->survey.hosts, 1);
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;

    g_socket_listener_add_inet_port(listener, (uint16_t)dst->probe->port_max, NULL, &error);
    g_assert_no_error(error);
    measure(fx);
    expected = g_strdup_printf("it ended with status 1: port %u is taken", dst->probe->port_max);
    g_assert_cmpstr(link_of(fx)->unknown, ==, expected);
    g_socket_listener_close(listener);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/measure/iops", test_iops);
    g_test_add_func("/measure/fio-fails", test_fio_fails);
    g_test_add_func("/measure/no-fio", test_no_fio);
    g_test_add_func("/measure/other-pools", test_other_pools);
    g_test_add_func("/measure/link", test_link);
    g_test_add_func("/measure/link-refused", test_link_refused);
    g_test_add_func("/measure/link-unknown", test_link_unknown);
    g_test_add_func("/measure/port-taken", test_port_taken);
    return g_test_run();
}
