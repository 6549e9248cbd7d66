/*
 * SPDX-FileCopyrightText: 2026 The virt-ferry authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Process 1 of a lab host. It reaps every orphan at once: libvirt waits for the end of the source's QEMU by
 * polling its pid, so a slow reaper shows up as standstill of the guest. It does nothing else, so the death of the
 * daemon does not end the host; its own death ends every process of the host, by the kernel's rule.
 *
 *   lab-init [DIR]                process 1 of a process namespace; DIR, a mount point, becomes the root
 *   lab-init --subreaper CMD...   for who may not make namespaces: starts CMD and reaps it and all orphans below
 *                                 it; ends with the last of them, or ends them all when told by SIGTERM
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int
fail(const char *what)
{
    fprintf(stderr, "lab-init: cannot %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE;
}

/* pivot_root(".", ".") stacks the old root on the new one, so no folder for it is needed (pivot_root(2)). */
static bool
enter_root(const char *dir)
{
    return chdir(dir) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
           umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

/* Returns false when no child is left. */
static bool
reap(void)
{
    pid_t pid;

    do
        pid = waitpid(-1, NULL, WNOHANG);
    while (pid > 0);
    return pid == 0 || errno != ECHILD;
}

/* The parent is the second field after the name, which stands in brackets and may hold anything. */
static pid_t
parent_of(const char *pid)
{
    char path[300];
    char stat[512];
    int parent = -1;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    size_t size = fread(stat, 1, sizeof(stat) - 1, file);
    fclose(file);
    stat[size] = '\0';
    const char *name_end = strrchr(stat, ')');
    if (!name_end || sscanf(name_end + 1, " %*c %d", &parent) != 1)
        return -1;
    return parent;
}

/* Orphans come to a subreaper, so killing children until none is left ends the whole tree. They are found through
 * their parent field, because /proc/PID/task/TID/children is not in every kernel. */
static void
kill_children(void)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;

    if (!proc)
        return;
    while ((entry = readdir(proc))) {
        if (parent_of(entry->d_name) == getpid())
            kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    }
    closedir(proc);
}

static bool
start(char **command)
{
    pid_t pid = fork();

    if (pid == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(command[0], command);
        _exit(fail("start the daemon"));
    }
    return pid > 0;
}

int
main(int argc, char **argv)
{
    bool subreaper = argc > 2 && strcmp(argv[1], "--subreaper") == 0;
    bool ending = false;
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    /* What the caller had open, its lock above all, must not live as long as the host. */
    close_range(3, ~0U, 0);

    if (subreaper && (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || !start(argv + 2)))
        return fail("become a subreaper");
    if (!subreaper && argc == 2 && !enter_root(argv[1]))
        return fail("enter the root of the host");
    /* The name tells the lab that namespaces and root are ready to be entered. */
    prctl(PR_SET_NAME, "lab-ready");

    while (true) {
        static const struct timespec again = {.tv_nsec = 10 * 1000 * 1000};
        int sig = sigtimedwait(&signals, NULL, ending ? &again : NULL);

        if (!reap() && subreaper)
            return EXIT_SUCCESS;
        if (sig == SIGTERM && !subreaper)
            return EXIT_SUCCESS;
        ending |= sig == SIGTERM;
        if (ending)
            kill_children();
    }
}
