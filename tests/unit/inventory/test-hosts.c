// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/hosts.h"

#include "base/error.h"

static void
add_host(GPtrArray *hosts, const char *name, const char *uri, const char *address)
{
    FerryHost *host = g_new0(FerryHost, 1);

    host->name = g_strdup(name);
    host->uri = g_strdup(uri);
    host->address = g_strdup(address);
    g_ptr_array_add(hosts, host);
}

static GPtrArray *
make_known(void)
{
    GPtrArray *hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);

    add_host(hosts, "host-a", "qemu+ssh://root@a.example.org/system", NULL);
    add_host(hosts, "host-b", "qemu+tcp://b.example.org/system", "192.0.2.2");
    return hosts;
}

static void
test_name(void)
{
    g_autoptr(GPtrArray) known = make_known();
    g_autoptr(FerryHost) host = ferry_hosts_resolve(known, "host-b", NULL);

    g_assert_cmpstr(host->name, ==, "host-b");
    g_assert_cmpstr(host->uri, ==, "qemu+tcp://b.example.org/system");
    g_assert_cmpstr(host->address, ==, "192.0.2.2");
}

// The URI of a host we know is that host, with its name and address.
static void
test_known_uri(void)
{
    g_autoptr(GPtrArray) known = make_known();
    g_autoptr(FerryHost) host = ferry_hosts_resolve(known, "qemu+tcp://b.example.org/system", NULL);

    g_assert_cmpstr(host->name, ==, "host-b");
    g_assert_cmpstr(host->address, ==, "192.0.2.2");
}

static void
test_new_uri(void)
{
    static const char *const uris[] =
        {"qemu+ssh://kvm2/system", "qemu:///system", "test:///default", "sim:host-c",
         "qemu+unix:///session?socket=/run/user/1000/libvirt/libvirt-sock"};
    g_autoptr(GPtrArray) known = make_known();

    for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autoptr(FerryHost) host = ferry_hosts_resolve(known, uris[i], NULL);

        g_assert_cmpstr(host->name, ==, uris[i]);
        g_assert_cmpstr(host->uri, ==, uris[i]);
        g_assert_null(host->address);
    }
}

static void
expect_unknown(GPtrArray *known, const char *argument, const char *text, const char *hint)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_hosts_resolve(known, argument, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_HOST_NOT_FOUND);
    g_assert_cmpstr(error->message, ==, text);
    g_assert_cmpstr(ferry_error_get_hint(error), ==, hint);
}

static void
test_unknown(void)
{
    g_autoptr(GPtrArray) known = make_known();
    g_autoptr(GPtrArray) none = g_ptr_array_new();

    expect_unknown(known, "hots-b", "host 'hots-b' is not known, and it is no libvirt URI",
                   "Did you mean 'host-b'? Known hosts: 'host-a', 'host-b'.");
    expect_unknown(known, "/system", "host '/system' is not known, and it is no libvirt URI",
                   "Known hosts: 'host-a', 'host-b'.");
    expect_unknown(known, "", "host '' is not known, and it is no libvirt URI",
                   "Known hosts: 'host-a', 'host-b'.");
    expect_unknown(
        none, "kvm2", "host 'kvm2' is not known, and it is no libvirt URI",
        "No host is known yet. Give a libvirt URI such as 'qemu+ssh://kvm2/system', or run 'virt-ferry host add kvm2 URI' first.");
}

static void
test_many(void)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);

    for (unsigned i = 0; i < 10; i++) {
        g_autofree char *name = g_strdup_printf("n%u", i);

        add_host(known, name, name, NULL);
    }
    expect_unknown(known, "other", "host 'other' is not known, and it is no libvirt URI",
                   "Known hosts: 'n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7' and 2 more.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inventory/hosts/name", test_name);
    g_test_add_func("/inventory/hosts/known-uri", test_known_uri);
    g_test_add_func("/inventory/hosts/new-uri", test_new_uri);
    g_test_add_func("/inventory/hosts/unknown", test_unknown);
    g_test_add_func("/inventory/hosts/many", test_many);
    return g_test_run();
}
