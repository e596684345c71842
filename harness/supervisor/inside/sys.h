/* SPDX-License-Identifier: Apache-2.0
 *
 * System calls of Linux on x86-64 and arm64, without a C library. Each returns what the kernel returns: a
 * value, or an errno as a negative number.
 */
#ifndef SUPERVISOR_SYS_H
#define SUPERVISOR_SYS_H

#include <stddef.h>
#include <stdint.h>

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/utsname.h>

#if defined(__clang_analyzer__)
/* To an analyzer an instruction writes no memory; a function that it cannot look into may write any. */
long sys_call6(long number, long a, long b, long c, long d, long e, long f);
#elif defined(__x86_64__)
static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "the supervisor has system calls for x86-64 and arm64 only"
#endif

#define sys_call(number, a, b, c, d) sys_call6(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* The kernel's headers have these only together with a type that they share with a C library. */
#define SIGNAL_HUP 1
#define SIGNAL_INT 2
#define SIGNAL_KILL 9
#define SIGNAL_PIPE 13
#define SIGNAL_TERM 15
#define SIGNAL_CHILD 17
#define SIGNAL_SETMASK 2
#define SIGNAL_BIT(signal) ((uint64_t)1 << ((signal)-1))
#define WAIT_NO_HANG 1

static inline long sys_read(int fd, void *bytes, size_t length)
{
    return sys_call(__NR_read, fd, bytes, length, 0);
}

static inline long sys_write(int fd, const void *bytes, size_t length)
{
    return sys_call(__NR_write, fd, bytes, length, 0);
}

static inline int sys_open(int folder, const char *path, int flags, unsigned mode)
{
    return (int)sys_call(__NR_openat, folder, path, flags | O_CLOEXEC, mode);
}

static inline void sys_close(int fd)
{
    sys_call(__NR_close, fd, 0, 0, 0);
}

static inline long sys_seek(int fd, int64_t offset)
{
    return sys_call(__NR_lseek, fd, offset, 0, 0);
}

static inline long sys_read_at(int fd, void *bytes, size_t length, int64_t offset)
{
    return sys_call(__NR_pread64, fd, bytes, length, offset);
}

/* A lock of the whole file (LOCK_EX, LOCK_UN), which whoever inherits the descriptor shares. */
static inline int sys_lock(int fd, int operation)
{
    return (int)sys_call(__NR_flock, fd, operation, 0, 0);
}

/* A record lock of this process on the first byte: F_RDLCK, F_WRLCK or F_UNLCK. Does not wait. */
static inline int sys_lock_first(int fd, short kind)
{
    const struct flock lock = {.l_type = kind, .l_len = 1};
    return (int)sys_call(__NR_fcntl, fd, F_SETLK, &lock, 0);
}

static inline int sys_get_flags(int fd)
{
    return (int)sys_call(__NR_fcntl, fd, F_GETFL, 0, 0);
}

static inline int sys_set_flags(int fd, int flags)
{
    return (int)sys_call(__NR_fcntl, fd, F_SETFL, flags, 0);
}

static inline int sys_pipe(int ret_fds[2])
{
    return (int)sys_call(__NR_pipe2, ret_fds, O_CLOEXEC, 0, 0);
}

static inline int sys_duplicate(int fd, int as)
{
    return (int)sys_call(__NR_dup3, fd, as, 0, 0);
}

/* timeout_ms < 0: without end. */
static inline int sys_poll(struct pollfd *fds, unsigned count, int64_t timeout_ms)
{
    struct __kernel_timespec limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
    return (int)sys_call6(__NR_ppoll, (long)fds, (long)count, (long)(timeout_ms < 0 ? NULL : &limit), 0, 8,
                          0);
}

static inline int sys_make_folder(int folder, const char *path, unsigned mode)
{
    return (int)sys_call(__NR_mkdirat, folder, path, mode, 0);
}

static inline int sys_unlink(int folder, const char *path, int flags)
{
    return (int)sys_call(__NR_unlinkat, folder, path, flags, 0);
}

static inline int sys_rename(const char *from, const char *to)
{
    return (int)sys_call6(__NR_renameat2, AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0, 0);
}

static inline int sys_change_mode(int folder, const char *path, unsigned mode)
{
    return (int)sys_call(__NR_fchmodat, folder, path, mode, 0);
}

static inline int sys_change_mode_of(int fd, unsigned mode)
{
    return (int)sys_call(__NR_fchmod, fd, mode, 0, 0);
}

static inline int sys_access(const char *path, int mode)
{
    return (int)sys_call(__NR_faccessat, AT_FDCWD, path, mode, 0);
}

static inline int sys_status(int folder, const char *path, int flags, struct statx *ret_status)
{
    return (int)sys_call6(__NR_statx, folder, (long)path, flags, STATX_BASIC_STATS, (long)ret_status, 0);
}

static inline long sys_list(int folder, void *bytes, size_t length)
{
    return sys_call(__NR_getdents64, folder, bytes, length, 0);
}

static inline int sys_change_folder(const char *path)
{
    return (int)sys_call(__NR_chdir, path, 0, 0, 0);
}

static inline int sys_fork(void)
{
    return (int)sys_call6(__NR_clone, SIGNAL_CHILD, 0, 0, 0, 0, 0);
}

/* A process that shares this one's memory until it executes another program or ends; this one waits so long
 * (CLONE_VM | CLONE_VFORK: no page table is copied, which is dear under gVisor). It runs become(context),
 * which must not return, on a stack of its own, whose end is given and aligned to 16 bytes: the compiler may
 * keep values of the caller's in any place of the caller's. */
#if defined(__clang_analyzer__)
int sys_fork_sharing(void (*become)(void *), void *context, char *stack_end);
#elif defined(__x86_64__)
static inline int sys_fork_sharing(void (*become)(void *), void *context, char *stack_end)
{
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    long result;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "mov %[context], %%rdi\n\t"
                     "call *%[become]\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(__NR_clone), "D"(CLONE_VM | CLONE_VFORK | SIGNAL_CHILD), "S"(stack_end), "d"(0),
                       "r"(r10), "r"(r8), [become] "r"(become), [context] "r"(context)
                     : "rcx", "r11", "memory", "cc");
    return (int)result;
}
#else
static inline int sys_fork_sharing(void (*become)(void *), void *context, char *stack_end)
{
    register long x8 __asm__("x8") = __NR_clone;
    register long x0 __asm__("x0") = CLONE_VM | CLONE_VFORK | SIGNAL_CHILD;
    register long x1 __asm__("x1") = (long)stack_end;
    register long x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x0, %[context]\n\t"
                     "blr %[become]\n\t"
                     "brk 0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3),
                       "r"(x4), [become] "r"(become), [context] "r"(context)
                     : "memory", "cc");
    return (int)x0;
}
#endif

static inline int sys_execute(const char *path, const char *const *arguments, const char *const *environment)
{
    return (int)sys_call(__NR_execve, path, arguments, environment, 0);
}

_Noreturn static inline void sys_exit(int code)
{
    for (;;)
        sys_call(__NR_exit_group, code, 0, 0, 0);
}

/* pid -1: any child. Returns 0 when none has ended and options say not to wait. */
static inline int sys_wait(int pid, int *ret_status, int options)
{
    return (int)sys_call(__NR_wait4, pid, ret_status, options, 0);
}

static inline int sys_kill(int pid, int signal)
{
    return (int)sys_call(__NR_kill, pid, signal, 0, 0);
}

static inline int sys_pid(void)
{
    return (int)sys_call(__NR_getpid, 0, 0, 0, 0);
}

static inline void sys_new_session(void)
{
    sys_call(__NR_setsid, 0, 0, 0, 0);
}

static inline int sys_control(int option, unsigned long value)
{
    return (int)sys_call6(__NR_prctl, option, (long)value, 0, 0, 0, 0);
}

/* Blocks exactly the signals of the set: bit n-1 stands for signal n. */
static inline void sys_block_signals(uint64_t set)
{
    sys_call(__NR_rt_sigprocmask, SIGNAL_SETMASK, &set, 0, 8);
}

/* A descriptor that is readable when one of the blocked signals has come. */
static inline int sys_signal_fd(uint64_t set)
{
    return (int)sys_call(__NR_signalfd4, -1, &set, 8, O_CLOEXEC | O_NONBLOCK);
}

static inline void sys_default_signal(int signal)
{
    const uint64_t action[4] = {
        0}; /* SIG_DFL, no flags, empty mask; no handler, so the order does not matter */
    sys_call(__NR_rt_sigaction, signal, action, 0, 8);
}

/* Nanoseconds that never go back. */
static inline int64_t sys_now_ns(void)
{
    struct __kernel_timespec now = {0};
    sys_call(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, &now, 0, 0);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void sys_usage_of_children(struct rusage *ret_usage)
{
    sys_call(__NR_getrusage, RUSAGE_CHILDREN, ret_usage, 0, 0);
}

static inline int sys_name(struct new_utsname *ret_name)
{
    return (int)sys_call(__NR_uname, ret_name, 0, 0, 0);
}

static inline long sys_random(void *bytes, size_t length)
{
    return sys_call(__NR_getrandom, bytes, length, 0, 0);
}

#endif
