// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/sever.h"

#include <string.h>

#include "base/error.h"
#include "remote/remote.h"

enum { LIMIT_S = 15 };

static const char script[] =
    "sever() {\n"
    "    pid=$(cat \"/run/libvirt/qemu/$name.pid\") || return\n"
    "    ss -H -t -n -p state established | while read -r _ _ local peer users; do\n"
    "        case $users in *\"pid=$pid,\"*) ;; *) continue ;; esac\n"
    "        if [ \"$side\" = src ]; then port=${peer##*:}; else port=${local##*:}; fi\n"
    "        [ \"$port\" -ge 49152 ] && [ \"$port\" -le 49215 ] || continue\n"
    "        ss -K -t -n src \"$local\" dst \"$peer\" >/dev/null && echo severed\n"
    "    done\n"
    "}\n"
    "sever; exit\n";

bool
ferry_sever(const FerryHost *host, const char *machine, FerrySeverSide side, GError **error)
{
    g_autofree char *name = g_shell_quote(machine);
    g_autofree char *text = g_strdup_printf("name=%s side=%s\n%s", name,
                                            side == FERRY_SEVER_SRC ? "src" : "dst", script);
    int64_t deadline = g_get_monotonic_time() + (int64_t)LIMIT_S * G_USEC_PER_SEC;
    g_autofree char *said = ferry_remote_run(host->name, host->uri, text, deadline, error);

    if (said == NULL)
        return false;
    if (strstr(said, "severed\n") != NULL)
        return true;
    ferry_error_set(error, FERRY_ERROR_FAILED,
                    "cannot break the migration stream of '%s' on host '%s': none was found",
                    machine, host->name);
    return false;
}
