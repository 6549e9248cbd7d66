// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id show: what identifies one machine.

#include "base/error.h"
#include "cli/id-gen.h"

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_id_show, argv, NULL, 1, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    ferry_error_set(error, FERRY_ERROR_UNSUPPORTED, "cannot show machine '%s': not written yet",
                    words[0]);
    return false;
}

const FerryCommand ferry_id_show = {
    .name = "id show",
    .arguments = "VM",
    .summary = "What identifies a machine, layer by layer",
    .run = run,
};
