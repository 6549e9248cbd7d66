// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// XML in which a host tells of itself: capabilities, domain capabilities, networks, interfaces, storage pools
// and volumes. The same bytes go to each parser: it refuses them with an error and changes nothing, or what it
// promises is there.

#include "fuzz.h"

#include <glib.h>

#include "model/host-caps.h"
#include "model/machine-caps.h"
#include "model/network.h"
#include "model/storage.h"

static void
assert_ascending(const GArray *ids)
{
    g_assert_nonnull(ids);
    for (guint i = 1; i < ids->len; i++)
        g_assert_cmpuint(g_array_index(ids, unsigned, i - 1), <=, g_array_index(ids, unsigned, i));
}

static void
test_host_caps(const char *xml)
{
    g_auto(FerryHostCaps) caps = {0};
    g_autoptr(GError) error = NULL;

    if (!ferry_host_caps_parse(xml, &caps, &error)) {
        g_assert_nonnull(error);
        g_assert_null(caps.cells);
        return;
    }
    g_assert_no_error(error);
    assert_ascending(caps.cells);
    assert_ascending(caps.cpus);
}

static void
test_machine_caps(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMachineCaps) caps = ferry_machine_caps_parse(xml, &error);

    g_assert_true((caps == NULL) == (error != NULL));
    if (caps != NULL)
        g_assert_true(caps->loaders == NULL || caps->loaders[0] != NULL);
}

static void
test_network(const char *xml)
{
    g_auto(FerryNetworkInfo) info = {.mtu = 1};
    g_autoptr(GError) error = NULL;
    bool parsed = ferry_network_info_parse(xml, &info, &error);

    g_assert_true(parsed == (error == NULL));
    g_assert_true(parsed || (info.mtu == 1 && info.bridge == NULL && info.portgroups == NULL));
}

static void
test_interface(const char *xml)
{
    g_auto(FerryNetworkInfo) info = {.mtu = 1};
    g_autoptr(GError) error = NULL;
    bool parsed = ferry_interface_info_parse(xml, &info, &error);

    g_assert_true(parsed == (error == NULL));
    g_assert_true(parsed || info.mtu == 1);
}

static void
test_volume(const char *xml)
{
    g_auto(FerryPathInfo) info = {.capacity = 1};
    g_autoptr(GError) error = NULL;
    bool parsed = ferry_path_info_parse(xml, &info, &error);

    g_assert_true(parsed == (error == NULL));
    g_assert_true(parsed || (info.capacity == 1 && info.format == NULL && info.changed == NULL));
}

static void
test_pool(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryPoolInfo) pool = ferry_pool_info_parse(xml, &error);

    g_assert_true((pool == NULL) == (error != NULL));
    if (pool != NULL)
        g_assert_nonnull(pool->name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = fuzz_text(data, size);

    test_host_caps(xml);
    test_machine_caps(xml);
    test_network(xml);
    test_interface(xml);
    test_volume(xml);
    test_pool(xml);
    return 0;
}
