/* SPDX-License-Identifier: Apache-2.0
 *
 * Attestation: does this pod's kernel say, in several independent ways, that it is gVisor? Pure: text in,
 * signs out.
 *
 * The signs come from the kernel's own files and from what the API says of the node, never from a program of
 * the image. Each can vanish with a gVisor release, so a quorum counts; a sign that equals the node's own
 * (kernel release, boot id) proves the opposite and outweighs the rest.
 */
#ifndef GVISOR_SMOKE_ATTEST_H
#define GVISOR_SMOKE_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the API says of the pod's node, to compare with what the pod says. */
struct attest_facts {
    const char *node_kernel_version; /* nodeInfo.kernelVersion, or NULL when the node cannot be read */
    const char *node_boot_id;        /* nodeInfo.bootID, or NULL */
};

enum sign_says { SIGN_GVISOR, SIGN_NOT_GVISOR, SIGN_UNKNOWN };
const char *sign_says_name(enum sign_says says); /* "gvisor", "not-gvisor", "unknown" */
bool sign_says_parse(const char *word, enum sign_says *ret_says);

struct sign {
    char *name;  /* "kernel version", "boot id", ...; owned */
    char *value; /* what was seen, one short line of UTF-8; owned */
    enum sign_says says;
    bool decisive; /* SIGN_NOT_GVISOR here outweighs all others */
};

struct attestation {
    struct sign *signs;
    size_t count;        /* all signs looked at */
    size_t gvisor_count; /* those that say gVisor */
    size_t quorum;       /* how many are needed */
    bool attested;       /* at least the quorum say gVisor, and no decisive sign says the opposite */
    char *release;       /* the release that gVisor's kernel gives itself, "4.19.0-gvisor", or NULL */
    char *summary;       /* "gvisor: 8/9" and, when not attested, which signs say what; owned */
};
#define ATTEST_QUORUM 5 /* of the script's signs */
#define ATTEST_QUORUM_SUPERVISOR                                                                             \
    8 /* of the supervisor's: its system calls fail alike on some real kernels                               \
       */

/* The shell script that prints what attest_judge() reads, for `sh -s`: POSIX sh built-ins only (read, printf,
 * redirection), no program of the image but the shell itself. Its output is what attest_judge() reads. Static
 * text. */
const char *attest_script(void);

/* Judges the output of the script, or the signs that the supervisor sent (gvisor-smoke/supervisor.h): it
 * reads the same and more by system call. Never fails: what cannot be read is a sign that says nothing. */
struct attestation attest_judge(const char *output, const struct attest_facts *facts);
void attestation_release(struct attestation *attestation);

/* The user as whom the pod's container runs commands, or -1 where nothing is known of it. */
int64_t attest_uid(const char *output);

/* Whether the supervisor's signs show a capability in effect, by its number (<linux/capability.h>,
 * CAP_NET_RAW is 13). False also where nothing is known of it. */
bool attest_shows_capability(const char *output, unsigned capability);

#endif
