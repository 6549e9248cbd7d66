// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/reader/tree.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <string.h>
#include <unistd.h>

#include "identity/disk/reader/fstab.h"
#include "identity/disk/reader/volume.h"

enum { FILE_MAX = 65536, DEPTH_MAX = 32, LINKS_MAX = 8 };

#define WAY_OUT \
    ": 'virt-ferry id show VM --via guestfs' can, where virt-ferry-disk-reader-guestfs is installed"

// What stands at a place of the guest's tree by its fstab.
typedef struct Mount {
    char *path;
    char *source;
    ext2_filsys fs; // NULL: it can't be read
    char *unknown;  // why
} Mount;

struct FerryReaderTree {
    GPtrArray *volumes;
    GPtrArray *mounts; // Mount; the first is the root
    char *unknown;     // why there is no root
};

static void
mount_free(Mount *mount)
{
    if (mount->fs != NULL)
        ext2fs_close_free(&mount->fs);
    g_free(mount->path);
    g_free(mount->source);
    g_free(mount->unknown);
    g_free(mount);
}

static bool
is_ext(const FerryReaderVolume *volume)
{
    return g_strcmp0(volume->type, "ext4") == 0 || g_strcmp0(volume->type, "ext3") == 0 ||
           g_strcmp0(volume->type, "ext2") == 0;
}

static ext2_filsys
open_volume(const FerryReaderVolume *volume, char **ret_why)
{
    // It closes what it is given, whether it likes it or not.
    g_autofree char *name = g_strdup_printf("%d", dup(volume->fd));
    g_autofree char *options = g_strdup_printf("offset=%" G_GUINT64_FORMAT, volume->start);
    ext2_filsys fs = NULL;
    errcode_t failed;

    failed = ext2fs_open2(name, options, EXT2_FLAG_64BITS, 0, 0, unixfd_io_manager, &fs);
    if (failed != 0)
        *ret_why = g_strdup(error_message(failed));
    return failed == 0 ? fs : NULL;
}

// A step on the way through the tree.
typedef struct Step {
    ext2_filsys fs;
    ext2_ino_t inode;
    size_t length; // of the path up to here
} Step;

typedef struct Walk {
    FerryReaderTree *tree;
    FerryReaderFile *file; // gets link and unknown
    GString *path;         // walked so far: "" for the root
    GString *rest;         // still to be walked
    Step steps[DEPTH_MAX];
    unsigned depth;
    unsigned links;
} Walk;

static bool
stop(Walk *walk, const char *why)
{
    walk->file->unknown = g_strdup(why);
    return false;
}

static bool
push(Walk *walk, ext2_filsys fs, ext2_ino_t inode)
{
    if (walk->depth == DEPTH_MAX)
        return stop(walk, "its path is too deep");
    walk->steps[walk->depth++] = (Step){fs, inode, walk->path->len};
    return true;
}

static void
back(Walk *walk)
{
    if (walk->depth > 1)
        walk->depth--;
    g_string_truncate(walk->path, walk->steps[walk->depth - 1].length);
}

static const Mount *
find_mount(const FerryReaderTree *tree, const char *path)
{
    const Mount *found = NULL;

    // The last one counts.
    for (unsigned i = 0; i < tree->mounts->len; i++) {
        const Mount *mount = g_ptr_array_index(tree->mounts, i);

        if (strcmp(mount->path, path) == 0)
            found = mount;
    }
    return found;
}

static GByteArray *
read_inode(ext2_filsys fs, ext2_ino_t inode, errcode_t *ret_failed)
{
    g_autoptr(GByteArray) data = g_byte_array_new();
    ext2_file_t file;
    unsigned size = 0;

    *ret_failed = ext2fs_file_open(fs, inode, 0, &file);
    if (*ret_failed != 0)
        return NULL;
    g_byte_array_set_size(data, FILE_MAX);
    *ret_failed = ext2fs_file_read(file, data->data, FILE_MAX, &size);
    ext2fs_file_close(file);
    if (*ret_failed != 0)
        return NULL;
    g_byte_array_set_size(data, size);
    return g_steal_pointer(&data);
}

static char *
read_link(ext2_filsys fs, ext2_ino_t number, struct ext2_inode *inode, errcode_t *ret_failed)
{
    g_autoptr(GByteArray) data = NULL;

    *ret_failed = 0;
    if (ext2fs_is_fast_symlink(inode))
        return g_strndup((const char *)inode->i_block, MIN(inode->i_size, sizeof inode->i_block));
    data = read_inode(fs, number, ret_failed);
    return data != NULL ? g_strndup((const char *)data->data, data->len) : NULL;
}

static bool
follow(Walk *walk, const Step *here, ext2_ino_t number, struct ext2_inode *inode)
{
    errcode_t failed;
    g_autofree char *target = read_link(here->fs, number, inode, &failed);

    if (target == NULL)
        return stop(walk, error_message(failed));
    if (++walk->links > LINKS_MAX)
        return stop(walk, "too many symbolic links");
    if (walk->rest->len == 0 && walk->file->link == NULL)
        walk->file->link = g_strdup(target);
    if (*target == '/') {
        walk->depth = 1;
        g_string_truncate(walk->path, 0);
    }
    g_string_prepend_c(walk->rest, '/');
    g_string_prepend(walk->rest, target);
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
enter_mount(Walk *walk, const Mount *mount)
{
    if (mount->fs == NULL)
        return stop(walk, mount->unknown);
    return push(walk, mount->fs, EXT2_ROOT_INO);
}

// Returns: false at the end of the walk, which is not there unless unknown says why
static bool
walk_into(Walk *walk, const char *name)
{
    Step here = walk->steps[walk->depth - 1];
    struct ext2_inode inode;
    const Mount *mount;
    ext2_ino_t number;
    errcode_t failed;

    failed = ext2fs_lookup(here.fs, here.inode, name, (int)strlen(name), NULL, &number);
    if (failed == EXT2_ET_FILE_NOT_FOUND || failed == EXT2_ET_NO_DIRECTORY)
        return false;
    if (failed == 0)
        failed = ext2fs_read_inode(here.fs, number, &inode);
    if (failed != 0)
        return stop(walk, error_message(failed));
    // Its name came to the disk, the rest is in the journal.
    if (inode.i_links_count == 0 || inode.i_mode == 0)
        return stop(walk, "the guest has not written it back yet");
    if (LINUX_S_ISLNK(inode.i_mode))
        return follow(walk, &here, number, &inode);
    g_string_append_c(walk->path, '/');
    g_string_append(walk->path, name);
    mount = find_mount(walk->tree, walk->path->str);
    if (mount != NULL)
        return enter_mount(walk, mount);
    return push(walk, here.fs, number);
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
read_end(const Walk *walk, FerryReaderFile *file)
{
    const Step *end = &walk->steps[walk->depth - 1];
    struct ext2_inode inode;
    errcode_t failed = ext2fs_read_inode(end->fs, end->inode, &inode);

    if (failed == 0 && !LINUX_S_ISREG(inode.i_mode))
        file->unknown = g_strdup("it is no regular file");
    else if (failed == 0 && (inode.i_flags & EXT4_ENCRYPT_FL) != 0)
        file->unknown = g_strdup("it is encrypted");
    else if (failed == 0 && EXT2_I_SIZE(&inode) > FILE_MAX)
        file->unknown = g_strdup("it is larger than 64 KiB");
    else if (failed == 0)
        file->data = read_inode(end->fs, end->inode, &failed);
    if (failed != 0)
        file->unknown = g_strdup(error_message(failed));
}

void
ferry_reader_tree_read(FerryReaderTree *tree, const char *path, FerryReaderFile *file)
{
    Walk walk = {.tree = tree, .file = file};

    if (tree->unknown != NULL) {
        file->unknown = g_strdup(tree->unknown);
        return;
    }
    walk.path = g_string_new(NULL);
    walk.rest = g_string_new(path);
    if (enter_mount(&walk, g_ptr_array_index(tree->mounts, 0)) && walk_to_end(&walk))
        read_end(&walk, file);
    g_string_free(walk.path, TRUE);
    g_string_free(walk.rest, TRUE);
}

static bool
has(ext2_filsys fs, const char *path)
{
    ext2_ino_t inode;

    return ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &inode) == 0;
}

static void
add_mount(FerryReaderTree *tree, const char *path, ext2_filsys fs, const char *why)
{
    Mount *mount = g_new0(Mount, 1);

    mount->path = g_strdup(path);
    mount->fs = fs;
    mount->unknown = g_strdup(why);
    g_ptr_array_add(tree->mounts, mount);
}

static void
add_why_no_root(GString *why, const FerryReaderVolume *volume, const char *detail)
{
    g_string_append_printf(why, "%s'%s' %s", why->len > 0 ? ", " : "", volume->name, detail);
}

// Returns: the root's file system; NULL: it is none, or can't be read, which is added to @why
static ext2_filsys
try_root(const FerryReaderVolume *volume, GString *why)
{
    g_autofree char *detail = NULL;
    ext2_filsys fs = NULL;

    if (volume->unknown != NULL) {
        detail = g_strdup_printf("is unknown: %s", volume->unknown);
    } else if (is_ext(volume)) {
        fs = open_volume(volume, &detail);
        if (fs != NULL && has(fs, "etc") && (has(fs, "etc/os-release") || has(fs, "etc/fstab")))
            return fs;
        if (fs != NULL)
            ext2fs_close_free(&fs);
        else
            detail = g_strdup_printf("can't be read: %s", detail);
    } else if (volume->type != NULL && g_strcmp0(volume->type, "swap") != 0 &&
               g_strcmp0(volume->type, "vfat") != 0) {
        detail = g_strdup_printf("is of '%s'", volume->type);
    }
    if (detail != NULL)
        add_why_no_root(why, volume, detail);
    return NULL;
}

// libguestfs reads what is not encrypted, by the drivers of a kernel.
static bool
is_for_guestfs(const FerryReaderVolume *volume)
{
    return volume->type != NULL && !is_ext(volume) && strcmp(volume->type, "crypto_LUKS") != 0 &&
           strcmp(volume->type, "swap") != 0 && strcmp(volume->type, "vfat") != 0;
}

// LVs and RAIDs are looked for by nobody here.
static bool
has_volumes_inside(const FerryReaderTree *tree)
{
    for (unsigned i = 0; i < tree->volumes->len; i++) {
        const FerryReaderVolume *volume = g_ptr_array_index(tree->volumes, i);

        if (g_strcmp0(volume->type, "LVM2_member") == 0 ||
            g_strcmp0(volume->type, "linux_raid_member") == 0)
            return true;
    }
    return false;
}

static bool
is_table(const FerryReaderVolume *volume, const FerryReaderVolume *next)
{
    return volume->number == 0 && next != NULL && next->number > 0;
}

static void
find_root(FerryReaderTree *tree)
{
    g_autoptr(GString) why = g_string_new(NULL);
    FerryReaderVolume *root = NULL;
    bool way_out = false;

    for (unsigned i = 0; i < tree->volumes->len && tree->unknown == NULL; i++) {
        FerryReaderVolume *volume = g_ptr_array_index(tree->volumes, i);
        const FerryReaderVolume *next =
            i + 1 < tree->volumes->len ? g_ptr_array_index(tree->volumes, i + 1) : NULL;
        ext2_filsys fs = is_table(volume, next) ? NULL : try_root(volume, why);

        way_out = way_out || (!is_table(volume, next) && is_for_guestfs(volume));
        if (fs == NULL)
            continue;
        if (root == NULL) {
            root = volume;
            root->mount = g_strdup("/");
            add_mount(tree, "", fs, NULL);
        } else {
            ext2fs_close_free(&fs);
            g_clear_pointer(&root->mount, g_free);
            tree->unknown = g_strdup_printf("both '%s' and '%s' look like a root file system",
                                            root->name, volume->name);
        }
    }
    if (root == NULL)
        tree->unknown = g_strdup_printf("no root file system that can be read%s%s%s",
                                        why->len > 0 ? ": " : "", why->str, way_out ? WAY_OUT : "");
}

static void
mount_source(void *data, const char *source, const char *path, const char *options G_GNUC_UNUSED)
{
    FerryReaderTree *tree = data;
    g_autofree char *why = NULL;
    g_autofree char *detail = NULL;
    bool way_out = has_volumes_inside(tree);
    ext2_filsys fs = NULL;

    for (unsigned i = 0; i < tree->volumes->len; i++) {
        FerryReaderVolume *volume = g_ptr_array_index(tree->volumes, i);

        if (!ferry_reader_volume_is(volume, source))
            continue;
        if (volume->mount == NULL)
            volume->mount = g_strdup(path);
        if (is_ext(volume))
            fs = open_volume(volume, &detail);
        else
            detail = g_strdup_printf("it is of '%s'",
                                     volume->type != NULL ? volume->type : "nothing known");
        way_out = is_for_guestfs(volume);
        break;
    }
    if (fs == NULL)
        why = g_strdup_printf("'%s' of the guest is on '%s', which is not read%s%s%s", path, source,
                              detail != NULL ? ": " : "", detail != NULL ? detail : "",
                              way_out ? WAY_OUT : "");
    add_mount(tree, path, fs, why);
}

static void
read_fstab(FerryReaderTree *tree)
{
    g_auto(FerryReaderFile) file = {0};

    ferry_reader_tree_read(tree, "/etc/fstab", &file);
    ferry_reader_fstab_each(file.data, mount_source, tree);
}

FerryReaderTree *
ferry_reader_tree_new(GPtrArray *volumes)
{
    FerryReaderTree *tree = g_new0(FerryReaderTree, 1);

    tree->volumes = volumes;
    tree->mounts = g_ptr_array_new_with_free_func((GDestroyNotify)mount_free);
    find_root(tree);
    if (tree->unknown == NULL)
        read_fstab(tree);
    return tree;
}

void
ferry_reader_tree_free(FerryReaderTree *tree)
{
    g_ptr_array_unref(tree->mounts);
    g_free(tree->unknown);
    g_free(tree);
}
