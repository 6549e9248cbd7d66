// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/log.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

static const char *
level_name(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return "fault: ";
    if (level & G_LOG_LEVEL_WARNING)
        return "warning: ";
    if (level & G_LOG_LEVEL_MESSAGE)
        return "";
    return "debug: ";
}

static const char *
find_message(const GLogField *fields, gsize n_fields)
{
    for (size_t i = 0; i < n_fields; i++)
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            return fields[i].value;
    return "";
}

// One write a line, so that lines of threads and processes don't mix. Control characters of a guest's
// or a host's words must not reach the terminal.
static GLogWriterOutput
write_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
    g_autofree char *line = NULL;
    size_t length;

    if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) &&
        g_strcmp0(g_getenv("FERRY_DEBUG"), "1") != 0)
        return G_LOG_WRITER_HANDLED;
    line = g_strdup_printf("virt-ferry: %s%s\n", level_name(level), find_message(fields, n_fields));
    length = strlen(line);
    for (size_t i = 0; i + 1 < length; i++)
        if (g_ascii_iscntrl(line[i]))
            line[i] = ' ';
    // There is no better place to tell that stderr can't be written to.
    if (!ferry_fd_write_all(STDERR_FILENO, line, length, "the log", NULL))
        return G_LOG_WRITER_UNHANDLED;
    return G_LOG_WRITER_HANDLED;
}

void
ferry_log_init(void)
{
    g_log_set_writer_func(write_log, NULL, NULL);
}
