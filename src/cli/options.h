// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The options that say how a machine is moved: the same words for migrate and check, begun with what the
// configuration file says.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/config.h"
#include "model/migration.h"

typedef struct FerryMoveWords FerryMoveWords;

// @config: what holds where no option is given
FerryMoveWords *ferry_move_words_new(const FerryConfig *config);
void ferry_move_words_free(FerryMoveWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryMoveWords, ferry_move_words_free)

// Returns: the options for ferry_cli_parse(), followed by those of @more (ends with {NULL}; NULL for
// none). Owned by @words, which parsing fills.
const GOptionEntry *ferry_move_words_entries(FerryMoveWords *words, const GOptionEntry *more);

// Is each of @given (NULL: none) "OLD=NEW"? USAGE with @option where one is not.
bool ferry_move_check_pairs(const char *option, char **given, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// The same of two absolute paths.
bool ferry_move_check_paths(const char *option, char **given, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Judges what was given and reads the files of --xml and --persistent-xml.
// Returns: (transfer full); NULL with USAGE, which names option and value
FerryMigrateOptions *ferry_move_words_read(const FerryMoveWords *words, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
