// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/generate.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"

#define COUNTER_BITS   12
#define COUNTER_MASK   ((UINT64_C(1) << COUNTER_BITS) - 1)
#define BRIDGED_MS     10000 // how far the clock may step back
#define SEED_BITS      11    // of v8f1's counter in a new millisecond: half of it is left to count
#define F1_LAYOUT      UINT64_C(1)
#define F1_RANDOM_BITS 44
#define SHA256_SIZE    32
#define V4_TRIES       64 // one in 2048 is bad: more than two in a row were never seen
#define FROM_CLOCK     (-1)

static bool
real_random(void *bytes, size_t size, GError **error)
{
    // Up to 256 bytes come whole, and are interrupted only before the kernel's generator is ready.
    while (getrandom(bytes, size, 0) != (ssize_t)size) {
        if (errno == EINTR)
            continue;
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot get random numbers from the kernel: %s",
                        g_strerror(errno));
        return false;
    }
    return true;
}

FerryGenerator *
ferry_generator_default(void)
{
    static FerryGenerator generator = {.random = real_random};
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        generator.clock = ferry_clock_real();
        g_once_init_leave(&ready, 1);
    }
    return &generator;
}

static bool
refuse_clock(const char *kind, uint64_t behind_ms, GError **error)
{
    ferry_error_set(error, FERRY_ERROR_FAILED,
                    "cannot make a %s UUID: the clock stepped back by %" G_GUINT64_FORMAT " s",
                    kind, behind_ms / 1000);
    ferry_error_add_hint(error,
                         "Steps of up to %d seconds are bridged. Set the clock right and try "
                         "again, or take 'virt-ferry id new --kind v4', which needs no clock.",
                         BRIDGED_MS / 1000);
    return false;
}

// Takes the next place in the order of all ordered ids: the clock's where it is ahead of the last id's, else
// the one after that. One atomic word, so no thread waits for another, and a fork copies it whole.
// @seed: where the counter begins in a new millisecond; FROM_CLOCK for the fraction of it that has passed
static bool
take_place(FerryGenerator *generator,
           const char *kind,
           int seed,
           uint64_t *ret_place,
           GError **error)
{
    bool waited = false;

    for (;;) {
        // before the clock, so that a thread that rests between the two takes no other's progress for a step back
        uint64_t last = atomic_load(&generator->last);
        uint64_t now_us = (uint64_t)MAX(ferry_clock_wall(generator->clock), 0);
        uint64_t now_ms = now_us / 1000;
        uint64_t begin =
            seed == FROM_CLOCK ? ((now_us % 1000) << COUNTER_BITS) / 1000 : (uint64_t)seed;
        uint64_t place = MAX(now_ms << COUNTER_BITS | begin, last + 1);
        uint64_t ahead_ms = (last >> COUNTER_BITS) - MIN(now_ms, last >> COUNTER_BITS);

        if (ahead_ms > BRIDGED_MS)
            return refuse_clock(kind, ahead_ms, error);
        // The counter is full: its millisecond ends only when one of the clock's has.
        if ((place & COUNTER_MASK) == 0 && place >> COUNTER_BITS > now_ms && !waited) {
            ferry_clock_sleep(generator->clock, (int64_t)(1000 - now_us % 1000));
            waited = true;
            continue;
        }
        if (atomic_compare_exchange_weak(&generator->last, &last, place)) {
            *ret_place = place;
            return true;
        }
    }
}

static void
put_bits(uint8_t *bytes, uint64_t value)
{
    value = GUINT64_TO_BE(value);
    memcpy(bytes, &value, sizeof value);
}

static void
set_version(uint8_t bytes[FERRY_UUID_SIZE], unsigned version)
{
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
}

// The first half of v7 and v8f1: milliseconds, version, counter.
static void
put_place(uint8_t bytes[FERRY_UUID_SIZE], uint64_t place)
{
    put_bits(bytes, (place >> COUNTER_BITS) << 16 | (place & COUNTER_MASK));
}

static bool
make_v4(FerryGenerator *generator,
        const FerryIdRequest *request,
        uint8_t bytes[FERRY_UUID_SIZE],
        GError **error)
{
    if (!generator->random(bytes, FERRY_UUID_SIZE, error))
        return false;
    set_version(bytes, 4);
    return true;
}

static bool
make_v7(FerryGenerator *generator,
        const FerryIdRequest *request,
        uint8_t bytes[FERRY_UUID_SIZE],
        GError **error)
{
    uint64_t place;

    if (!generator->random(bytes + 8, sizeof(uint64_t), error) ||
        !take_place(generator, "v7", FROM_CLOCK, &place, error))
        return false;
    put_place(bytes, place);
    set_version(bytes, 7);
    return true;
}

static bool
make_v8f1(FerryGenerator *generator,
          const FerryIdRequest *request,
          uint8_t bytes[FERRY_UUID_SIZE],
          GError **error)
{
    uint64_t random;
    uint64_t place;

    if (!generator->random(&random, sizeof random, error) ||
        !take_place(generator, "v8f1", (int)(random >> (64 - SEED_BITS)), &place, error))
        return false;
    put_place(bytes, place);
    put_bits(bytes + 8, (uint64_t)request->host_id << (F1_RANDOM_BITS + 2) |
                            F1_LAYOUT << F1_RANDOM_BITS |
                            (random & ((UINT64_C(1) << F1_RANDOM_BITS) - 1)));
    set_version(bytes, 8);
    return true;
}

static bool
make_named(const FerryIdRequest *request,
           GChecksumType type,
           unsigned version,
           uint8_t bytes[FERRY_UUID_SIZE])
{
    g_autoptr(GChecksum) checksum = g_checksum_new(type);
    uint8_t space[FERRY_UUID_SIZE];
    uint8_t digest[SHA256_SIZE];
    gsize size = sizeof digest;

    g_return_val_if_fail(ferry_uuid_to_bytes(request->space, space), false);
    g_checksum_update(checksum, space, sizeof space);
    g_checksum_update(checksum, (const guchar *)request->name, (gssize)strlen(request->name));
    g_checksum_get_digest(checksum, digest, &size);
    memcpy(bytes, digest, FERRY_UUID_SIZE);
    set_version(bytes, version);
    return true;
}

static bool
make_v5(FerryGenerator *generator,
        const FerryIdRequest *request,
        uint8_t bytes[FERRY_UUID_SIZE],
        GError **error)
{
    return make_named(request, G_CHECKSUM_SHA1, 5, bytes);
}

static bool
make_v8_sha256(FerryGenerator *generator,
               const FerryIdRequest *request,
               uint8_t bytes[FERRY_UUID_SIZE],
               GError **error)
{
    return make_named(request, G_CHECKSUM_SHA256, 8, bytes);
}

static bool
make_v8h(FerryGenerator *generator,
         const FerryIdRequest *request,
         uint8_t bytes[FERRY_UUID_SIZE],
         GError **error)
{
    static const char purpose[] = "virt-ferry/v1\0machine"; // with the NUL at its end
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, g_bytes_get_data(request->key, NULL),
                                       g_bytes_get_size(request->key));
    g_autofree char *generation = g_strdup_printf("%" G_GUINT64_FORMAT, request->generation);
    uint8_t digest[SHA256_SIZE];
    gsize size = sizeof digest;

    g_hmac_update(hmac, (const guchar *)purpose, sizeof purpose);
    g_hmac_update(hmac, (const guchar *)request->subject, (gssize)strlen(request->subject) + 1);
    g_hmac_update(hmac, (const guchar *)generation, (gssize)strlen(generation));
    g_hmac_get_digest(hmac, digest, &size);
    memcpy(bytes, digest, FERRY_UUID_SIZE);
    set_version(bytes, 8);
    return true;
}

typedef struct Kind {
    const char *name;
    bool (*make)(FerryGenerator *, const FerryIdRequest *, uint8_t[FERRY_UUID_SIZE], GError **);
    unsigned tries;
    const char *hint; // where what came out is bad
} Kind;

#define BY_TIME                                                                                    \
    "The time itself reads so, for at most 66 seconds: try again then, or run 'virt-ferry id new " \
    "--kind v4'."

static const Kind kinds[] = {
    [FERRY_ID_V4] = {"v4", make_v4, V4_TRIES, "The kernel's random numbers are not random."},
    [FERRY_ID_V5] = {"v5", make_v5, 1, "Take another --name."},
    [FERRY_ID_V7] = {"v7", make_v7, 1, BY_TIME},
    [FERRY_ID_V8_SHA256] = {"v8-sha256", make_v8_sha256, 1, "Take another --name."},
    [FERRY_ID_V8F1] = {"v8f1", make_v8f1, 1, BY_TIME},
    [FERRY_ID_V8H] = {"v8h", make_v8h, 1, "Take the next generation with --gen."},
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == FERRY_ID_LAST);

const char *
ferry_id_kind_name(FerryIdKind kind)
{
    g_return_val_if_fail(kind < FERRY_ID_LAST, "?");
    return kinds[kind].name;
}

bool
ferry_id_kind_parse(const char *text, FerryIdKind *ret_kind)
{
    for (FerryIdKind kind = 0; kind < FERRY_ID_LAST; kind++) {
        if (strcmp(text, kinds[kind].name) != 0)
            continue;
        *ret_kind = kind;
        return true;
    }
    return false;
}

bool
ferry_generate_bytes(FerryGenerator *generator,
                     const FerryIdRequest *request,
                     uint8_t ret_bytes[FERRY_UUID_SIZE],
                     GError **error)
{
    g_return_val_if_fail(request->kind < FERRY_ID_LAST, false);
    return kinds[request->kind].make(generator, request, ret_bytes, error);
}

bool
ferry_generate(FerryGenerator *generator,
               const FerryIdRequest *request,
               char ret_uuid[FERRY_UUID_LEN + 1],
               GError **error)
{
    const Kind *kind = &kinds[request->kind];
    char uuid[FERRY_UUID_LEN + 1];
    const char *why = NULL;

    for (unsigned i = 0; i < kind->tries; i++) {
        uint8_t bytes[FERRY_UUID_SIZE];

        if (!ferry_generate_bytes(generator, request, bytes, error))
            return false;
        ferry_uuid_format(bytes, uuid);
        why = ferry_uuid_why_bad(uuid);
        if (why != NULL)
            continue;
        memcpy(ret_uuid, uuid, sizeof uuid);
        return true;
    }
    ferry_error_set(error, FERRY_ERROR_FAILED, "cannot use the %s UUID '%s': it %s", kind->name,
                    uuid, why);
    ferry_error_add_hint(error, "%s", kind->hint);
    return false;
}

bool
ferry_generate_record_id(char ret_uuid[FERRY_UUID_LEN + 1], GError **error)
{
    uint8_t bytes[FERRY_UUID_SIZE];

    if (!ferry_generate_bytes(ferry_generator_default(), &(FerryIdRequest){.kind = FERRY_ID_V7},
                              bytes, error))
        return false;
    ferry_uuid_format(bytes, ret_uuid);
    return true;
}
