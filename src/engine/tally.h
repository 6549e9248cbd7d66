// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The number of a machine's completed moves in its own libvirt metadata, where the operator asked for it: it then travels with
// the machine, between operators whose records differ. Without that the records count (identity/chain.h).

#pragma once

#include <glib.h>
#include <stdbool.h>

#define FERRY_TALLY_URI "urn:virt-ferry:identity:1"

// @xml: a machine's definition. @move: the move that is being counted; counted once, however often it is asked.
// Returns: the element to be set, (transfer full); NULL where @move is counted already, or with FAILED. Pure.
char *ferry_tally_next(const char *xml, const char *move, GError **error);
