// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What `id set`, `id rotate` and `id restore` have in common: find the machine, show what would be done, ask, do it.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/cli.h"
#include "identity/change.h"

// The options that all of them have; the strings are their owner's to free.
typedef struct FerryIdChangeWords {
    char *connect;
    char *tpm;
    gboolean dry_run;
    gboolean yes;
} FerryIdChangeWords;

#define FERRY_ID_CHANGE_OPTIONS(words)                                                           \
    {"tpm",                                                                                      \
     0,                                                                                          \
     0,                                                                                          \
     G_OPTION_ARG_STRING,                                                                        \
     &(words)->tpm,                                                                              \
     "What becomes of a vTPM: taken along, or another one",                                      \
     "keep|new"},                                                                                \
        {"connect",                                                                              \
         'c',                                                                                    \
         0,                                                                                      \
         G_OPTION_ARG_STRING,                                                                    \
         &(words)->connect,                                                                      \
         "Where the machine is: a known host or a libvirt URI",                                  \
         "HOST"},                                                                                \
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &(words)->dry_run, "Check and plan, touch nothing", \
         NULL},                                                                                  \
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &(words)->yes, "Ask nothing", NULL},

void ferry_id_change_words_clear(FerryIdChangeWords *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryIdChangeWords, ferry_id_change_words_clear)

// A wish may depend on the machine, of which the journal is asked: @complete may fill it before anything is judged.
typedef struct FerryIdChange {
    const char *vm; // name or UUID
    const FerryIdChangeWords *words;
    FerryChangeWish wish;
    bool (*complete)(FerryChangeWish *wish,
                     const FerryIdentityChain *chain,
                     void *data,
                     GError **error); // NULL: nothing to fill
    void *data;
} FerryIdChange;

// Errors: those of a blocker, DECLINED, and what ferry_change_run() says
bool ferry_id_change(FerryCli *cli, FerryIdChange *change, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// "auto" and nothing: a new v4; "keep": none, ""; else a UUID, which may be written in any way.
// @option: for the error: "--uuid"
bool ferry_id_change_read_uuid(const char *option,
                               const char *text,
                               char ret_uuid[FERRY_UUID_LEN + 1],
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
