// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/reader/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// The kernel's own number of who owns nothing (overflowuid); no name service is asked.
enum { NOBODY = 65534 };
enum { MEMORY_MIB = 256, CPU_S = 5 };

// What reading descriptors, memory and the end of a process take, with a sanitizer too.
static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(pread64),       SCMP_SYS(lseek),     SCMP_SYS(fstat),
    SCMP_SYS(write),        SCMP_SYS(close),         SCMP_SYS(dup),       SCMP_SYS(fadvise64),
    SCMP_SYS(brk),          SCMP_SYS(munmap),        SCMP_SYS(mremap),    SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(uname),         SCMP_SYS(fcntl),     SCMP_SYS(getuid),
    SCMP_SYS(geteuid),      SCMP_SYS(getgid),        SCMP_SYS(getegid),   SCMP_SYS(sigaltstack),
};

// Asked by the libraries out of habit; they do without.
static const int refused[] = {
    SCMP_SYS(fsync),  SCMP_SYS(ioctl),     SCMP_SYS(prctl),     SCMP_SYS(openat),
    SCMP_SYS(access), SCMP_SYS(prlimit64), SCMP_SYS(setrlimit), SCMP_SYS(getrlimit),
};

static bool
limit(int what, rlim_t value)
{
    return setrlimit((__rlimit_resource_t)what, &(struct rlimit){value, value}) == 0;
}

static bool
set_limits(void)
{
#ifndef __SANITIZE_ADDRESS__
    if (!limit(RLIMIT_AS, (rlim_t)MEMORY_MIB << 20))
        return false;
#endif
    return limit(RLIMIT_CPU, CPU_S) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) &&
           limit(RLIMIT_NOFILE, 256);
}

static bool
become_nobody(void)
{
    if (geteuid() != 0)
        return true;
    return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
           setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

static int
add_rules(scmp_filter_ctx filter)
{
    int failed = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(allowed) && failed == 0; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(refused) && failed == 0; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    // fstat() of glibc.
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                                  SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
    // Memory, but none that could be run.
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return failed;
}

static bool
filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int failed = filter != NULL ? add_rules(filter) : -ENOMEM;

    if (failed == 0)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    errno = -failed;
    return failed == 0;
}

const char *
ferry_reader_confine(void)
{
    if (chdir("/") != 0)
        return "leave its folder";
    if (!set_limits())
        return "limit itself";
    if (!become_nobody())
        return "become nobody";
    // A change of user forgets it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return "end with its parent";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return "give up new privileges";
    if (!filter_calls())
        return "filter its system calls";
    return NULL;
}
