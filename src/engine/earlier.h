// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Images of a machine that its earlier moves left on a host where they were, because they could not be renamed there.

#pragma once

#include <glib.h>

#include "state/state.h"

// @uuid: of the machine. @uri: of the host.
// Returns: (element-type FerryEarlier) empty where the records can't be read: what is there is another's then.
// (transfer full)
GPtrArray *ferry_earlier_images(FerryState *state, const char *uuid, const char *uri);
