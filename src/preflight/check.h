// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For those who write a check: one file in checks/ that exports one `const FerryCheck ferry_check_ID`
// ('-' in the id becomes '_'), and its name in checks/meson.build. A check is a pure function over facts:
// no I/O, no clock, no state. It judges what is known and says UNKNOWN with the reason where what it
// needs is not; it never guesses.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "inventory/facts.h"
#include "model/disk-plan.h"
#include "model/migration.h"
#include "model/verdict.h"

typedef struct FerryCheckInput {
    const FerryHostFacts *src;
    const FerryHostFacts *dst;
    const FerryVmFacts *vm;
    const FerryMigrateOptions *options;
    const GPtrArray *disks; // FerryDiskPlan: how each disk comes over; NULL: nothing is planned
    int64_t now_s;          // Unix time of the facts; 0: not told, and then nothing has expired
} FerryCheckInput;

typedef struct FerryCheck {
    const char *id;            // stable: scripts name it with --force
    const char *summary;       // what holds when all is well; one line, lower case, no full stop
    const char *impact;        // full sentences: what happens when it is ignored
    const char *hint;          // full sentences: how to mend it in general
    FerryVerdictKind severity; // the worst it can say: NOTE, WARN or BLOCK
    bool overridable;          // --force ID may override it, --skip ID leave it out
    // What it needs comes from the probe alone: unknown is then worth a NOTE, whatever its severity, because
    // a host without ssh stays one, and libvirt itself refuses what goes wrong before anything is lost.
    bool by_probe;
    // @ret: zeroed; kind and text must be set, the hint where there is something to do.
    void (*run)(const FerryCheckInput *in, FerryVerdict *ret);
} FerryCheck;
