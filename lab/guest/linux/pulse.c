// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the Linux guest does all day:
 *
 *     pulse [MODE:SIZE:RATE]
 *
 * prints 'T n gap=US bad=N dirty=MIB' every 100 ms, and dirties SIZE MiB at RATE MiB/s:
 *
 *     random  pages in random order, content that nothing can compress
 *     text    pages in random order, words that compress as a log file does
 *     zero    pages in random order, all zero
 *     seq     pages one after the other, only a counter in each: a small difference
 *
 * gap is the longest time that a sleep of 1 ms took since the last line. The guest's own clock
 * stands still while the machine is stopped, so it shows stalls, not the standstill of a move. bad
 * counts what memory lost: dirtied pages whose stamps are not those last written, and parts of a
 * still region whose checksum changed. Runs as PID 1, so it never returns.
 */

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    PAGE_SIZE = 4096,
    PAGE_WORDS = PAGE_SIZE / sizeof(uint64_t),
    PAGES_PER_MIB = 256,
    STILL_SIZE = 4 * 1024 * 1024,
    STILL_PARTS = 16,
    POOL_SIZE = 4 * 1024 * 1024,
    TICK_NS = 100 * 1000 * 1000,
    BATCH_NS = 10 * 1000 * 1000,
};

typedef struct Dirt Dirt;

typedef struct {
    const char *name;
    bool in_order;
    void (*fill)(Dirt *dirt, uint8_t *page);
    bool has_stamps;
} Mode;

struct Dirt {
    const Mode *mode;
    size_t pages;
    size_t rate; /* pages a second */
    uint8_t *base;
    uint64_t *stamps; /* what each page starts and ends with */
    char *pool;       /* text to copy from, NULL in the other modes */
    uint64_t random;
};

typedef struct {
    uint64_t *words;
    uint64_t sums[STILL_PARTS];
} Still;

static atomic_uint_fast64_t largest_gap;
static atomic_uint_fast64_t bad;
static atomic_uint_fast64_t pages_dirtied;

static uint64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
sleep_until(uint64_t ns)
{
    const struct timespec until = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static _Noreturn void
fail(const char *message)
{
    printf("pulse: %s\n", message);
    for (;;)
        pause();
}

static void *
map_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        fail("cannot map memory");
    return memory;
}

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
fill_random(Dirt *dirt, uint8_t *page)
{
    uint64_t *words = (uint64_t *)page;

    for (size_t i = 0; i < PAGE_WORDS; i++)
        words[i] = next_random(&dirt->random);
}

static void
fill_text(Dirt *dirt, uint8_t *page)
{
    memcpy(page, dirt->pool + next_random(&dirt->random) % (POOL_SIZE - PAGE_SIZE), PAGE_SIZE);
}

static void
fill_zero(Dirt *dirt, uint8_t *page)
{
    (void)dirt;
    memset(page, 0, PAGE_SIZE);
}

static void
fill_counter(Dirt *dirt, uint8_t *page)
{
    (void)dirt;
    (void)page;
}

static const Mode modes[] = {
    {"random", false, fill_random, true},
    {"text", false, fill_text, true},
    {"zero", false, fill_zero, false},
    {"seq", true, fill_counter, true},
};

static void
stamp_page(Dirt *dirt, size_t number)
{
    uint64_t *words = (uint64_t *)(dirt->base + number * PAGE_SIZE);

    dirt->stamps[number] = dirt->mode->has_stamps ? next_random(&dirt->random) : 0;
    words[0] = dirt->stamps[number];
    words[PAGE_WORDS - 1] = dirt->stamps[number];
}

static void
dirty_page(Dirt *dirt, size_t number)
{
    uint8_t *page = dirt->base + number * PAGE_SIZE;
    const uint64_t *words = (const uint64_t *)page;

    if (words[0] != dirt->stamps[number] || words[PAGE_WORDS - 1] != dirt->stamps[number])
        bad++;
    dirt->mode->fill(dirt, page);
    stamp_page(dirt, number);
}

/* What can't be dirtied in time is left out, so that the rate is never exceeded afterwards. */
static void *
dirty_loop(void *data)
{
    Dirt *dirt = data;
    size_t number = 0;
    uint64_t owed = 0; /* page * ns / s: no rounding gets lost */
    uint64_t last = now_ns();

    for (uint64_t due = last + BATCH_NS;; due = last + BATCH_NS) {
        sleep_until(due);
        uint64_t now = now_ns();
        uint64_t passed = now - last < TICK_NS ? now - last : TICK_NS;

        last = now;
        for (owed += passed * dirt->rate; owed >= 1000000000; owed -= 1000000000) {
            number = dirt->mode->in_order ? (number + 1) % dirt->pages
                                          : next_random(&dirt->random) % dirt->pages;
            dirty_page(dirt, number);
            pages_dirtied++;
        }
    }
    return NULL;
}

static void
make_pool(Dirt *dirt)
{
    static const char *const words[] = {
        "the ",    "guest ",      "moved ",       "from ",     "host ",       "a ",      "to ",
        "b ",      "without ",    "error ",       "warning: ", "info: ",      "disk ",   "network ",
        "memory ", "page ",       "after ",       "before ",   "connection ", "closed ", "opened ",
        "by ",     "client ",     "server ",      "request ",  "took ",       "12 ms ",  "340 ms ",
        "7 ms ",   "GET /index ", "POST /order ", "200\n",     "404\n",       "500\n",
    };
    size_t used = 0;

    dirt->pool = map_memory(POOL_SIZE);
    while (used < POOL_SIZE) {
        const char *word = words[next_random(&dirt->random) % (sizeof(words) / sizeof(words[0]))];

        for (; *word != '\0' && used < POOL_SIZE; word++)
            dirt->pool[used++] = *word;
    }
}

static const Mode *
find_mode(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strlen(modes[i].name) == length && memcmp(modes[i].name, name, length) == 0)
            return &modes[i];
    return NULL;
}

/* The first fill is part of the start: a guest that is READY has all of its memory in use. */
static void
start_dirt(const char *spec)
{
    static Dirt dirt = {.random = 0x2545f4914f6cdd1d};
    size_t size = 0;
    size_t rate = 0;
    const char *colon = strchr(spec, ':');
    pthread_t thread;

    dirt.mode = colon == NULL ? NULL : find_mode(spec, (size_t)(colon - spec));
    if (dirt.mode == NULL || sscanf(colon, ":%zu:%zu", &size, &rate) != 2 || size == 0)
        fail("expected MODE:SIZE:RATE");
    dirt.pages = size * PAGES_PER_MIB;
    dirt.rate = rate * PAGES_PER_MIB;
    dirt.base = map_memory(dirt.pages * PAGE_SIZE);
    dirt.stamps = map_memory(dirt.pages * sizeof(uint64_t));
    if (dirt.mode->fill == fill_text)
        make_pool(&dirt);
    for (size_t i = 0; i < dirt.pages; i++) {
        /* The counter's pages hold something that the counter is only a small part of. */
        if (dirt.mode->fill == fill_counter)
            fill_random(&dirt, dirt.base + i * PAGE_SIZE);
        else
            dirt.mode->fill(&dirt, dirt.base + i * PAGE_SIZE);
        stamp_page(&dirt, i);
    }
    if (pthread_create(&thread, NULL, dirty_loop, &dirt) != 0)
        fail("cannot start a thread");
}

static void *
gap_loop(void *data)
{
    uint64_t last = now_ns();

    (void)data;
    for (;;) {
        sleep_until(last + 1000000);
        uint64_t now = now_ns();
        uint64_t known = largest_gap;

        while (now - last > known &&
               !atomic_compare_exchange_weak(&largest_gap, &known, now - last))
            ;
        last = now;
    }
    return NULL;
}

static uint64_t
still_sum(const Still *still, size_t part)
{
    const size_t words = STILL_SIZE / STILL_PARTS / sizeof(uint64_t);
    uint64_t sum = 0;

    for (size_t i = part * words; i < (part + 1) * words; i++)
        sum = (sum << 5 | sum >> 59) ^ still->words[i];
    return sum;
}

static void
make_still(Still *still)
{
    uint64_t random = 0x9e3779b97f4a7c15;

    still->words = map_memory(STILL_SIZE);
    for (size_t i = 0; i < STILL_SIZE / sizeof(uint64_t); i++)
        still->words[i] = next_random(&random);
    if (mprotect(still->words, STILL_SIZE, PROT_READ) != 0)
        fail("cannot protect memory");
    for (size_t part = 0; part < STILL_PARTS; part++)
        still->sums[part] = still_sum(still, part);
}

int
main(int argc, char **argv)
{
    static Still still;
    pthread_t thread;

    /* As PID 1 it inherits orphans: ignored, they leave no zombies. */
    signal(SIGCHLD, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_still(&still);
    if (argc > 1)
        start_dirt(argv[1]);
    if (pthread_create(&thread, NULL, gap_loop, NULL) != 0)
        fail("cannot start a thread");
    printf("READY\n");
    uint64_t due = now_ns();
    for (uint64_t tick = 1;; tick++) {
        sleep_until(due += TICK_NS);
        bad += still_sum(&still, tick % STILL_PARTS) != still.sums[tick % STILL_PARTS];
        printf("T %lu gap=%lu bad=%lu dirty=%lu\n", tick, atomic_exchange(&largest_gap, 0) / 1000,
               bad, pages_dirtied / PAGES_PER_MIB);
    }
}
