// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// From a libvirt URI to the command that reaches a shell on its host. The ssh command is as libvirt's own
// (virNetSocketNewConnectSSH of 9.0), so that where libvirt gets through, a script does.

#include "remote/remote.h"

#include <string.h>

#include "base/error.h"

#define SSH_TIMEOUT_S "5"

static bool
is_one_of(const char *word, const char *const *words)
{
    return g_strv_contains(words, word);
}

static void
add(GPtrArray *command, const char *word)
{
    g_ptr_array_add(command, g_strdup(word));
}

// An option's value of ssh_config(5): quotes keep blanks together.
static void
add_option(GPtrArray *command, const char *name, const char *value)
{
    add(command, "-o");
    g_ptr_array_add(command, g_strdup_printf("%s=\"%s\"", name, value));
}

// libvirt's own words for what to do about a host key: no_verify for ssh, known_hosts_verify for libssh.
static void
add_host_key_options(GPtrArray *command, GHashTable *parameters)
{
    const char *known_hosts = g_hash_table_lookup(parameters, "known_hosts");
    const char *no_verify = g_hash_table_lookup(parameters, "no_verify");
    const char *verify = g_hash_table_lookup(parameters, "known_hosts_verify");

    if (known_hosts != NULL)
        add_option(command, "UserKnownHostsFile", known_hosts);
    if ((no_verify != NULL && strcmp(no_verify, "0") != 0) || g_strcmp0(verify, "ignore") == 0)
        add_option(command, "StrictHostKeyChecking", "no");
    else if (g_strcmp0(verify, "auto") == 0)
        add_option(command, "StrictHostKeyChecking", "accept-new");
}

// @forward: "HERE:THERE" or NULL
static GStrv
make_ssh_command(GUri *uri, GHashTable *parameters, const char *forward)
{
    g_autoptr(GPtrArray) command = g_ptr_array_new();
    const char *program = g_hash_table_lookup(parameters, "command");
    const char *keyfile = g_hash_table_lookup(parameters, "keyfile");

    add(command, program != NULL ? program : "ssh");
    add(command, "-T");
    add_option(command, "BatchMode", "yes");
    add_option(command, "ConnectTimeout", SSH_TIMEOUT_S);
    if (forward == NULL) {
        // Forwardings are the user's, for other ends; one that can't be set up again must not fail this.
        add_option(command, "ClearAllForwardings", "yes");
    } else {
        // That would clear ours as well. A connection of its own: one that is shared would keep it for ever.
        add_option(command, "ControlPath", "none");
        add(command, "-L");
        add(command, forward);
    }
    add_host_key_options(command, parameters);
    if (g_uri_get_port(uri) > 0) {
        add(command, "-p");
        g_ptr_array_add(command, g_strdup_printf("%d", g_uri_get_port(uri)));
    }
    if (g_uri_get_userinfo(uri) != NULL) {
        add(command, "-l");
        add(command, g_uri_get_userinfo(uri));
    }
    if (keyfile != NULL) {
        add(command, "-i");
        add(command, keyfile);
    }
    add(command, "--");
    add(command, g_uri_get_host(uri));
    add(command, "sh -s");
    g_ptr_array_add(command, NULL);
    return (char **)g_ptr_array_steal(command, NULL);
}

// A socket of another place may lead through a tunnel or into a container: this host's shell would answer for
// somebody else's daemon.
static bool
is_usual_socket(const char *socket)
{
    return socket == NULL || g_str_has_prefix(socket, "/run/libvirt/") ||
           g_str_has_prefix(socket, "/var/run/libvirt/");
}

static GStrv
make_command(GUri *uri, GHashTable *parameters, const char *forward, char **ret_why)
{
    static const char *const ssh[] = {"ssh", "libssh", "libssh2", NULL};
    g_auto(GStrv) scheme = g_strsplit(g_uri_get_scheme(uri), "+", 2);
    const char *host = g_uri_get_host(uri) != NULL ? g_uri_get_host(uri) : "";
    const char *transport = scheme[1] != NULL ? scheme[1] : *host != '\0' ? "tls" : "unix";

    if (strcmp(scheme[0], "qemu") != 0) {
        *ret_why = g_strdup_printf("a URI of '%s' is of no real host", scheme[0]);
        return NULL;
    }
    if (is_one_of(transport, ssh) && *host != '\0')
        return make_ssh_command(uri, parameters, forward);
    if (is_one_of(transport, ssh)) {
        *ret_why = g_strdup("its URI names no host");
        return NULL;
    }
    if (strcmp(transport, "unix") != 0 || *host != '\0') {
        *ret_why =
            g_strdup_printf("its URI uses '%s', which runs no scripts as ssh does", transport);
        return NULL;
    }
    if (!is_usual_socket(g_hash_table_lookup(parameters, "socket"))) {
        *ret_why = g_strdup_printf("where the socket '%s' leads to is not known",
                                   (const char *)g_hash_table_lookup(parameters, "socket"));
        return NULL;
    }
    if (forward != NULL) {
        *ret_why = g_strdup("it is this one, to which nothing need be forwarded");
        return NULL;
    }
    return g_strdupv((char *[]){(char *)"sh", (char *)"-s", NULL});
}

static GStrv
find_command(const char *name, const char *uri, const char *forward, GError **error)
{
    g_autoptr(GUri) parsed = g_uri_parse(uri, G_URI_FLAGS_ENCODED_QUERY, NULL);
    g_autoptr(GHashTable) parameters = NULL;
    g_autofree char *why = NULL;
    GStrv command;

    if (parsed != NULL)
        parameters =
            g_uri_parse_params(g_uri_get_query(parsed) != NULL ? g_uri_get_query(parsed) : "", -1,
                               "&;", G_URI_PARAMS_NONE, NULL);
    if (parameters == NULL) {
        ferry_error_set(error, FERRY_ERROR_UNSUPPORTED,
                        "cannot run a script on host '%s': its URI can't be read", name);
        return NULL;
    }
    command = make_command(parsed, parameters, forward, &why);
    if (command == NULL)
        ferry_error_set(error, FERRY_ERROR_UNSUPPORTED, "cannot run a script on host '%s': %s",
                        name, why);
    return command;
}

GStrv
ferry_remote_command(const char *name, const char *uri, GError **error)
{
    return find_command(name, uri, NULL, error);
}

GStrv
ferry_remote_forwarding_command(const char *name,
                                const char *uri,
                                const char *here,
                                const char *there,
                                GError **error)
{
    g_autofree char *forward = g_strconcat(here, ":", there, NULL);

    return find_command(name, uri, forward, error);
}

bool
ferry_remote_is_here(const char *uri)
{
    g_auto(GStrv) command = ferry_remote_command("", uri, NULL);

    return command != NULL && strcmp(command[0], "sh") == 0;
}
