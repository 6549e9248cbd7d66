// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// New UUIDs (RFC 9562). What ferry_generate() returns is good for a machine: it was held against
// ferry_uuid_why_bad(). Whether somebody has it already is the caller's question.
//
// v7 and v8f1 increase strictly within a process, whichever threads make them. A clock that steps back by up
// to 10 seconds is bridged: the last millisecond stays and its counter goes on. A counter that is full waits
// for the clock's next millisecond, so ids never run ahead of time: 4096 a millisecond at most. Two processes
// that were one before a fork may interleave and meet in millisecond and counter; the random bits are then
// what differs. They come from getrandom(2) one id at a time: a buffer is what a fork would duplicate.

#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/uuid.h"

typedef enum FerryIdKind {
    FERRY_ID_V4,        // 122 random bits
    FERRY_ID_V5,        // of a name: SHA-1(namespace, name)
    FERRY_ID_V7,        // 48 bits of Unix milliseconds, 12 of the place within, 62 random
    FERRY_ID_V8_SHA256, // of a name: as v5 with SHA-256 (RFC 9562, appendix B.2)
    FERRY_ID_V8F1,      // milliseconds, 12 bits counter, 16 host id, 2 layout (1), 44 random
    FERRY_ID_V8H, // HMAC-SHA256(key, "virt-ferry/v1" 0 "machine" 0 subject 0 generation in decimal)
    FERRY_ID_LAST
} FerryIdKind;

typedef struct FerryIdRequest {
    FerryIdKind kind;
    uint16_t host_id;  // v8f1: leased to this host alone
    const char *space; // v5, v8-sha256: the namespace, a UUID
    const char *name;  // v5, v8-sha256
    GBytes *key;       // v8h
    const char
        *subject; // v8h: what the UUID is for; never the machine's name, which others may have, too
    uint64_t generation; // v8h
} FerryIdRequest;

typedef struct FerryGenerator {
    FerryClock *clock;
    // Fills @bytes; @size <= 256.
    bool (*random)(void *bytes, size_t size, GError **error);
    _Atomic uint64_t last; // milliseconds << 12 | counter, of the last v7 or v8f1
} FerryGenerator;

// Returns: the process's own, with the real clock and getrandom(2). Static; safe in every thread.
FerryGenerator *ferry_generator_default(void);

// Returns: "v7", "v8f1" ...; static
const char *ferry_id_kind_name(FerryIdKind kind);

// Returns: false where @text names no kind; @ret_kind untouched then
bool ferry_id_kind_parse(const char *text, FerryIdKind *ret_kind);

// A UUID for a machine. Any thread; may wait for the next millisecond.
// Returns: false with FAILED: the clock stepped back too far, the kernel gives no random numbers, or what
// comes out is a UUID that no machine should have and another try gives the same (names, keys; for v7 and v8f1
// the minute in which the time itself reads as 'ec2')
bool ferry_generate(FerryGenerator *generator,
                    const FerryIdRequest *request,
                    char ret_uuid[FERRY_UUID_LEN + 1],
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

// As ferry_generate(), for records: not held against what is bad for machines, so it does not fail for that.
bool ferry_generate_bytes(FerryGenerator *generator,
                          const FerryIdRequest *request,
                          uint8_t ret_bytes[FERRY_UUID_SIZE],
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: a v7 for a record of ours, of the process's own generator. False with FAILED.
bool ferry_generate_record_id(char ret_uuid[FERRY_UUID_LEN + 1], GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
