// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_states(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->definition->agent = FERRY_AGENT_NONE;
    fixture_expect(fx, &ferry_check_agent, FERRY_VERDICT_OK,
                   "the machine has no channel for a guest agent", NULL);
    fx->vm->definition->agent = FERRY_AGENT_CONNECTED;
    fixture_expect(fx, &ferry_check_agent, FERRY_VERDICT_OK, "the guest agent is connected", NULL);
    fx->vm->definition->agent = FERRY_AGENT_UNKNOWN;
    fixture_expect(fx, &ferry_check_agent, FERRY_VERDICT_OK,
                   "whether the guest agent runs is seen when the clock is set", NULL);
    fx->vm->definition->agent = FERRY_AGENT_DISCONNECTED;
    fixture_expect(fx, &ferry_check_agent, FERRY_VERDICT_NOTE,
                   "no guest agent is connected: the guest's clock cannot be set after the move",
                   "Start qemu-guest-agent in the guest, if it is installed there.");
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_agent, FERRY_VERDICT_OK,
                   "the machine is off: its agent is not asked", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "connection reset");
    fixture_expect(fx, &ferry_check_agent, FERRY_VERDICT_UNKNOWN,
                   "the machine's agent is not known: connection reset", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/agent/states", test_states);
    g_test_add_func("/preflight/agent/unknown", test_unknown);
    return g_test_run();
}
