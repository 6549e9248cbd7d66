// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: its agent is not asked");
        return;
    }
    if (in->vm->definition == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the machine's agent is not known: %s",
                          in->vm->definition_unknown);
        return;
    }
    switch (in->vm->definition->agent) {
    case FERRY_AGENT_NONE:
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine has no channel for a guest agent");
        break;
    case FERRY_AGENT_UNKNOWN:
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "whether the guest agent runs is seen when the clock is set");
        break;
    case FERRY_AGENT_CONNECTED:
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the guest agent is connected");
        break;
    case FERRY_AGENT_DISCONNECTED:
        ferry_verdict_set(
            ret, FERRY_VERDICT_NOTE,
            "no guest agent is connected: the guest's clock cannot be set after the move");
        ferry_verdict_add_hint(ret,
                               "Start qemu-guest-agent in the guest, if it is installed there.");
        break;
    }
}

const FerryCheck ferry_check_agent = {
    .id = "agent",
    .summary = "the guest agent, where the machine has a channel for one, is connected",
    .impact =
        "The guest's clock stands still with the guest at the switch, and is set right afterwards through the agent alone.",
    .hint = "Start qemu-guest-agent in the guest, or let the guest keep its clock with NTP.",
    .severity = FERRY_VERDICT_NOTE,
    .overridable = true,
    .run = run,
};
