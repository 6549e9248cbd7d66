// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <gio/gio.h>
#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

static const uint64_t TLS_LIMIT_KIB = UINT64_C(64) * 1024 * 1024;

// One TLS session that carries much more than 64 GiB has crashed in GnuTLS (qemu-project/qemu#1937).
static void
judge_size(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryDefinition *arriving = find_arriving(in, "memory", ret);

    if (arriving == NULL || in->options->parallel > 0 || arriving->memory_kib <= TLS_LIMIT_KIB)
        return;
    ferry_verdict_set(ret, FERRY_VERDICT_WARN,
                      "more than 64 GiB over one TLS connection can break QEMU's TLS library");
    ferry_verdict_add_hint(ret, "Spread it over several connections with --parallel.");
}

// Keys and often their folder are root's: whoever else looks may see nothing.
static void
judge_lack(const FerryHostFacts *host, const char *what, const char *files, FerryVerdict *ret)
{
    if (!host->probe->root) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the TLS certificates of host '%s' cannot be told: the probe did not run as root",
            host->name);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "host '%s' has no %s in '%s'", host->name, what,
                      host->probe->migrate_tls_folder);
    ferry_verdict_add_hint(
        ret, "Put %s there, or name another folder with migrate_tls_x509_cert_dir in qemu.conf.",
        files);
}

// Returns: what @host has in the folder that libvirt uses for moves; NULL with a verdict where it has nothing
static const FerryProbedTls *
find_folder(const FerryHostFacts *host, FerryVerdict *ret)
{
    const FerryProbedTls *tls;

    if (!has_probe(host, "the TLS certificates", ret))
        return NULL;
    if (host->probe->migrate_tls_folder == NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "the TLS certificates of host '%s' cannot be told: the probe did not find their folder",
            host->name);
        return NULL;
    }
    tls = ferry_host_probe_tls(host->probe, host->probe->migrate_tls_folder);
    if (tls == NULL || !tls->ca) {
        judge_lack(host, "CA certificate", "ca-cert.pem", ret);
        return NULL;
    }
    return tls;
}

// libvirt lets the destination ask for the source's certificate unless qemu.conf says otherwise
// (migrate_tls_x509_verify, 9.0).
static void
judge_source(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedTls *tls = find_folder(in->src, ret);

    if (tls != NULL && !tls->client)
        judge_lack(in->src, "client certificate", "client-cert.pem and client-key.pem", ret);
}

// As the source's QEMU connects to it: what it is told to, else what the destination calls itself
// (qemuMigrationDstPrepareDirect, 9.0). NULL: not known
static const char *
sent_to(const FerryCheckInput *in)
{
    if (in->options->dest_address != NULL)
        return in->options->dest_address;
    if (in->dst->probe->migration_host != NULL)
        return in->dst->probe->migration_host;
    return in->dst->info_unknown == NULL ? in->dst->info.hostname : NULL;
}

// "2001:db8:0::1" and "2001:db8::1" are one address.
static bool
is_same_address(const char *a, const char *b)
{
    g_autoptr(GInetAddress) left = g_inet_address_new_from_string(a);
    g_autoptr(GInetAddress) right = g_inet_address_new_from_string(b);

    return left != NULL && right != NULL && g_inet_address_equal(left, right);
}

// As GnuTLS compares them: without case, and "*.example.org" for one label.
static bool
is_name(const char *pattern, const char *name)
{
    const char *dot = strchr(name, '.');

    if (g_ascii_strcasecmp(pattern, name) == 0 || is_same_address(pattern, name))
        return true;
    return g_str_has_prefix(pattern, "*.") && dot != NULL && dot != name &&
           g_ascii_strcasecmp(pattern + 1, dot) == 0;
}

static bool
bears_name(const FerryProbedTls *tls, const char *name)
{
    size_t length = strlen(name);
    g_autofree char *bare = name[0] == '[' && length > 2 && name[length - 1] == ']'
                                ? g_strndup(name + 1, length - 2)
                                : g_strdup(name);

    for (size_t i = 0; tls->names[i] != NULL; i++)
        if (is_name(tls->names[i], bare))
            return true;
    return false;
}

static void
judge_name(const FerryCheckInput *in, const FerryProbedTls *tls, FerryVerdict *ret)
{
    const char *name = sent_to(in);
    g_autofree char *names = g_strjoinv(", ", tls->names);

    if (name == NULL || !tls->names_known) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether the certificate of host '%s' bears the right name cannot be told: %s",
            in->dst->name,
            name != NULL                    ? "the host has no tool to read it with"
            : in->dst->info_unknown != NULL ? in->dst->info_unknown
                                            : "the host does not tell its name");
    } else if (!bears_name(tls, name)) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "the memory is sent to '%s', and the certificate of host '%s' is for '%s'", name,
            in->dst->name, names);
        ferry_verdict_add_hint(
            ret,
            "Send it to a name of the certificate with --dest-address, or have one made for '%s'.",
            name);
    }
}

static void
judge_destination(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryProbedTls *tls = find_folder(in->dst, ret);

    if (tls == NULL)
        return;
    if (!tls->server) {
        judge_lack(in->dst, "server certificate", "server-cert.pem and server-key.pem", ret);
    } else if (tls->expires_s != 0 && tls->expires_s <= in->now_s) {
        g_autoptr(GDateTime) expired = g_date_time_new_from_unix_utc(tls->expires_s);
        g_autofree char *date = expired != NULL ? g_date_time_format(expired, "%F") : NULL;

        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the certificate of host '%s' expired on %s",
                          in->dst->name, date != NULL ? date : "a day long past");
        ferry_verdict_add_hint(ret, "Have it renewed: '%s/server-cert.pem'.", tls->folder);
    } else {
        judge_name(in, tls, ret);
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_source, judge_destination, judge_size};

    if (!in->options->tls) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the move is not asked to use TLS");
        return;
    }
    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it sends no memory");
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "both hosts have certificates, and that of host '%s' is for '%s'",
                          in->dst->name, sent_to(in));
}

const FerryCheck ferry_check_tls = {
    .id = "tls",
    .summary = "both hosts have the certificates that --tls needs",
    .impact =
        "QEMU refuses the connection after the machine was set up on the destination: a file is not there, or the certificate bears another name than the one connected to.",
    .hint =
        "Put ca-cert.pem and the pairs of server and client into /etc/pki/qemu (or migrate_tls_x509_cert_dir of qemu.conf) on both hosts, and let the server's certificate bear "
        "the name or address that the memory is sent to.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
