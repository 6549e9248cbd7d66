// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Text for terminals: how wide it is, and cut to a width. All text is valid UTF-8 without control
// characters: of ferry_cli_escape(). Pure.

#pragma once

#include <glib.h>
#include <stddef.h>

// Returns: the columns @text takes on a terminal: 2 for a wide character, 0 for a combining one
size_t ferry_text_width(const char *text);

// Returns: @text cut to at most @columns, ending in '…' where it was cut. (transfer full)
char *ferry_text_cut(const char *text, size_t columns);

// Appends @text and blanks up to @columns, cut where it is wider.
void ferry_text_pad(GString *to, const char *text, size_t columns);

// Returns: @text as lines of at most @columns, broken at blanks, each after the first begun with
// @indent blanks; a word that is wider stands whole on a line of its own. (transfer full)
char *ferry_text_wrap(const char *text, size_t columns, size_t indent);
