// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The hosts we know: which one is meant by an argument, and what they answer when all are asked at
// once for a machine. Asking blocks, each host at most for the seconds given, and a silent host holds up
// nobody; judging the answers is pure.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "hypervisor/hypervisor.h"
#include "model/host.h"
#include "model/vm.h"

// The host that @argument means: the name of one of @known, the URI of one of @known (which then has its
// name and address), or any other libvirt URI (has a ':'; its name is the URI).
// @known: (element-type FerryHost), as of ferry_state_list_hosts().
// Returns: (transfer full) a copy; NULL with HOST_NOT_FOUND, the nearest name in the hint
FerryHost *ferry_hosts_resolve(GPtrArray *known, const char *argument, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: the host of @hosts (element-type FerryHost) at @uri, owned by @hosts; NULL where there is none
const FerryHost *ferry_hosts_find_uri(const GPtrArray *hosts, const char *uri);

// As ferry_hosts_resolve() for each of @names (ends with NULL); of those with the same URI the first alone.
// Returns: (element-type FerryHost) empty where none is named. (transfer full); NULL with HOST_NOT_FOUND
GPtrArray *ferry_hosts_resolve_all(GPtrArray *known, const char *const *names, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Where to look for machines: @connect (a name or URI, as -c in virsh) alone where given, else all of @known, else,
// where none is known, libvirt's own default ($LIBVIRT_DEFAULT_URI, qemu:///system as root, qemu:///session).
// Returns: (element-type FerryHost) (transfer full) copies; NULL with HOST_NOT_FOUND
GPtrArray *ferry_hosts_candidates(GPtrArray *known, const char *connect, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// What one host answered.
typedef struct FerryHostAnswer {
    FerryHost *host;
    FerryHypervisor
        *hv;     // open, to be used further (ref it); NULL where the host could not be reached
    FerryVm *vm; // of ferry_hosts_find(): the machine there; NULL where it is not
    GPtrArray
        *machines;  // of ferry_hosts_list(): FerryVm; after a find that found nothing anywhere too
    char *identity; // host UUID and hostname; only after a find that found it active several times
    GError *error;  // could not be asked: UNREACHABLE "host 'x' did not answer in 5 s" and others
} FerryHostAnswer;

void ferry_host_answer_free(FerryHostAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHostAnswer, ferry_host_answer_free)

// Its error where it said nothing for @timeout_s seconds.
void ferry_host_answer_set_silent(FerryHostAnswer *answer, unsigned timeout_s);

// Asks @hosts (element-type FerryHost) in parallel for machine @name_or_uuid. Where none has it, asks
// once more for all their machines, so that judging can name the nearest.
// Returns: (element-type FerryHostAnswer) one for each host, in their order. (transfer full)
GPtrArray *ferry_hosts_find(GPtrArray *hosts, const char *name_or_uuid, unsigned timeout_s);

// Asks @hosts in parallel for all their machines.
// Returns: (element-type FerryHostAnswer) one for each host, in their order. (transfer full)
GPtrArray *ferry_hosts_list(GPtrArray *hosts, unsigned timeout_s);

// Which of @answers (of ferry_hosts_find) is the source of a move of @name_or_uuid: the one host where the
// machine is active, or the one that has its definition where it is off everywhere. Pure.
// @ret_source: the answer, owned by @answers.
// @ret_notes: (element-type utf8) what to tell beside it: inactive definitions elsewhere, hosts that
// could not be asked. (transfer full)
// Errors: VM_AMBIGUOUS (active on several hosts, defined on several and active on none, a name that fits
// two machines), BUSY (running on one host and coming in on another: a move is under way),
// VM_NOT_FOUND, UNREACHABLE (no host answered), HOST_NOT_FOUND (there are no hosts).
bool ferry_hosts_judge(GPtrArray *answers,
                       const char *name_or_uuid,
                       FerryHostAnswer **ret_source,
                       GPtrArray **ret_notes,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
