// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"

#include <stdarg.h>

typedef struct FerryErrorPrivate {
    char *hint;
    int library_number;
    int library_domain;
} FerryErrorPrivate;

static void
ferry_error_private_init(FerryErrorPrivate *priv)
{
    *priv = (FerryErrorPrivate){0};
}

static void
ferry_error_private_copy(const FerryErrorPrivate *from, FerryErrorPrivate *to)
{
    *to = *from;
    to->hint = g_strdup(from->hint);
}

static void
ferry_error_private_clear(FerryErrorPrivate *priv)
{
    g_clear_pointer(&priv->hint, g_free);
}

G_DEFINE_EXTENDED_ERROR(FerryError, ferry_error)

static const FerryErrorInfo infos[] = {
#define X(code, id, exit_status, http_status, retryable, meaning) \
    [FERRY_ERROR_##code] = {FERRY_ERROR_##code, id, exit_status, http_status, retryable, meaning},
#include "base/error-codes.inc"
#undef X
};

void
ferry_error_set(GError **error, FerryErrorCode code, const char *format, ...)
{
    va_list args;

    if (error == NULL)
        return;
    g_return_if_fail(*error == NULL);
    va_start(args, format);
    *error = g_error_new_valist(FERRY_ERROR, (int)code, format, args);
    va_end(args);
}

void
ferry_error_add_hint(GError **error, const char *format, ...)
{
    FerryErrorPrivate *priv;
    va_list args;

    if (error == NULL || *error == NULL || (*error)->domain != FERRY_ERROR)
        return;
    priv = ferry_error_get_private(*error);
    g_free(priv->hint);
    va_start(args, format);
    priv->hint = g_strdup_vprintf(format, args);
    va_end(args);
}

void
ferry_error_keep_library(GError **error, int number, int domain)
{
    FerryErrorPrivate *priv;

    if (error == NULL || *error == NULL || (*error)->domain != FERRY_ERROR)
        return;
    priv = ferry_error_get_private(*error);
    priv->library_number = number;
    priv->library_domain = domain;
}

const char *
ferry_error_get_hint(const GError *error)
{
    if (error == NULL || error->domain != FERRY_ERROR)
        return NULL;
    return ferry_error_get_private(error)->hint;
}

int
ferry_error_get_library_number(const GError *error)
{
    if (error == NULL || error->domain != FERRY_ERROR)
        return 0;
    return ferry_error_get_private(error)->library_number;
}

const FerryErrorInfo *
ferry_error_get_info(const GError *error)
{
    if (error == NULL || error->domain != FERRY_ERROR)
        return &infos[FERRY_ERROR_INTERNAL];
    return ferry_error_info((FerryErrorCode)error->code);
}

const FerryErrorInfo *
ferry_error_info(FerryErrorCode code)
{
    g_return_val_if_fail(code < FERRY_ERROR_LAST, &infos[FERRY_ERROR_INTERNAL]);
    return &infos[code];
}

const FerryErrorInfo *
ferry_error_info_by_id(const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(infos); i++)
        if (g_str_equal(infos[i].id, id))
            return &infos[i];
    return NULL;
}
