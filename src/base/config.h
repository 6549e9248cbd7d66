// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The configuration file: INI as GKeyFile reads it, judged whole when it is loaded. All keys stand in
// one table, from which the manual is made; those that name one of the domain's choices are strings
// with their allowed values here, as base knows no domain.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct FerryConfig FerryConfig;

typedef enum FerryConfigType {
    FERRY_CONFIG_BOOL, // true or false
    FERRY_CONFIG_UINT, // 0 to 4294967295
    FERRY_CONFIG_CHOICE,
} FerryConfigType;

typedef struct FerryConfigKey {
    const char *group;
    const char *name;
    FerryConfigType type;
    const char *preset;  // the value where the file gives none; "" for no choice
    const char *choices; // of CHOICE: "auto|p2p|direct"
    const char *summary; // one line for the manual
} FerryConfigKey;

// Returns: the table, ordered by group; @ret_n: its length. Static.
const FerryConfigKey *ferry_config_keys(size_t *ret_n);

// @path: the file; NULL for $FERRY_CONFIG, else /etc/virt-ferry/virt-ferry.conf. A file that is not there
// is as an empty one, unless @path or $FERRY_CONFIG named it.
// Returns: (transfer full); NULL with CONFIG, which names the file and the line
FerryConfig *ferry_config_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ferry_config_free(FerryConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryConfig, ferry_config_free)

// The key must be in the table and of the type; anything else is a fault of the program.
bool ferry_config_get_bool(const FerryConfig *config, const char *group, const char *name);
unsigned ferry_config_get_uint(const FerryConfig *config, const char *group, const char *name);
// Returns: one of the choices, or NULL for none. Owned by @config.
const char *ferry_config_get_choice(const FerryConfig *config, const char *group, const char *name);
