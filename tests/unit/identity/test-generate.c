// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/generate.h"

#include <string.h>

#include "base/error.h"

#define RFC_DNS      "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define RFC_V7_MS    INT64_C(0x017f22e279b0)
#define EC2_MS       INT64_C(0x01a120ec0000) // 2026-11: a v7 of it begins with 01a120ec
#define SECOND       ((int64_t)G_USEC_PER_SEC)
#define PLACE_OF(id) ((id).ms << 12 | (id).counter)

// A clock that stands still but for its sleeps.
typedef struct TestClock {
    FerryClock clock;
    int64_t wall_us;
    unsigned sleeps;
} TestClock;

static int64_t
test_wall(FerryClock *clock)
{
    return ((TestClock *)clock)->wall_us;
}

static void
test_sleep(FerryClock *clock, int64_t microseconds)
{
    ((TestClock *)clock)->wall_us += microseconds;
    ((TestClock *)clock)->sleeps++;
}

static TestClock
clock_at(int64_t wall_us)
{
    return (TestClock){.clock = {.wall_us = test_wall, .sleep_us = test_sleep}, .wall_us = wall_us};
}

// "Random" numbers: these, then zeros.
static uint64_t planned[4];
static unsigned n_drawn;

static bool
planned_random(void *bytes, size_t size, GError **error)
{
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t number = n_drawn < G_N_ELEMENTS(planned) ? GUINT64_TO_BE(planned[n_drawn]) : 0;

        n_drawn++;
        memcpy((uint8_t *)bytes + at, &number, sizeof number);
    }
    return true;
}

static bool
no_random(void *bytes, size_t size, GError **error)
{
    ferry_error_set(error, FERRY_ERROR_FAILED, "no random numbers today");
    return false;
}

static void
plan(uint64_t first, uint64_t second)
{
    planned[0] = first;
    planned[1] = second;
    planned[2] = planned[3] = 0;
    n_drawn = 0;
}

// An ordered id taken apart.
typedef struct Id {
    uint64_t ms;
    unsigned version;
    uint64_t counter;
    uint64_t low; // the last 64 bits, as they are
} Id;

static Id
take_apart(const uint8_t bytes[FERRY_UUID_SIZE])
{
    uint64_t high;
    Id id;

    memcpy(&high, bytes, sizeof high);
    memcpy(&id.low, bytes + 8, sizeof id.low);
    high = GUINT64_FROM_BE(high);
    id.low = GUINT64_FROM_BE(id.low);
    id.ms = high >> 16;
    id.version = (unsigned)(high >> 12 & 0xf);
    id.counter = high & 0xfff;
    return id;
}

static Id
make_id(FerryGenerator *generator, FerryIdKind kind)
{
    uint8_t bytes[FERRY_UUID_SIZE];
    g_autoptr(GError) error = NULL;
    bool made = ferry_generate_bytes(generator, &(FerryIdRequest){.kind = kind, .host_id = 0xabcd},
                                     bytes, &error);

    g_assert_no_error(error);
    g_assert_true(made);
    return take_apart(bytes);
}

static void
assert_makes(FerryGenerator *generator, const FerryIdRequest *request, const char *wanted)
{
    char uuid[FERRY_UUID_LEN + 1];
    g_autoptr(GError) error = NULL;
    bool made = ferry_generate(generator, request, uuid, &error);

    g_assert_no_error(error);
    g_assert_true(made);
    g_assert_cmpstr(uuid, ==, wanted);
}

static void
assert_refuses(FerryGenerator *generator,
               const FerryIdRequest *request,
               const char *text,
               const char *hint)
{
    char uuid[FERRY_UUID_LEN + 1] = "untouched";
    g_autoptr(GError) error = NULL;

    g_assert_false(ferry_generate(generator, request, uuid, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_FAILED);
    g_assert_cmpstr(error->message, ==, text);
    g_assert_cmpstr(ferry_error_get_hint(error), ==, hint);
    g_assert_cmpstr(uuid, ==, "untouched");
}

// RFC 9562, appendix A.4 and B.2.
static void
test_names(void)
{
    FerryIdRequest request = {.kind = FERRY_ID_V5, .space = RFC_DNS, .name = "www.example.com"};

    assert_makes(ferry_generator_default(), &request, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    request.kind = FERRY_ID_V8_SHA256;
    assert_makes(ferry_generator_default(), &request, "5c146b14-3c52-8afd-938a-375d0df1fbf6");
    // found by trying: the 2178th name
    request.kind = FERRY_ID_V5;
    request.name = "web2178";
    assert_refuses(
        ferry_generator_default(), &request,
        "cannot use the v5 UUID 'ec26a1dc-f864-5ff6-bec5-51aa59cda609': it makes cloud-init take the "
        "machine for one of AWS (it begins with 'ec2' in one byte order)",
        "Take another --name.");
}

// Python: hmac.new(bytes(range(32)), b"virt-ferry/v1\0machine\0subject-1\x007", "sha256").digest()[:16]
static void
test_keyed(void)
{
    uint8_t bytes[32];
    g_autoptr(GBytes) key = NULL;
    FerryIdRequest request = {.kind = FERRY_ID_V8H, .subject = "subject-1", .generation = 7};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    key = g_bytes_new(bytes, sizeof bytes);
    request.key = key;
    assert_makes(ferry_generator_default(), &request, "a1d1e472-9364-89be-874c-4955e02d7404");
    request.generation = 1447;
    assert_refuses(
        ferry_generator_default(), &request,
        "cannot use the v8h UUID 'ec264b5c-c817-8521-b071-1e55850f7a16': it makes cloud-init take the "
        "machine for one of AWS (it begins with 'ec2' in one byte order)",
        "Take the next generation with --gen.");
}

// RFC 9562, appendix A.6: milliseconds 0x017f22e279b0, rand_a 0xcc3, rand_b 0x18c4dc0c0c07398f. 797 us are
// 0xcc0 of 4096, three ids later it is 0xcc3.
static void
test_v7_vector(void)
{
    TestClock clock = clock_at(RFC_V7_MS * 1000 + 797);
    FerryGenerator generator = {.clock = &clock.clock, .random = planned_random};
    Id first = make_id(&generator, FERRY_ID_V7);

    g_assert_cmphex(first.counter, ==, 0xcc0);
    make_id(&generator, FERRY_ID_V7);
    make_id(&generator, FERRY_ID_V7);
    plan(0x18c4dc0c0c07398f, 0);
    assert_makes(&generator, &(FerryIdRequest){.kind = FERRY_ID_V7},
                 "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

// milliseconds 48 | 8 | counter 12 | 10 | host id 16 | layout 2 | random 44
static void
test_v8f1_layout(void)
{
    TestClock clock = clock_at(RFC_V7_MS * 1000 + 999);
    FerryGenerator generator = {.clock = &clock.clock, .random = planned_random};

    // the seed is the highest 11 bits: 0x7ff; of the rest the lowest 44 are in the id
    plan(GUINT64_TO_BE(0xffe5123456789abc), 0);
    assert_makes(&generator, &(FerryIdRequest){.kind = FERRY_ID_V8F1, .host_id = 0xabcd},
                 "017f22e2-79b0-87ff-aaf3-523456789abc");
    // the counter goes on; the seed counts in a new millisecond only, where it begins lower
    g_assert_cmphex(make_id(&generator, FERRY_ID_V8F1).counter, ==, 0x800);
    clock.wall_us++;
    plan(GUINT64_TO_BE(0x0020000000000000), 0);
    g_assert_cmphex(make_id(&generator, FERRY_ID_V8F1).counter, ==, 1);
}

static void
test_v4(void)
{
    FerryGenerator generator = {.random = planned_random};
    FerryIdRequest request = {.kind = FERRY_ID_V4};
    char uuid[FERRY_UUID_LEN + 1];

    plan(0x0123456789abcdef, 0x0011223344556677);
    planned[0] = 0x1123456789abcdef;
    assert_makes(&generator, &request, "11234567-89ab-4def-8011-223344556677");
    // generate-and-test: the first is one of AWS, the second is taken
    plan(0xec2e191690990caf, 0xbd21012345abcdef);
    planned[2] = 0x2123456789abcdef;
    planned[3] = 0xff11223344556677;
    assert_makes(&generator, &request, "21234567-89ab-4def-bf11-223344556677");
    g_assert_cmpuint(n_drawn, ==, 4);
    generator.random = no_random;
    assert_refuses(&generator, &request, "no random numbers today", NULL);
    for (unsigned i = 0; i < 10000; i++) {
        g_assert_true(ferry_generate(ferry_generator_default(), &request, uuid, NULL));
        g_assert_null(ferry_uuid_why_bad(uuid));
        g_assert_true(uuid[14] == '4');
    }
}

static bool
only_aws(void *bytes, size_t size, GError **error)
{
    memset(bytes, 0xec, size);
    ((uint8_t *)bytes)[1] = 0x20;
    return true;
}

static void
test_v4_never_good(void)
{
    FerryGenerator generator = {.random = only_aws};

    assert_refuses(
        &generator, &(FerryIdRequest){.kind = FERRY_ID_V4},
        "cannot use the v4 UUID 'ec20ecec-ecec-4cec-acec-ecececececec': it makes cloud-init take the "
        "machine for one of AWS (it begins with 'ec2' in one byte order)",
        "The kernel's random numbers are not random.");
}

// For 65.5 s of some hours the time alone makes every v7 and v8f1 look like one of AWS: no try can help, and
// records need not mind.
static void
test_bad_time(void)
{
    static const char hint[] = "The time itself reads so, for at most 66 seconds: try again then, "
                               "or run 'virt-ferry id new --kind v4'.";
    TestClock clock = clock_at(EC2_MS * 1000);
    FerryGenerator generator = {.clock = &clock.clock, .random = planned_random};

    plan(0, 0);
    assert_refuses(
        &generator, &(FerryIdRequest){.kind = FERRY_ID_V7},
        "cannot use the v7 UUID '01a120ec-0000-7000-8000-000000000000': it makes cloud-init take the "
        "machine for one of AWS (it begins with 'ec2' in one byte order)",
        hint);
    assert_refuses(
        &generator, &(FerryIdRequest){.kind = FERRY_ID_V8F1},
        "cannot use the v8f1 UUID '01a120ec-0000-8001-8000-100000000000': it makes cloud-init take the "
        "machine for one of AWS (it begins with 'ec2' in one byte order)",
        hint);
    g_assert_cmphex(make_id(&generator, FERRY_ID_V7).ms, ==, EC2_MS);
    clock.wall_us += 65536000;
    assert_makes(&generator, &(FerryIdRequest){.kind = FERRY_ID_V7},
                 "01a120ed-0000-7000-8000-000000000000");
}

// A millisecond has 4096 places; whoever wants more waits for the next.
static void
test_full_counter(void)
{
    TestClock clock = clock_at(RFC_V7_MS * 1000 + 999);
    FerryGenerator generator = {.clock = &clock.clock, .random = planned_random};
    Id last = make_id(&generator, FERRY_ID_V7);
    Id next;

    g_assert_cmphex(last.counter, ==, 0xffb);
    for (unsigned i = 0; i < 4; i++)
        last = make_id(&generator, FERRY_ID_V7);
    g_assert_cmphex(last.counter, ==, 0xfff);
    g_assert_cmpuint(clock.sleeps, ==, 0);
    next = make_id(&generator, FERRY_ID_V7);
    g_assert_cmpuint(clock.sleeps, ==, 1);
    g_assert_cmpint(clock.wall_us, ==, RFC_V7_MS * 1000 + 1000);
    g_assert_cmphex(next.ms, ==, last.ms + 1);
    g_assert_cmphex(next.counter, ==, 0);
}

static void
test_clock_back(void)
{
    const int64_t begun = RFC_V7_MS * 1000;
    TestClock clock = clock_at(begun);
    FerryGenerator generator = {.clock = &clock.clock, .random = planned_random};
    Id first = make_id(&generator, FERRY_ID_V7);
    Id last = first;

    // 10 s: the millisecond stays, the counter goes on, and a full one waits for a millisecond of the clock
    clock.wall_us = begun - 10 * SECOND;
    for (unsigned i = 1; i < 3 * 4096; i++) {
        Id next = make_id(&generator, i % 2 == 0 ? FERRY_ID_V7 : FERRY_ID_V8F1);

        g_assert_cmphex(PLACE_OF(next), ==, PLACE_OF(last) + 1);
        last = next;
    }
    g_assert_cmphex(last.ms, ==, first.ms + 2);
    g_assert_cmpuint(clock.sleeps, ==, 2);
    g_assert_cmpint(clock.wall_us, ==, begun - 10 * SECOND + 2000);

    // one millisecond more is too much, for as long as it lasts
    clock.wall_us -= 1000;
    assert_refuses(
        &generator, &(FerryIdRequest){.kind = FERRY_ID_V7},
        "cannot make a v7 UUID: the clock stepped back by 10 s",
        "Steps of up to 10 seconds are bridged. Set the clock right and try again, or take "
        "'virt-ferry id new --kind v4', which needs no clock.");
    clock.wall_us = begun - 3600 * SECOND;
    assert_refuses(
        &generator, &(FerryIdRequest){.kind = FERRY_ID_V8F1},
        "cannot make a v8f1 UUID: the clock stepped back by 3600 s",
        "Steps of up to 10 seconds are bridged. Set the clock right and try again, or take "
        "'virt-ferry id new --kind v4', which needs no clock.");
    clock.wall_us = begun + 2500;
    g_assert_cmphex(PLACE_OF(make_id(&generator, FERRY_ID_V7)), >, PLACE_OF(last));

    // a step forward is followed at once
    clock.wall_us = begun + 3600 * SECOND;
    g_assert_cmphex(make_id(&generator, FERRY_ID_V7).ms, ==, RFC_V7_MS + 3600000);
}

static void
test_kinds(void)
{
    FerryIdKind kind = FERRY_ID_V4;

    for (FerryIdKind i = 0; i < FERRY_ID_LAST; i++) {
        g_assert_true(ferry_id_kind_parse(ferry_id_kind_name(i), &kind));
        g_assert_cmpint(kind, ==, i);
    }
    g_assert_false(ferry_id_kind_parse("v1", &kind));
    g_assert_cmpint(kind, ==, FERRY_ID_LAST - 1);
}

static void
test_record_id(void)
{
    char first[FERRY_UUID_LEN + 1];
    char second[FERRY_UUID_LEN + 1];

    g_assert_true(ferry_generate_record_id(first, NULL));
    g_assert_true(ferry_generate_record_id(second, NULL));
    g_assert_true(first[14] == '7');
    g_assert_cmpstr(first, <, second);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/generate/names", test_names);
    g_test_add_func("/generate/keyed", test_keyed);
    g_test_add_func("/generate/v7-vector", test_v7_vector);
    g_test_add_func("/generate/v8f1-layout", test_v8f1_layout);
    g_test_add_func("/generate/v4", test_v4);
    g_test_add_func("/generate/v4-never-good", test_v4_never_good);
    g_test_add_func("/generate/bad-time", test_bad_time);
    g_test_add_func("/generate/full-counter", test_full_counter);
    g_test_add_func("/generate/clock-back", test_clock_back);
    g_test_add_func("/generate/kinds", test_kinds);
    g_test_add_func("/generate/record-id", test_record_id);
    return g_test_run();
}
