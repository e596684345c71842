# SPDX-License-Identifier: Apache-2.0
"""The commands of a Markdown page: what stands in its indented and fenced blocks and begins with the name of a program."""
import re

PROGRAMS = {"gvisor-smoke", "build/release/gvisor-smoke", "kubectl", "cmake", "ctest", "cpack", "helm", "buildah", "podman", "docker",
            "skopeo", "ctr", "cd", "mkdir", "cat", "eval", "git", "apt-get", "sudo", "sed", "trap", "dir"}
FOLDERS = ("tests/", "cases/", "packaging/", ".ci/")


def blocks(text):
    """Lists of lines, without their indent. A block of a list is indented by four more than its text."""
    fenced, current, before = False, [], ""
    for line in text.splitlines() + [""]:
        if line.startswith("```"):
            fenced = not fenced
            if current:
                yield current
            current = []
        elif fenced or re.match(r" {4}", line) and (current or not before.strip()):
            current.append(line)
        elif line.strip() or not current:
            if current:
                yield current
            current = []
        else:
            current.append(line)
        before = line
    if current:
        yield current


def is_command(line):
    words = line.split()
    if not words:
        return False
    first = words[0]
    if first in ("gvisor-smoke", "build/release/gvisor-smoke"):
        # Also the first word of what --version prints.
        return len(words) == 1 or not words[1][0].isdigit()
    return first in PROGRAMS or first.startswith(FOLDERS) or first.startswith("dir=$")


def commands(text):
    """Each command with its continuation lines, as one line; the bodies of here-documents stay with theirs."""
    for block in blocks(text):
        lines = [re.sub(r"^ +(- )?(\$ )?", "", line) if not line.startswith("     ") or is_command(line.strip()) else line for line in block]
        number = 0
        while number < len(lines):
            line = lines[number].rstrip()
            number += 1
            if not is_command(line):
                continue
            while line.endswith("\\") and number < len(lines):
                line = line[:-1].rstrip() + " " + lines[number].strip()
                number += 1
            here = re.search(r"<<-?'?(\w+)'?", line)
            if here:
                while number < len(lines) and lines[number].strip() != here.group(1):
                    number += 1
                number += 1
            yield re.sub(r"\s+#\s.*$", "", line).strip()
