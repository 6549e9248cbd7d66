// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a pair of hosts can't do, alone or together: a table of options against the versions of libvirt
// and QEMU on both ends, and against each other. Refused before the start, with the version that can.
// Pure.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/host.h"
#include "model/migration.h"

// @src, @dst: NULL where a host's versions are not known; only rows that need no version speak then.
// @ret_undecided: set to true where a row needs a version that is not known; may be NULL.
// Returns: (element-type utf8) a line for each option that is refused; empty: all can be done.
// (transfer full)
GPtrArray *ferry_abilities_refuse(const FerryMigrateOptions *options,
                                  const FerryHostInfo *src,
                                  const FerryHostInfo *dst,
                                  bool *ret_undecided);
