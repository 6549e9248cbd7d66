// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/vm.h"

static void
test_names(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < FERRY_VM_STATE_LAST; i++)
        g_assert_true(g_hash_table_add(seen, (gpointer)ferry_vm_state_name((FerryVmState)i)));
    g_hash_table_remove_all(seen);
    for (int i = 0; i < FERRY_VM_REASON_LAST; i++)
        g_assert_true(g_hash_table_add(seen, (gpointer)ferry_vm_reason_name((FerryVmReason)i)));
}

static void
assert_format(FerryVmState state, FerryVmReason reason, const char *expected)
{
    g_autofree char *text = ferry_vm_state_format(state, reason);

    g_assert_cmpstr(text, ==, expected);
}

static void
test_format(void)
{
    assert_format(FERRY_VM_STATE_PAUSED, FERRY_VM_REASON_USER, "paused (user)");
    assert_format(FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATED, "running (migrated)");
    assert_format(FERRY_VM_STATE_RUNNING, FERRY_VM_REASON_MIGRATION_CANCELED,
                  "running (migration canceled)");
    assert_format(FERRY_VM_STATE_SHUTOFF, FERRY_VM_REASON_FAILED, "shut off (failed)");
    assert_format(FERRY_VM_STATE_NONE, FERRY_VM_REASON_OTHER, "absent");
    assert_format(FERRY_VM_STATE_NONE, FERRY_VM_REASON_BOOTED, "absent");
    assert_format(FERRY_VM_STATE_CRASHED, FERRY_VM_REASON_OTHER, "crashed");
}

static void
test_active(void)
{
    g_assert_true(ferry_vm_state_is_active(FERRY_VM_STATE_RUNNING));
    g_assert_true(ferry_vm_state_is_active(FERRY_VM_STATE_PAUSED));
    g_assert_true(ferry_vm_state_is_active(FERRY_VM_STATE_SHUTDOWN));
    g_assert_true(ferry_vm_state_is_active(FERRY_VM_STATE_CRASHED));
    g_assert_true(ferry_vm_state_is_active(FERRY_VM_STATE_SUSPENDED));
    g_assert_false(ferry_vm_state_is_active(FERRY_VM_STATE_NONE));
    g_assert_false(ferry_vm_state_is_active(FERRY_VM_STATE_SHUTOFF));
}

static void
test_copy(void)
{
    g_auto(FerryVm) vm = {.name = g_strdup("web1"), .state = FERRY_VM_STATE_PAUSED, .vcpus = 3};
    g_autoptr(FerryVm) copy = ferry_vm_copy(&vm);

    g_assert_cmpstr(copy->name, ==, "web1");
    g_assert_true(copy->name != vm.name);
    g_assert_cmpint(copy->state, ==, FERRY_VM_STATE_PAUSED);
    g_assert_cmpuint(copy->vcpus, ==, 3);
    ferry_vm_clear(&vm);
    g_assert_null(vm.name);
    g_assert_cmpuint(vm.vcpus, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vm/names", test_names);
    g_test_add_func("/vm/format", test_format);
    g_test_add_func("/vm/active", test_active);
    g_test_add_func("/vm/copy", test_copy);
    return g_test_run();
}
