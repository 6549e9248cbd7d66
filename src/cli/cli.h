// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The command line: what every subcommand is made of. A subcommand is one file in commands/ that
// exports one const FerryCommand. Results go to stdout, everything else to stderr; an error goes up
// as GError and is printed once, here, with its hint, and becomes the exit status of error-codes.inc.

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/config.h"
#include "model/host.h"
#include "state/state.h"

typedef struct FerryCli FerryCli;

typedef struct FerryCommand {
    const char *name;        // "migrate"
    const char *arguments;   // "VM HOST", as shown in the usage line
    const char *summary;     // one line for the list of subcommands
    const char *description; // some sentences for --help; NULL for none
    // @argv: the words after the subcommand. Returns false with @error, or true; a command whose
    // result is itself a verdict sets *ret_status to an exit status of its own (0 before the call).
    bool (*run)(FerryCli *cli, GStrv argv, int *ret_status, GError **error);
} FerryCommand;

// What main gives to every subcommand.
struct FerryCli {
    const FerryStateDriver *state_driver;
    FerryConfig *config;
    FerryState *state; // opened by ferry_cli_state()
    bool json;         // --json was given; set by ferry_cli_parse()
};

// Runs the program: global options, then the subcommand's; prints errors. Returns the exit status.
// Main: int main(argc, argv) { ...; return ferry_cli_main(&cli, argc, argv); }
int ferry_cli_main(FerryCli *cli, int argc, char **argv);

// All subcommands, ordered by name, ends with NULL.
const FerryCommand *const *ferry_cli_commands(void);

// Parses a subcommand's words with GOption. @entries: the command's own options (ends with {NULL}; NULL
// for none); --json and --help are added to all. @n_min, @n_max: how many words besides options
// (@n_max -1: any number). On --help prints the help and sets *ret_done.
// Returns: false with USAGE, which names the command's --help as its hint.
// @ret_words: (transfer full) the words besides options
bool ferry_cli_parse(FerryCli *cli,
                     const FerryCommand *command,
                     GStrv argv,
                     const GOptionEntry *entries,
                     int n_min,
                     int n_max,
                     GStrv *ret_words,
                     bool *ret_done,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: our records, opened at the first call; owned by @cli. NULL with an error.
FerryState *ferry_cli_state(FerryCli *cli, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Hosts to look for a machine on: @connect (a name or URI, as -c in virsh) alone where given, else all
// known hosts, else libvirt's own default URI. (element-type FerryHost) (transfer full)
GPtrArray *ferry_cli_source_hosts(FerryCli *cli, const char *connect, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Writes to stdout and checks that it got there: OUTPUT when it did not (closed, full disk). A reader that
// went away (EPIPE, as with `| head`) is no error.
bool ferry_cli_print(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3)
    G_GNUC_WARN_UNUSED_RESULT;

// Writes @node as JSON, one line, to stdout. Takes @node.
bool ferry_cli_print_json(JsonNode *node, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// A remark for people on stderr: "note: ...". Nothing in JSON mode.
void ferry_cli_note(FerryCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

// Asks a yes/no question on the terminal (stdin and stderr). DECLINED where the answer is no or nobody can
// be asked; its hint names --yes.
bool ferry_cli_confirm(FerryCli *cli, const char *question, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// A name or a text of the outside world, safe for a terminal: control characters and invalid UTF-8 become
// escapes (\n, \x1b, \xff). (transfer full)
char *ferry_cli_escape(const char *text);

// Prints @error with its hint on stderr as the program does at its end: "virt-ferry: TEXT" and
// "hint: HINT"; in JSON mode as one object on stderr {"error": {"id","message","hint","exit"}}.
void ferry_cli_print_error(FerryCli *cli, const GError *error);

// Terminal width of stderr, 80 where it is none; never less than 20.
int ferry_cli_columns(void);
