// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Threads, and processes that were one: with the real clock and the kernel's random numbers.

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "identity/generate.h"

#define N_THREADS 4
#define N_EACH    50000

typedef uint8_t Bytes[FERRY_UUID_SIZE];

static void
fill(Bytes *ids)
{
    for (size_t i = 0; i < N_EACH; i++) {
        const FerryIdRequest request = {.kind = i % 2 == 0 ? FERRY_ID_V7 : FERRY_ID_V8F1};

        g_assert_true(ferry_generate_bytes(ferry_generator_default(), &request, ids[i], NULL));
    }
}

static gpointer
fill_in_thread(gpointer data)
{
    fill(data);
    return NULL;
}

static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(Bytes));
}

// Milliseconds and counter, without the version between them.
static uint64_t
place_of(const Bytes id)
{
    uint64_t high;

    memcpy(&high, id, sizeof high);
    high = GUINT64_FROM_BE(high);
    return (high >> 16) << 12 | (high & 0xfff);
}

static void
assert_increasing(Bytes *ids)
{
    for (size_t i = 1; i < N_EACH; i++)
        g_assert_cmphex(place_of(ids[i - 1]), <, place_of(ids[i]));
}

static void
assert_unique(Bytes *ids, size_t n)
{
    qsort(ids, n, sizeof *ids, compare);
    for (size_t i = 1; i < n; i++)
        g_assert_cmpint(compare(ids[i - 1], ids[i]), !=, 0);
}

static int
compare_places(const void *a, const void *b)
{
    uint64_t place = place_of(*(const Bytes *)a);
    uint64_t other = place_of(*(const Bytes *)b);

    return place < other ? -1 : place > other;
}

// Within one process not even milliseconds and counter are the same twice.
static void
test_threads(void)
{
    g_autofree Bytes *ids = g_new(Bytes, N_THREADS * N_EACH);
    GThread *threads[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("fill", fill_in_thread, ids + i * N_EACH);
    for (size_t i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
    for (size_t i = 0; i < N_THREADS; i++)
        assert_increasing(ids + i * N_EACH);
    qsort(ids, (size_t)N_THREADS * N_EACH, sizeof *ids, compare_places);
    for (size_t i = 1; i < (size_t)N_THREADS * N_EACH; i++)
        g_assert_cmphex(place_of(ids[i - 1]), !=, place_of(ids[i]));
}

static void
read_all(int fd, void *to, size_t size)
{
    while (size > 0) {
        ssize_t n = read(fd, to, size);

        g_assert_cmpint(n, >, 0);
        to = (uint8_t *)to + n;
        size -= (size_t)n;
    }
}

// After a fork both go on from the same place, at the same time, and make no id twice.
static void
test_fork(void)
{
    g_autofree Bytes *ids = g_new(Bytes, 2 * N_EACH);
    int ends[2];
    int status;
    pid_t child;

    fill(ids);
    g_assert_cmpint(pipe(ends), ==, 0);
    child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        const uint8_t *from = (const uint8_t *)ids;
        size_t left = sizeof(Bytes) * N_EACH;

        fill(ids);
        while (left > 0) {
            ssize_t n = write(ends[1], from, left);

            if (n <= 0)
                _exit(1);
            from += n;
            left -= (size_t)n;
        }
        _exit(0);
    }
    close(ends[1]);
    fill(ids);
    read_all(ends[0], ids + N_EACH, sizeof(Bytes) * N_EACH);
    close(ends[0]);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    assert_increasing(ids);
    assert_increasing(ids + N_EACH);
    assert_unique(ids, (size_t)2 * N_EACH);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/generate/threads", test_threads);
    g_test_add_func("/generate/fork", test_fork);
    return g_test_run();
}
