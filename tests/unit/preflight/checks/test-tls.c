// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static Fixture *
with_tls(void)
{
    Fixture *fx = fixture_new();

    fx->options->tls = true;
    fx->in.now_s = 1700000000;
    return fx;
}

static FerryProbedTls *
tls_of(FerryHostFacts *host)
{
    return g_ptr_array_index(host->probe->tls, 0);
}

static void
set_names(Fixture *fx, const char *names)
{
    g_strfreev(tls_of(fx->dst)->names);
    tls_of(fx->dst)->names = g_strsplit(names, " ", -1);
}

static void
expect_fits(Fixture *fx, const char *name)
{
    g_autofree char *text =
        g_strdup_printf("both hosts have certificates, and that of host 'host-b' is for '%s'",
                        name);

    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_OK, text, NULL);
}

static void
expect_other_name(Fixture *fx, const char *name, const char *names)
{
    g_autofree char *text = g_strdup_printf(
        "the memory is sent to '%s', and the certificate of host 'host-b' is for '%s'", name,
        names);
    g_autofree char *hint = g_strdup_printf(
        "Send it to a name of the certificate with --dest-address, or have one made for '%s'.",
        name);

    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_BLOCK, text, hint);
}

static void
test_not_asked(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_probe(fx->src, "no ssh");
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_OK, "the move is not asked to use TLS",
                   NULL);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = with_tls();

    fixture_turn_off(fx);
    fixture_lose_probe(fx->src, "no ssh");
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_OK, "the machine is off: it sends no memory",
                   NULL);
}

static void
test_fits(void)
{
    g_autoptr(Fixture) fx = with_tls();

    expect_fits(fx, "host-b.example.org");
    fx->dst->probe->migration_host = g_strdup("HOST-B");
    expect_fits(fx, "HOST-B");
    set_names(fx, "*.example.org 192.0.2.2 2001:db8:0:0::2");
    g_free(fx->dst->probe->migration_host);
    fx->dst->probe->migration_host = NULL;
    expect_fits(fx, "host-b.example.org");
    fx->options->dest_address = g_strdup("192.0.2.2");
    expect_fits(fx, "192.0.2.2");
    g_free(fx->options->dest_address);
    fx->options->dest_address = g_strdup("2001:db8::2");
    expect_fits(fx, "2001:db8::2");
    g_free(fx->options->dest_address);
    fx->options->dest_address = g_strdup("[2001:db8::2]");
    expect_fits(fx, "[2001:db8::2]");
}

static void
test_other_name(void)
{
    g_autoptr(Fixture) fx = with_tls();

    fx->options->dest_address = g_strdup("192.0.2.2");
    expect_other_name(fx, "192.0.2.2", "host-b.example.org, host-b");
    set_names(fx, "192.0.2.20 2.0.2.2 *.0.2.2");
    g_free(fx->options->dest_address);
    fx->options->dest_address = g_strdup("a.b.example.org");
    set_names(fx, "*.example.org");
    expect_other_name(fx, "a.b.example.org", "*.example.org");
    g_free(fx->options->dest_address);
    fx->options->dest_address = g_strdup(".example.org");
    expect_other_name(fx, ".example.org", "*.example.org");
    g_free(fx->options->dest_address);
    fx->options->dest_address = g_strdup("example.org");
    expect_other_name(fx, "example.org", "*.example.org");
}

static void
test_lacks(void)
{
    g_autoptr(Fixture) fx = with_tls();

    tls_of(fx->dst)->server = false;
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_BLOCK,
        "host 'host-b' has no server certificate in '/etc/pki/qemu'",
        "Put server-cert.pem and server-key.pem there, or name another folder with migrate_tls_x509_cert_dir in qemu.conf.");
    tls_of(fx->src)->client = false;
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_BLOCK,
        "host 'host-a' has no client certificate in '/etc/pki/qemu'",
        "Put client-cert.pem and client-key.pem there, or name another folder with migrate_tls_x509_cert_dir in qemu.conf.");
    tls_of(fx->src)->ca = false;
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_BLOCK,
        "host 'host-a' has no CA certificate in '/etc/pki/qemu'",
        "Put ca-cert.pem there, or name another folder with migrate_tls_x509_cert_dir in qemu.conf.");
}

static void
test_no_folder(void)
{
    g_autoptr(Fixture) fx = with_tls();

    g_ptr_array_set_size(fx->dst->probe->tls, 0);
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_BLOCK,
        "host 'host-b' has no CA certificate in '/etc/pki/qemu'",
        "Put ca-cert.pem there, or name another folder with migrate_tls_x509_cert_dir in qemu.conf.");
}

static void
test_expired(void)
{
    g_autoptr(Fixture) fx = with_tls();

    tls_of(fx->dst)->expires_s = 1700000001;
    expect_fits(fx, "host-b.example.org");
    tls_of(fx->dst)->expires_s = 1700000000;
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_BLOCK,
                   "the certificate of host 'host-b' expired on 2023-11-14",
                   "Have it renewed: '/etc/pki/qemu/server-cert.pem'.");
    tls_of(fx->dst)->expires_s = 0;
    expect_fits(fx, "host-b.example.org");
}

static void
test_large(void)
{
    g_autoptr(Fixture) fx = with_tls();

    fx->vm->definition->memory_kib = UINT64_C(67108864);
    expect_fits(fx, "host-b.example.org");
    fx->vm->definition->memory_kib++;
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_WARN,
                   "more than 64 GiB over one TLS connection can break QEMU's TLS library",
                   "Spread it over several connections with --parallel.");
    fx->options->parallel = 4;
    expect_fits(fx, "host-b.example.org");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_tls();

    tls_of(fx->dst)->names_known = false;
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
        "whether the certificate of host 'host-b' bears the right name cannot be told: the host has no tool to read it with",
        NULL);
    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
        "whether the certificate of host 'host-b' bears the right name cannot be told: connection reset",
        NULL);
    g_clear_pointer(&fx->dst->probe->migrate_tls_folder, g_free);
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
        "the TLS certificates of host 'host-b' cannot be told: the probe did not find their folder",
        NULL);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
                   "the TLS certificates of host 'host-b' cannot be told: no ssh", NULL);
    fixture_lose_probe(fx->src, "--no-probe");
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
                   "the TLS certificates of host 'host-a' cannot be told: --no-probe", NULL);
}

static void
test_not_root(void)
{
    g_autoptr(Fixture) fx = with_tls();

    fx->src->probe->root = false;
    expect_fits(fx, "host-b.example.org");
    tls_of(fx->src)->client = false;
    fixture_expect(
        fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
        "the TLS certificates of host 'host-a' cannot be told: the probe did not run as root",
        NULL);
}

static void
test_definition_unknown(void)
{
    g_autoptr(Fixture) fx = with_tls();

    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_tls, FERRY_VERDICT_UNKNOWN,
                   "the machine's memory cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/tls/not-asked", test_not_asked);
    g_test_add_func("/preflight/tls/off", test_off);
    g_test_add_func("/preflight/tls/fits", test_fits);
    g_test_add_func("/preflight/tls/other-name", test_other_name);
    g_test_add_func("/preflight/tls/lacks", test_lacks);
    g_test_add_func("/preflight/tls/no-folder", test_no_folder);
    g_test_add_func("/preflight/tls/expired", test_expired);
    g_test_add_func("/preflight/tls/large", test_large);
    g_test_add_func("/preflight/tls/unknown", test_unknown);
    g_test_add_func("/preflight/tls/not-root", test_not_root);
    g_test_add_func("/preflight/tls/definition-unknown", test_definition_unknown);
    return g_test_run();
}
