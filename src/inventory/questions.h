// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a machine's definition needs to know of a host, as questions, and their answers. A question is asked once a
// host, however many machines raise it. Private to inventory/.

#pragma once

#include <glib.h>

#include "inventory/facts.h"

typedef struct FerryQuestion {
    FerryFactKind kind;
    char *key;
    // Of MACHINE_TYPE and CPU. Owned: whoever asks may outlive the definition.
    char *emulator, *arch, *machine, *virt_type, *cpu_xml;
    FerryFact *fact; // the answer
} FerryQuestion;

typedef struct FerryQuestions {
    GPtrArray *list;   // FerryQuestion, in the order in which they came up
    GHashTable *known; // the same, by kind and key
} FerryQuestions;

FerryQuestions *ferry_questions_new(void);
// Adds one path. Returns: false where it is known already
bool ferry_questions_add_path(FerryQuestions *questions, const char *path);
void ferry_questions_free(FerryQuestions *questions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryQuestions, ferry_questions_free)

// Adds what has to be known of the source of a machine: its disks, its networks, and its CPU where that follows
// the host's. Pure.
void ferry_questions_add_source(FerryQuestions *questions, const FerryVmFacts *vm);

// Adds what has to be known of a host that it may come to. Pure.
// @host: what is known of it already: its machines
void ferry_questions_add_destination(FerryQuestions *questions,
                                     const FerryVmFacts *vm,
                                     const FerryHostFacts *host);

// Asks @hv all that has no answer yet. Blocks; sets @heard (of g_get_monotonic_time(), atomically) after each
// answer.
void ferry_questions_ask(FerryQuestions *questions, FerryHypervisor *hv, gint64 *heard);

// Gives the answers to @facts.
void ferry_questions_tell(FerryQuestions *questions, FerryHostFacts *facts);
