// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <glib.h>

#include "../expect.h"
#include "model/host-probe.h"

// Each test adds lines to this beginning.
static FerryHostProbe *
parse(const char *lines, GError **error)
{
    g_autofree char *text = g_strdup_printf("virt-ferry-probe 1\n%send\n", lines);

    return ferry_host_probe_parse(text, error);
}

static FerryHostProbe *
parse_well(const char *lines)
{
    g_autoptr(GError) error = NULL;
    FerryHostProbe *probe = parse(lines, &error);

    g_assert_no_error(error);
    return probe;
}

static void
test_host(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("token aa11\n"
                                                 "os Debian GNU/Linux 12 (bookworm)\n"
                                                 "kernel 6.1.0-18-amd64\n"
                                                 "root yes\n"
                                                 "clock -1500 200\n"
                                                 "ntp yes chrony\n"
                                                 "cpu-model Intel(R) Xeon(R) @ 2.80GHz\n"
                                                 "cpu-signature 6.106.6\n"
                                                 "microcode 0x1\n"
                                                 "hw-virt yes\n"
                                                 "nested no\n"
                                                 "kvm unknown\n"
                                                 "memory 8388608 4194304 1024\n"
                                                 "tcp-congestion bbr\n"
                                                 "userfaultfd no\n"
                                                 "ports 49152 49215\n"
                                                 "ports-taken 49160 49152\n"
                                                 "migration-host 198.51.100.11\n"
                                                 "lock-manager lockd\n"
                                                 "shared-folders 2\n"
                                                 "shared-folder /srv/with blank\n"
                                                 "shared-folder /b\n"
                                                 "migrate-tls /etc/pki/libvirt-migrate\n"
                                                 "config-fs nfs4 server:/export with blank\n");

    g_assert_cmpstr(probe->token, ==, "aa11");
    g_assert_cmpstr(probe->os, ==, "Debian GNU/Linux 12 (bookworm)");
    g_assert_cmpstr(probe->kernel, ==, "6.1.0-18-amd64");
    g_assert_true(probe->root);
    g_assert_cmpint(probe->clock_offset_us, ==, -1500);
    g_assert_cmpint(probe->clock_error_us, ==, 200);
    g_assert_cmpint(probe->ntp_synchronized, ==, FERRY_TRUTH_YES);
    g_assert_cmpstr(probe->ntp_by, ==, "chrony");
    g_assert_cmpstr(probe->cpu_model, ==, "Intel(R) Xeon(R) @ 2.80GHz");
    g_assert_cmpstr(probe->cpu_signature, ==, "6.106.6");
    g_assert_cmpstr(probe->microcode, ==, "0x1");
    g_assert_cmpint(probe->hw_virt, ==, FERRY_TRUTH_YES);
    g_assert_cmpint(probe->nested, ==, FERRY_TRUTH_NO);
    g_assert_cmpint(probe->kvm, ==, FERRY_TRUTH_UNKNOWN);
    g_assert_cmpuint(probe->memory_total_kib, ==, 8388608);
    g_assert_cmpuint(probe->memory_available_kib, ==, 4194304);
    g_assert_cmpuint(probe->swap_free_kib, ==, 1024);
    g_assert_cmpstr(probe->tcp_congestion, ==, "bbr");
    g_assert_cmpint(probe->userfaultfd, ==, FERRY_TRUTH_NO);
    g_assert_cmpuint(probe->port_min, ==, 49152);
    g_assert_cmpuint(probe->port_max, ==, 49215);
    g_assert_cmpuint(probe->ports_taken->len, ==, 2);
    g_assert_cmpuint(g_array_index(probe->ports_taken, unsigned, 0), ==, 49152);
    g_assert_cmpuint(g_array_index(probe->ports_taken, unsigned, 1), ==, 49160);
    g_assert_cmpstr(probe->migration_host, ==, "198.51.100.11");
    g_assert_cmpstr(probe->lock_manager, ==, "lockd");
    g_assert_cmpuint(probe->shared_folders->len, ==, 2);
    g_assert_cmpstr(probe->shared_folders->pdata[0], ==, "/srv/with blank");
    g_assert_cmpstr(probe->migrate_tls_folder, ==, "/etc/pki/libvirt-migrate");
    g_assert_cmpstr(probe->config_fs_type, ==, "nfs4");
    g_assert_cmpstr(probe->config_source, ==, "server:/export with blank");
}

static void
test_nothing_told(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("");

    g_assert_null(probe->token);
    g_assert_null(probe->ntp_by);
    g_assert_false(probe->root);
    g_assert_cmpint(probe->clock_error_us, ==, 0);
    g_assert_cmpint(probe->hw_virt, ==, FERRY_TRUTH_UNKNOWN);
    g_assert_cmpuint(probe->port_min, ==, 0);
    g_assert_cmpuint(probe->ports_taken->len, ==, 0);
    g_assert_cmpuint(probe->paths->len + probe->peers->len + probe->tls->len, ==, 0);
    g_assert_null(ferry_host_probe_path(probe, "/srv/a"));
    g_assert_null(ferry_host_probe_peer(probe, "b"));
    g_assert_null(ferry_host_probe_tls(probe, "/etc/pki/qemu"));
}

static void
test_paths(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("path /srv/a b.img\n"
                                                 "path-seen yes\n"
                                                 "path-file 66304 77 18446744073709551615\n"
                                                 "path-fs nfs4 rw,nolock 4096\n"
                                                 "path-marked yes\n"
                                                 "path-marks aa11 bb22\n"
                                                 "path /dev/vg/web1\n"
                                                 "path-seen yes\n"
                                                 "path-identity LVM-abc\n"
                                                 "path /srv/none\n"
                                                 "path-seen no\n");
    const FerryProbedPath *path = ferry_host_probe_path(probe, "/srv/a b.img");

    g_assert_cmpuint(probe->paths->len, ==, 3);
    g_assert_true(path->seen);
    g_assert_cmpuint(path->device, ==, 66304);
    g_assert_cmpuint(path->inode, ==, 77);
    g_assert_cmpuint(path->size, ==, G_MAXUINT64);
    g_assert_cmpstr(path->fs_type, ==, "nfs4");
    g_assert_cmpstr(path->fs_options, ==, "rw,nolock");
    g_assert_cmpuint(path->free_bytes, ==, 4096);
    g_assert_true(path->marked);
    g_assert_cmpuint(g_strv_length(path->marks), ==, 2);
    g_assert_cmpstr(path->marks[1], ==, "bb22");

    path = ferry_host_probe_path(probe, "/dev/vg/web1");
    g_assert_cmpstr(path->identity, ==, "LVM-abc");
    g_assert_null(path->fs_type);
    g_assert_false(path->marked);
    g_assert_cmpuint(g_strv_length(path->marks), ==, 0);
    g_assert_false(ferry_host_probe_path(probe, "/srv/none")->seen);
}

static void
test_peers(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("peer host-b\n"
                                                 "peer-address 198.51.100.12\n"
                                                 "peer-daemon open\n"
                                                 "peer-migration filtered\n"
                                                 "peer-mtu 1400 1500\n"
                                                 "peer-connects no\n"
                                                 "peer-error Permission denied\n"
                                                 "peer host c\n"
                                                 "peer-daemon refused\n");
    const FerryProbedPeer *peer = ferry_host_probe_peer(probe, "host-b");

    g_assert_cmpstr(peer->address, ==, "198.51.100.12");
    g_assert_cmpint(peer->daemon, ==, FERRY_REACH_OPEN);
    g_assert_cmpint(peer->migration, ==, FERRY_REACH_FILTERED);
    g_assert_cmpuint(peer->path_mtu, ==, 1400);
    g_assert_cmpuint(peer->link_mtu, ==, 1500);
    g_assert_cmpint(peer->connects, ==, FERRY_TRUTH_NO);
    g_assert_cmpstr(peer->connect_error, ==, "Permission denied");

    peer = ferry_host_probe_peer(probe, "host c");
    g_assert_null(peer->address);
    g_assert_cmpint(peer->daemon, ==, FERRY_REACH_REFUSED);
    g_assert_cmpint(peer->migration, ==, FERRY_REACH_UNKNOWN);
    g_assert_cmpint(peer->connects, ==, FERRY_TRUTH_UNKNOWN);
}

static void
test_locks(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("lock /srv/a disk.img\n"
                                                 "lock-state held\n"
                                                 "lock /srv/b.img\n"
                                                 "lock-state free\n"
                                                 "lock /srv/c.img\n"
                                                 "lock-error No locks available\n"
                                                 "lock /srv/d.img\n");
    const FerryProbedLock *lock = ferry_host_probe_lock(probe, "/srv/a disk.img");

    g_assert_cmpint(lock->state, ==, FERRY_LOCK_HELD);
    g_assert_null(lock->unknown);
    g_assert_cmpint(ferry_host_probe_lock(probe, "/srv/b.img")->state, ==, FERRY_LOCK_FREE);
    lock = ferry_host_probe_lock(probe, "/srv/c.img");
    g_assert_cmpint(lock->state, ==, FERRY_LOCK_UNKNOWN);
    g_assert_cmpstr(lock->unknown, ==, "No locks available");
    lock = ferry_host_probe_lock(probe, "/srv/d.img");
    g_assert_cmpint(lock->state, ==, FERRY_LOCK_UNKNOWN);
    g_assert_null(lock->unknown);
    g_assert_null(ferry_host_probe_lock(probe, "/srv/e.img"));
}

static void
test_tls(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("tls /etc/pki/qemu\n"
                                                 "tls-ca yes\n"
                                                 "tls-server yes\n"
                                                 "tls-client no\n"
                                                 "tls-names host-a  192.0.2.11\n"
                                                 "tls-expires 4102444800\n"
                                                 "tls /etc/pki/libvirt-migrate\n"
                                                 "tls-ca no\n");
    const FerryProbedTls *tls = ferry_host_probe_tls(probe, "/etc/pki/qemu");

    g_assert_true(tls->ca);
    g_assert_true(tls->server);
    g_assert_false(tls->client);
    g_assert_true(tls->names_known);
    g_assert_cmpuint(g_strv_length(tls->names), ==, 2);
    g_assert_cmpstr(tls->names[1], ==, "192.0.2.11");
    g_assert_cmpint(tls->expires_s, ==, 4102444800);

    tls = ferry_host_probe_tls(probe, "/etc/pki/libvirt-migrate");
    g_assert_false(tls->ca);
    g_assert_false(tls->names_known);
    g_assert_cmpuint(g_strv_length(tls->names), ==, 0);
}

// A newer script says more, a host's programs say what they like, in any encoding.
static void
test_strange_lines(void)
{
    g_autoptr(FerryHostProbe) probe = parse_well("token aa\n"
                                                 "token-of-later yes\n"
                                                 "\n"
                                                 "now 123\n"
                                                 "os\n"
                                                 "kernel \x1b[31m6.1\xff\n");

    g_assert_cmpstr(probe->token, ==, "aa");
    g_assert_null(probe->os);
    g_assert_cmpstr(probe->kernel, ==, "?[31m6.1\xef\xbf\xbd");
}

static void
test_behind_the_end(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryHostProbe) probe =
        ferry_host_probe_parse("virt-ferry-probe 1\ntoken aa\nend\ntoken bb\nports x\n", &error);

    g_assert_no_error(error);
    g_assert_cmpstr(probe->token, ==, "aa");
}

static void
test_no_answer(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_host_probe_parse("", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the probe's answer: it does not begin with 'virt-ferry-probe 1'",
                 NULL);
    g_assert_null(ferry_host_probe_parse("virt-ferry-probe 2\nend\n", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the probe's answer: it does not begin with 'virt-ferry-probe 1'",
                 NULL);
    g_assert_null(ferry_host_probe_parse("virt-ferry-probe 1\ntoken aa\nend of it\n", &error));
    expect_error(&error, FERRY_ERROR_FAILED, "cannot read the probe's answer: it has no end", NULL);
}

static void
test_values_that_cannot_be(void)
{
    static const char *const lines[] = {
        "root perhaps",
        "clock 1",
        "clock 1 -1",
        "clock 99999999999999999999 1",
        "ntp",
        "ntp maybe chrony",
        "hw-virt 1",
        "memory 1 2",
        "memory 1 2 x",
        "memory 1 2 18446744073709551615",
        "userfaultfd",
        "ports 0 5",
        "ports 49215 49152",
        "ports 49152 65536",
        "ports 49152",
        "ports-taken 0",
        "ports-taken 1 65536",
        "config-fs nfs4",
        "tls qemu",
        "tls-ca yes",
        "path a",
        "path-seen yes",
        "path-marks aa",
        "peer",
        "peer-daemon open",
        "lock b.img",
        "lock-state held",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strdup_printf("token aa\n%s\n", lines[i]);
        g_autofree char *message =
            g_strdup_printf("cannot read the probe's answer: line 3 cannot be: '%s'", lines[i]);

        g_assert_null(parse(text, &error));
        expect_error(&error, FERRY_ERROR_FAILED, message, NULL);
    }
}

static void
test_values_of_parts_that_cannot_be(void)
{
    static const char *const lines[] = {
        "tls /a\ntls-server 1",     "tls /a\ntls-expires -1",           "tls /a\ntls-expires soon",
        "path /a\npath-seen",       "path /a\npath-file 1 2",           "path /a\npath-file 1 2 -3",
        "path /a\npath-fs ext4 rw", "path /a\npath-fs ext4 rw much",    "peer b\npeer-daemon shut",
        "peer b\npeer-mtu 1500",    "peer b\npeer-mtu 1500 4294967296", "peer b\npeer-connects",
        "lock /b\nlock-state",      "lock /b\nlock-state unknown",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strconcat(lines[i], "\n", NULL);
        g_autofree char *message =
            g_strdup_printf("cannot read the probe's answer: line 3 cannot be: '%s'",
                            strchr(lines[i], '\n') + 1);

        g_assert_null(parse(text, &error));
        expect_error(&error, FERRY_ERROR_FAILED, message, NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-probe/host", test_host);
    g_test_add_func("/host-probe/nothing-told", test_nothing_told);
    g_test_add_func("/host-probe/paths", test_paths);
    g_test_add_func("/host-probe/peers", test_peers);
    g_test_add_func("/host-probe/locks", test_locks);
    g_test_add_func("/host-probe/tls", test_tls);
    g_test_add_func("/host-probe/strange-lines", test_strange_lines);
    g_test_add_func("/host-probe/behind-the-end", test_behind_the_end);
    g_test_add_func("/host-probe/no-answer", test_no_answer);
    g_test_add_func("/host-probe/values-that-cannot-be", test_values_that_cannot_be);
    g_test_add_func("/host-probe/values-of-parts-that-cannot-be",
                    test_values_of_parts_that_cannot_be);
    return g_test_run();
}
