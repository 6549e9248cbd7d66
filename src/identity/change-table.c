// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-table.h"

#include <glib.h>

// clang-format off
#define ROW(old, new, since, verdict, acts, comment, hint) \
    {FERRY_CHANGE_OLD_##old, FERRY_CHANGE_NEW_##new, since, FERRY_CHANGE_##verdict, acts, comment, hint}

#define BEFORE    FERRY_CHANGE_BEFORE
#define COMMITTED FERRY_CHANGE_COMMITTED
#define BOTH      (BEFORE | COMMITTED)

#define CHECK  FERRY_CHANGE_CHECK
#define KEPT   (FERRY_CHANGE_CHECKPOINTS | FERRY_CHANGE_AUTOSTART_OLD)
#define BACK   (FERRY_CHANGE_RENAME_BACK | KEPT | FERRY_CHANGE_FILES_UNDO)
#define DROP   FERRY_CHANGE_UNDEFINE_NEW
#define CLEAN  FERRY_CHANGE_UNDEFINE_ASIDE
#define ARRIVE (FERRY_CHANGE_AUTOSTART_NEW | FERRY_CHANGE_FILES_END)

#define SHUT_DOWN "Shut it down, then run 'virt-ferry recover' again."
#define RENAME    "Rename one of them with 'virsh domrename', then run 'virt-ferry recover' again."

static const FerryChangeResolution table[] = {
    ROW(UNREACHABLE,  ANY,         BOTH,      WAIT,    0, "the host can't be read", NULL),

    ROW(ASIDE_ACTIVE, ANY,         BOTH,      UNCLEAR, 0, "somebody started the old definition under the name it has meanwhile", SHUT_DOWN),
    ROW(OTHER,        ANY,         BOTH,      UNCLEAR, 0, "somebody gave the old definition a name of his own", RENAME),

    // The old one has its name: nothing was done yet, or all of it was undone.
    ROW(OWN,          ABSENT,      BOTH,      STAYED,  KEPT | FERRY_CHANGE_FILES_UNDO, "it has its old identity", NULL),
    ROW(OWN,          OTHER,       BOTH,      STAYED,  KEPT, "it has its old identity, and the new UUID is another machine's now", NULL),
    ROW(OWN,          ANY,         BOTH,      UNCLEAR, 0, "two machines have one name", RENAME),

    // The old one is whole, aside.
    ROW(ASIDE,        ABSENT,      BOTH,      UNDO,    BACK, "the old definition is whole, and there is no new one", NULL),
    ROW(ASIDE,        OURS,        BEFORE,    UNDO,    DROP | BACK, "the old definition is whole; the new one was not found right yet", NULL),
    ROW(ASIDE,        OURS_ACTIVE, BEFORE,    UNCLEAR, 0, "the new one was started before it was found right", SHUT_DOWN),
    ROW(ASIDE,        OURS,        COMMITTED, FINISH,  CLEAN | ARRIVE, "the new definition was found right", NULL),
    ROW(ASIDE,        OURS_ACTIVE, COMMITTED, FINISH,  CLEAN | ARRIVE, "the new definition was found right, and runs", NULL),
    ROW(ASIDE,        STRANGER,    BOTH,      UNCLEAR, 0, "another machine has its name now", RENAME),
    ROW(ASIDE,        OTHER,       BOTH,      UNCLEAR, 0, "somebody gave the new definition a name of his own", RENAME),

    // The old one is gone, which nothing but the last step (or an operator) does.
    ROW(ABSENT,       OURS,        BEFORE,    FINISH,  CHECK | ARRIVE, "the old definition is gone, the new one is there", NULL),
    ROW(ABSENT,       OURS_ACTIVE, BEFORE,    FINISH,  CHECK | ARRIVE, "the old definition is gone, the new one runs", NULL),
    ROW(ABSENT,       OURS,        COMMITTED, FINISH,  ARRIVE, "only the end was not written down", NULL),
    ROW(ABSENT,       OURS_ACTIVE, COMMITTED, FINISH,  ARRIVE, "only the end was not written down", NULL),
    ROW(ABSENT,       OTHER,       BEFORE,    FINISH,  CHECK | ARRIVE, "the old definition is gone, and somebody renamed the new one", NULL),
    ROW(ABSENT,       OTHER,       COMMITTED, FINISH,  ARRIVE, "somebody renamed the new one since", NULL),
    ROW(ABSENT,       ANY,         BOTH,      UNCLEAR, 0, "the machine is not on that host any more, under either UUID",
        "Look where it is with 'virt-ferry list'. Where it was taken away on purpose, end the change with 'virt-ferry recover --give-up'."),
};

static const FerryChangeResolution genid_rows[] = {
    ROW(UNREACHABLE,  ANY,         BOTH,      WAIT,    0, "the host can't be read", NULL),
    ROW(OWN,          ANY,         BOTH,      STAYED,  0, "it has its old generation id", NULL),
    ROW(OWN,          ANY,         BOTH,      FINISH,  0, "it has its new generation id", NULL),
};
// clang-format on

static const FerryChangeResolution last_resort = {
    FERRY_CHANGE_OLD_ANY,  FERRY_CHANGE_NEW_ANY, BOTH, FERRY_CHANGE_UNCLEAR, 0,
    "no row of the table", "Report it.",
};

const FerryChangeResolution *
ferry_change_resolve(FerryChangeOld old, FerryChangeNew new, FerryChangeSince since)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const FerryChangeResolution *row = &table[i];

        if ((row->old == old || row->old == FERRY_CHANGE_OLD_ANY) &&
            (row->new == new || row->new == FERRY_CHANGE_NEW_ANY) && (row->since & since) != 0)
            return row;
    }
    return &last_resort;
}

const FerryChangeResolution *
ferry_change_resolve_genid(bool reachable, bool is_new)
{
    return &genid_rows[!reachable ? 0 : is_new ? 2 : 1];
}

FerryChangeSince
ferry_change_since(const char *phase)
{
    return g_strcmp0(phase, "commit") == 0 || g_strcmp0(phase, "clean") == 0
               ? FERRY_CHANGE_COMMITTED
               : FERRY_CHANGE_BEFORE;
}

const FerryChangeResolution *
ferry_change_table(size_t *ret_n)
{
    *ret_n = G_N_ELEMENTS(table);
    return table;
}

const char *
ferry_change_old_name(FerryChangeOld old)
{
    static const char *const names[] = {
        [FERRY_CHANGE_OLD_UNREACHABLE] = "unreachable",
        [FERRY_CHANGE_OLD_ABSENT] = "gone",
        [FERRY_CHANGE_OLD_OWN] = "under its own name",
        [FERRY_CHANGE_OLD_ASIDE] = "aside",
        [FERRY_CHANGE_OLD_ASIDE_ACTIVE] = "aside, and started",
        [FERRY_CHANGE_OLD_OTHER] = "under another name",
        [FERRY_CHANGE_OLD_ANY] = "any",
    };

    return names[old];
}

const char *
ferry_change_new_name(FerryChangeNew new)
{
    static const char *const names[] = {
        [FERRY_CHANGE_NEW_ABSENT] = "not there",
        [FERRY_CHANGE_NEW_STRANGER] = "not there, and its name is taken",
        [FERRY_CHANGE_NEW_OURS] = "there",
        [FERRY_CHANGE_NEW_OURS_ACTIVE] = "there, and started",
        [FERRY_CHANGE_NEW_OTHER] = "under another name",
        [FERRY_CHANGE_NEW_ANY] = "not known",
    };

    return names[new];
}

const char *
ferry_change_verdict_name(FerryChangeVerdict verdict)
{
    static const char *const names[] = {
        [FERRY_CHANGE_STAYED] = "stayed",   [FERRY_CHANGE_UNDO] = "undo",
        [FERRY_CHANGE_FINISH] = "finish",   [FERRY_CHANGE_WAIT] = "wait",
        [FERRY_CHANGE_UNCLEAR] = "unclear",
    };

    return names[verdict];
}

char *
ferry_change_acts_format(unsigned acts)
{
    static const char *const names[] = {
        "look for its snapshots and checkpoints",
        "undefine the new one",
        "undefine the old one",
        "rename the old one back",
        "define its checkpoints again",
        "switch autostart back",
        "switch autostart back",
        "take away what was copied",
        "take the marks away",
    };
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if ((acts & 1U << i) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", names[i]);
    return g_string_free(text, FALSE);
}
