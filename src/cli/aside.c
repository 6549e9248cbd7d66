// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/aside.h"

#include <unistd.h>

#include "cli/output.h"

#define PATIENCE_MS 1000

typedef struct Wait {
    FerryCli *cli;
    const char *doing;
    unsigned patience; // source; 0: it has said what is done
} Wait;

static void
quit_loop(void *data)
{
    g_main_loop_quit(data);
}

static gboolean
say_what(void *data)
{
    Wait *wait = data;

    wait->patience = 0;
    ferry_cli_note(wait->cli, "%s", wait->doing);
    return G_SOURCE_REMOVE;
}

void
ferry_cli_aside(FerryCli *cli, const char *doing, FerryWorkFunc func, void *data)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Wait wait = {.cli = cli, .doing = doing};
    FerryWork *work = ferry_work_start_then(func, data, NULL, quit_loop, loop);

    if (ferry_output_columns(STDERR_FILENO) > 0)
        wait.patience = g_timeout_add(PATIENCE_MS, say_what, &wait);
    g_main_loop_run(loop);
    if (wait.patience != 0)
        g_source_remove(wait.patience);
    ferry_work_unref(work);
}
