// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "journal/journal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"

#define FIRST_PHASE "begin"
// Fields of /proc/PID/stat after the command's closing parenthesis: state is the first, starttime the
// 20th (proc(5): the 3rd and the 22nd of the line).
#define STAT_STATE      0
#define STAT_START_TIME 19

struct FerryTxn {
    FerryState *state;
    FerryClock *clock;
    FerryTxnRecord *record;
};

// Returns: when process @pid began, in ticks since the boot; NULL where it doesn't run. (transfer full)
static char *
read_start_time(int64_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" PRId64 "/stat", pid);
    g_autofree char *line = NULL;
    g_auto(GStrv) fields = NULL;
    const char *rest;

    if (!g_file_get_contents(path, &line, NULL, NULL))
        return NULL;
    // The command may have any character in it, parentheses and spaces too.
    rest = strrchr(line, ')');
    if (rest == NULL || rest[1] != ' ')
        return NULL;
    fields = g_strsplit(rest + 2, " ", -1);
    if (g_strv_length(fields) <= STAT_START_TIME)
        return NULL;
    // A zombie has ended; its parent has only not asked yet.
    if (*fields[STAT_STATE] == 'Z' || *fields[STAT_STATE] == 'X')
        return NULL;
    return g_strdup(fields[STAT_START_TIME]);
}

// Returns: "NODE BOOT", this machine's name and boot. (transfer full)
static char *
read_boot(void)
{
    g_autofree char *boot = NULL;
    struct utsname names;

    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
        boot = g_strdup("?");
    g_strstrip(boot);
    return g_strdup_printf("%s %s", uname(&names) == 0 ? names.nodename : "?", boot);
}

// Returns: "NODE BOOT TICKS" for this process. (transfer full)
static char *
format_own_start(void)
{
    g_autofree char *boot = read_boot();
    g_autofree char *ticks = read_start_time(getpid());

    return g_strdup_printf("%s %s", boot, ticks != NULL ? ticks : "?");
}

bool
ferry_txn_owner_is_alive(const FerryTxnRecord *record)
{
    g_autofree char *boot = read_boot();
    g_autofree char *ticks = NULL;
    g_auto(GStrv) here = g_strsplit(boot, " ", -1);
    g_auto(GStrv) owner =
        g_strsplit(record->owner_start != NULL ? record->owner_start : "", " ", -1);

    if (g_strv_length(owner) != 3)
        return false;
    // Of another machine's processes nothing is known from here: not known to be gone is not gone.
    if (strcmp(owner[0], here[0]) != 0)
        return true;
    if (strcmp(owner[1], here[1]) != 0)
        return false;
    ticks = read_start_time(record->owner_pid);
    return ticks != NULL && strcmp(ticks, owner[2]) == 0;
}

static FerryTxn *
txn_new(FerryState *state, FerryClock *clock, FerryTxnRecord *record)
{
    FerryTxn *txn = g_new(FerryTxn, 1);

    *txn = (FerryTxn){state, clock, record};
    return txn;
}

FerryTxn *
ferry_txn_begin(FerryState *state, FerryClock *clock, const FerryTxnRecord *what, GError **error)
{
    g_autoptr(FerryTxnRecord) record = g_new(FerryTxnRecord, 1);

    *record = (FerryTxnRecord){
        .kind = g_strdup(what->kind),
        .subject = g_strdup(what->subject),
        .claim = g_strdup(what->claim),
        .name = g_strdup(what->name),
        .intent = g_strdup(what->intent),
        .phase = g_strdup(FIRST_PHASE),
        .begun_us = ferry_clock_wall(clock),
        .owner_pid = getpid(),
        .owner_start = format_own_start(),
    };
    if (!ferry_state_begin_txn(state, record, error))
        return NULL;
    return txn_new(state, clock, g_steal_pointer(&record));
}

static void
set_owner_lives(GError **error, const FerryTxnRecord *record)
{
    g_auto(GStrv) owner = g_strsplit(record->owner_start, " ", -1);

    ferry_error_set(error, FERRY_ERROR_BUSY,
                    "cannot take over %s %" PRId64 " of machine '%s': process %" PRId64
                    " on '%s' carries it",
                    record->kind, record->id, record->name, record->owner_pid, owner[0]);
    ferry_error_add_hint(error, "See how it goes with: virt-ferry watch %" PRId64, record->id);
}

FerryTxn *
ferry_txn_adopt(FerryState *state, FerryClock *clock, int64_t id, GError **error)
{
    g_autoptr(FerryTxnRecord) record = ferry_state_get_txn(state, id, error);
    g_autofree char *start = format_own_start();

    if (record == NULL)
        return NULL;
    if (record->outcome != NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE,
                        "cannot take over %s %" PRId64 " of machine '%s': it is over: %s",
                        record->kind, id, record->name, record->outcome);
        return NULL;
    }
    if (ferry_txn_owner_is_alive(record)) {
        set_owner_lives(error, record);
        return NULL;
    }
    if (!ferry_state_take_txn(state, record, getpid(), start, error))
        return NULL;
    record->owner_pid = getpid();
    g_free(record->owner_start);
    record->owner_start = g_steal_pointer(&start);
    return txn_new(state, clock, g_steal_pointer(&record));
}

void
ferry_txn_free(FerryTxn *txn)
{
    if (txn == NULL)
        return;
    ferry_txn_record_free(txn->record);
    g_free(txn);
}

int64_t
ferry_txn_id(const FerryTxn *txn)
{
    return txn->record->id;
}

const FerryTxnRecord *
ferry_txn_record(const FerryTxn *txn)
{
    return txn->record;
}

bool
ferry_txn_enter(FerryTxn *txn, const char *phase, const char *detail, GError **error)
{
    int64_t now = ferry_clock_wall(txn->clock);

    if (!ferry_state_append_txn(txn->state, txn->record->id, now, phase, detail, error))
        return false;
    g_free(txn->record->phase);
    txn->record->phase = g_strdup(phase);
    return true;
}

bool
ferry_txn_end(FerryTxn *txn, const char *outcome, const char *report, GError **error)
{
    int64_t now = ferry_clock_wall(txn->clock);

    if (!ferry_state_end_txn(txn->state, txn->record->id, now, outcome, report, error))
        return false;
    txn->record->ended_us = now;
    txn->record->outcome = g_strdup(outcome);
    txn->record->report = g_strdup(report);
    return true;
}
