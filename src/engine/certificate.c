// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/certificate.h"

#include <string.h>

#include "remote/remote.h"

enum {
    KNOWN_FROM = 9000000, // the versions whose status files were looked at
    KNOWN_UNTIL = 12000000,
    READY_LIMIT_S = 3,
    LIMIT_S = 10,
};

// The job is the second level of the file, two blanks deep; no text of the machine's own can stand there.
static const char script[] =
    "certify() {\n"
    "    file=/run/libvirt/qemu/$name.xml\n"
    "    if [ -r \"$file\" ]; then echo readable; fi\n"
    "    echo ready\n"
    "    read -r word || return\n"
    "    n=0\n"
    "    while [ \"$n\" -lt 1500 ] && [ -e \"$file\" ]; do\n"
    "        if grep -q \"^  <job [^>]*async='migration out' phase='confirm3'\" \"$file\" 2>/dev/null; then\n"
    "            echo confirm3\n"
    "            return\n"
    "        fi\n"
    "        n=$((n + 1))\n"
    "        sleep 0.005\n"
    "    done\n"
    "}\n"
    "certify; echo end; exit\n";

struct FerryCertificate {
    FerryRemote *remote;
};

bool
ferry_certificate_is_known(unsigned long libvirt_version)
{
    return libvirt_version >= KNOWN_FROM && libvirt_version < KNOWN_UNTIL;
}

FerryCertificate *
ferry_certificate_new(const FerryHost *src, const char *machine)
{
    g_autofree char *name = g_shell_quote(machine);
    g_autofree char *text = g_strdup_printf("name=%s\n%s", name, script);
    g_autoptr(GError) error = NULL;
    FerryCertificate *certificate;
    FerryRemote *remote;

    remote = ferry_remote_start(src->name, src->uri, text, &error);
    if (remote == NULL) {
        g_debug("no status file of '%s': %s", machine, error->message);
        return NULL;
    }
    certificate = g_new(FerryCertificate, 1);
    certificate->remote = remote;
    return certificate;
}

bool
ferry_certificate_is_ready(FerryCertificate *certificate)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)READY_LIMIT_S * G_USEC_PER_SEC;
    g_autofree char *said = ferry_remote_read(certificate->remote, "ready", deadline, NULL);

    return said != NULL && strstr(said, "readable\n") != NULL;
}

bool
ferry_certificate_wait(FerryCertificate *certificate)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)LIMIT_S * G_USEC_PER_SEC;
    g_autofree char *said = NULL;

    ferry_remote_send(certificate->remote, "go\n");
    said = ferry_remote_read(certificate->remote, "end", deadline, NULL);
    return said != NULL && strstr(said, "confirm3\n") != NULL;
}

void
ferry_certificate_free(FerryCertificate *certificate)
{
    if (certificate == NULL)
        return;
    ferry_remote_free(certificate->remote);
    g_free(certificate);
}
