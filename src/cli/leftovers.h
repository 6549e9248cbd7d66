// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What moves that copied disks left on their sources: the records say what should be there, the hosts what is.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "inventory/hosts.h"

typedef struct FerryLeftover {
    char *machine;
    char *uuid;
    FerryHost *host; // the move's source, under the name it has now
    char *target;    // "vda"
    char *path;      // where the image is
    char *was;       // where it was as the machine's disk
    char *reason;    // why it was not renamed; NULL: it was
    int64_t move;    // its number
    int64_t moved_us;
    // once the host was asked
    bool there;        // and no machine of the host stands on it
    uint64_t bytes;    // that it takes up; as the move saw it where the host does not tell
    uint64_t capacity; // as a guest saw it; 0: not told
    char *unknown;     // why it can't be told whether it is there; NULL: it can
    bool silent;       // since the host could not be asked
} FerryLeftover;

void ferry_leftover_free(FerryLeftover *leftover);

// @records: FerryTxnRecord, newest first. Of images that several moves left at one path the newest move's alone; none of
// those that the moves themselves took away. Pure.
// @known: FerryHost, by whose URIs hosts have their names
// Returns: (element-type FerryLeftover) by machine, then from the oldest on (transfer full)
GPtrArray *ferry_leftovers_read(const GPtrArray *records, const GPtrArray *known);

// Keeps those of the host of @uri.
void ferry_leftovers_keep(GPtrArray *leftovers, const char *uri);

// Asks all hosts of @leftovers at once, each at most @timeout_s seconds long, and fills in what they say. An image that a
// machine of its host stands on, or that was not renamed and whose own machine is known there (it came back), is not
// there as a leftover; where a host does not tell what its machines stand on, nothing of it is known.
// Returns: (element-type FerryHostAnswer) one for each host; must live as long as @leftovers (transfer full)
GPtrArray *ferry_leftovers_ask(GPtrArray *leftovers, unsigned timeout_s);

// Returns: the command that deletes it: "ssh kvm1 rm -- /srv/web1.qcow2.virt-ferry-7"; NULL for what is no file.
// (transfer full)
char *ferry_leftover_command(const FerryLeftover *leftover);
