// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/host-checks-gen.h"
#include "preflight/host-checks/common.h"

enum { SOON_S = 30 * 24 * 3600 };

static void
judge_expiry(const FerryHostCheckInput *in, const FerryProbedTls *tls, FerryVerdict *ret)
{
    g_autoptr(GDateTime) expires = g_date_time_new_from_unix_utc(tls->expires_s);
    g_autofree char *date = expires != NULL ? g_date_time_format(expires, "%F") : NULL;
    bool over = tls->expires_s <= in->now_s;

    if (tls->expires_s == 0 || tls->expires_s - in->now_s > SOON_S)
        return;
    ferry_verdict_set(ret, over ? FERRY_VERDICT_WARN : FERRY_VERDICT_NOTE,
                      "the certificate of host '%s' %s on %s", in->host->name,
                      over ? "expired" : "expires", date != NULL ? date : "a day long past");
    ferry_verdict_add_hint(ret, "Have it renewed: '%s/server-cert.pem'.", tls->folder);
}

static void
judge_lack(const FerryHostCheckInput *in, const char *folder, FerryVerdict *ret)
{
    if (!in->host->probe->root) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the TLS certificates of host '%s' cannot be told: the probe did not run as root",
            in->host->name);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_NOTE,
                      "host '%s' lacks certificates in '%s': no move with --tls from it or to it",
                      in->host->name, folder);
    ferry_verdict_add_hint(
        ret,
        "Put ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem and client-key.pem there where moves are to be encrypted.");
}

static void
run(const FerryHostCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedTls *tls;
    const char *folder;

    if (!has_probe(in->host, ret))
        return;
    folder = in->host->probe->migrate_tls_folder;
    if (folder == NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the TLS certificates of host '%s' cannot be told: the probe did not find their folder",
            in->host->name);
        return;
    }
    tls = ferry_host_probe_tls(in->host->probe, folder);
    if (tls == NULL || !tls->ca || !tls->server || !tls->client)
        judge_lack(in, folder, ret);
    else
        judge_expiry(in, tls, ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the certificates for --tls are in '%s'", folder);
}

const FerryHostCheck ferry_host_check_tls = {
    .id = "tls",
    .summary = "the host has the certificates that --tls needs, and they are valid",
    .impact =
        "Moves with --tls fail. Without it a guest's memory crosses the network in the clear.",
    .hint =
        "Put them into /etc/pki/qemu, or into migrate_tls_x509_cert_dir of qemu.conf, and renew them in time.",
    .severity = FERRY_VERDICT_WARN,
    .run = run,
};
