// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/guestfs/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "identity/disk/reader/fstab.h"
#include "identity/disk/reader/volume.h"

enum { FILE_MAX = 65536, PATH_MAX_LENGTH = 4096, LINKS_MAX = 8, SUBVOLUMES_MAX = 64 };

struct FerryGuestfsTree {
    guestfs_h *g;
    GPtrArray *volumes;
    FerryReaderVolume *root;
    char *mountable;   // of the root: a device, or a subvolume of btrfs
    GString *why;      // no root was found so far
    GHashTable *holes; // path in the guest to why what it mounts there is not read
    char *unknown;     // why there is no root
};

// One line. (transfer full)
static char *
last_error(guestfs_h *g)
{
    const char *error = guestfs_last_error(g);

    return g_strchomp(g_strdelimit(g_strdup(error != NULL ? error : "no reason given"), "\n", ' '));
}

// A copy of a disk in the same machine has the same UUID, which XFS would refuse.
static const char *
mount_options(const FerryReaderVolume *volume)
{
    return strcmp(volume->type, "xfs") == 0 ? "ro,nouuid" : "ro";
}

static bool
holds_files(const FerryReaderVolume *volume)
{
    static const char *const others[] = {"swap", "crypto_LUKS",       "LVM2_member", "gpt",
                                         "dos",  "linux_raid_member", NULL};

    return volume->type != NULL && !g_strv_contains(others, volume->type);
}

static void
add_why_no_root(FerryGuestfsTree *tree, const FerryReaderVolume *volume, const char *detail)
{
    g_string_append_printf(tree->why, "%s'%s' %s", tree->why->len > 0 ? ", " : "", volume->name,
                           detail);
}

static bool
is_there(guestfs_h *g, const char *path)
{
    return guestfs_exists(g, path) > 0 || guestfs_is_symlink(g, path) > 0;
}

// As the guest's owner calls it: "vda2", "vda2/@". (transfer full)
static char *
name_of(const FerryReaderVolume *volume, const char *mountable)
{
    const char *device = strstr(mountable, volume->device);

    return g_strconcat(volume->name, device != NULL ? device + strlen(volume->device) : "", NULL);
}

// Returns: whether it could be mounted; it stays mounted then
static bool
try_root(FerryGuestfsTree *tree, FerryReaderVolume *volume, const char *mountable, bool *ret_root)
{
    guestfs_h *g = tree->g;

    *ret_root = false;
    if (guestfs_mount_options(g, mount_options(volume), mountable, "/") != 0) {
        g_autofree char *error = last_error(g);
        g_autofree char *detail = g_strdup_printf("can't be read: %s", error);

        add_why_no_root(tree, volume, detail);
        return false;
    }
    *ret_root = guestfs_is_dir(g, "/etc") > 0 &&
                (is_there(g, "/etc/os-release") || is_there(g, "/etc/fstab"));
    if (!*ret_root)
        return true;
    if (tree->root != NULL && tree->unknown == NULL) {
        g_autofree char *first = name_of(tree->root, tree->mountable);
        g_autofree char *second = name_of(volume, mountable);

        tree->unknown =
            g_strdup_printf("both '%s' and '%s' look like a root file system", first, second);
    }
    tree->root = volume;
    g_free(tree->mountable);
    tree->mountable = g_strdup(mountable);
    return true;
}

// Of those right at the top: what lies deeper is a snapshot as a rule. (transfer full)
static GStrv
list_subvolumes(guestfs_h *g, const FerryReaderVolume *volume)
{
    struct guestfs_btrfssubvolume_list *list = guestfs_btrfs_subvolume_list(g, "/");
    GPtrArray *names = g_ptr_array_new();

    for (uint32_t i = 0; list != NULL && i < list->len && names->len < SUBVOLUMES_MAX; i++) {
        const char *path = list->val[i].btrfssubvolume_path;

        if (strchr(path, '/') == NULL)
            g_ptr_array_add(names, g_strdup_printf("btrfsvol:%s/%s", volume->device, path));
    }
    guestfs_free_btrfssubvolume_list(list);
    g_ptr_array_add(names, NULL);
    return (GStrv)g_ptr_array_free(names, FALSE);
}

// Of btrfs the subvolume that is mounted unless told otherwise, else one of the others.
static void
try_volume(FerryGuestfsTree *tree, FerryReaderVolume *volume)
{
    g_auto(GStrv) subvolumes = NULL;
    bool root;
    bool mounted = try_root(tree, volume, volume->device, &root);

    if (mounted && !root && strcmp(volume->type, "btrfs") == 0)
        subvolumes = list_subvolumes(tree->g, volume);
    guestfs_umount_all(tree->g);
    for (unsigned i = 0; subvolumes != NULL && subvolumes[i] != NULL; i++) {
        try_root(tree, volume, subvolumes[i], &root);
        guestfs_umount_all(tree->g);
    }
}

static void
find_root(FerryGuestfsTree *tree)
{
    for (unsigned i = 0; i < tree->volumes->len; i++) {
        FerryReaderVolume *volume = g_ptr_array_index(tree->volumes, i);

        if (holds_files(volume))
            try_volume(tree, volume);
        else if (g_strcmp0(volume->type, "crypto_LUKS") == 0)
            add_why_no_root(tree, volume, "is encrypted");
    }
    if (tree->root == NULL)
        tree->unknown = g_strdup_printf("no root file system that can be read%s%s",
                                        tree->why->len > 0 ? ": " : "", tree->why->str);
    if (tree->unknown != NULL || tree->root == NULL)
        return;
    tree->root->mount = g_strdup("/");
    if (guestfs_mount_options(tree->g, mount_options(tree->root), tree->mountable, "/") != 0)
        tree->unknown = last_error(tree->g);
}

// An LV has the same name everywhere; a disk is called here as it happens.
static bool
is_source(guestfs_h *g, const FerryReaderVolume *volume, const char *source)
{
    char *name;
    bool same;

    if (ferry_reader_volume_is(volume, source))
        return true;
    if (strchr(volume->name, '/') == NULL || !g_str_has_prefix(source, "/dev/"))
        return false;
    name = guestfs_canonical_device_name(g, source);
    same = g_strcmp0(name, volume->device) == 0;
    free(name);
    return same;
}

// @options: of fstab. (transfer full)
static char *
make_mountable(const FerryReaderVolume *volume, const char *options)
{
    g_auto(GStrv) words = g_strsplit(options, ",", -1);

    for (unsigned i = 0; strcmp(volume->type, "btrfs") == 0 && words[i] != NULL; i++) {
        const char *path = words[i] + strlen("subvol=");

        if (g_str_has_prefix(words[i], "subvol="))
            return g_strdup_printf("btrfsvol:%s/%s", volume->device, path + strspn(path, "/"));
    }
    return g_strdup(volume->device);
}

// Returns: (transfer full) why it is not mounted; NULL: it is
static char *
mount_volume(FerryGuestfsTree *tree,
             const FerryReaderVolume *volume,
             const char *path,
             const char *options)
{
    g_autofree char *mountable = NULL;

    if (!holds_files(volume))
        return g_strdup_printf("it is of '%s'",
                               volume->type != NULL ? volume->type : "nothing known");
    mountable = make_mountable(volume, options);
    if (guestfs_mount_options(tree->g, mount_options(volume), mountable, path) != 0)
        return last_error(tree->g);
    return NULL;
}

static void
mount_source(void *data, const char *source, const char *path, const char *options)
{
    FerryGuestfsTree *tree = data;
    FerryReaderVolume *volume = NULL;
    g_autofree char *detail = NULL;

    for (unsigned i = 0; i < tree->volumes->len && volume == NULL; i++)
        if (is_source(tree->g, g_ptr_array_index(tree->volumes, i), source))
            volume = g_ptr_array_index(tree->volumes, i);
    if (volume != NULL && volume->mount == NULL)
        volume->mount = g_strdup(path);
    // No folder to mount on, so no file below it.
    if (guestfs_is_dir(tree->g, path) <= 0)
        return;
    detail = volume != NULL ? mount_volume(tree, volume, path, options) : NULL;
    if (volume != NULL && detail == NULL) {
        g_hash_table_remove(tree->holes, path);
        return;
    }
    g_hash_table_insert(tree->holes, g_strdup(path),
                        g_strdup_printf("'%s' of the guest is on '%s', which is not read%s%s", path,
                                        source, detail != NULL ? ": " : "",
                                        detail != NULL ? detail : ""));
}

static void
read_fstab(FerryGuestfsTree *tree)
{
    g_auto(FerryReaderFile) file = {0};

    ferry_guestfs_tree_read(tree, "/etc/fstab", &file);
    ferry_reader_fstab_each(file.data, mount_source, tree);
}

FerryGuestfsTree *
ferry_guestfs_tree_new(guestfs_h *g, GPtrArray *volumes)
{
    FerryGuestfsTree *tree = g_new0(FerryGuestfsTree, 1);

    tree->g = g;
    tree->volumes = volumes;
    tree->why = g_string_new(NULL);
    tree->holes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    find_root(tree);
    if (tree->unknown == NULL)
        read_fstab(tree);
    return tree;
}

void
ferry_guestfs_tree_free(FerryGuestfsTree *tree)
{
    g_string_free(tree->why, TRUE);
    g_hash_table_unref(tree->holes);
    g_free(tree->mountable);
    g_free(tree->unknown);
    g_free(tree);
}

typedef struct Walk {
    FerryGuestfsTree *tree;
    FerryReaderFile *file; // gets link and unknown
    GString *path;         // walked so far, without links: "" for the root
    GString *rest;         // still to be walked
    unsigned links;
} Walk;

static bool
stop(Walk *walk, const char *why)
{
    walk->file->unknown = g_strdup(why);
    return false;
}

static bool
stop_at_error(Walk *walk)
{
    walk->file->unknown = last_error(walk->tree->g);
    return false;
}

static bool
follow(Walk *walk, const char *path)
{
    char *target = guestfs_readlink(walk->tree->g, path);

    if (target == NULL)
        return stop_at_error(walk);
    if (++walk->links > LINKS_MAX) {
        free(target);
        return stop(walk, "too many symbolic links");
    }
    if (walk->rest->len == 0 && walk->file->link == NULL)
        walk->file->link = g_strdup(target);
    if (*target == '/')
        g_string_truncate(walk->path, 0);
    g_string_prepend_c(walk->rest, '/');
    g_string_prepend(walk->rest, target);
    free(target);
    return true;
}

// Takes the first name off what is still to be walked.
static char *
next_name(GString *rest)
{
    const char *begin = rest->str + strspn(rest->str, "/");
    size_t length = strcspn(begin, "/");
    char *name = g_strndup(begin, length);

    begin += length;
    g_string_erase(rest, 0, begin + strspn(begin, "/") - rest->str);
    return name;
}

static bool
is_missing(guestfs_h *g)
{
    return guestfs_last_errno(g) == ENOENT || guestfs_last_errno(g) == ENOTDIR;
}

// Returns: false at the end of the walk, which is not there unless unknown says why
static bool
walk_into(Walk *walk, const char *name)
{
    guestfs_h *g = walk->tree->g;
    g_autofree char *path = g_strdup_printf("%s/%s", walk->path->str, name);
    struct guestfs_statns *stat;
    const char *hole;
    bool is_link;

    if (strlen(path) > PATH_MAX_LENGTH)
        return stop(walk, "its path is too long");
    stat = guestfs_lstatns(g, path);
    if (stat == NULL)
        return is_missing(g) ? false : stop_at_error(walk);
    is_link = S_ISLNK((mode_t)stat->st_mode);
    guestfs_free_statns(stat);
    if (is_link)
        return follow(walk, path);
    g_string_assign(walk->path, path);
    hole = g_hash_table_lookup(walk->tree->holes, path);
    return hole == NULL || stop(walk, hole);
}

static void
back(Walk *walk)
{
    const char *last = strrchr(walk->path->str, '/');

    if (last != NULL)
        g_string_truncate(walk->path, (size_t)(last - walk->path->str));
}

// Returns: whether it is there
static bool
walk_to_end(Walk *walk)
{
    while (walk->rest->len > 0) {
        g_autofree char *name = next_name(walk->rest);

        if (*name == '\0' || strcmp(name, ".") == 0)
            continue;
        if (strcmp(name, "..") == 0)
            back(walk);
        else if (!walk_into(walk, name))
            return false;
    }
    return true;
}

static void
read_content(Walk *walk, const char *path)
{
    size_t size = 0;
    char *data = guestfs_pread(walk->tree->g, path, FILE_MAX, 0, &size);

    if (data == NULL) {
        stop_at_error(walk);
        return;
    }
    walk->file->data = g_byte_array_new();
    g_byte_array_append(walk->file->data, (const guint8 *)data, (guint)size);
    free(data);
}

static void
read_end(Walk *walk)
{
    const char *path = walk->path->len > 0 ? walk->path->str : "/";
    struct guestfs_statns *stat = guestfs_lstatns(walk->tree->g, path);

    if (stat == NULL)
        stop_at_error(walk);
    else if (!S_ISREG((mode_t)stat->st_mode))
        stop(walk, "it is no regular file");
    else if (stat->st_size > FILE_MAX)
        stop(walk, "it is larger than 64 KiB");
    else
        read_content(walk, path);
    guestfs_free_statns(stat);
}

void
ferry_guestfs_tree_read(FerryGuestfsTree *tree, const char *path, FerryReaderFile *file)
{
    Walk walk = {.tree = tree, .file = file};

    if (tree->unknown != NULL) {
        file->unknown = g_strdup(tree->unknown);
        return;
    }
    walk.path = g_string_new(NULL);
    walk.rest = g_string_new(path);
    if (walk_to_end(&walk))
        read_end(&walk);
    g_string_free(walk.path, TRUE);
    g_string_free(walk.rest, TRUE);
}
