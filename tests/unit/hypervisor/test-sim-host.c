// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What simulated hosts and machines tell those who check before a move, and what that costs in a fleet.

#include <glib/gstdio.h>
#include <string.h>

#include "../../sim/fixture.h"
#include "model/definition.h"
#include "model/machine-caps.h"

#define SECRET "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"

// Of two hosts the first has a little, the second what a host has by itself.
#define WORLD                                                                           \
    "[world]\npersist=true\n"                                                           \
    "[host host-a]\ncpus=2\ncpu_signature=6.85.4\nmicrocode=33581318\n"                 \
    "networks=default;dmz:9000;a:b\npaths=/srv/shared.qcow2;/dev/vg/a\n"                \
    "own_paths=/srv/shared.qcow2;/srv/own.qcow2\nsecrets=0A81F5B2-8403-7B23-C8D6-21CCC" \
    "2F80D6F\nnwfilters=clean-traffic\npools=default;fast\n"                            \
    "[host host-b]\n"                                                                   \
    "[machine web1]\nuuid=" UUID "\nhost=host-a\nmemory_mib=512\nagent=true\n"          \
    "disks=/srv/shared.qcow2;/dev/vg/a\ncache=writeback\nnetwork=dmz\n"                 \
    "snapshots=2\ncheckpoints=1\n"                                                      \
    "devices=<tpm model='tpm-crb'><backend type='emulator' version='2.0'>"              \
    "<encryption secret='" SECRET "'/></backend></tpm>\\n"                              \
    "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/>"                \
    "<product id='0xc52b'/></source></hostdev>\n"                                       \
    "extra=<memoryBacking><locked/></memoryBacking>\n"

typedef struct Pair {
    char *folder, *path;
    FerryHypervisor *src, *dst;
} Pair;

static FerryHypervisor *
connect_to(const Pair *pair, const char *host)
{
    g_autofree char *uri = g_strdup_printf("sim:%s?world=%s", host, pair->path);
    g_autoptr(GError) error = NULL;
    FerryHypervisor *hv = ferry_hypervisor_open(host, uri, &error);

    g_assert_no_error(error);
    return hv;
}

static void
pair_write(Pair *pair, const char *world)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_sim, NULL};

    *pair = (Pair){0};
    ferry_hypervisor_set_drivers(drivers);
    pair->folder = g_dir_make_tmp("virt-ferry-sim-XXXXXX", NULL);
    pair->path = g_build_filename(pair->folder, "world.ini", NULL);
    g_assert_true(g_file_set_contents(pair->path, world, -1, NULL));
}

static void
pair_init(Pair *pair)
{
    pair_write(pair, WORLD);
    pair->src = connect_to(pair, "host-a");
    pair->dst = connect_to(pair, "host-b");
}

static void
pair_clear(Pair *pair)
{
    g_clear_pointer(&pair->src, ferry_hypervisor_unref);
    g_clear_pointer(&pair->dst, ferry_hypervisor_unref);
    g_unlink(pair->path);
    g_rmdir(pair->folder);
    g_free(pair->folder);
    g_free(pair->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

static void
test_host(void)
{
    g_auto(FerryHostInfo) little = {0};
    g_auto(FerryHostInfo) usual = {0};
    g_autoptr(GError) error = NULL;
    g_auto(Pair) pair;

    pair_init(&pair);
    g_assert_true(ferry_hypervisor_get_host(pair.src, &little, &error));
    g_assert_true(ferry_hypervisor_get_host(pair.dst, &usual, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(little.caps.uuid, ==, little.uuid);
    g_assert_cmpstr(little.caps.cpu_signature, ==, "6.85.4");
    g_assert_cmpstr(little.caps.microcode, ==, "33581318");
    g_assert_cmpuint(little.caps.cells->len, ==, 1);
    g_assert_cmpuint(little.caps.cpus->len, ==, 2);
    g_assert_cmpuint(g_array_index(little.caps.cpus, unsigned, 1), ==, 1);
    g_assert_cmpstr(usual.caps.arch, ==, "x86_64");
    g_assert_cmpstr(usual.caps.cpu_model, ==, "EPYC-Rome");
    g_assert_cmpstr(usual.caps.cpu_signature, ==, "23.49.0");
    g_assert_cmpstr(usual.caps.microcode, ==, "137367679");
    g_assert_cmpuint(usual.caps.cpus->len, ==, 8);
}

static void
infos_clear(FerryPathInfo infos[4])
{
    for (unsigned i = 0; i < 4; i++)
        ferry_path_info_clear(&infos[i]);
}

static void
test_paths(void)
{
    static const char *const paths[] = {"/srv/shared.qcow2", "/dev/vg/a", "/srv/own.qcow2",
                                        "/srv/other.qcow2", NULL};
    static const bool seen[] = {true, true, true, false};
    static const bool same[] = {false, true, false, false};
    FerryPathInfo here[4] = {0}, again[4] = {0}, there[4] = {0};
    g_auto(Pair) pair;

    pair_init(&pair);
    ferry_hypervisor_look_at_paths(pair.src, paths, here);
    ferry_hypervisor_look_at_paths(pair.src, paths, again);
    ferry_hypervisor_look_at_paths(pair.dst, paths, there);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_null(here[i].unknown);
        g_assert_null(there[i].unknown);
        g_assert_cmpint(here[i].seen, ==, seen[i]);
        g_assert_true(there[i].seen);
        g_assert_cmpuint(here[i].capacity, ==, seen[i] ? 1 << 30 : 0);
        g_assert_cmpstr(here[i].changed, ==, again[i].changed);
        g_assert_cmpint(g_strcmp0(here[i].changed, there[i].changed) == 0, ==, same[i]);
    }
    g_assert_cmpstr(here[0].format, ==, "qcow2");
    g_assert_cmpstr(here[1].format, ==, "raw");
    g_assert_null(here[3].format);
    g_assert_true(g_regex_match_simple("^[0-9]{10}\\.[0-9]{9}$", here[0].changed, 0, 0));
    infos_clear(here);
    infos_clear(again);
    infos_clear(there);
}

// A host that can't be asked leaves each path unknown, with the reason.
static void
test_paths_unknown(void)
{
    static const char *const paths[] = {"/srv/a", "/srv/b", NULL};
    FerryPathInfo infos[4] = {0};
    g_auto(Fixture) fixture;

    fixture_init(&fixture, &calm);
    ferry_sim_kill_daemon(fixture.world, "host-a", 0);
    ferry_hypervisor_look_at_paths(fixture.src, paths, infos);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpstr(infos[i].unknown, ==,
                        "cannot talk to host 'host-a': internal error: client socket is closed");
        g_assert_false(infos[i].seen);
    }
    infos_clear(infos);
}

static void
assert_network(FerryHypervisor *hv, const char *name, bool exists, unsigned mtu)
{
    g_auto(FerryNetworkInfo) info = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_get_network(hv, "network", name, &info, &error));
    g_assert_no_error(error);
    g_assert_cmpint(info.exists, ==, exists);
    g_assert_cmpint(info.active, ==, exists);
    g_assert_cmpuint(info.mtu, ==, mtu);
}

static void
test_networks(void)
{
    g_auto(Pair) pair;

    pair_init(&pair);
    assert_network(pair.src, "default", true, 0);
    assert_network(pair.src, "dmz", true, 9000);
    assert_network(pair.src, "a:b", true, 0);
    assert_network(pair.src, "dmz:9000", false, 0);
    assert_network(pair.dst, "anything", true, 0);
}

static void
test_secrets_and_filters(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Pair) pair;
    bool has = false;

    pair_init(&pair);
    g_assert_true(ferry_hypervisor_has_secret(pair.src, SECRET, &has, &error));
    g_assert_true(has);
    g_assert_true(ferry_hypervisor_has_secret(pair.dst, SECRET, &has, &error));
    g_assert_false(has);
    g_assert_true(ferry_hypervisor_has_nwfilter(pair.src, "clean-traffic", &has, &error));
    g_assert_true(has);
    g_assert_true(ferry_hypervisor_has_nwfilter(pair.src, "no-spoofing", &has, &error));
    g_assert_false(has);
    g_assert_true(ferry_hypervisor_has_nwfilter(pair.dst, "no-spoofing", &has, &error));
    g_assert_true(has);
    g_assert_no_error(error);
}

static void
test_pools(void)
{
    g_autoptr(GPtrArray) two = NULL;
    g_autoptr(GPtrArray) usual = NULL;
    const FerryPoolInfo *fast;
    g_auto(Pair) pair;

    pair_init(&pair);
    two = ferry_hypervisor_list_pools(pair.src, NULL);
    usual = ferry_hypervisor_list_pools(pair.dst, NULL);
    g_assert_cmpuint(two->len, ==, 2);
    g_assert_cmpuint(usual->len, ==, 1);
    fast = two->pdata[1];
    g_assert_cmpstr(fast->name, ==, "fast");
    g_assert_cmpstr(fast->type, ==, "dir");
    g_assert_cmpstr(fast->target, ==, "/srv/fast");
    g_assert_true(fast->active);
    g_assert_cmpuint(fast->capacity, >, fast->available);
    g_assert_cmpuint(fast->available, >, 0);
    g_assert_cmpstr(((FerryPoolInfo *)usual->pdata[0])->target, ==, "/var/lib/libvirt/images");
}

static void
test_extras(void)
{
    FerryVmExtras extras = {0};
    g_autoptr(GError) error = NULL;
    g_auto(Pair) pair;

    pair_init(&pair);
    g_assert_true(ferry_hypervisor_get_extras(pair.src, UUID, &extras, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(extras.snapshots, ==, 2);
    g_assert_cmpuint(extras.checkpoints, ==, 1);
    g_assert_cmpuint(extras.balloon_kib, ==, 512 << 10);
    g_assert_false(ferry_hypervisor_get_extras(pair.dst, UUID, &extras, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_NOT_FOUND);
}

// The machine's keys are in its XML, and stay there when the world is written and read again.
static void
assert_definition(FerryHypervisor *hv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = ferry_hypervisor_get_xml(hv, UUID, FERRY_XML_LIVE, &error);
    g_autoptr(FerryDefinition) definition = NULL;

    g_assert_no_error(error);
    definition = ferry_definition_parse(xml, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(definition->disks->len, ==, 2);
    g_assert_cmpstr(((FerryDisk *)definition->disks->pdata[1])->cache, ==, "writeback");
    g_assert_cmpuint(definition->nics->len, ==, 1);
    g_assert_cmpstr(((FerryNic *)definition->nics->pdata[0])->source, ==, "dmz");
    g_assert_nonnull(definition->tpm);
    g_assert_cmpstr(definition->tpm->secret, ==, SECRET);
    g_assert_cmpuint(definition->hostdevs->len, ==, 1);
    g_assert_true(definition->has_agent);
    g_assert_true(definition->memory_locked);
}

static void
test_definition(void)
{
    g_autoptr(FerryHypervisor) later = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *after = NULL;
    bool has = false;
    g_auto(Pair) pair;

    pair_init(&pair);
    assert_definition(pair.src);
    g_assert_true(ferry_hypervisor_set_autostart(pair.src, UUID, true, &error)); // writes the file
    g_assert_true(g_file_get_contents(pair.path, &after, NULL, &error));
    g_assert_cmpstr(after, !=, WORLD);
    // Another spelling of the path makes another world, which is read from the file.
    g_free(pair.path);
    pair.path = g_strdup_printf("%s/./world.ini", pair.folder);
    later = connect_to(&pair, "host-a");
    assert_definition(later);
    assert_network(later, "dmz", true, 9000);
    g_assert_true(ferry_hypervisor_has_secret(later, SECRET, &has, &error));
    g_assert_true(has);
    g_assert_no_error(error);
}

static void
test_machine_caps(void)
{
    g_autoptr(FerryMachineCaps) caps = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;
    g_auto(Pair) pair;

    pair_init(&pair);
    xml = ferry_hypervisor_get_machine_caps(pair.src, &(FerryMachineType){0}, &error);
    g_assert_no_error(error);
    caps = ferry_machine_caps_parse(xml, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(caps->machine, ==, "pc-q35-7.2");
    g_assert_cmpuint(g_strv_length(caps->loaders), ==, 2);
    g_assert_cmpstr(caps->loaders[0], ==, "/usr/share/OVMF/OVMF_CODE_4M.fd");
    g_assert_cmpuint(g_strv_length(caps->tpm_backends), ==, 1);
    g_assert_cmpstr(caps->tpm_backends[0], ==, "emulator");
}

// A fleet as a check of all machines reads it.
#define HOSTS    20
#define MACHINES 1000

static char *
fleet_world(void)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < HOSTS; i++)
        g_string_append_printf(text, "[host host-%u]\nmemory_mib=524288\n", i);
    for (unsigned i = 0; i < MACHINES; i++)
        g_string_append_printf(text, "[machine vm-%u]\nhost=host-%u\ndisks=/srv/vm-%u.qcow2\n", i,
                               i % HOSTS, i);
    return g_string_free(text, FALSE);
}

static void
read_machine(FerryHypervisor *hv, const FerryVm *vm)
{
    static const char *const disks[] = {"vda", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *live = ferry_hypervisor_get_xml(hv, vm->uuid, FERRY_XML_LIVE, &error);
    g_autofree char *kept = ferry_hypervisor_get_xml(hv, vm->uuid, FERRY_XML_PERSISTENT, &error);
    g_autoptr(FerryVm) found = ferry_hypervisor_find(hv, vm->name, &error);
    g_autofree char *block_job = NULL;
    FerryVmExtras extras;
    FerryJobStats job;

    g_assert_no_error(error);
    g_assert_cmpstr(live, ==, kept);
    g_assert_cmpstr(found->uuid, ==, vm->uuid);
    g_assert_true(ferry_hypervisor_get_job(hv, vm->uuid, false, &job, &error));
    g_assert_true(ferry_hypervisor_get_block_job(hv, vm->uuid, disks, &block_job, &error));
    g_assert_true(ferry_hypervisor_get_extras(hv, vm->uuid, &extras, &error));
}

static void
read_host(FerryHypervisor *hv, const char *const *paths)
{
    g_autofree FerryPathInfo *infos = g_new0(FerryPathInfo, MACHINES);
    g_autoptr(GPtrArray) vms = ferry_hypervisor_list(hv, NULL);

    g_assert_cmpuint(vms->len, ==, MACHINES / HOSTS);
    for (unsigned i = 0; i < vms->len; i++)
        read_machine(hv, vms->pdata[i]);
    ferry_hypervisor_look_at_paths(hv, paths, infos);
    for (unsigned i = 0; i < MACHINES; i++) {
        g_assert_true(infos[i].seen);
        ferry_path_info_clear(&infos[i]);
    }
}

// 30 ms are wanted for all of it; the bound is for slow machines and sanitizers.
static void
test_fleet(void)
{
    g_auto(GStrv) paths = g_new0(char *, MACHINES + 1);
    g_autofree char *world = fleet_world();
    int64_t before_us, took_us;
    g_auto(Pair) pair;

    for (unsigned i = 0; i < MACHINES; i++)
        paths[i] = g_strdup_printf("/srv/vm-%u.qcow2", i);
    pair_write(&pair, world);
    before_us = g_get_monotonic_time();
    for (unsigned i = 0; i < HOSTS; i++) {
        g_autofree char *name = g_strdup_printf("host-%u", i);
        g_autoptr(FerryHypervisor) hv = connect_to(&pair, name);
        read_host(hv, (const char *const *)paths);
    }
    took_us = g_get_monotonic_time() - before_us;
    g_test_message("%.1f ms for %u machines and %u hosts", (double)took_us / 1000, MACHINES, HOSTS);
    g_assert_cmpint(took_us, <, SECONDS(2));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/host/host", test_host);
    g_test_add_func("/sim/host/paths", test_paths);
    g_test_add_func("/sim/host/paths-unknown", test_paths_unknown);
    g_test_add_func("/sim/host/networks", test_networks);
    g_test_add_func("/sim/host/secrets-and-filters", test_secrets_and_filters);
    g_test_add_func("/sim/host/pools", test_pools);
    g_test_add_func("/sim/host/extras", test_extras);
    g_test_add_func("/sim/host/definition", test_definition);
    g_test_add_func("/sim/host/machine-caps", test_machine_caps);
    g_test_add_func("/sim/host/fleet", test_fleet);
    return g_test_run();
}
