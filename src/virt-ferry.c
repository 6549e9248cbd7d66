// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The program: names the concrete drivers, the only file that does, and hands over to the command line.
// Nothing is opened or connected here, so that --help and version cost nothing.

#include "base/log.h"
#include "cli/cli.h"
#include "hypervisor/hypervisor-driver.h"
#include "hypervisor/libvirt/libvirt.h"
#include "hypervisor/sim/sim.h"
#include "state/drivers/drivers.h"

int
main(int argc, char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {
        &ferry_hypervisor_driver_sim,
        &ferry_hypervisor_driver_libvirt,
        NULL,
    };
    FerryCli cli = {.state_driver = &ferry_state_driver_sqlite};

    ferry_log_init();
    ferry_hypervisor_set_drivers(drivers);
    return ferry_cli_main(&cli, argc, argv);
}
