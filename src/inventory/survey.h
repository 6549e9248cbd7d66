// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Asks hosts for all that moves of some machines to them depend on: each host in parallel, each question once a
// host. A host that is silent for the time given is left out, its facts are unknown, and nobody waits for it.
// Blocks; not for the main thread.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "inventory/facts.h"

typedef struct FerrySurveyHost {
    const FerryHost *host;
    FerryHypervisor *hv;         // NULL: it could not be reached
    const char *unreachable;     // why then
    const char *const *machines; // UUIDs: whose facts are read there; ends with NULL; NULL: none
    bool destination;            // machines may come here: it is asked for what they need
} FerrySurveyHost;

typedef struct FerrySurveyOptions {
    const FerryMigrateOptions *migrate;
    unsigned timeout_s; // how long a host may be silent
    bool probe;         // run the probe where the transport gives a way
    bool
        locks; // let the probe of a destination see whether QEMU's locks of the other hosts' machines reach it
    // For `host check`: list storage pools; the probe looks at the target of each of them (as path
    // "TARGET/.") on every host, and from every host at every other.
    bool pools;
} FerrySurveyOptions;

typedef struct FerrySurveyMachine {
    unsigned host; // index of its source in `hosts`
    FerryVmFacts *facts;
} FerrySurveyMachine;

typedef struct FerrySurvey {
    GPtrArray *hosts;    // FerryHostFacts, in the order of those asked
    GPtrArray *machines; // FerrySurveyMachine, in the order of hosts and their UUIDs
} FerrySurvey;

// Returns: never NULL. (transfer full)
FerrySurvey *ferry_survey_collect(const FerrySurveyHost *hosts,
                                  unsigned n_hosts,
                                  const FerrySurveyOptions *options);
void ferry_survey_free(FerrySurvey *survey);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerrySurvey, ferry_survey_free)
