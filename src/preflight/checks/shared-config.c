// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

// What several hosts can have mounted at once. Those of FUSE are many; a local one has no source that another
// host has too.
static bool
is_network(const char *type)
{
    static const char *const types[] = {"nfs",  "nfs4",  "cifs", "smb3",   "ceph",
                                        "gfs2", "ocfs2", "gpfs", "lustre", "beegfs"};

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_strcmp0(type, types[i]) == 0)
            return true;
    return type != NULL && g_str_has_prefix(type, "fuse.");
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryHostProbe *here;
    const FerryHostProbe *there;

    if (!has_probe(in->src, "the file system of /etc/libvirt", ret) ||
        !has_probe(in->dst, "the file system of /etc/libvirt", ret))
        return;
    here = in->src->probe;
    there = in->dst->probe;
    if (here->config_fs_type == NULL || there->config_fs_type == NULL) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_UNKNOWN,
            "whether the hosts share /etc/libvirt cannot be told: the probe of host '%s' did not find out",
            here->config_fs_type == NULL ? in->src->name : in->dst->name);
    } else if (is_network(here->config_fs_type) && is_network(there->config_fs_type) &&
               here->config_source != NULL &&
               g_strcmp0(here->config_source, there->config_source) == 0) {
        ferry_verdict_set(
            ret, FERRY_VERDICT_BLOCK,
            "/etc/libvirt is on '%s' (%s) on both hosts: each would write the other's definitions",
            here->config_source, here->config_fs_type);
        ferry_verdict_add_hint(
            ret,
            "Give each host an /etc/libvirt of its own. If they are different folders of that file system, go on with --force shared-config.");
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "each host has its own /etc/libvirt");
    }
}

const FerryCheck ferry_check_shared_config = {
    .id = "shared-config",
    .summary = "the hosts do not share /etc/libvirt",
    .impact =
        "libvirt's manual: it 'must never be shared between hosts'. The source deletes the definition that the destination has just written, and at the next start of the hosts "
        "both start the same machine.",
    .hint = "Keep /etc/libvirt on each host's own disk.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .by_probe = true,
    .run = run,
};
