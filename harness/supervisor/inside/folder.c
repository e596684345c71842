/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder of one case: made with the script in it, removed with all that the script left in it.
 */
#include "inside.h"

#define TRIES 16
#define DEPTH_MAX 256 /* of folders in folders that are removed */
#define KIND_FOLDER 4 /* DT_DIR */

struct entry { /* as getdents64 writes it */
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t kind;
    char name[];
};

static bool fail(struct text *problem, const char *what, const char *path, int error)
{
    text_add(problem, what);
    text_add(problem, path);
    text_add(problem, ": ");
    text_add_errno(problem, -error);
    return false;
}

/* BASE/case.XXXXXXXX */
static int make_unique(struct text *path, const char *base)
{
    int error = -EEXIST;
    for (int try = 0; try < TRIES && error == -EEXIST; try++) {
        uint32_t number = 0;
        if (sys_random(&number, sizeof number) != sizeof number)
            number = (uint32_t)sys_now_ns() ^ (uint32_t)sys_pid();
        path->length = 0;
        text_add(path, base);
        text_add(path, "/case.");
        text_add_hex(path, number);
        error = sys_make_folder(AT_FDCWD, path->bytes, 0700);
    }
    return error;
}

static int write_script(const char *path, const struct request *request)
{
    int fd = sys_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0700);
    if (fd < 0)
        return fd;
    size_t done = 0;
    long written = 0;
    while (done < request->script_length) {
        written = sys_write(fd, request->script + done, request->script_length - done);
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    sys_close(fd);
    return written < 0 ? (int)written : done < request->script_length ? -ENOSPC : 0;
}

bool folder_make(struct folder *folder, const char *base, const struct request *request, struct text *problem)
{
    char inner[PATH_MAX_BYTES];
    struct text path = TEXT(folder->path), work = TEXT(inner);
    int error = make_unique(&path, base);
    if (error < 0) {
        folder->path[0] = '\0';
        return fail(problem, "cannot make a work folder in ", base, error);
    }
    text_add(&work, folder->path);
    text_add(&work, "/work");
    error = sys_make_folder(AT_FDCWD, inner, 0700);
    if (error < 0)
        return fail(problem, "cannot make the folder ", inner, error);
    work.length = path.length;
    text_add(&work, "/run");
    error = write_script(inner, request);
    return error < 0 ? fail(problem, "cannot write the script to ", inner, error) : true;
}

static bool is_dots(const char *name)
{
    return text_equal(name, ".") || text_equal(name, "..");
}

static bool remove_tree(int parent, const char *name, uint64_t device, int depth);

/* Removes what one reading of a folder lists; tells whether anything went and whether all did. */
static void remove_listed(int fd, uint64_t device, int depth, bool *ret_progress, bool *ret_left)
{
    char listed[2048] __attribute__((aligned(8)));
    long got;
    *ret_progress = *ret_left = false;
    while ((got = sys_list(fd, listed, sizeof listed)) > 0)
        for (long at = 0; at < got;) {
            struct entry *entry = (struct entry *)(void *)(listed + at);
            at += entry->length;
            if (is_dots(entry->name))
                continue;
            bool gone = entry->kind != KIND_FOLDER && sys_unlink(fd, entry->name, 0) == 0;
            gone = gone || remove_tree(fd, entry->name, device, depth + 1);
            *(gone ? ret_progress : ret_left) = true;
        }
    if (got < 0)
        *ret_left = true;
}

/* Never leaves the file system on which it began: a script may have mounted something in its folder. */
static bool remove_tree(int parent, const char *name, uint64_t device, int depth)
{
    struct statx status;
    if (depth > DEPTH_MAX || sys_status(parent, name, AT_SYMLINK_NOFOLLOW, &status) < 0 ||
        (status.stx_mode & S_IFMT) != S_IFDIR)
        return false;
    uint64_t here = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
    if (depth > 0 && here != device)
        return false;
    if ((status.stx_mode & 0700) != 0700)
        sys_change_mode(parent, name, 0700);
    int fd = sys_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd < 0)
        return false;
    bool progress = true, left = false;
    while (progress && sys_seek(fd, 0) == 0)
        remove_listed(fd, here, depth, &progress, &left);
    sys_close(fd);
    return !left && sys_unlink(parent, name, AT_REMOVEDIR) == 0;
}

bool folder_remove(const struct folder *folder)
{
    return !folder->path[0] || remove_tree(AT_FDCWD, folder->path, 0, 0);
}
