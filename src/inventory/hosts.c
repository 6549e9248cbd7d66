// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/hosts.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/nearest.h"

// More names than this in a hint help nobody.
enum { NAMES_SHOWN = 8 };

void
ferry_host_answer_free(FerryHostAnswer *answer)
{
    if (answer == NULL)
        return;
    ferry_host_free(answer->host);
    ferry_hypervisor_unref(answer->hv);
    ferry_vm_free(answer->vm);
    g_clear_pointer(&answer->machines, g_ptr_array_unref);
    g_free(answer->identity);
    g_clear_error(&answer->error);
    g_free(answer);
}

// "'a', 'b' and 2 more"
static char *
quote_names(GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < names->len && i < NAMES_SHOWN; i++)
        g_string_append_printf(text, "%s'%s'", i == 0 ? "" : ", ",
                               (char *)g_ptr_array_index(names, i));
    if (names->len > NAMES_SHOWN)
        g_string_append_printf(text, " and %u more", names->len - NAMES_SHOWN);
    return g_string_free(text, FALSE);
}

static void
add_host_hint(GPtrArray *known, const char *argument, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *list = NULL;
    const char *nearest;

    for (unsigned i = 0; i < known->len; i++)
        g_ptr_array_add(names, ((FerryHost *)g_ptr_array_index(known, i))->name);
    if (names->len == 0) {
        ferry_error_add_hint(
            error,
            "No host is known yet. Give a libvirt URI such as 'qemu+ssh://%s/system', or run 'virt-ferry host add %s URI' first.",
            argument, argument);
        return;
    }
    list = quote_names(names);
    nearest = ferry_nearest_find(argument, names);
    if (nearest != NULL)
        ferry_error_add_hint(error, "Did you mean '%s'? Known hosts: %s.", nearest, list);
    else
        ferry_error_add_hint(error, "Known hosts: %s.", list);
}

const FerryHost *
ferry_hosts_find_uri(const GPtrArray *hosts, const char *uri)
{
    for (unsigned i = 0; i < hosts->len; i++) {
        const FerryHost *host = g_ptr_array_index(hosts, i);

        if (strcmp(host->uri, uri) == 0)
            return host;
    }
    return NULL;
}

FerryHost *
ferry_hosts_resolve(GPtrArray *known, const char *argument, GError **error)
{
    const FerryHost *at_uri;
    FerryHost *host;

    for (unsigned i = 0; i < known->len; i++) {
        host = g_ptr_array_index(known, i);
        if (strcmp(host->name, argument) == 0)
            return ferry_host_copy(host);
    }
    at_uri = ferry_hosts_find_uri(known, argument);
    if (at_uri != NULL)
        return ferry_host_copy(at_uri);
    if (g_uri_peek_scheme(argument) != NULL) {
        host = g_new0(FerryHost, 1);
        host->name = g_strdup(argument);
        host->uri = g_strdup(argument);
        return host;
    }
    ferry_error_set(error, FERRY_ERROR_HOST_NOT_FOUND,
                    "host '%s' is not known, and it is no libvirt URI", argument);
    add_host_hint(known, argument, error);
    return NULL;
}

// What libvirt itself would connect to.
static const char *
default_uri(void)
{
    const char *uri = g_getenv("LIBVIRT_DEFAULT_URI");

    if (uri != NULL && uri[0] != '\0')
        return uri;
    return geteuid() == 0 ? "qemu:///system" : "qemu:///session";
}

static bool
is_listed(const GPtrArray *hosts, const char *uri)
{
    for (unsigned i = 0; i < hosts->len; i++)
        if (strcmp(((FerryHost *)g_ptr_array_index(hosts, i))->uri, uri) == 0)
            return true;
    return false;
}

GPtrArray *
ferry_hosts_resolve_all(GPtrArray *known, const char *const *names, GError **error)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);

    for (size_t i = 0; names[i] != NULL; i++) {
        g_autoptr(FerryHost) host = ferry_hosts_resolve(known, names[i], error);

        if (host == NULL)
            return NULL;
        if (!is_listed(hosts, host->uri))
            g_ptr_array_add(hosts, g_steal_pointer(&host));
    }
    return g_steal_pointer(&hosts);
}

GPtrArray *
ferry_hosts_candidates(GPtrArray *known, const char *connect, GError **error)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);
    FerryHost *host;

    if (connect == NULL && known->len > 0) {
        for (unsigned i = 0; i < known->len; i++)
            g_ptr_array_add(hosts, ferry_host_copy(g_ptr_array_index(known, i)));
        return g_steal_pointer(&hosts);
    }
    host = ferry_hosts_resolve(known, connect != NULL ? connect : default_uri(), error);
    if (host == NULL)
        return NULL;
    g_ptr_array_add(hosts, host);
    return g_steal_pointer(&hosts);
}
