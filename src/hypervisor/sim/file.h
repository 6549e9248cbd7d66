// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Private to the simulator: a world that lives in a file. With persist, every process writes what it changed
// and reads what another wrote; that is enough for one mover at a time.

#pragma once

#include "hypervisor/sim/job.h"

// load.c
// Reads what may have changed: instances, daemons, faults. Hosts, machines and links stay, since
// connections point to them.
bool ferry_sim_world_read_again(FerrySimWorld *world, GError **error);

// save.c
char *ferry_sim_world_stamp(const char *path); // tells one version of the file from another
const char *ferry_sim_status_name(FerrySimStatus status);
// A move whose client's process is gone: peer-to-peer it has gone on meanwhile, direct it lost its conductor.
void ferry_sim_world_recover(FerrySimWorld *world);
