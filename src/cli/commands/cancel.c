// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "cli/commands-gen.h"
#include "cli/viewer.h"

// Undone is what was asked for: no failure of this command.
static bool
judge(FerryCli *cli, bool ok, GError **error)
{
    if (ok || error == NULL || !ferry_error_is(*error, FERRY_ERROR_CANCELLED))
        return ok;
    if (!cli->json) {
        g_autofree char *text = ferry_cli_escape((*error)->message);

        g_clear_error(error);
        return ferry_cli_print(error, "%s\n", text);
    }
    g_clear_error(error);
    return true;
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    const FerryViewerOptions viewing = {.cancel = true};
    g_autoptr(FerryTxnRecord) record = NULL;
    g_auto(GStrv) words = NULL;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_command_cancel, argv, NULL, 1, 1, &words, &done, error))
        return false;
    if (done)
        return true;
    record = ferry_viewer_find(cli, words[0], error);
    if (record == NULL)
        return false;
    if (record->outcome != NULL) {
        ferry_error_set(error, FERRY_ERROR_VM_STATE,
                        "cannot cancel move %" G_GINT64_FORMAT ": it has ended (%s)", record->id,
                        record->outcome);
        ferry_error_add_hint(error, "Run 'virt-ferry history' to see what became of it.");
        return false;
    }
    return judge(cli, ferry_viewer_attach(cli, record, &viewing, ret_status, error), error);
}

const FerryCommand ferry_command_cancel = {
    .name = "cancel",
    .arguments = "MOVE|VM",
    .summary = "Cancel a move that is under way",
    .description =
        "Before the destination holds the machine the move is undone, and the machine runs on where it was. "
        "After that point it is too late: the command says so and waits for the end.",
    .run = run,
};
