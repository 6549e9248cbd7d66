// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// v7 UUIDs from 4 threads, with a fork half way (the child makes its part with 4 threads of its own, at the
// same time) and a clock that steps back by 5 s at three quarters. Then: is each thread's part strictly
// increasing, and is none there twice? The parts lie one after the other in shared memory; as each is sorted
// by having been made in order, merging them shows every duplicate side by side.
//
// Then what CPU time one UUID takes, beside libuuid and libsystemd, in turns.
//
//   uuid [--count N] [--rounds N] [--calls N]
//
// Prints one JSON object; exits 1 where the ids are not as they must be.

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "identity/generate.h"

enum {
    N_THREADS = 4,
    N_PARTS = 2 * N_THREADS, // the parent's threads, then the child's
    STEP_BACK_S = 5,
};

typedef uint8_t Bytes[FERRY_UUID_SIZE];

// One thread's ids.
typedef struct Part {
    Bytes *ids;
    uint64_t count;
    _Atomic uint64_t made;
} Part;

// In memory that parent and child share.
typedef struct Shared {
    Part parts[N_PARTS];
    _Atomic int64_t step_us; // what the clock is off
    _Atomic uint64_t failed;
} Shared;

static Shared *shared;

static int64_t
stepped_wall(FerryClock *clock)
{
    return ferry_clock_wall(ferry_clock_real()) + atomic_load(&shared->step_us);
}

static void
stepped_sleep(FerryClock *clock, int64_t microseconds)
{
    ferry_clock_sleep(ferry_clock_real(), microseconds);
}

static FerryClock stepped_clock = {.wall_us = stepped_wall, .sleep_us = stepped_sleep};

static gpointer
make_part(gpointer data)
{
    const FerryIdRequest request = {.kind = FERRY_ID_V7};
    Part *part = data;

    for (uint64_t i = 0; i < part->count; i++) {
        g_autoptr(GError) error = NULL;

        if (!ferry_generate_bytes(ferry_generator_default(), &request, part->ids[i], &error)) {
            fprintf(stderr, "uuid: %s\n", error->message);
            atomic_fetch_add(&shared->failed, 1);
            return NULL;
        }
        atomic_store_explicit(&part->made, i + 1, memory_order_relaxed);
    }
    return NULL;
}

static void
start_threads(Part *parts, GThread *threads[N_THREADS])
{
    for (size_t i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("uuid", make_part, &parts[i]);
}

static void
join_threads(GThread *threads[N_THREADS])
{
    for (size_t i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
}

// Until the parent's threads have made so many, or one of them failed.
static void
wait_for(uint64_t wanted)
{
    uint64_t made = 0;

    while (made < wanted && atomic_load(&shared->failed) == 0) {
        made = 0;
        for (size_t i = 0; i < N_THREADS; i++)
            made += atomic_load(&shared->parts[i].made);
        g_usleep(200);
    }
}

static void *
map_shared(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        g_error("cannot map %zu bytes: %s", size, g_strerror(errno));
    return memory;
}

// The parent's threads make three quarters, the child's one.
static uint64_t
share_out(uint64_t count)
{
    uint64_t child_each = count / 4 / N_THREADS;
    uint64_t parent_each = (count - child_each * N_THREADS) / N_THREADS;
    uint64_t all = (parent_each + child_each) * N_THREADS;
    Bytes *ids = map_shared(all * sizeof *ids);

    shared = map_shared(sizeof *shared);
    for (size_t i = 0; i < N_PARTS; i++) {
        shared->parts[i].count = i < N_THREADS ? parent_each : child_each;
        shared->parts[i].ids = ids;
        ids += shared->parts[i].count;
    }
    return all;
}

static void
run_child(void)
{
    GThread *threads[N_THREADS];

    start_threads(shared->parts + N_THREADS, threads);
    join_threads(threads);
    _exit(0);
}

// Returns: the seconds it took
static double
make_all(uint64_t count)
{
    GThread *threads[N_THREADS];
    gint64 begun = g_get_monotonic_time();
    int status = 0;
    pid_t child;

    ferry_generator_default()->clock = &stepped_clock;
    start_threads(shared->parts, threads);
    wait_for(count / 2);
    child = fork(); // while the threads run
    if (child == 0)
        run_child();
    wait_for(count * 3 / 4 * 3 / 4);
    atomic_store(&shared->step_us, -STEP_BACK_S * (int64_t)G_USEC_PER_SEC);
    join_threads(threads);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        atomic_fetch_add(&shared->failed, 1);
    ferry_generator_default()->clock = ferry_clock_real();
    atomic_store(&ferry_generator_default()->last, 0);
    return (double)(g_get_monotonic_time() - begun) / 1e6;
}

static uint64_t
count_not_increasing(void)
{
    uint64_t wrong = 0;

    for (size_t i = 0; i < N_PARTS; i++)
        for (uint64_t j = 1; j < shared->parts[i].count; j++)
            wrong +=
                memcmp(shared->parts[i].ids[j - 1], shared->parts[i].ids[j], sizeof(Bytes)) >= 0;
    return wrong;
}

// Merges the parts, which are sorted. @ret_met: neighbours alike in time and counter, told apart by the random
// bits alone
static uint64_t
count_duplicates(uint64_t *ret_met)
{
    uint64_t at[N_PARTS] = {0};
    uint64_t duplicates = 0;
    const uint8_t *last = NULL;

    *ret_met = 0;
    for (;;) {
        const uint8_t *least = NULL;
        size_t which = 0;

        for (size_t i = 0; i < N_PARTS; i++) {
            const uint8_t *id = at[i] < shared->parts[i].count ? shared->parts[i].ids[at[i]] : NULL;

            if (id != NULL && (least == NULL || memcmp(id, least, sizeof(Bytes)) < 0)) {
                least = id;
                which = i;
            }
        }
        if (least == NULL)
            return duplicates;
        if (last != NULL && memcmp(last, least, sizeof(Bytes)) == 0)
            duplicates++;
        else if (last != NULL && memcmp(last, least, sizeof(uint64_t)) == 0)
            ++*ret_met;
        last = least;
        at[which]++;
    }
}

typedef struct Arm {
    const char *name;
    const char *library; // NULL: ours
    const char *function;
    FerryIdKind kind; // of ours
} Arm;

static const Arm arms[] = {
    {"v4", NULL, NULL, FERRY_ID_V4},
    {"libuuid_random", "libuuid.so.1", "uuid_generate_random", 0},
    {"v7", NULL, NULL, FERRY_ID_V7},
    {"libuuid_time_safe", "libuuid.so.1", "uuid_generate_time_safe", 0},
    {"v8f1", NULL, NULL, FERRY_ID_V8F1},
    {"systemd_randomize", "libsystemd.so.0", "sd_id128_randomize", 0},
};

// Both libraries' functions take where to put 16 bytes; what they return is not looked at.
typedef int (*Foreign)(uint8_t *bytes);

static Foreign
find_foreign(const Arm *arm)
{
    void *library = dlopen(arm->library, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, arm->function) : NULL;
    Foreign function;

    memcpy(&function, &symbol, sizeof function);
    return function;
}

static gint64
cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * G_GINT64_CONSTANT(1000000000) + now.tv_nsec;
}

// Returns: nanoseconds of CPU time a call, as neighbours on a shared machine make the wall clock worthless
static double
time_arm(const Arm *arm, Foreign foreign, unsigned calls)
{
    const FerryIdRequest request = {.kind = arm->kind};
    gint64 begun = cpu_ns();
    Bytes id;

    for (unsigned i = 0; i < calls; i++)
        if (foreign != NULL)
            (void)foreign(id);
        else if (!ferry_generate_bytes(ferry_generator_default(), &request, id, NULL))
            g_error("cannot make a UUID");
    return (double)(cpu_ns() - begun) / calls;
}

// The arms in turns, so that what else the machine does hits all of them.
static JsonObject *
time_all(unsigned rounds, unsigned calls)
{
    JsonObject *object = json_object_new();
    Foreign foreign[G_N_ELEMENTS(arms)] = {NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(arms); i++) {
        foreign[i] = arms[i].library != NULL ? find_foreign(&arms[i]) : NULL;
        if (arms[i].library != NULL && foreign[i] == NULL)
            fprintf(stderr, "%s has no %s here: left out\n", arms[i].library, arms[i].function);
        else
            json_object_set_array_member(object, arms[i].name, json_array_new());
    }
    for (unsigned round = 0; round < rounds; round++)
        for (size_t i = 0; i < G_N_ELEMENTS(arms); i++)
            if (json_object_has_member(object, arms[i].name))
                json_array_add_double_element(json_object_get_array_member(object, arms[i].name),
                                              time_arm(&arms[i], foreign[i], calls));
    return object;
}

int
main(int argc, char **argv)
{
    gint64 count = 100000000;
    int rounds = 40;
    int calls = 20000;
    const GOptionEntry entries[] = {
        {"count", 0, 0, G_OPTION_ARG_INT64, &count, "How many v7", "N"},
        {"rounds", 0, 0, G_OPTION_ARG_INT, &rounds, "How often each function is timed", "N"},
        {"calls", 0, 0, G_OPTION_ARG_INT, &calls, "Calls of it a round", "N"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    JsonObject *raw = json_object_new();
    uint64_t all;
    uint64_t wrong;
    uint64_t duplicates;
    uint64_t met;
    double seconds;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || count < (gint64)N_PARTS * 2) {
        fprintf(stderr, "uuid: %s\n", error != NULL ? error->message : "--count is too small");
        return 2;
    }
    all = share_out((uint64_t)count);
    seconds = make_all(all);
    wrong = count_not_increasing();
    duplicates = count_duplicates(&met);
    json_object_set_int_member(raw, "count", (gint64)all);
    json_object_set_double_member(raw, "seconds", seconds);
    json_object_set_int_member(raw, "threads_that_failed", (gint64)shared->failed);
    json_object_set_int_member(raw, "not_increasing", (gint64)wrong);
    json_object_set_int_member(raw, "duplicates", (gint64)duplicates);
    json_object_set_int_member(raw, "told_apart_by_random_bits_alone", (gint64)met);
    json_object_set_object_member(raw, "cpu_ns_a_call",
                                  time_all((unsigned)rounds, (unsigned)calls));
    text = ferry_json_format_object(raw);
    puts(text);
    return shared->failed + wrong + duplicates == 0 ? 0 : 1;
}
