/* SPDX-License-Identifier: Apache-2.0
 *
 * Text without a C library.
 */
#include "inside.h"

size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

bool text_equal(const char *left, const char *right)
{
    while (*left && *left == *right)
        left++, right++;
    return *left == *right;
}

const char *text_after(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++)
        if (*text != *prefix)
            return NULL;
    return text;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && text->length + 1 < text->max; i++)
        text->bytes[text->length++] = bytes[i];
    text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *added)
{
    text_add_bytes(text, added, text_length(added));
}

void text_add_number(struct text *text, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? (uint64_t)-number : (uint64_t)number;
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        digits[--at] = '-';
    text_add_bytes(text, digits + at, sizeof digits - at);
}

void text_add_hex(struct text *text, uint32_t number)
{
    char digits[8];
    frame_put_hex(digits, number);
    text_add_bytes(text, digits, sizeof digits);
}

int64_t text_number(const char *digits, size_t length)
{
    int64_t number = 0;
    if (length == 0 || length > 18)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -1;
        number = number * 10 + digits[i] - '0';
    }
    return number;
}

void text_add_errno(struct text *text, int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {EPERM, "EPERM"},
        {ENOENT, "ENOENT"},
        {EINTR, "EINTR"},
        {EIO, "EIO"},
        {ENXIO, "ENXIO"},
        {E2BIG, "E2BIG"},
        {ENOEXEC, "ENOEXEC"},
        {EAGAIN, "EAGAIN"},
        {ENOMEM, "ENOMEM"},
        {EACCES, "EACCES"},
        {EFAULT, "EFAULT"},
        {EBUSY, "EBUSY"},
        {EEXIST, "EEXIST"},
        {ENODEV, "ENODEV"},
        {ENOTDIR, "ENOTDIR"},
        {EINVAL, "EINVAL"},
        {EMFILE, "EMFILE"},
        {ENOSPC, "ENOSPC"},
        {EROFS, "EROFS"},
        {EPIPE, "EPIPE"},
        {ENOSYS, "ENOSYS"},
        {ELOOP, "ELOOP"},
        {EDQUOT, "EDQUOT"},
        {EOPNOTSUPP, "EOPNOTSUPP"},
        {ENAMETOOLONG, "ENAMETOOLONG"},
        {ETXTBSY, "ETXTBSY"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) {
            text_add(text, names[i].name);
            return;
        }
    text_add(text, "errno ");
    text_add_number(text, number);
}

const char *environment_value(const char *const *environment, const char *name)
{
    for (; *environment; environment++) {
        const char *rest = text_after(*environment, name);
        if (rest && *rest == '=')
            return rest + 1;
    }
    return NULL;
}
