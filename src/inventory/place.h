// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host while it is surveyed. Private to survey.c and survey-probe.c.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "inventory/survey.h"

typedef struct FerryPlace {
    const FerrySurveyHost *asked;
    FerryHostFacts *facts;
    GPtrArray *vms; // FerryVmFacts of the machines that are on it
    bool silent;    // it was given up
} FerryPlace;

static inline bool
ferry_place_can_be_asked(const FerryPlace *place)
{
    return place->asked->hv != NULL && !place->silent;
}

// Runs the probe on all @n hosts that can be asked, or says of each why it was not run.
void ferry_places_probe(FerryPlace *places, unsigned n, const FerrySurveyOptions *options);
