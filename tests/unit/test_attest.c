/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of attestation: what real sandboxes, real containers, other sandboxes and liars print.
 */
#include "unit.h"

#include "gvisor-smoke/attest.h"

#define NODE_KERNEL "6.1.0-13-amd64"
#define NODE_BOOT_ID "4b870aac-5465-4782-a62f-1ded7deb1a98"
static const struct attest_facts node = {.node_kernel_version = NODE_KERNEL, .node_boot_id = NODE_BOOT_ID};

#define GVISOR_MOUNT                                                                                         \
    "none 9p ro,trans=fd,rfdno=51,wfdno=51,aname=/,dfltuid=4294967294,dfltgid=4294967294,dcache=1000,"       \
    "cache=fscache,disable_fifo_open,overlayfs_stale_read,directfs 0 0"
#define CONTAINER_MOUNT                                                                                      \
    "overlay overlay rw,relatime,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/"       \
    "snapshots/7/fs,upperdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/54/fs 0 0"

/* gVisor of September 2026, read-only root. */
static const char newest[] = "version=Linux version 4.19.0-gvisor #1 SMP Sun Jan 10 15:06:54 PST 2016\n"
                             "osrelease=4.19.0-gvisor\n"
                             "boot_id=c9e5e561-b061-400d-9b67-06b755bb363b\n"
                             "cmdline=BOOT_IMAGE=/vmlinuz-4.19.0-gvisor quiet\n"
                             "sentry_meminfo=present\n"
                             "loadavg=0.00 0.00 0.00 0/0 0\n"
                             "root_mount=" GVISOR_MOUNT "\n"
                             "proc_gvisor=present\n"
                             "cpu_model=model name\t: unknown\n"
                             "ctxt=ctxt 0\n"
                             "modules=empty\n"
                             "end=1\n";

/* gVisor of May 2025: the old name, no /proc/sys/kernel/osrelease, no /proc/gvisor, no /proc/modules. */
static const char older[] = "version=Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n"
                            "boot_id=8743e2e0-f75b-4b7f-b056-906a37d7fbc0\n"
                            "cmdline=BOOT_IMAGE=/vmlinuz-4.4.0-gvisor quiet\n"
                            "sentry_meminfo=present\n"
                            "loadavg=0.00 0.00 0.00 0/0 0\n"
                            "root_mount=none overlay rw 0 0\n"
                            "proc_gvisor=absent\n"
                            "cpu_model=model name\t: unknown\n"
                            "ctxt=ctxt 0\n"
                            "modules=absent\n"
                            "end=1\n";

/* runc on the node. */
static const char container[] =
    "version=Linux version " NODE_KERNEL
    " (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld "
    "(GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)\n"
    "osrelease=" NODE_KERNEL "\n"
    "boot_id=" NODE_BOOT_ID "\n"
    "cmdline=BOOT_IMAGE=/boot/vmlinuz-" NODE_KERNEL " root=/dev/vda1 ro quiet\n"
    "sentry_meminfo=absent\n"
    "loadavg=2.83 4.71 3.98 6/592 16\n"
    "root_mount=" CONTAINER_MOUNT "\n"
    "proc_gvisor=absent\n"
    "cpu_model=model name\t: AMD EPYC\n"
    "ctxt=ctxt 11144647\n"
    "modules=nf_conntrack 172032 3 nf_nat, Live 0x0000000000000000\n"
    "end=1\n";

/* A virtual machine for each pod: a kernel and a boot id of its own, no modules, and a shared root. */
static const char virtual_machine[] =
    "version=Linux version 6.12.22 (root@builder) (gcc (Ubuntu 11.4.0) 11.4.0, GNU ld 2.38) #1 SMP Mon Jun 2 "
    "2025\n"
    "osrelease=6.12.22\n"
    "boot_id=11111111-2222-3333-4444-555555555555\n"
    "cmdline=reboot=k panic=1 systemd.unit=kata-containers.target agent.log=info\n"
    "sentry_meminfo=absent\n"
    "loadavg=0.00 0.00 0.00 1/67 31\n"
    "root_mount=none virtiofs rw,relatime 0 0\n"
    "proc_gvisor=absent\n"
    "cpu_model=model name\t: Intel(R) Xeon(R)\n"
    "ctxt=ctxt 8021\n"
    "modules=absent\n"
    "end=1\n";

static enum sign_says says(const struct attestation *attestation, const char *name)
{
    for (size_t i = 0; i < attestation->count; i++)
        if (strcmp(attestation->signs[i].name, name) == 0)
            return attestation->signs[i].says;
    fail_msg("no sign \"%s\"", name);
    return SIGN_UNKNOWN;
}

static const char *value(const struct attestation *attestation, const char *name)
{
    for (size_t i = 0; i < attestation->count; i++)
        if (strcmp(attestation->signs[i].name, name) == 0)
            return attestation->signs[i].value;
    fail_msg("no sign \"%s\"", name);
    return NULL;
}

static void the_newest_release_is_attested(void **state)
{
    (void)state;
    struct attestation attestation = attest_judge(newest, &node);
    assert_true(attestation.attested);
    assert_int_equal(attestation.count, 11);
    assert_int_equal(attestation.gvisor_count, 11);
    assert_string_equal(attestation.release, "4.19.0-gvisor");
    assert_string_equal(attestation.summary, "gvisor: 11/11");
    assert_string_equal(value(&attestation, "kernel release"), "4.19.0-gvisor, the node has " NODE_KERNEL);
    assert_string_equal(value(&attestation, "root mount"), "9p from \"none\"");
    attestation_release(&attestation);
}

static void an_older_release_is_attested(void **state)
{
    (void)state;
    struct attestation attestation = attest_judge(older, &node);
    assert_true(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 9);
    assert_int_equal(says(&attestation, "/proc/gvisor"), SIGN_UNKNOWN);
    assert_int_equal(says(&attestation, "kernel modules"), SIGN_UNKNOWN);
    assert_int_equal(says(&attestation, "kernel release"), SIGN_GVISOR);
    assert_string_equal(attestation.release, "4.4.0");
    assert_string_equal(attestation.summary, "gvisor: 9/11");
    attestation_release(&attestation);
}

/* Without the right to read nodes the signs of the pod itself are enough. */
static void the_node_may_be_unknown(void **state)
{
    (void)state;
    static const struct attest_facts nothing = {.node_kernel_version = ""};
    const struct attest_facts *const unknown[] = {&nothing, NULL};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct attestation attestation = attest_judge(newest, unknown[i]);
        assert_true(attestation.attested);
        assert_int_equal(says(&attestation, "kernel release"), SIGN_UNKNOWN);
        assert_int_equal(says(&attestation, "boot id"), SIGN_UNKNOWN);
        assert_contains(value(&attestation, "boot id"), "the node's is not known");
        attestation_release(&attestation);
        attestation = attest_judge(container, unknown[i]);
        assert_false(attestation.attested);
        assert_int_equal(attestation.gvisor_count, 0);
        attestation_release(&attestation);
    }
}

static void a_container_is_not_attested(void **state)
{
    (void)state;
    struct attestation attestation = attest_judge(container, &node);
    assert_false(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 0);
    assert_null(attestation.release);
    static const char *const against[] = {"kernel version",      "kernel release",       "boot id",
                                          "kernel command line", "/proc/sentry-meminfo", "load average",
                                          "root mount",          "context switches",     "kernel modules"};
    for (size_t i = 0; i < COUNT(against); i++)
        assert_int_equal(says(&attestation, against[i]), SIGN_NOT_GVISOR);
    assert_int_equal(says(&attestation, "/proc/gvisor"), SIGN_UNKNOWN);
    assert_int_equal(says(&attestation, "processor name"), SIGN_UNKNOWN);
    assert_contains(attestation.summary,
                    "gvisor: 0/11, 5 are needed; not gVisor by: kernel version, kernel release (" NODE_KERNEL
                    ", as on the node)");
    attestation_release(&attestation);
}

static void another_sandbox_is_not_attested(void **state)
{
    (void)state;
    struct attestation attestation = attest_judge(virtual_machine, &node);
    assert_false(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 2); /* it differs from the node, as any sandbox does */
    assert_contains(attestation.summary, "gVisor by: kernel release");
    attestation_release(&attestation);
}

/* Replaces the value of one item. */
static char *with_item(const char *output, const char *key, const char *text)
{
    cleanup_free char *head = xasprintf("%s=", key);
    const char *start = strstr(output, head);
    assert_non_null(start);
    const char *end = strchr(start, '\n');
    return xasprintf("%.*s%s%s%s", (int)(start - output), output, head, text, end);
}

/* One sign that equals the node's outweighs all others, however many they are. */
static void a_decisive_sign_outweighs_the_rest(void **state)
{
    (void)state;
    static const char *const rows[][3] = {{"osrelease", NODE_KERNEL, "kernel release"},
                                          {"boot_id", NODE_BOOT_ID, "boot id"},
                                          {"boot_id", "4B870AAC-5465-4782-A62F-1DED7DEB1A98", "boot id"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *lie = with_item(newest, rows[i][0], rows[i][1]);
        struct attestation attestation = attest_judge(lie, &node);
        assert_false(attestation.attested);
        assert_int_equal(attestation.gvisor_count, 10);
        assert_int_equal(says(&attestation, rows[i][2]), SIGN_NOT_GVISOR);
        assert_contains(attestation.summary, "; not gVisor by: ");
        assert_contains(attestation.summary, rows[i][2]);
        attestation_release(&attestation);
    }
}

/* An image can hold a `uname` that lies, and an environment can say what it likes; the quorum is not reached
 * by it. */
static void a_kernel_that_is_called_gvisor_is_not_enough(void **state)
{
    (void)state;
    cleanup_free char *lie = with_item(container, "version", "Linux version 6.1.0-gvisor (a@b) #1 SMP");
    struct attestation attestation = attest_judge(lie, &(struct attest_facts){0});
    assert_false(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 1);
    attestation_release(&attestation);
}

static void single_signs(void **state)
{
    (void)state;
    static const struct {
        const char *item, *value, *sign;
        enum sign_says says;
    } rows[] = {
        {"version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016", "kernel version", SIGN_GVISOR},
        {"version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016 (gcc)", "kernel version",
         SIGN_NOT_GVISOR},
        {"version", "Linux version 5.0-gvisor", "kernel version", SIGN_GVISOR},
        {"version", "Linux version 5.0-gvisory (a@b)", "kernel version", SIGN_NOT_GVISOR},
        {"version", "Linux version 5.0 #1 SMP Fri", "kernel version", SIGN_UNKNOWN},
        {"version", "Linux version ", "kernel version", SIGN_UNKNOWN},
        {"version", "gvisor", "kernel version", SIGN_UNKNOWN},
        {"version", "", "kernel version", SIGN_UNKNOWN},
        {"osrelease", "", "kernel release", SIGN_UNKNOWN},
        {"boot_id", "", "boot id", SIGN_UNKNOWN},
        {"cmdline", "", "kernel command line", SIGN_UNKNOWN},
        {"cmdline", "BOOT_IMAGE=/vmlinuz-6.1 x=-gvisor", "kernel command line", SIGN_NOT_GVISOR},
        {"cmdline", "BOOT_IMAGE=/vmlinuz-9-gvisor", "kernel command line", SIGN_GVISOR},
        {"sentry_meminfo", "absent", "/proc/sentry-meminfo", SIGN_NOT_GVISOR},
        {"loadavg", "0.00 0.00 0.00 0/1 0", "load average", SIGN_NOT_GVISOR},
        {"loadavg", "", "load average", SIGN_UNKNOWN},
        {"root_mount", "none overlay rw 0 0", "root mount", SIGN_GVISOR},
        {"root_mount", "none overlay rw,lowerdir=/a 0 0", "root mount", SIGN_NOT_GVISOR},
        {"root_mount", "overlay overlay rw 0 0", "root mount", SIGN_UNKNOWN},
        {"root_mount", "kataShared 9p rw 0 0", "root mount", SIGN_UNKNOWN},
        {"root_mount", "/dev/vda1 ext4 rw 0 0", "root mount", SIGN_UNKNOWN},
        {"root_mount", "none", "root mount", SIGN_UNKNOWN},
        {"proc_gvisor", "absent", "/proc/gvisor", SIGN_UNKNOWN},
        {"cpu_model", "model name : unknown processor", "processor name", SIGN_UNKNOWN},
        {"ctxt", "ctxt 7", "context switches", SIGN_NOT_GVISOR},
        {"modules", "absent", "kernel modules", SIGN_UNKNOWN},
        {"modules", "ext4 1 1 - Live 0x0", "kernel modules", SIGN_NOT_GVISOR},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *output = with_item(newest, rows[i].item, rows[i].value);
        struct attestation attestation = attest_judge(output, &node);
        if (says(&attestation, rows[i].sign) != rows[i].says)
            fail_msg("%s=%s says %s", rows[i].item, rows[i].value,
                     sign_says_name(says(&attestation, rows[i].sign)));
        attestation_release(&attestation);
    }
}

static void check_sane(struct attestation *attestation)
{
    for (size_t i = 0; i < attestation->count; i++) {
        const char *text = attestation->signs[i].value;
        cleanup_free char *valid = text_from_bytes(text, strlen(text));
        assert_string_equal(valid, text);
        assert_true(strlen(text) < 200);
        assert_null(strchr(text, '\n'));
    }
    assert_true(strlen(attestation->summary) < 8192);
    attestation_release(attestation);
}

static void nothing_read_says_nothing(void **state)
{
    (void)state;
    static const char *const outputs[] = {NULL,      "",        "\n", "=\n", "end=1\n", "sh: not found\n",
                                          "version", "version="};
    for (size_t i = 0; i < COUNT(outputs); i++) {
        struct attestation attestation = attest_judge(outputs[i], &node);
        assert_false(attestation.attested);
        assert_int_equal(attestation.gvisor_count, 0);
        for (size_t j = 0; j < attestation.count; j++)
            assert_int_equal(attestation.signs[j].says, SIGN_UNKNOWN);
        check_sane(&attestation);
    }
}

/* Cut anywhere, changed anywhere, endless or not text: a judgement comes out. */
static void hostile_output_does_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof newest; i++) {
        cleanup_free char *cut = xstrndup(newest, i), *changed = xstrdup(newest);
        struct attestation attestation = attest_judge(cut, &node);
        check_sane(&attestation);
        if (i + 1 < sizeof newest)
            changed[i] = (char)0xC3;
        attestation = attest_judge(changed, &node);
        check_sane(&attestation);
    }
    cleanup_free char *run_on = repeated("A", (size_t)4 * 1024 * 1024),
                      *endless = xasprintf("version=%s", run_on);
    struct attestation attestation = attest_judge(endless, &node);
    check_sane(&attestation);
    cleanup_free char *bytes = with_item(newest, "cmdline", "\xFF\033[2J\xC3");
    attestation = attest_judge(bytes, &node);
    assert_string_equal(value(&attestation, "kernel command line"), "\xEF\xBF\xBD#x1B[2J\xEF\xBF\xBD");
    check_sane(&attestation);
}

/* The first of two lines counts: a later one cannot take its place. */
static void items_are_not_overwritten(void **state)
{
    (void)state;
    cleanup_free char *output = xasprintf("%s%s", container, newest);
    struct attestation attestation = attest_judge(output, &node);
    assert_false(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 0);
    attestation_release(&attestation);
}

/* The script under this machine's shell: it ends well, prints every item that there is, and nothing on
 * stderr. */
static void the_script_runs_in_a_shell(void **state)
{
    (void)state;
    char *folder = folder_make();
    folder_write(folder, "attest.sh", attest_script(), strlen(attest_script()));
    cleanup_free char *command = xasprintf("cd %s && PATH=/nowhere /bin/sh -s <attest.sh >out 2>err", folder);
    assert_int_equal(system(command), 0);
    cleanup_free char *output = folder_read(folder, "out"), *errors = folder_read(folder, "err");
    assert_string_equal(errors, "");
    static const char *const items[] = {
        "version=Linux version ", "\nboot_id=", "\nsentry_meminfo=", "\nloadavg=", "\nproc_gvisor=",
        "\nctxt=ctxt ",           "\nmodules=", "\nuid=Uid:\t",      "\nend=1\n"};
    for (size_t i = 0; i < COUNT(items); i++)
        assert_contains(output, items[i]);
    struct attestation attestation = attest_judge(output, &node);
    assert_int_not_equal(says(&attestation, "boot id"), SIGN_UNKNOWN);
    attestation_release(&attestation);
    folder_remove(folder);
}

static void words_survive_a_round_trip(void **state)
{
    (void)state;
    enum sign_says parsed;
    for (int i = SIGN_GVISOR; i <= SIGN_UNKNOWN; i++) {
        assert_true(sign_says_parse(sign_says_name((enum sign_says)i), &parsed));
        assert_int_equal(parsed, i);
    }
    assert_false(sign_says_parse("maybe", &parsed));
}

/* What the supervisor adds to the script's signs. */
#define CALLS_GVISOR                                                                                         \
    "supervisor=1\ndmesg=<6>[   0.000000] Starting gVisor...\nperf_event_open=ENODEV\nuserfaultfd=ENOSYS\n"  \
    "io_uring_setup=ENOSYS\ncap_eff=0000000000002000\n"
#define CALLS_CONTAINER                                                                                      \
    "supervisor=1\ndmesg_errno=EPERM\nperf_event_open=EPERM\nuserfaultfd=EPERM\nio_uring_setup=EFAULT\n"     \
    "cap_eff=0000000000000000\n"

static struct attestation judge_both(const char *calls, const char *files)
{
    cleanup_free char *text = xasprintf("%s%s", calls, files);
    return attest_judge(text, &node);
}

static void the_supervisors_signs_count_too(void **state)
{
    (void)state;
    struct attestation attestation = judge_both(CALLS_GVISOR, newest);
    assert_true(attestation.attested);
    assert_string_equal(attestation.summary, "gvisor: 15/15");
    assert_string_equal(value(&attestation, "kernel log"), "<6>[   0.000000] Starting gVisor...");
    attestation_release(&attestation);
    attestation = judge_both(CALLS_GVISOR, older);
    assert_true(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 13);
    attestation_release(&attestation);
    attestation = judge_both(CALLS_CONTAINER, container);
    assert_false(attestation.attested);
    assert_int_equal(attestation.gvisor_count, 0);
    assert_int_equal(says(&attestation, "kernel log"), SIGN_UNKNOWN);
    assert_string_equal(value(&attestation, "io_uring"), "the kernel has it (EFAULT)");
    attestation_release(&attestation);
}

/* A small real kernel refuses the calls in the same way. */
static void a_virtual_machine_without_the_calls_is_not_attested(void **state)
{
    (void)state;
    struct attestation attestation =
        judge_both("supervisor=1\ndmesg=<5>[    0.000000] Linux version 6.12.22\nperf_event_open=ENODEV\n"
                   "userfaultfd=ENOSYS\nio_uring_setup=ENOSYS\n",
                   virtual_machine);
    assert_false(attestation.attested);
    assert_int_equal(says(&attestation, "kernel log"), SIGN_NOT_GVISOR);
    assert_contains(attestation.summary, "8 are needed");
    attestation_release(&attestation);
}

static void a_kept_capability_is_seen(void **state)
{
    (void)state;
    assert_true(attest_shows_capability(CALLS_GVISOR, 13));
    assert_false(attest_shows_capability(CALLS_GVISOR, 12));
    assert_false(attest_shows_capability(CALLS_CONTAINER, 13));
    assert_false(attest_shows_capability(newest, 13));
    assert_false(attest_shows_capability("cap_eff=what\n", 13));
}

static void the_user_is_read_from_either_form(void **state)
{
    (void)state;
    assert_int_equal(attest_uid("a=b\nuid=65532\t65532\t65532\t65532\n"), 65532);
    assert_int_equal(attest_uid("uid=Uid:\t0\t0\t0\t0\nend=1\n"), 0);
    assert_int_equal(attest_uid("uid=Uid:\n"), -1);
    assert_int_equal(attest_uid("uid=root\n"), -1);
    assert_int_equal(attest_uid(newest), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_release_is_attested),
        cmocka_unit_test(an_older_release_is_attested),
        cmocka_unit_test(the_node_may_be_unknown),
        cmocka_unit_test(a_container_is_not_attested),
        cmocka_unit_test(another_sandbox_is_not_attested),
        cmocka_unit_test(a_decisive_sign_outweighs_the_rest),
        cmocka_unit_test(a_kernel_that_is_called_gvisor_is_not_enough),
        cmocka_unit_test(single_signs),
        cmocka_unit_test(nothing_read_says_nothing),
        cmocka_unit_test(hostile_output_does_no_harm),
        cmocka_unit_test(items_are_not_overwritten),
        cmocka_unit_test(the_script_runs_in_a_shell),
        cmocka_unit_test(words_survive_a_round_trip),
        cmocka_unit_test(the_supervisors_signs_count_too),
        cmocka_unit_test(a_virtual_machine_without_the_calls_is_not_attested),
        cmocka_unit_test(a_kept_capability_is_seen),
        cmocka_unit_test(the_user_is_read_from_either_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
