// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Takes from this process everything that it does not need to read descriptors that are open already.

#pragma once

#include <stdbool.h>

// Ends with the thread that started it; may use no more than so much memory and time; is nobody where it was root;
// can open, run, signal and connect nothing: a system call that is not on the list ends it.
// Returns: NULL, or what could not be had; errno says why
const char *ferry_reader_confine(void);
