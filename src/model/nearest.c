// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/nearest.h"

#include <stdbool.h>

#include "base/error.h"

// Names longer than this are cut: nobody mistypes the far end of such a name alone.
enum { LENGTH_MAX = 255 };

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
    return MIN(MIN(a, b), c);
}

// Bytes that are no UTF-8 become U+FFFD, so that any name can be compared.
static gunichar *
to_characters(const char *text, unsigned *ret_length)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *folded = g_utf8_casefold(valid, -1);
    glong length;
    gunichar *characters = g_utf8_to_ucs4_fast(folded, -1, &length);

    *ret_length = (unsigned)MIN(length, LENGTH_MAX);
    return characters;
}

unsigned
ferry_nearest_distance(const char *a, const char *b)
{
    unsigned rows[3][LENGTH_MAX + 1];
    unsigned *before = rows[0];
    unsigned *last = rows[1];
    unsigned *now = rows[2];
    unsigned a_len;
    unsigned b_len;
    g_autofree gunichar *ca = to_characters(a, &a_len);
    g_autofree gunichar *cb = to_characters(b, &b_len);

    for (unsigned j = 0; j <= b_len; j++)
        now[j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned *spare = before;

        before = last;
        last = now;
        now = spare;
        now[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            unsigned cost = ca[i - 1] == cb[j - 1] ? 0 : 1;

            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && ca[i - 1] == cb[j - 2] && ca[i - 2] == cb[j - 1])
                now[j] = MIN(now[j], before[j - 2] + 1);
        }
    }
    return now[b_len];
}

static unsigned
length_of(const char *text)
{
    unsigned length;

    g_free(to_characters(text, &length));
    return length;
}

static bool
is_near(unsigned distance, const char *a, const char *b)
{
    unsigned longer = MAX(length_of(a), length_of(b));

    return distance <= MAX(longer / 3, 1) && distance < longer;
}

const char *
ferry_nearest_find(const char *name, GPtrArray *names)
{
    const char *best = NULL;
    unsigned best_distance = G_MAXUINT;

    for (unsigned i = 0; i < names->len; i++) {
        const char *candidate = g_ptr_array_index(names, i);
        unsigned distance = ferry_nearest_distance(name, candidate);

        if (distance < best_distance && is_near(distance, name, candidate)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

void
ferry_nearest_add_hint(GError **error, const char *id, GPtrArray *ids, const char *kind)
{
    const char *nearest = ferry_nearest_find(id, ids);
    g_autoptr(GString) all = g_string_new(NULL);

    if (nearest != NULL) {
        ferry_error_add_hint(error, "Did you mean '%s'?", nearest);
        return;
    }
    for (unsigned i = 0; i < ids->len; i++)
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", (char *)g_ptr_array_index(ids, i));
    ferry_error_add_hint(error, "%s are: %s.", kind, all->str);
}
