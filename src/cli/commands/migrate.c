// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/error.h"
#include "cli/apart.h"
#include "cli/commands-gen.h"
#include "cli/options.h"
#include "cli/recovery.h"
#include "cli/viewer.h"
#include "engine/runner.h"

typedef struct Options {
    char *connect;
    gboolean dry_run;
    gboolean detach;
    gboolean yes;
} Options;

static bool
recover_apart(FerryCli *cli, void *data, GError **error)
{
    GPtrArray *records = data;
    const FerryTxnRecord *record = records->pdata[0];
    unsigned left = 0;

    if (!ferry_recovery_run(cli, records, FERRY_DECISION_NONE, &left, error))
        return false;
    if (left == 0)
        return true;
    ferry_error_set(error, FERRY_ERROR_PENDING, "%s %" G_GINT64_FORMAT " of '%s' is not over",
                    ferry_txn_kind_word(record->kind), record->id, record->name);
    return false;
}

// What a dead process left of this machine is finished or undone first; what it left of others is pointed to.
static bool
recover_first(FerryCli *cli, const char *vm, GError **error)
{
    g_autoptr(GPtrArray) all = ferry_recovery_find(ferry_cli_state(cli, error), NULL, error);
    g_autoptr(GPtrArray) its = NULL;

    if (all == NULL)
        return false;
    its = ferry_recovery_find(cli->state, vm, error);
    if (its == NULL)
        return false;
    // the runner opens the records itself
    g_clear_pointer(&cli->state, ferry_state_close);
    if (all->len > its->len)
        ferry_cli_note(
            cli,
            "processes that are gone left moves of other machines (%u): run 'virt-ferry recover --all'",
            all->len - its->len);
    if (its->len == 0)
        return true;
    ferry_cli_note(cli, "a %s of '%s' was left by a process that is gone: that one first",
                   ferry_txn_kind_word(((FerryTxnRecord *)its->pdata[0])->kind), vm);
    if (ferry_cli_apart(cli, recover_apart, its))
        return true;
    ferry_error_set(error, FERRY_ERROR_PENDING, "cannot move '%s': its last %s is not over", vm,
                    ferry_txn_kind_word(((FerryTxnRecord *)its->pdata[0])->kind));
    ferry_error_add_hint(error, "Run 'virt-ferry recover %s --dry-run' to see where it is.", vm);
    return false;
}

static bool
start(FerryCli *cli, const FerryMoveRequest *request, bool detach, int *ret_status, GError **error)
{
    const FerryRunnerSpec spec = {.state_driver = cli->state_driver, .request = request};
    const FerryViewerOptions viewing = {.detach = detach, .dry_run = request->dry_run};
    int fd;

    if (!request->dry_run && !recover_first(cli, request->vm, error))
        return false;
    return ferry_runner_start(&spec, &fd, error) &&
           ferry_viewer_run(cli, fd, &viewing, ret_status, error);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    Options options = {0};
    const GOptionEntry more[] = {
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &options.connect,
         "Where the machine is: a known host or a libvirt URI", "HOST"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Check and plan, touch nothing",
         NULL},
        {"detach", 0, 0, G_OPTION_ARG_NONE, &options.detach, "Return once the move is on its way",
         NULL},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, "Agree beforehand to what checks warn of",
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(FerryMoveWords) move_words = ferry_move_words_new(cli->config);
    g_autoptr(FerryMigrateOptions) how = NULL;
    g_auto(GStrv) words = NULL;
    bool done = false;
    bool ok;

    ok = ferry_cli_parse(cli, &ferry_command_migrate, argv,
                         ferry_move_words_entries(move_words, more), 2, 2, &words, &done, error);
    if (ok && !done)
        how = ferry_move_words_read(move_words, error);
    if (ok && !done && how != NULL) {
        const FerryMoveRequest request = {
            .vm = words[0],
            .dst = words[1],
            .connect = options.connect,
            .options = how,
            .dry_run = options.dry_run,
            .yes = options.yes,
            .host_timeout_s = ferry_config_get_uint(cli->config, "connect", "timeout"),
        };

        ok = start(cli, &request, options.detach, ret_status, error);
    } else if (!done) {
        ok = false;
    }
    g_free(options.connect);
    return ok;
}

const FerryCommand ferry_command_migrate = {
    .name = "migrate",
    .arguments = "VM HOST",
    .summary = "Move a machine to another host",
    .description =
        "VM is a name or UUID; the source is found by looking at all known hosts. HOST is a known host or "
        "any libvirt URI.\nThe machine is checked first, moved, and compared on both ends afterwards. Ctrl-C "
        "asks whether to cancel; a second one leaves the move running.",
    .run = run,
};
