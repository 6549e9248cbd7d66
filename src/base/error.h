// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The one error idiom of the house: GError in the domain FERRY_ERROR, with a code of
// error-codes.inc, a text that names object and cause, and a hint that names the way out.
// Expected outcomes (a check that says no) are data, never errors.

#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum FerryErrorCode {
#define X(code, id, exit_status, http_status, retryable, meaning) FERRY_ERROR_##code,
#include "base/error-codes.inc"
#undef X
    FERRY_ERROR_LAST
} FerryErrorCode;

typedef struct FerryErrorInfo {
    FerryErrorCode code;
    const char *id;
    int exit_status;
    int http_status;
    bool retryable;
    const char *meaning;
} FerryErrorInfo;

#define FERRY_ERROR (ferry_error_quark())
GQuark ferry_error_quark(void);

// Sets @error (where it is not NULL) to @code with a text made of @format: lower case, no full stop,
// the object in quotes, the cause after a colon.
void ferry_error_set(GError **error, FerryErrorCode code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

// Gives an error that was just set its hint: full sentences that say what to do, with the command to run.
// Does nothing where @error is NULL or unset. The last hint wins.
void ferry_error_add_hint(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

// Keeps what a library said beside our own text: its error @number and @domain (for libvirt:
// virErrorNumber and virErrorDomain), so that callers can tell causes apart without reading texts.
void ferry_error_keep_library(GError **error, int number, int domain);

// Returns: the hint of @error, or NULL. Owned by @error. NULL for errors of other domains.
const char *ferry_error_get_hint(const GError *error);

// Returns: the library's own error number kept with @error, 0 where there is none.
int ferry_error_get_library_number(const GError *error);

// Returns: the row of error-codes.inc for @error; that of INTERNAL for errors of other domains.
const FerryErrorInfo *ferry_error_get_info(const GError *error);

// Returns: the row of @code. Used by the manual's table and by tests.
const FerryErrorInfo *ferry_error_info(FerryErrorCode code);

// Returns: the row whose stable id is @id, or NULL.
const FerryErrorInfo *ferry_error_info_by_id(const char *id);

static inline bool
ferry_error_is(const GError *error, FerryErrorCode code)
{
    return g_error_matches(error, FERRY_ERROR, (int)code);
}
