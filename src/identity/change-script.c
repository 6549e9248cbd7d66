// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/change-script.h"

#include <signal.h>

#include "identity/change-gen.h"
#include "remote/remote.h"

// A vTPM's state is some 10 KiB; what takes long is a host that is busy.
#define PATIENCE_US (30 * G_TIME_SPAN_SECOND)

void
ferry_change_digests_clear(FerryChangeDigests *digests)
{
    g_clear_pointer(&digests->tpm, g_free);
    g_clear_pointer(&digests->target, g_free);
    g_clear_pointer(&digests->nvram, g_free);
}

// A value is one quoted word: whatever is in it, no shell looks into it.
static void
set_variable(GString *script, const char *name, const char *value)
{
    g_autofree char *word = g_shell_quote(value);

    g_string_append_printf(script, "%s=%s\n", name, word);
}

char *
ferry_change_script_text(const FerryChangePlace *place, const char *verb)
{
    GString *script = g_string_new(NULL);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, place->id);
    g_autofree char *aside = ferry_change_aside_name(place->name, place->id);
    g_autoptr(GUri) uri = g_uri_parse(place->host->uri, G_URI_FLAGS_NONE, NULL);
    bool session = uri != NULL && g_str_has_suffix(g_uri_get_path(uri), "/session");

    set_variable(script, "verb", verb);
    set_variable(script, "old", place->old_uuid);
    set_variable(script, "new", place->new_uuid);
    set_variable(script, "id", id);
    set_variable(script, "nvram", place->nvram != NULL ? place->nvram : "");
    set_variable(script, "name", place->name);
    set_variable(script, "scope", session ? "session" : "system");
    set_variable(script, "aside", aside);
    for (unsigned i = 0; i < G_N_ELEMENTS(change_lines); i++) {
        g_string_append(script, change_lines[i]);
        g_string_append_c(script, '\n');
    }
    return g_string_free(script, FALSE);
}

// The script outlives Ctrl-C as the change does: signals that this thread holds back are held back in its children.
static char *
run(const FerryChangePlace *place, const char *verb, GError **error)
{
    g_autofree char *script = ferry_change_script_text(place, verb);
    sigset_t held, before;
    char *said;

    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &held, &before);
    said = ferry_remote_run(place->host->name, place->host->uri, script,
                            g_get_monotonic_time() + PATIENCE_US, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return said;
}

bool
ferry_change_script(const FerryChangePlace *place, const char *verb, GError **error)
{
    g_autofree char *said = run(place, verb, error);

    return said != NULL;
}

static void
take(const char *line, const char *name, char **digest)
{
    g_autofree char *prefix = g_strconcat(name, " ", NULL);

    if (g_str_has_prefix(line, prefix) && !g_str_has_suffix(line, " -"))
        *digest = g_strdup(line + strlen(prefix));
}

bool
ferry_change_look(const FerryChangePlace *place, FerryChangeDigests *ret_digests, GError **error)
{
    g_autofree char *said = run(place, "look", error);
    g_auto(GStrv) lines = NULL;

    if (said == NULL)
        return false;
    lines = g_strsplit(said, "\n", -1);
    *ret_digests = (FerryChangeDigests){0};
    for (unsigned i = 0; lines[i] != NULL; i++) {
        take(lines[i], "tpm", &ret_digests->tpm);
        take(lines[i], "target", &ret_digests->target);
        take(lines[i], "nvram", &ret_digests->nvram);
    }
    return true;
}
