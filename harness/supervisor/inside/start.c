/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the kernel enters the program, and the functions that a compiler may call on its own.
 */
#include "inside.h"

/* At entry the stack holds argc, the arguments, NULL, the environment, NULL. */
#if defined(__x86_64__)
__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call supervisor_start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
        "_start:\n"
        "    mov x29, #0\n"
        "    mov x30, #0\n"
        "    mov x0, sp\n"
        "    bl supervisor_start\n");
#endif

void *memcpy(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
_Noreturn void supervisor_start(long *stack);

/* The empty assembly keeps the compiler from making these loops into calls of themselves. */
void *memcpy(void *to, const void *from, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        ((char *)to)[i] = ((const char *)from)[i];
        __asm__ volatile("");
    }
    return to;
}

void *memset(void *to, int value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        ((char *)to)[i] = (char)value;
        __asm__ volatile("");
    }
    return to;
}

void supervisor_start(long *stack)
{
    int count = (int)stack[0];
    const char *const *arguments = (const char *const *)(stack + 1);
    sys_exit(supervisor_main(count, arguments, arguments + count + 1));
}
