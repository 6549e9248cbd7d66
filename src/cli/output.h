// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where output goes, beside what cli.h offers to subcommands.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stddef.h>

// Makes sure that descriptors 0 to 2 are taken, so that no file we open later gets the number of a closed
// one: a write to a closed stdout still fails, and never goes into a database.
void ferry_output_hold_descriptors(void);

// Returns: the width of the terminal at descriptor @fd, never less than 20; 0 where it is none
size_t ferry_output_columns(int fd);

// Is stdout a pipe that nobody reads any more? Then a command that writes without end may stop.
bool ferry_output_reader_is_gone(void);

// @answers: (element-type FerryHostAnswer)
// Returns: {"name","uri","answered"} for each, and "error" of one that could not be asked. (transfer full)
JsonArray *ferry_output_answers(const GPtrArray *answers);

// Returns: @error as {"id","message","hint","exit"}; hint is left out where there is none. (transfer full)
JsonObject *ferry_output_error_object(const GError *error);
