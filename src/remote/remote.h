// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Scripts on hosts, over the transport that the host's libvirt URI uses already: 'ssh HOST sh -s' for ssh
// (and libssh, libssh2), 'sh -s' here for a local socket. Nothing is installed there, and the user's own ssh
// configuration holds; nobody is asked for a password (BatchMode). TCP and TLS URIs have no way to run
// anything.
// A session is used by one thread at a time; calls block at most until their deadline.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct FerryRemote FerryRemote;

// Can a script be run there?
// Returns: (transfer full) the command that reads one from its standard input, ends with NULL; NULL with
// UNSUPPORTED, which says why the transport gives no way
GStrv ferry_remote_command(const char *name, const char *uri, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// The same; what connects to the UNIX socket @here comes to the socket @there on the host while it runs. Neither path
// has a colon.
// Returns: (transfer full); NULL with UNSUPPORTED, for this very machine too
GStrv ferry_remote_forwarding_command(const char *name,
                                      const char *uri,
                                      const char *here,
                                      const char *there,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Would a script run on this very machine?
bool ferry_remote_is_here(const char *uri);

// Starts @script on host @name. A script of which a part waits for input ends in one line that calls it,
// so that the shell has read it all.
// Returns: (transfer full); NULL with UNSUPPORTED or UNREACHABLE
FerryRemote *ferry_remote_start(const char *name,
                                const char *uri,
                                const char *script,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

// The same, started with @command of one of the above.
FerryRemote *ferry_remote_start_command(const char *name,
                                        GStrv command,
                                        const char *script,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Reads until a line that equals @line, which is not returned, or (@line NULL) until the script ended: it gets
// no more input then.
// @deadline_us: of g_get_monotonic_time(). Output beyond 4 MiB is an error.
// Returns: (transfer full) what came before; NULL with TIMEOUT, UNREACHABLE (the transport failed: its last
// line on stderr in the text) or FAILED (the script's own status, and its last line on stderr)
char *ferry_remote_read(FerryRemote *remote, const char *line, int64_t deadline_us, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: (transfer full) what it said so far and nobody has read: whole lines only
char *ferry_remote_take(FerryRemote *remote) G_GNUC_WARN_UNUSED_RESULT;

// Blocks never: what the script does not take yet goes on its way in ferry_remote_read(), which also says what
// became of a script that listens no more.
void ferry_remote_send(FerryRemote *remote, const char *text);

// Ends what still runs here; a script sees its input end and its shell go.
void ferry_remote_free(FerryRemote *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryRemote, ferry_remote_free)

// Start, read to the end, free.
char *ferry_remote_run(const char *name,
                       const char *uri,
                       const char *script,
                       int64_t deadline_us,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
