// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where g_debug(), g_info(), g_message(), g_warning() and g_critical() go: one line on stderr each,
// "virt-ferry: warning: ...". Debug and info only with FERRY_DEBUG=1. Rooms below the engine log
// nothing above debug: errors go up, and are told once.

#pragma once

// For main, once, before any thread starts.
void ferry_log_init(void);
