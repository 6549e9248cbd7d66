// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <stdarg.h>
#include <string.h>

// Of libvirt's daemons, where the URI names none (src/remote/remote_driver.h).
#define TCP_PORT 16509
#define TLS_PORT 16514

char *
ferry_libvirt_error_text(const virError *error)
{
    if (error == NULL || error->message == NULL)
        return g_strdup("unknown error");
    // QEMU's own complaints come with line ends in them.
    return g_strstrip(g_strdelimit(g_strdup(error->message), "\r\n\t", ' '));
}

// What the RPC layer of our own library says when the daemon is gone: "client socket is closed" and
// "connection closed due to keepalive timeout" are INTERNAL_ERROR, "End of file while reading data" is
// SYSTEM_ERROR, all with the domain RPC (virNetClient*, 9.0 and 11.3).
static bool
is_broken_connection(const virError *error)
{
    return error->domain == VIR_FROM_RPC &&
           (error->code == VIR_ERR_INTERNAL_ERROR || error->code == VIR_ERR_SYSTEM_ERROR ||
            error->code == VIR_ERR_RPC);
}

FerryErrorCode
ferry_libvirt_error_code(const virError *error)
{
    if (error == NULL)
        return FERRY_ERROR_FAILED;
    if (is_broken_connection(error))
        return FERRY_ERROR_UNREACHABLE;
    switch (error->code) {
    case VIR_ERR_NO_DOMAIN:
        return FERRY_ERROR_VM_NOT_FOUND;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_UNKNOWN_HOST:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_GNUTLS_ERROR:
    case VIR_ERR_SSH:
    case VIR_ERR_LIBSSH:
        return FERRY_ERROR_UNREACHABLE;
    case VIR_ERR_OPERATION_TIMEOUT:
        return FERRY_ERROR_TIMEOUT;
    case VIR_ERR_OPERATION_ABORTED:
        return FERRY_ERROR_CANCELLED;
    case VIR_ERR_OPERATION_INVALID:
        return FERRY_ERROR_VM_STATE;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_OPERATION_UNSUPPORTED:
        return FERRY_ERROR_UNSUPPORTED;
    default:
        return FERRY_ERROR_FAILED;
    }
}

// Does @text name the port, and not as a part of a longer number?
static bool
mentions_port(const char *text, int port)
{
    g_autofree char *digits = g_strdup_printf("%d", port);

    for (const char *at = strstr(text, digits); at != NULL; at = strstr(at + 1, digits))
        if ((at == text || !g_ascii_isdigit(at[-1])) && !g_ascii_isdigit(at[strlen(digits)]))
            return true;
    return false;
}

static bool
mentions_any(const char *text, const char *const *phrases)
{
    for (size_t i = 0; phrases[i] != NULL; i++)
        if (strstr(text, phrases[i]) != NULL)
            return true;
    return false;
}

// "Unable to resolve address 'kvm2' service '16509'", "unable to connect to server at 'kvm2:16509'", "the
// certificate ...". The daemon's port tells them from the same words about QEMU's own (49152 and up), which
// the daemon connects to as well (qemuMigrationSrcConnect).
static bool
is_unreached_port(const char *text, int port)
{
    return mentions_port(text, port) || strstr(text, "ertificate") != NULL;
}

// What ssh and its remote end say when no connection comes about, not when one breaks.
static bool
is_unreached_ssh(const char *text)
{
    static const char *const phrases[] = {"ssh: ",
                                          "'ssh' in path",
                                          "Host key verification failed",
                                          "Permission denied (",
                                          "Too many authentication failures",
                                          "kex_exchange_identification",
                                          "virt-ssh-helper:",
                                          "nc: ",
                                          NULL};

    return mentions_any(text, phrases);
}

// "Failed to connect socket to '/run/libvirt/virtqemud-sock'", and not to a socket of QEMU's.
static bool
is_unreached_socket(const char *text, const char *query)
{
    g_autoptr(GHashTable) params =
        query == NULL ? NULL : g_uri_parse_params(query, -1, "&", G_URI_PARAMS_NONE, NULL);
    const char *socket = params == NULL ? NULL : g_hash_table_lookup(params, "socket");

    return strstr(text, socket != NULL ? socket : "-sock'") != NULL;
}

// Was the daemon that @dest_uri names not reached? Pure, and none too sure: the caller reads both hosts
// before it does anything else.
static bool
is_unreached(const char *text, const char *dest_uri)
{
    g_autoptr(GUri) uri = g_uri_parse(dest_uri, G_URI_FLAGS_NONE, NULL);
    const char *transport = uri == NULL ? NULL : strchr(g_uri_get_scheme(uri), '+');

    if (uri == NULL)
        return false;
    if (transport != NULL && strstr(transport, "ssh") != NULL)
        return is_unreached_ssh(text);
    if (g_strcmp0(transport, "+unix") == 0)
        return is_unreached_socket(text, g_uri_get_query(uri));
    if (g_uri_get_port(uri) > 0)
        return is_unreached_port(text, g_uri_get_port(uri));
    return is_unreached_port(text, g_strcmp0(transport, "+tcp") == 0 ? TCP_PORT : TLS_PORT);
}

// qemuMigrationSrcPerformPeer2Peer (9.0 to 11.3) opens its connection before anything else is done, and
// passes on what virConnectOpenAuth said: one of the RPC layer's errors, as may come later too when an open
// connection breaks. Those are INTERNAL_ERROR, or SYSTEM_ERROR with other words.
FerryErrorCode
ferry_libvirt_migrate_error_code(const virError *error, const char *dest_uri)
{
    if (error == NULL || error->message == NULL)
        return FERRY_ERROR_MOVE_FAILED;
    switch (error->code) {
    case VIR_ERR_OPERATION_ABORTED:
        // "migration out job: canceled by client" (qemuMigrationJobCheckStatus)
        return FERRY_ERROR_CANCELLED;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_GNUTLS_ERROR:
    case VIR_ERR_LIBSSH:
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_SSH:
    case VIR_ERR_UNKNOWN_HOST:
        return dest_uri != NULL ? FERRY_ERROR_NO_ROUTE : FERRY_ERROR_MOVE_FAILED;
    case VIR_ERR_SYSTEM_ERROR:
        if (dest_uri != NULL && is_unreached(error->message, dest_uri))
            return FERRY_ERROR_NO_ROUTE;
        return FERRY_ERROR_MOVE_FAILED;
    default:
        return FERRY_ERROR_MOVE_FAILED;
    }
}

static void
set_error(FerryHypervisor *hv, const virError *cause, const char *what, GError **error)
{
    g_autofree char *text = ferry_libvirt_error_text(cause);
    FerryErrorCode code = ferry_libvirt_error_code(cause);

    // A daemon's own words, not those of the RPC layer, may be the last that came before it went.
    if (code == FERRY_ERROR_FAILED && virConnectIsAlive(ferry_libvirt(hv)->conn) != 1)
        code = FERRY_ERROR_UNREACHABLE;
    ferry_error_set(error, code, "cannot %s on host '%s': %s", what, hv->name, text);
    if (cause != NULL)
        ferry_error_keep_library(error, cause->code, cause->domain);
}

void
ferry_libvirt_fail(FerryHypervisor *hv, GError **error, const char *format, ...)
{
    g_autoptr(virError) cause = virSaveLastError();
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    set_error(hv, cause, what, error);
}

void
ferry_libvirt_fail_machine(FerryHypervisor *hv,
                           virDomainPtr domain,
                           const char *what,
                           GError **error)
{
    g_autoptr(virError) cause = virSaveLastError();
    g_autofree char *all = g_strdup_printf("%s machine '%s'", what, virDomainGetName(domain));

    set_error(hv, cause, all, error);
}

// Causes of a failed connection as ssh, the sockets and libvirt word them, and the way out. The first
// that fits is taken; %s is the ssh destination or the host of the URI.
typedef struct Hint {
    const char *cause;
    const char *hint;
} Hint;

static const Hint hints[] = {
    {"Host key verification failed", "Accept the host's ssh key once: run 'ssh %s true'."},
    {"Permission denied (", "Let ssh in without a password: run 'ssh-copy-id %s'."},
    {"Could not resolve hostname", "Check the name of the host: run 'getent hosts %s'."},
    {"Name or service not known", "Check the name of the host: run 'getent hosts %s'."},
    {"Temporary failure in name resolution", "Check the name of the host: run 'getent hosts %s'."},
    {"No route to host", "Check that the host is up: run 'ping -c 3 %s'."},
    {"Network is unreachable", "Check that the host is up: run 'ping -c 3 %s'."},
    {"timed out", "Check that the host is up: run 'ping -c 3 %s'."},
    {"socket to '", NULL}, // a daemon's own socket: told apart below
    {"port 22: Connection refused", "Check that ssh answers there: run 'ssh %s true'."},
    {"Connection refused",
     "See whether the daemon listens there: run 'systemctl status libvirtd-tcp.socket libvirtd-tls.socket virtproxyd-tcp.socket virtproxyd-tls.socket' on the host."},
    {"ertificate", "Check the certificates: run 'virt-pki-validate' on both hosts."},
    {"no connection driver available",
     "A URI names driver, transport and host, as in 'qemu+ssh://HOST/system': run 'virsh uri' on the host to see its own."},
    {"uthentication", "See what is refused: run 'virsh -c URI version'."},
};

static const char *
socket_hint(const char *text)
{
    if (strstr(text, "Permission denied") != NULL)
        return "Run it as root or join the group 'libvirt': run 'usermod -aG libvirt USER' and log in again.";
    return "See whether the daemon runs: run 'systemctl status libvirtd.socket virtqemud.socket' on the host.";
}

// Returns: what ssh and ping call the host of @uri. (transfer full)
static char *
destination_of(const char *uri)
{
    g_autofree char *user = NULL;
    g_autofree char *host = NULL;

    if (!g_uri_split_with_user(uri, G_URI_FLAGS_NONE, NULL, &user, NULL, NULL, &host, NULL, NULL,
                               NULL, NULL, NULL) ||
        host == NULL || *host == '\0')
        return g_strdup("HOST");
    return user != NULL ? g_strdup_printf("%s@%s", user, host) : g_steal_pointer(&host);
}

static void
add_connect_hint(const char *uri, const char *text, GError **error)
{
    g_autofree char *destination = destination_of(uri);

    for (size_t i = 0; i < G_N_ELEMENTS(hints); i++) {
        g_auto(GStrv) parts = NULL;
        g_autofree char *hint = NULL;

        if (strstr(text, hints[i].cause) == NULL)
            continue;
        parts = g_strsplit(hints[i].hint != NULL ? hints[i].hint : socket_hint(text), "%s", -1);
        hint = g_strjoinv(destination, parts);
        ferry_error_add_hint(error, "%s", hint);
        return;
    }
}

void
ferry_libvirt_connect_error(const char *name,
                            const char *uri,
                            const virError *cause,
                            GError **error)
{
    g_autofree char *text = ferry_libvirt_error_text(cause);

    if (g_str_equal(name, uri))
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot connect to host '%s': %s", uri,
                        text);
    else
        ferry_error_set(error, FERRY_ERROR_UNREACHABLE, "cannot connect to host '%s' at '%s': %s",
                        name, uri, text);
    if (cause != NULL)
        ferry_error_keep_library(error, cause->code, cause->domain);
    add_connect_hint(uri, text, error);
}
