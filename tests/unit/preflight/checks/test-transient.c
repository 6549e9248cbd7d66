// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_persistent(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_transient, FERRY_VERDICT_OK, "the machine is persistent", NULL);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_transient, FERRY_VERDICT_OK, "the machine is persistent", NULL);
}

static void
test_transient(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->vm.persistent = false;
    fixture_expect(fx, &ferry_check_transient, FERRY_VERDICT_NOTE,
                   "the machine is transient: when it ends, its definition is gone",
                   "Give --persistent to have it defined on host 'host-b'.");
    fx->options->persistent = true;
    fixture_expect(fx, &ferry_check_transient, FERRY_VERDICT_OK,
                   "the machine is transient, and will be defined on host 'host-b'", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->vm->vm_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_transient, FERRY_VERDICT_UNKNOWN,
                   "whether the machine is persistent is not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/transient/persistent", test_persistent);
    g_test_add_func("/preflight/transient/transient", test_transient);
    g_test_add_func("/preflight/transient/unknown", test_unknown);
    return g_test_run();
}
