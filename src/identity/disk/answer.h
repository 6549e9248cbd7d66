// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What virt-ferry-disk-reader answered, which may be anything: whoever wrote the disks may have taken it over.

#pragma once

#include <stdbool.h>

#include "identity/guest.h"

// @facts: made with a reason that stands where the answer says nothing; its volumes are added
// @text: ends with a zero
// Returns: false: this is no answer, and @facts is as it was
bool ferry_disk_answer_parse(const char *text, FerryGuestFacts *facts);
