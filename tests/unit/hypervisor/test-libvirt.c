// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The libvirt driver through the seam, against libvirt's own mock host test:///default, which has one
// running machine, 'test'. Each test opens a connection of its own and gets that state anew.

#include <locale.h>

#include "base/error.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/libvirt/libvirt.h"

#define TEST_UUID        "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define ABSENT_UUID      "00000000-1111-2222-3333-444444444444"
#define TEST_PATIENCE_US (5 * G_USEC_PER_SEC)

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
test_open(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();

    g_assert_cmpstr(ferry_hypervisor_name(hv), ==, "kvm1");
    g_assert_cmpstr(ferry_hypervisor_uri(hv), ==, "test:///default");
    g_assert_true(ferry_hypervisor_is_alive(hv));
}

static void
test_handles(void)
{
    g_assert_true(ferry_hypervisor_driver_libvirt.handles("qemu+ssh://kvm1/system"));
    g_assert_true(ferry_hypervisor_driver_libvirt.handles("test:///default"));
    g_assert_false(ferry_hypervisor_driver_libvirt.handles("sim:world/a"));
}

static void
assert_open_fails(const char *name, const char *uri, const char *text, const char *hint)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_hypervisor_open(name, uri, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_UNREACHABLE);
    g_assert_cmpstr(error->message, ==, text);
    g_assert_cmpstr(ferry_error_get_hint(error), ==, hint);
    g_assert_cmpint(ferry_error_get_library_number(error), !=, 0);
}

static void
test_open_refused(void)
{
    // The handler that keeps libvirt quiet is in place before the first error: nothing on stderr.
    if (g_test_subprocess()) {
        assert_open_fails(
            "kvm1", "qemu+unix:///system?socket=/nonexistent/libvirt-sock",
            "cannot connect to host 'kvm1' at 'qemu+unix:///system?socket=/nonexistent/libvirt-sock': Failed to connect socket to '/nonexistent/libvirt-sock': No such file or directory",
            "See whether the daemon runs: run 'systemctl status libvirtd.socket virtqemud.socket' on the host.");
        assert_open_fails(
            "qemu+tcp://127.0.0.1:1/system", "qemu+tcp://127.0.0.1:1/system",
            "cannot connect to host 'qemu+tcp://127.0.0.1:1/system': unable to connect to server at '127.0.0.1:1': Connection refused",
            "See whether the daemon listens there: run 'systemctl status libvirtd-tcp.socket libvirtd-tls.socket virtproxyd-tcp.socket virtproxyd-tls.socket' on the host.");
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("");
}

static void
test_host(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_auto(FerryHostInfo) info = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_get_host(hv, &info, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(info.hostname, ==, g_get_host_name());
    g_assert_cmpstr(info.type, ==, "TEST");
    g_assert_cmpuint(info.libvirt_version, >=, 9000000);
    g_assert_cmpuint(info.hypervisor_version, ==, 2);
    g_assert_cmpuint(info.memory_total_kib, ==, 3145728);
    g_assert_cmpuint(info.memory_free_kib, >, 0);
    g_assert_cmpuint(info.cpus, ==, 16);
    g_assert_cmpstr(info.uuid, ==, "");
    g_assert_cmpstr(info.caps.arch, ==, "i686");
    g_assert_cmpuint(info.caps.cells->len, ==, 2);
    g_assert_cmpuint(info.caps.cpus->len, ==, 16);
}

static void
test_list(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) vms = ferry_hypervisor_list(hv, &error);
    const FerryVm *vm;

    g_assert_no_error(error);
    g_assert_cmpuint(vms->len, ==, 1);
    vm = vms->pdata[0];
    g_assert_cmpstr(vm->name, ==, "test");
    g_assert_cmpstr(vm->uuid, ==, TEST_UUID);
    g_assert_cmpint(vm->state, ==, FERRY_VM_STATE_RUNNING);
    g_assert_cmpint(vm->reason, ==, FERRY_VM_REASON_OTHER);
    g_assert_true(vm->persistent);
    g_assert_false(vm->autostart);
    g_assert_cmpuint(vm->memory_kib, ==, 8388608);
    g_assert_cmpuint(vm->vcpus, ==, 2);
}

static void
test_find(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(FerryVm) by_name = NULL;
    g_autoptr(FerryVm) by_uuid = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *upper = g_ascii_strup(TEST_UUID, -1);

    by_name = ferry_hypervisor_find(hv, "test", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(by_name->uuid, ==, TEST_UUID);
    g_assert_true(by_name->persistent);
    g_assert_cmpuint(by_name->vcpus, ==, 2);

    by_uuid = ferry_hypervisor_find(hv, upper, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(by_uuid->name, ==, "test");
}

static void
test_find_absent(void)
{
    static const struct {
        const char *name;
        const char *text;
    } cases[] = {
        {"web1", "host 'kvm1' has no machine 'web1'"},
        {"", "host 'kvm1' has no machine ''"},
        {"it's\n\"ü\"", "host 'kvm1' has no machine 'it's\n\"ü\"'"},
        {ABSENT_UUID, "host 'kvm1' has no machine '" ABSENT_UUID "'"},
    };
    g_autoptr(FerryHypervisor) hv = connect_mock();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(ferry_hypervisor_find(hv, cases[i].name, &error));
        g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_NOT_FOUND);
        g_assert_cmpstr(error->message, ==, cases[i].text);
        g_assert_cmpint(ferry_error_get_library_number(error), ==, 42);
    }
}

static void
test_state(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_auto(FerryVm) vm = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_get_state(hv, TEST_UUID, &vm, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(vm.name, ==, "test");
    g_assert_cmpint(vm.state, ==, FERRY_VM_STATE_RUNNING);

    // Absent is an answer, and the strings of the earlier call are freed.
    g_assert_true(ferry_hypervisor_get_state(hv, ABSENT_UUID, &vm, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(vm.name, ==, "");
    g_assert_cmpstr(vm.uuid, ==, ABSENT_UUID);
    g_assert_cmpint(vm.state, ==, FERRY_VM_STATE_NONE);
}

static void
test_xml(void)
{
    static const FerryXmlKind kinds[] = {FERRY_XML_LIVE, FERRY_XML_LIVE_SECURE,
                                         FERRY_XML_PERSISTENT};
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *xml = ferry_hypervisor_get_xml(hv, TEST_UUID, kinds[i], &error);

        g_assert_no_error(error);
        g_assert_nonnull(strstr(xml, "<uuid>" TEST_UUID "</uuid>"));
        // Only what runs has an id.
        g_assert_cmpint(strstr(xml, "id='1'") != NULL, ==, kinds[i] != FERRY_XML_PERSISTENT);
    }
    g_assert_null(ferry_hypervisor_get_xml(hv, ABSENT_UUID, FERRY_XML_LIVE, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_NOT_FOUND);
}

static void
test_power(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_auto(FerryVm) vm = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(ferry_hypervisor_suspend(hv, TEST_UUID, &error));
    g_assert_true(ferry_hypervisor_get_state(hv, TEST_UUID, &vm, &error));
    g_assert_cmpint(vm.state, ==, FERRY_VM_STATE_PAUSED);
    g_assert_cmpint(vm.reason, ==, FERRY_VM_REASON_USER);
    g_assert_true(ferry_hypervisor_resume(hv, TEST_UUID, &error));
    g_assert_true(ferry_hypervisor_get_state(hv, TEST_UUID, &vm, &error));
    g_assert_cmpint(vm.reason, ==, FERRY_VM_REASON_UNPAUSED);

    g_assert_true(ferry_hypervisor_set_autostart(hv, TEST_UUID, true, &error));
    g_assert_true(ferry_hypervisor_destroy(hv, TEST_UUID, &error));
    g_assert_true(ferry_hypervisor_get_state(hv, TEST_UUID, &vm, &error));
    g_assert_cmpint(vm.state, ==, FERRY_VM_STATE_SHUTOFF);
    g_assert_no_error(error);

    g_assert_false(ferry_hypervisor_destroy(hv, TEST_UUID, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_STATE);
    g_assert_cmpstr(
        error->message, ==,
        "cannot end machine 'test' on host 'kvm1': Requested operation is not valid: domain is not running");
    g_clear_error(&error);

    // The mock knows no KEEP_NVRAM: the driver falls back to what it does know.
    g_assert_true(ferry_hypervisor_undefine(hv, TEST_UUID, &error));
    g_assert_no_error(error);
    g_assert_true(ferry_hypervisor_get_state(hv, TEST_UUID, &vm, &error));
    g_assert_cmpint(vm.state, ==, FERRY_VM_STATE_NONE);
}

static void
test_autostart(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryVm) on = NULL;
    g_autoptr(FerryVm) off = NULL;

    g_assert_true(ferry_hypervisor_set_autostart(hv, TEST_UUID, true, &error));
    on = ferry_hypervisor_find(hv, "test", &error);
    g_assert_true(on->autostart);
    g_assert_true(ferry_hypervisor_set_autostart(hv, TEST_UUID, false, &error));
    off = ferry_hypervisor_find(hv, "test", &error);
    g_assert_false(off->autostart);
    g_assert_no_error(error);
}

static void
test_unsupported(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GError) error = NULL;

    g_assert_false(ferry_hypervisor_start_postcopy(hv, TEST_UUID, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_UNSUPPORTED);
    g_assert_cmpstr(
        error->message, ==,
        "cannot start the post-copy phase of machine 'test' on host 'kvm1': this function is not supported by the connection driver: virDomainMigrateStartPostCopy");
    g_assert_cmpint(ferry_error_get_library_number(error), ==, 3);
}

static void
test_migrate_refused(void)
{
    g_autoptr(FerryHypervisor) src = connect_mock();
    g_autoptr(GError) error = NULL;
    FerryMigrateCall call = {
        .uuid = TEST_UUID,
        .flags = FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PEER2PEER,
        .dest_uri = "qemu:///system",
    };

    g_assert_false(ferry_hypervisor_migrate(src, NULL, &call, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
    g_assert_true(
        g_str_has_prefix(error->message, "cannot migrate machine 'test' from host 'kvm1': "));
    g_clear_error(&error);

    call.flags = FERRY_MIGRATE_LIVE;
    g_assert_false(ferry_hypervisor_migrate(src, NULL, &call, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_MOVE_FAILED);
    g_assert_cmpstr(error->message, ==,
                    "cannot migrate from host 'kvm1': the destination is no libvirt host");
    g_clear_error(&error);

    call.uuid = ABSENT_UUID;
    g_assert_false(ferry_hypervisor_migrate(src, src, &call, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_VM_NOT_FOUND);
}

typedef struct Seen {
    GArray *events; // FerryVmEvent
    FerryHypervisor *hv;
} Seen;

static void
remember(FerryHypervisor *hv, const FerryVmEvent *event, void *data)
{
    Seen *seen = data;

    g_assert_true(hv == seen->hv);
    g_array_append_val(seen->events, *event);
}

static gboolean
no_more_patience(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_CONTINUE;
}

static void
wait_for_events(const Seen *seen, unsigned count)
{
    bool late = false;
    guint timer = g_timeout_add(TEST_PATIENCE_US / 1000, no_more_patience, &late);

    while (seen->events->len < count && !late)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
    g_assert_cmpuint(seen->events->len, ==, count);
}

static void
assert_event(const Seen *seen, unsigned index, FerryVmState state, FerryVmReason reason)
{
    const FerryVmEvent *event = &g_array_index(seen->events, FerryVmEvent, index);

    g_assert_cmpint(event->kind, ==, FERRY_VM_EVENT_STATE);
    g_assert_cmpint(event->state, ==, state);
    g_assert_cmpint(event->reason, ==, reason);
}

// suspend, resume and destroy are told in that order; after unwatch nothing is, although the machine
// goes on changing.
static void
test_events(void)
{
    g_autoptr(FerryHypervisor) hv = connect_mock();
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(FerryVmEvent));
    g_autoptr(GError) error = NULL;
    Seen seen = {events, hv};
    int watch = ferry_hypervisor_watch(hv, TEST_UUID, remember, &seen, &error);
    int absent;

    g_assert_no_error(error);
    g_assert_cmpint(watch, >, 0);
    absent = ferry_hypervisor_watch(hv, ABSENT_UUID, remember, &seen, &error);
    g_assert_no_error(error);
    g_assert_cmpint(absent, >, 0);
    g_assert_cmpint(absent, !=, watch);

    g_assert_true(ferry_hypervisor_suspend(hv, TEST_UUID, &error));
    g_assert_true(ferry_hypervisor_resume(hv, TEST_UUID, &error));
    g_assert_true(ferry_hypervisor_destroy(hv, TEST_UUID, &error));
    wait_for_events(&seen, 3);
    assert_event(&seen, 0, FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER);
    assert_event(&seen, 1, FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_UNPAUSED);
    assert_event(&seen, 2, FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_DESTROYED);

    g_assert_true(ferry_hypervisor_undefine(hv, TEST_UUID, &error));
    ferry_hypervisor_unwatch(hv, watch);
    ferry_hypervisor_unwatch(hv, absent);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(events->len, ==, 3);
}

// A connection may go with its watches still there.
static void
test_close_while_watched(void)
{
    FerryHypervisor *hv = connect_mock();
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(FerryVmEvent));
    g_autoptr(GError) error = NULL;
    Seen seen = {events, hv};

    g_assert_cmpint(ferry_hypervisor_watch(hv, TEST_UUID, remember, &seen, &error), >, 0);
    g_assert_true(ferry_hypervisor_suspend(hv, TEST_UUID, &error));
    g_assert_no_error(error);
    ferry_hypervisor_unref(hv);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(events->len, ==, 0);
}

int
main(int argc, char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_libvirt, NULL};

    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    ferry_hypervisor_set_drivers(drivers);
    g_test_add_func("/hypervisor/libvirt/open", test_open);
    g_test_add_func("/hypervisor/libvirt/handles", test_handles);
    g_test_add_func("/hypervisor/libvirt/open-refused", test_open_refused);
    g_test_add_func("/hypervisor/libvirt/host", test_host);
    g_test_add_func("/hypervisor/libvirt/list", test_list);
    g_test_add_func("/hypervisor/libvirt/find", test_find);
    g_test_add_func("/hypervisor/libvirt/find-absent", test_find_absent);
    g_test_add_func("/hypervisor/libvirt/state", test_state);
    g_test_add_func("/hypervisor/libvirt/xml", test_xml);
    g_test_add_func("/hypervisor/libvirt/power", test_power);
    g_test_add_func("/hypervisor/libvirt/autostart", test_autostart);
    g_test_add_func("/hypervisor/libvirt/unsupported", test_unsupported);
    g_test_add_func("/hypervisor/libvirt/migrate-refused", test_migrate_refused);
    g_test_add_func("/hypervisor/libvirt/close-while-watched", test_close_while_watched);
    // Last: the mock keeps its state until the worker that ends a watch has let go of it.
    g_test_add_func("/hypervisor/libvirt/events", test_events);
    return g_test_run();
}
