// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hypervisor/libvirt/private.h"

#include <errno.h>
#include <string.h>

// The most "/." after the path of a pool of ours, and how often another number is tried.
#define MOST_DOTS  200
#define POOL_TRIES 3

#define ANY_POOL (-1)

typedef struct Look {
    const char *path;
    FerryPathInfo *info;
} Look;

bool
ferry_libvirt_is_special_folder(const char *folder)
{
    static const char *const specials[] = {"/dev", "/proc", "/sys"};
    g_autofree char *plain = NULL;

    while (folder[1] == '/')
        folder++; // two slashes at the start are kept by GLib as something special
    plain = g_canonicalize_filename(folder, "/");
    for (size_t i = 0; i < G_N_ELEMENTS(specials); i++) {
        size_t length = strlen(specials[i]);

        if (strncmp(plain, specials[i], length) == 0 &&
            (plain[length] == '\0' || plain[length] == '/'))
            return true;
    }
    return false;
}

// What libvirt's last error says is why nothing is known of it.
static void
fail_look(FerryHypervisor *hv, const Look *look)
{
    g_autoptr(GError) error = NULL;

    ferry_libvirt_fail(hv, &error, "look for '%s'", look->path);
    look->info->unknown = g_strdup(error->message);
}

// Returns: NULL with libvirt's last error set
static virStoragePoolPtr
create_pool(virConnectPtr conn, const char *target)
{
    g_autofree char *xml = g_markup_printf_escaped("<pool type='dir'>"
                                                   "<name>" FERRY_LIBVIRT_OWN_POOL "%08x%08x</name>"
                                                   "<target><path>%s</path></target>"
                                                   "</pool>",
                                                   g_random_int(), g_random_int(), target);

    return virStoragePoolCreateXML(conn, xml, 0);
}

void
ferry_libvirt_close_folder(virStoragePoolPtr pool)
{
    virStoragePoolDestroy(pool);
    virStoragePoolFree(pool);
}

// libvirt refuses a second pool of the same path, and an inactive pool of the host is not ours to start. A
// number of "/." at the end tells our path from the host's own and from that of another run, which looks at
// the same folder now.
virStoragePoolPtr
ferry_libvirt_open_folder(virConnectPtr conn, const char *folder)
{
    virStoragePoolPtr pool = NULL;

    for (int i = 0; i < POOL_TRIES; i++) {
        g_autoptr(GString) target = g_string_new(g_str_equal(folder, "/") ? "" : folder);

        for (int dots = g_random_int_range(1, MOST_DOTS + 1); dots > 0; dots--)
            g_string_append(target, "/.");
        pool = create_pool(conn, target->str);
        // OPERATION_FAILED: "Storage source conflict with pool" (virStoragePoolObjSourceFindDuplicate, 9.0).
        if (pool != NULL || virGetLastErrorCode() != VIR_ERR_OPERATION_FAILED)
            break;
    }
    return pool;
}

int
ferry_libvirt_system_error(void)
{
    const virError *last = virGetLastError();

    return last != NULL && last->code == VIR_ERR_SYSTEM_ERROR ? last->int1 : 0;
}

// Asks the host for a folder that can't be there, below @path.
// Returns: ENOTDIR when @path is no folder but something else, ENOENT when it is a folder or is not there,
// ANY_POOL when the host makes pools of anything; else another number, with libvirt's last error set
static int
ask_below(virConnectPtr conn, const char *path)
{
    g_autofree char *target =
        g_strdup_printf("%s/" FERRY_LIBVIRT_OWN_POOL "%08x", path, g_random_int());
    virStoragePoolPtr pool = create_pool(conn, target);

    if (pool == NULL)
        return ferry_libvirt_system_error();
    ferry_libvirt_close_folder(pool);
    return ANY_POOL;
}

// Tells whether anything but a folder is at the path. It is not opened for that, so that this is safe for
// devices.
static void
look_whether_there(FerryHypervisor *hv, const Look *look)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    g_autofree char *folder = g_path_get_dirname(look->path);

    switch (ask_below(conn, look->path)) {
    case ENOENT:
        return;
    case ENOTDIR: // perhaps the folder already is none
        look->info->seen = ask_below(conn, folder) != ENOTDIR;
        return;
    case ANY_POOL:
        look->info->unknown = g_strdup_printf(
            "cannot look for '%s' on host '%s': its driver '%s' does not look at files", look->path,
            hv->name, virConnectGetType(conn));
        return;
    default:
        fail_look(hv, look);
        return;
    }
}

static void
look_at_volume(FerryHypervisor *hv, const Look *look, virStorageVolPtr volume)
{
    g_autofree char *xml = virStorageVolGetXMLDesc(volume, 0);
    g_autoptr(GError) error = NULL;

    if (xml == NULL)
        fail_look(hv, look);
    else if (!ferry_path_info_parse(xml, look->info, &error))
        look->info->unknown = g_strdup(error->message);
    else
        look->info->seen = true;
    // what an image names below itself may start from its folder, which is named as our pool has it
    if (look->info->backing != NULL) {
        g_autofree char *backing = g_steal_pointer(&look->info->backing);

        look->info->backing = g_canonicalize_filename(backing, "/");
    }
}

// @pool: NULL where none can be made. A pool lists folders and regular files: what it lacks may be a link to a
// device (virStorageBackendVolOpen, 9.0).
static void
look_at_path(FerryHypervisor *hv, const Look *look, virStoragePoolPtr pool)
{
    g_autofree char *name = g_path_get_basename(look->path);
    g_autoptr(virStorageVol) volume = NULL;

    if (pool != NULL)
        volume = virStorageVolLookupByName(pool, name);
    if (volume != NULL)
        look_at_volume(hv, look, volume);
    else
        look_whether_there(hv, look);
}

// Where the folder can't be read (one file that root may not open is enough), there is still the second way.
static void
look_at_folder(FerryHypervisor *hv, const char *folder, GArray *looks)
{
    virConnectPtr conn = ferry_libvirt(hv)->conn;
    virStoragePoolPtr pool =
        ferry_libvirt_is_special_folder(folder) ? NULL : ferry_libvirt_open_folder(conn, folder);

    for (unsigned i = 0; i < looks->len; i++)
        look_at_path(hv, &g_array_index(looks, Look, i), pool);
    if (pool != NULL)
        ferry_libvirt_close_folder(pool);
}

// Returns: why libvirt can't be asked about @path; NULL where it can. (transfer full)
static char *
explain_refusal(const FerryHypervisor *hv, const char *path)
{
    // libvirt leaves names with control characters out of its lists (virStringHasControlChars).
    for (const char *at = path; *at != '\0'; at++)
        if (g_ascii_iscntrl(*at))
            return g_strdup_printf(
                "cannot look for '%s' on host '%s': libvirt lists no names with control characters",
                path, hv->name);
    if (!g_path_is_absolute(path))
        return g_strdup_printf("cannot look for '%s' on host '%s': the path is not absolute", path,
                               hv->name);
    return NULL;
}

// Returns: the paths that libvirt can be asked about, as GArray of Look by their folder. (transfer full)
static GHashTable *
group_paths(const FerryHypervisor *hv, const char *const *paths, FerryPathInfo *infos)
{
    GHashTable *folders =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);

    for (size_t i = 0; paths[i] != NULL; i++) {
        const Look look = {paths[i], &infos[i]};
        g_autofree char *folder = NULL;
        GArray *looks;

        infos[i].unknown = explain_refusal(hv, paths[i]);
        if (infos[i].unknown != NULL)
            continue;
        folder = g_path_get_dirname(paths[i]);
        looks = g_hash_table_lookup(folders, folder);
        if (looks == NULL) {
            looks = g_array_new(FALSE, FALSE, sizeof(Look));
            g_hash_table_insert(folders, g_steal_pointer(&folder), looks);
        }
        g_array_append_val(looks, look);
    }
    return folders;
}

void
ferry_libvirt_look_at_paths(FerryHypervisor *hv, const char *const *paths, FerryPathInfo *ret_infos)
{
    g_autoptr(GHashTable) folders = group_paths(hv, paths, ret_infos);
    GHashTableIter iter;
    void *folder;
    void *looks;

    g_hash_table_iter_init(&iter, folders);
    while (g_hash_table_iter_next(&iter, &folder, &looks))
        look_at_folder(hv, folder, looks);
}
