// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/verdicts.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "model/verdict.h"

#define KIND_WIDTH 9
// Narrower, a finding gets lines of its own below its check.
#define TEXT_WIDTH_MIN 30
#define TEXT_INDENT    2

// Appends @text as lines of at most @columns (0: any), all but the first begun with @indent blanks.
static void
append_wrapped(GString *to, const char *text, size_t used, size_t indent, size_t columns)
{
    g_autofree char *safe = ferry_cli_escape(text);
    // The first line has @used columns taken already.
    g_autofree char *taken = g_strnfill(used, '.');
    g_autofree char *whole = g_strconcat(taken, safe, NULL);
    g_autofree char *lines = ferry_text_wrap(whole, columns > 0 ? columns : SIZE_MAX, indent);

    g_string_append(to, lines + used);
    g_string_append_c(to, '\n');
}

static void
append_verdict(GString *to, const FerryVerdict *verdict, size_t id_width, size_t columns)
{
    size_t indent = KIND_WIDTH + id_width + 2;
    g_autofree char *text =
        g_strconcat(verdict->text,
                    verdict->forced && !g_str_has_prefix(verdict->text, "not looked at")
                        ? " (overridden with --force)"
                        : "",
                    NULL);
    g_autofree char *hint = NULL;

    ferry_text_pad(to, ferry_verdict_kind_name(verdict->kind), KIND_WIDTH);
    if (columns > 0 && columns < indent + TEXT_WIDTH_MIN) {
        indent = TEXT_INDENT;
        g_string_append_printf(to, "%s\n%*s", verdict->check, (int)indent, "");
    } else {
        ferry_text_pad(to, verdict->check, id_width + 2);
    }
    append_wrapped(to, text, indent, indent, columns);
    if (verdict->hint == NULL)
        return;
    hint = g_strconcat("hint: ", verdict->hint, NULL);
    g_string_append_printf(to, "%*s", (int)indent, "");
    append_wrapped(to, hint, indent, indent, columns);
}

// All that only a probe could have told, with the one reason why there was none.
static void
append_unprobed(GString *to, const GPtrArray *verdicts, size_t columns)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *reason = NULL;

    for (unsigned i = 0; i < verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(verdicts, i);

        if (verdict->unprobed == NULL)
            continue;
        g_string_append_printf(text, "%s%s", reason != NULL ? ", " : "", verdict->check);
        reason = verdict->unprobed;
    }
    if (reason == NULL)
        return;
    g_string_append_printf(text, ": %s", reason);
    ferry_text_pad(to, ferry_verdict_kind_name(FERRY_VERDICT_UNKNOWN), KIND_WIDTH);
    append_wrapped(to, text->str, KIND_WIDTH, KIND_WIDTH, columns);
}

char *
ferry_verdicts_format(const GPtrArray *verdicts, size_t columns)
{
    GString *lines = g_string_new(NULL);
    size_t id_width = 0;

    for (unsigned i = 0; i < verdicts->len; i++)
        id_width = MAX(id_width, strlen(((FerryVerdict *)g_ptr_array_index(verdicts, i))->check));
    for (unsigned i = 0; i < verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(verdicts, i);

        if (verdict->unprobed == NULL)
            append_verdict(lines, verdict, id_width, columns);
    }
    append_unprobed(lines, verdicts, columns);
    return g_string_free(lines, FALSE);
}

char *
ferry_verdicts_wrap(const char *text, size_t columns)
{
    GString *lines = g_string_new(NULL);

    append_wrapped(lines, text, 0, 0, columns);
    return g_string_free(lines, FALSE);
}
