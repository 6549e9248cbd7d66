// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/host.h"

#include <string.h>

static void
test_version(void)
{
    g_autofree char *small = ferry_version_format(9000002);
    g_autofree char *large = ferry_version_format(11003000);
    g_autofree char *qemu = ferry_version_format(7002019);

    g_assert_cmpstr(small, ==, "9.0.2");
    g_assert_cmpstr(large, ==, "11.3.0");
    g_assert_cmpstr(qemu, ==, "7.2.19");
}

static void
test_name(void)
{
    static const char *const good[] = {"kvm1", "k", "kvm 1", "größe", "虚拟机", "a'b\"c", "kvm1:2"};
    static const char *const bad[] = {
        "",       " kvm1",       "kvm1 ", "\xc2\xa0kvm1",
        "kvm\n1", "kvm\x1b[31m", "kvm/1", "qemu+ssh://kvm1/system",
        "-kvm1",  "kvm\xff",
    };
    char name[257];

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(ferry_host_name_is_valid(good[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(ferry_host_name_is_valid(bad[i]));
    memset(name, 'x', sizeof name);
    name[256] = '\0';
    g_assert_false(ferry_host_name_is_valid(name));
    name[255] = '\0';
    g_assert_true(ferry_host_name_is_valid(name));
}

static void
test_copy(void)
{
    g_autoptr(FerryHost) host = g_new0(FerryHost, 1);
    g_autoptr(FerryHost) copy = NULL;

    host->name = g_strdup("kvm1");
    host->uri = g_strdup("qemu+ssh://kvm1/system");
    host->added_us = 7;
    copy = ferry_host_copy(host);
    g_assert_cmpstr(copy->name, ==, "kvm1");
    g_assert_true(copy->name != host->name);
    g_assert_cmpstr(copy->uri, ==, "qemu+ssh://kvm1/system");
    g_assert_null(copy->address);
    g_assert_cmpint(copy->added_us, ==, 7);
}

static void
test_info_clear(void)
{
    FerryHostInfo info = {.hostname = g_strdup("kvm1"), .type = g_strdup("QEMU"), .cpus = 4};

    info.caps.arch = g_strdup("x86_64");
    info.caps.cells = g_array_new(FALSE, FALSE, sizeof(unsigned));
    ferry_host_info_clear(&info);
    g_assert_null(info.caps.arch);
    g_assert_null(info.caps.cells);
    g_assert_null(info.hostname);
    g_assert_null(info.type);
    g_assert_cmpuint(info.cpus, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/version", test_version);
    g_test_add_func("/host/name", test_name);
    g_test_add_func("/host/copy", test_copy);
    g_test_add_func("/host/info-clear", test_info_clear);
    return g_test_run();
}
