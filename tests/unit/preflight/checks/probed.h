// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the probe of a host saw of a path.

#pragma once

#include "fixture.h"

static inline FerryProbedPath *
fixture_probe_path(FerryHostFacts *host, const char *path, const char *fs_type)
{
    FerryProbedPath *probed = g_new0(FerryProbedPath, 1);

    probed->path = g_strdup(path);
    probed->seen = true;
    probed->inode = 12;
    probed->fs_type = g_strdup(fs_type);
    probed->fs_options = g_strdup("rw,relatime");
    probed->marks = g_new0(char *, 1);
    g_ptr_array_add(host->probe->paths, probed);
    return probed;
}
