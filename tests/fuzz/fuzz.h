// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One target a file. libFuzzer calls it with what it made up, replay.c with each file of the target's
// corpus. It must neither crash nor leak nor make GLib complain, whatever the bytes are.

#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The bytes as text, up to the first zero. (transfer full)
static inline char *
fuzz_text(const uint8_t *data, size_t size)
{
    return size > 0 ? g_strndup((const char *)data, size) : g_strdup("");
}
