// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The cells of tests/data/fault-cells.tsv and the accidents of the simulator that they stand for.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "hypervisor/sim/sim.h"

typedef enum CellPhase {
    MAKING_IMAGES,
    BEFORE_PREPARE,
    PREPARE,
    DISK_COPY,
    FIRST_PASS,
    LATER_PASS,
    SWITCHOVER,
    FINISH,
    CONFIRM,
    POST_COPY,
    POST_COPY_PAUSED,
    VERIFY,
    COMMIT,
    CELL_PHASE_LAST
} CellPhase;

static const char *const phase_words[] = {
    "making-images",    "before-prepare", "prepare", "disk-copy", "first-pass",
    "later-pass",       "switchover",     "finish",  "confirm",   "post-copy",
    "post-copy-paused", "verify",         "commit",
};

// How long an accident lasts, in ms.
typedef struct Fault {
    const char *word;
    FerrySimFaultKind kind; // NONE: the state folder is full
    unsigned min_ms, max_ms;
} Fault;

// Beyond the keepalive of 30 s where a cell is to be frozen or cut.
static const Fault faults[] = {
    {"runner-killed", FERRY_SIM_FAULT_CLIENT_KILLED, 0, 0},
    {"runner-frozen", FERRY_SIM_FAULT_CLIENT_FROZEN, 31000, 120000},
    {"src-daemon-killed", FERRY_SIM_FAULT_SRC_DAEMON_KILLED, 500, 60000},
    {"src-daemon-frozen", FERRY_SIM_FAULT_SRC_DAEMON_FROZEN, 31000, 120000},
    {"dst-daemon-killed", FERRY_SIM_FAULT_DST_DAEMON_KILLED, 500, 60000},
    {"dst-daemon-frozen", FERRY_SIM_FAULT_DST_DAEMON_FROZEN, 31000, 120000},
    {"both-daemons-killed", FERRY_SIM_FAULT_BOTH_DAEMONS_KILLED, 500, 60000},
    {"both-daemons-frozen", FERRY_SIM_FAULT_BOTH_DAEMONS_FROZEN, 31000, 120000},
    {"src-qemu-killed", FERRY_SIM_FAULT_SRC_QEMU_KILLED, 0, 0},
    {"src-qemu-frozen", FERRY_SIM_FAULT_SRC_QEMU_FROZEN, 31000, 120000},
    {"dst-qemu-killed", FERRY_SIM_FAULT_DST_QEMU_KILLED, 0, 0},
    {"dst-qemu-frozen", FERRY_SIM_FAULT_DST_QEMU_FROZEN, 31000, 120000},
    {"migration-cut", FERRY_SIM_FAULT_MIGRATION_CUT, 31000, 120000},
    {"all-cut", FERRY_SIM_FAULT_ALL_CUT, 31000, 120000},
    {"all-cut-2s", FERRY_SIM_FAULT_ALL_CUT, 2000, 2000},
    {"dst-disk-full", FERRY_SIM_FAULT_DST_DISK_FULL, 60000, 300000},
    {"state-full", FERRY_SIM_FAULT_NONE, 0, 0},
    {"abort", FERRY_SIM_FAULT_ABORTED, 0, 0},
};

typedef struct Cell {
    char *name; // "strict/finish/dst-daemon-frozen"
    bool strict;
    CellPhase phase;
    const Fault *fault;
    char *nonsense; // why it makes no sense; NULL: it does
} Cell;

static unsigned
find_word(const char *const *words, size_t n, const char *word)
{
    for (unsigned i = 0; i < n; i++)
        if (g_str_equal(words[i], word))
            return i;
    g_error("'%s' is no word of fault-cells.tsv", word);
}

static const Fault *
find_fault(const char *word)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(faults); i++)
        if (g_str_equal(faults[i].word, word))
            return &faults[i];
    g_error("'%s' is no fault of fault-cells.tsv", word);
}

static void
cell_free(void *data)
{
    Cell *cell = data;

    g_free(cell->name);
    g_free(cell->nonsense);
    g_free(cell);
}

// Returns: (element-type Cell)
static GPtrArray *
read_cells(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("FERRY_SOURCE"), "tests/data/fault-cells.tsv", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    GPtrArray *cells = g_ptr_array_new_with_free_func(cell_free);

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], "\t", -1);
        Cell *cell;

        if (lines[i][0] == '#' || lines[i][0] == '\0')
            continue;
        g_assert_cmpuint(g_strv_length(words), ==, 6);
        cell = g_new0(Cell, 1);
        cell->name = g_strdup_printf("%s/%s/%s", words[0], words[1], words[2]);
        cell->strict = g_str_equal(words[0], "strict");
        cell->phase = find_word(phase_words, G_N_ELEMENTS(phase_words), words[1]);
        cell->fault = find_fault(words[2]);
        cell->nonsense = g_str_equal(words[3], "-") ? NULL : g_strdup(words[3]);
        g_ptr_array_add(cells, cell);
    }
    return cells;
}
