// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_fine(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    host_fixture_expect(fx, &ferry_host_check_tls, FERRY_VERDICT_OK,
                        "the certificates for --tls are in '/etc/pki/qemu'", NULL);
}

static void
test_lack(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    FerryProbedTls *tls = g_ptr_array_index(fx->host->probe->tls, 0);

    tls->client = false;
    host_fixture_expect(
        fx, &ferry_host_check_tls, FERRY_VERDICT_NOTE,
        "host 'host-a' lacks certificates in '/etc/pki/qemu': no move with --tls from it or to it",
        "Put ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem and client-key.pem there where moves are to be encrypted.");
    tls->client = true;
    tls->server = false;
    host_fixture_expect(
        fx, &ferry_host_check_tls, FERRY_VERDICT_NOTE,
        "host 'host-a' lacks certificates in '/etc/pki/qemu': no move with --tls from it or to it",
        "Put ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem and client-key.pem there where moves are to be encrypted.");
    tls->server = true;
    tls->ca = false;
    host_fixture_expect(
        fx, &ferry_host_check_tls, FERRY_VERDICT_NOTE,
        "host 'host-a' lacks certificates in '/etc/pki/qemu': no move with --tls from it or to it",
        "Put ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem and client-key.pem there where moves are to be encrypted.");
    g_ptr_array_set_size(fx->host->probe->tls, 0);
    host_fixture_expect(
        fx, &ferry_host_check_tls, FERRY_VERDICT_NOTE,
        "host 'host-a' lacks certificates in '/etc/pki/qemu': no move with --tls from it or to it",
        "Put ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem and client-key.pem there where moves are to be encrypted.");
    fx->host->probe->root = false;
    host_fixture_expect(
        fx, &ferry_host_check_tls, FERRY_VERDICT_UNKNOWN,
        "the TLS certificates of host 'host-a' cannot be told: the probe did not run as root",
        NULL);
}

static void
test_expiry(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    FerryProbedTls *tls = g_ptr_array_index(fx->host->probe->tls, 0);

    tls->expires_s = 1700000000;
    host_fixture_expect(fx, &ferry_host_check_tls, FERRY_VERDICT_WARN,
                        "the certificate of host 'host-a' expired on 2023-11-14",
                        "Have it renewed: '/etc/pki/qemu/server-cert.pem'.");
    tls->expires_s = 1700000000 + 30 * 24 * 3600;
    host_fixture_expect(fx, &ferry_host_check_tls, FERRY_VERDICT_NOTE,
                        "the certificate of host 'host-a' expires on 2023-12-14",
                        "Have it renewed: '/etc/pki/qemu/server-cert.pem'.");
    tls->expires_s += 1;
    host_fixture_expect(fx, &ferry_host_check_tls, FERRY_VERDICT_OK,
                        "the certificates for --tls are in '/etc/pki/qemu'", NULL);
    tls->expires_s = 0;
    host_fixture_expect(fx, &ferry_host_check_tls, FERRY_VERDICT_OK,
                        "the certificates for --tls are in '/etc/pki/qemu'", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();

    g_clear_pointer(&fx->host->probe->migrate_tls_folder, g_free);
    host_fixture_expect(
        fx, &ferry_host_check_tls, FERRY_VERDICT_UNKNOWN,
        "the TLS certificates of host 'host-a' cannot be told: the probe did not find their folder",
        NULL);
    fixture_lose_probe(fx->host, "no ssh");
    host_fixture_expect(fx, &ferry_host_check_tls, FERRY_VERDICT_UNKNOWN, "no ssh", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-checks/tls/fine", test_fine);
    g_test_add_func("/host-checks/tls/lack", test_lack);
    g_test_add_func("/host-checks/tls/expiry", test_expiry);
    g_test_add_func("/host-checks/tls/unknown", test_unknown);
    return g_test_run();
}
