// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <libvirt/libvirt-qemu.h>

char *
ferry_libvirt_agent_command(FerryHypervisor *hv,
                            const char *uuid,
                            const char *command,
                            unsigned timeout_s,
                            GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    char *answer;

    if (domain == NULL)
        return NULL;
    answer = virDomainQemuAgentCommand(domain, command, (int)timeout_s, 0);
    if (answer == NULL)
        ferry_libvirt_fail_machine(hv, domain, "ask the guest agent of", error);
    return answer;
}
