// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/apart.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void
run_child(FerryCli *cli, bool (*func)(FerryCli *cli, void *data, GError **error), void *data)
{
    g_autoptr(GError) error = NULL;

    if (func(cli, data, &error))
        exit(EXIT_SUCCESS);
    ferry_cli_print_error(cli, error);
    exit(EXIT_FAILURE);
}

bool
ferry_cli_apart(FerryCli *cli, bool (*func)(FerryCli *cli, void *data, GError **error), void *data)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        run_child(cli, func, data);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
