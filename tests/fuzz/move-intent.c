// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An intent as a journal may hold it, damaged or of a program of another version. It is refused with an
// error, or the move that it makes has an intent that makes the same move.

#include "fuzz.h"

#include <glib.h>

#include "base/json.h"
#include "engine/move.h"

static char *
format_intent(const FerryMove *move)
{
    g_autoptr(JsonNode) node = ferry_move_intent(move);

    return ferry_json_format(node);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_text(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMove) move = ferry_move_from_intent(text, ferry_clock_real(), &error);
    g_autoptr(FerryMove) again = NULL;
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    g_assert_true((move == NULL) == (error != NULL));
    if (move == NULL)
        return 0;
    first = format_intent(move);
    again = ferry_move_from_intent(first, ferry_clock_real(), &error);
    g_assert_no_error(error);
    second = format_intent(again);
    g_assert_cmpstr(first, ==, second);
    return 0;
}
