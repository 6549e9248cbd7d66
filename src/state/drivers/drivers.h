// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The state drivers there are, for main and for tests.

#pragma once

#include "state/state-driver.h"

// Nothing is kept: for the simulator. As many handles as wanted, each its own world.
extern const FerryStateDriver ferry_state_driver_memory;

// FOLDER/state.db: SQLite, every write durable when it returns.
extern const FerryStateDriver ferry_state_driver_sqlite;
