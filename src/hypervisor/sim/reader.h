// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Private to the simulator: reads one group of a world's file, key by key. The first error counts and names file
// and group; every reader does nothing after it. What a key's value is when the key isn't there, the caller says;
// texts and lists are NULL then.

#pragma once

#include "hypervisor/sim/world.h"

typedef struct FerrySimReader {
    FerrySimWorld *world;
    GKeyFile *file;
    const char *group;
    GString *known; // " key key ": those asked for
    GError **error;
    bool again; // only what may have changed
    bool failed;
} FerrySimReader;

void ferry_sim_read_fail(FerrySimReader *in, const char *format, ...) G_GNUC_PRINTF(2, 3);

char *ferry_sim_read_text(FerrySimReader *in, const char *key);  // (transfer full)
GStrv ferry_sim_read_list(FerrySimReader *in, const char *key);  // (transfer full)
GStrv ferry_sim_read_uuids(FerrySimReader *in, const char *key); // (transfer full) a list of them
double ferry_sim_read_number(FerrySimReader *in, const char *key, double missing);
bool ferry_sim_read_bool(FerrySimReader *in, const char *key, bool missing);
unsigned long ferry_sim_read_version(FerrySimReader *in,
                                     const char *key); // "7.2.0" as 7002000; missing: 0

// Which of @count words, told by @name_of, is the key's?
unsigned ferry_sim_read_word(FerrySimReader *in,
                             const char *key,
                             const char *(*name_of)(unsigned value),
                             unsigned count,
                             unsigned missing);

// The key may be there, and somebody else reads it.
void ferry_sim_read_nothing(FerrySimReader *in, const char *key);

// An error where the group has keys that nobody asked for.
void ferry_sim_read_end(FerrySimReader *in);
