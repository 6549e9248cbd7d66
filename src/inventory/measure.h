// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What hosts and the links between them do when they are put to the test: random reads of each storage pool, and
// a stream from each host to each other one over a port of its migration range. One measurement at a time, so that
// none disturbs another; each is bounded in time and size. Blocks; not for the main thread.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "inventory/survey.h"

// At most so long per measurement, besides what it takes to get to the hosts.
#define FERRY_MEASURE_S 5

typedef struct FerryMeasuredPool {
    char *host;     // as we call it
    char *pool;     // its name
    char *unknown;  // why it was not measured; NULL: it was
    bool lacks_fio; // that is why
    uint64_t iops;  // random reads of 4 KiB a second, one at a time, past the host's cache
} FerryMeasuredPool;

typedef struct FerryMeasuredLink {
    char *src, *dst;      // as we call them
    char *unknown;        // why it was not measured; NULL: it was
    unsigned port;        // of the destination
    uint64_t bytes_per_s; // 0: somebody listened there, and nothing arrived
    char *failure;        // what the source said then; NULL: it was not refused
    int64_t rtt_us;       // round trip; 0: not known
} FerryMeasuredLink;

typedef struct FerryMeasured {
    GPtrArray *pools; // FerryMeasuredPool
    GPtrArray *links; // FerryMeasuredLink
} FerryMeasured;

// Called before each measurement, in the caller's thread. @what: "pool 'default' of host 'a'".
typedef void (*FerryMeasureFunc)(const char *what, void *data);

// Measures every active pool of the survey's hosts, which were asked for their pools, and every ordered pair of
// hosts. @tell: may be NULL.
FerryMeasured *ferry_measure(const FerrySurvey *survey, FerryMeasureFunc tell, void *data);
void ferry_measured_free(FerryMeasured *measured);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMeasured, ferry_measured_free)

// For tests and ferry_measure(): empty ones, and what they hold.
FerryMeasured *ferry_measured_new(void);
FerryMeasuredPool *ferry_measured_add_pool(FerryMeasured *measured,
                                           const char *host,
                                           const char *pool);
FerryMeasuredLink *ferry_measured_add_link(FerryMeasured *measured,
                                           const char *src,
                                           const char *dst);

// Returns: owned by @measured; NULL where it was not looked at
const FerryMeasuredPool *ferry_measured_pool(const FerryMeasured *measured,
                                             const char *host,
                                             const char *pool);
const FerryMeasuredLink *ferry_measured_link(const FerryMeasured *measured,
                                             const char *src,
                                             const char *dst);
