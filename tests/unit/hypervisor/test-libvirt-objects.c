// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the libvirt driver says of a host's networks, pools, paths and secrets and of a machine's belongings,
// against libvirt's mock host. What the mock does not have at first is made through the driver's own
// connection. The mock looks at no real file: what is read of those that are seen, the lab tests show.

#include <locale.h>

#include "base/error.h"
#include "hypervisor/libvirt/libvirt.h"
#include "hypervisor/libvirt/private.h"

#define TEST_UUID   "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define ABSENT_UUID "00000000-1111-2222-3333-444444444444"
#define WEB1_UUID   "4d2f5a1c-8f43-4a6e-9c0b-1d2e3f405162"

static FerryHypervisor *
connect_mock(void)
{
    g_autoptr(GError) error = NULL;
    FerryHypervisor *hv = ferry_hypervisor_open("kvm1", "test:///default", &error);

    g_assert_no_error(error);
    g_assert_nonnull(hv);
    return hv;
}

static void
test_network(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_auto(FerryNetworkInfo) info = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_get_network(hv, "network", "default", &info, &error));
    g_assert_no_error(error);
    g_assert_true(info.exists);
    g_assert_true(info.active);
    g_assert_cmpstr(info.bridge, ==, "virbr0");
    g_assert_cmpuint(info.mtu, ==, 0);
    g_assert_null(info.portgroups);
}

static void
test_network_inactive(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(virNetwork) network =
        virNetworkDefineXML(ferry_libvirt(hv)->conn,
                            "<network><name>lan</name><mtu size='9000'/>"
                            "<bridge name='br0'/>"
                            "<portgroup name='blue'/><portgroup name='red'/></network>");
    g_auto(FerryNetworkInfo) info = {0};
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(network);
    g_assert_true(ferry_hypervisor_get_network(hv, "network", "lan", &info, &error));
    g_assert_no_error(error);
    g_assert_true(info.exists);
    g_assert_false(info.active);
    g_assert_cmpstr(info.bridge, ==, "br0");
    g_assert_cmpuint(info.mtu, ==, 9000);
    g_assert_cmpuint(g_strv_length(info.portgroups), ==, 2);
    g_assert_true(g_strv_contains((const char *const *)info.portgroups, "blue"));
    g_assert_true(g_strv_contains((const char *const *)info.portgroups, "red"));
}

static void
test_interface(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_auto(FerryNetworkInfo) info = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_get_network(hv, "bridge", "eth1", &info, &error));
    g_assert_no_error(error);
    g_assert_true(info.exists);
    g_assert_true(info.active);
    g_assert_null(info.bridge);
    g_assert_cmpuint(info.mtu, ==, 1492);
}

static void
test_network_absent(void)
{
    static const struct {
        const char *type;
        const char *name;
    } cases[] = {
        {"network", "dmz"},    {"network", "eth1"}, // an interface is no network,
        {"bridge", "default"},                      // nor the other way round
        {"bridge", "br0"},     {"direct", "br0"},   {"bridge", ""}, {"network", "it's <odd>"},
    };
    g_autoptr(FerryHypervisor) hv = connect_mock();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(FerryNetworkInfo) info = {0};
        g_autoptr(GError) error = NULL;

        g_assert_true(
            ferry_hypervisor_get_network(hv, cases[i].type, cases[i].name, &info, &error));
        g_assert_no_error(error);
        g_assert_false(info.exists);
        g_assert_false(info.active);
    }
}

// The mock has neither secrets nor network filters: what could not be asked is no answer.
static void
test_unsupported(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GError) secret_error = NULL;
    g_autoptr(GError) filter_error = NULL;
    bool has = true;

    g_assert_false(ferry_hypervisor_has_secret(hv, ABSENT_UUID, &has, &secret_error));
    g_assert_error(secret_error, FERRY_ERROR, FERRY_ERROR_UNSUPPORTED);
    g_assert_cmpstr(
        secret_error->message, ==,
        "cannot look for secret '" ABSENT_UUID
        "' on host 'kvm1': this function is not supported by the connection driver: virSecretLookupByUUID");
    g_assert_false(ferry_hypervisor_has_nwfilter(hv, "clean-traffic", &has, &filter_error));
    g_assert_error(filter_error, FERRY_ERROR, FERRY_ERROR_UNSUPPORTED);
    g_assert_cmpstr(
        filter_error->message, ==,
        "cannot look for network filter 'clean-traffic' on host 'kvm1': this function is not supported by the connection driver: virNWFilterLookupByName");
    g_assert_true(has);
}

static void
make_pool(FerryHypervisor *hv, const char *name, const char *target, bool active)
{
    g_autofree char *xml = g_markup_printf_escaped(
        "<pool type='dir'><name>%s</name><target><path>%s</path></target></pool>", name, target);
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autoptr(virStoragePool) pool =
        active ? virStoragePoolCreateXML(conn, xml, 0) : virStoragePoolDefineXML(conn, xml, 0);

    g_assert_nonnull(pool);
}

static const FerryPoolInfo *
find_pool(GPtrArray *pools, const char *name)
{
    for (unsigned i = 0; i < pools->len; i++) {
        const FerryPoolInfo *pool = pools->pdata[i];

        if (g_str_equal(pool->name, name))
            return pool;
    }
    return NULL;
}

static void
test_pools(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) pools = NULL;
    const FerryPoolInfo *pool;

    make_pool(hv, "images", "/srv/images", false);
    // Another run of ours looks at files just now.
    make_pool(hv, FERRY_LIBVIRT_OWN_POOL "0123456789abcdef", "/srv/images/.", true);
    pools = ferry_hypervisor_list_pools(hv, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(pools->len, ==, 2);

    pool = find_pool(pools, "default-pool");
    g_assert_nonnull(pool);
    g_assert_cmpstr(pool->type, ==, "dir");
    g_assert_cmpstr(pool->target, ==, "/default-pool");
    g_assert_true(pool->active);
    g_assert_cmpuint(pool->capacity, ==, 107374182400);
    g_assert_cmpuint(pool->available, ==, 107374182400);

    pool = find_pool(pools, "images");
    g_assert_nonnull(pool);
    g_assert_cmpstr(pool->target, ==, "/srv/images");
    g_assert_false(pool->active);
    g_assert_cmpuint(pool->capacity, ==, 0);
    g_assert_cmpuint(pool->available, ==, 0);
}

#define NO_LOOKING "on host 'kvm1': its driver 'TEST' does not look at files"

static void
assert_unknown(FerryHypervisor *hv,
               const char *const *paths,
               const char *const *unknown,
               unsigned count)
{
    g_autofree FerryPathInfo *infos = g_new0(FerryPathInfo, count + 1);

    ferry_hypervisor_look_at_paths(hv, paths, infos);
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmpstr(infos[i].unknown, ==, unknown[i]);
        g_assert_false(infos[i].seen);
        ferry_path_info_clear(&infos[i]);
    }
}

// Each path has its own answer, in the order asked, whatever folder it is in; what was made for it is gone.
static void
test_paths(void)
{
    static const char *const paths[] = {
        "/var/lib/it's <odd>/a.qcow2",
        "/dev/vg/a",
        "a.qcow2",
        "/var/lib/images/b.qcow2",
        "/a\nb",
        "/var/lib/it's <odd>/c.qcow2",
        "/at-the-root",
        "",
        "/",
        NULL,
    };
    static const char *const unknown[] = {
        "cannot look for '/var/lib/it's <odd>/a.qcow2' " NO_LOOKING,
        "cannot look for '/dev/vg/a' " NO_LOOKING,
        "cannot look for 'a.qcow2' on host 'kvm1': the path is not absolute",
        "cannot look for '/var/lib/images/b.qcow2' " NO_LOOKING,
        "cannot look for '/a\nb' on host 'kvm1': libvirt lists no names with control characters",
        "cannot look for '/var/lib/it's <odd>/c.qcow2' " NO_LOOKING,
        "cannot look for '/at-the-root' " NO_LOOKING,
        "cannot look for '' on host 'kvm1': the path is not absolute",
        "cannot look for '/' " NO_LOOKING,
    };
    g_autoptr(FerryHypervisor) hv = connect_mock();
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    int pools = virConnectListAllStoragePools(conn, NULL, 0);

    assert_unknown(hv, paths, unknown, G_N_ELEMENTS(unknown));
    assert_unknown(hv, paths + G_N_ELEMENTS(unknown), NULL, 0);
    g_assert_cmpint(virConnectListAllStoragePools(conn, NULL, 0), ==, pools);
}

static void
test_extras(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(virDomain) domain = virDomainLookupByName(ferry_libvirt(hv)->conn, "test");
    virDomainSnapshotPtr snapshot;
    FerryVmExtras extras = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_get_extras(hv, TEST_UUID, &extras, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(extras.snapshots, ==, 0);
    g_assert_cmpuint(extras.checkpoints, ==, 0);
    g_assert_cmpuint(extras.balloon_kib, ==, 2097152);

    snapshot =
        virDomainSnapshotCreateXML(domain, "<domainsnapshot><name>before</name></domainsnapshot>",
                                   0);
    g_assert_nonnull(snapshot);
    virDomainSnapshotFree(snapshot);
    g_assert_true(ferry_hypervisor_get_extras(hv, TEST_UUID, &extras, &error));
    g_assert_cmpuint(extras.snapshots, ==, 1);

    // One that is off has no balloon, and that is no error.
    g_assert_true(ferry_hypervisor_destroy(hv, TEST_UUID, &error));
    g_assert_true(ferry_hypervisor_get_extras(hv, TEST_UUID, &extras, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(extras.snapshots, ==, 1);
    g_assert_cmpuint(extras.balloon_kib, ==, 0);

    g_assert_false(ferry_hypervisor_get_extras(hv, ABSENT_UUID, &extras, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_NOT_FOUND);
    g_assert_cmpuint(extras.snapshots, ==, 1);
}

static const FerryVm *
find_vm(GPtrArray *vms, const char *name)
{
    for (unsigned i = 0; i < vms->len; i++) {
        const FerryVm *vm = vms->pdata[i];

        if (g_str_equal(vm->name, name))
            return vm;
    }
    return NULL;
}

// Each machine of a list has its own state and kind: one transient and paused, one off that starts by itself.
static void
test_list_mixed(void)
{
    static const char transient[] =
        "<domain type='test'><name>web1</name><uuid>" WEB1_UUID "</uuid>"
        "<memory unit='KiB'>65536</memory><vcpu>3</vcpu><os><type>hvm</type></os></domain>";
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(virDomain) domain = virDomainCreateXML(ferry_libvirt(hv)->conn, transient, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) vms = NULL;
    const FerryVm *vm;

    g_assert_nonnull(domain);
    g_assert_true(ferry_hypervisor_suspend(hv, WEB1_UUID, &error));
    g_assert_true(ferry_hypervisor_set_autostart(hv, TEST_UUID, true, &error));
    g_assert_true(ferry_hypervisor_destroy(hv, TEST_UUID, &error));
    vms = ferry_hypervisor_list(hv, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(vms->len, ==, 2);

    vm = find_vm(vms, "web1");
    g_assert_nonnull(vm);
    g_assert_cmpstr(vm->uuid, ==, WEB1_UUID);
    g_assert_cmpint(vm->state, ==, FERRY_VM_STATE_PAUSED);
    g_assert_cmpint(vm->reason, ==, FERRY_VM_REASON_USER);
    g_assert_false(vm->persistent);
    g_assert_false(vm->autostart);
    g_assert_cmpuint(vm->memory_kib, ==, 65536);
    g_assert_cmpuint(vm->vcpus, ==, 3);

    vm = find_vm(vms, "test");
    g_assert_nonnull(vm);
    g_assert_cmpint(vm->state, ==, FERRY_VM_STATE_SHUTOFF);
    g_assert_cmpint(vm->reason, ==, FERRY_VM_REASON_DESTROYED);
    g_assert_true(vm->persistent);
    g_assert_true(vm->autostart);
}

int
main(int argc, char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_libvirt, NULL};

    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    ferry_hypervisor_set_drivers(drivers);
    g_test_add_func("/hypervisor/libvirt-objects/network", test_network);
    g_test_add_func("/hypervisor/libvirt-objects/network-inactive", test_network_inactive);
    g_test_add_func("/hypervisor/libvirt-objects/interface", test_interface);
    g_test_add_func("/hypervisor/libvirt-objects/network-absent", test_network_absent);
    g_test_add_func("/hypervisor/libvirt-objects/unsupported", test_unsupported);
    g_test_add_func("/hypervisor/libvirt-objects/pools", test_pools);
    g_test_add_func("/hypervisor/libvirt-objects/paths", test_paths);
    g_test_add_func("/hypervisor/libvirt-objects/extras", test_extras);
    g_test_add_func("/hypervisor/libvirt-objects/list-mixed", test_list_mixed);
    return g_test_run();
}
