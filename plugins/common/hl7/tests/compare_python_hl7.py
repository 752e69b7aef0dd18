#!/usr/bin/python3
"""Compares our fields with those of python-hl7, an independent parser, over public messages.

usage: compare_python_hl7.py HL7_DUMP_FIELDS FIXTURES
Exit codes: 0 all alike, 1 differences, 77 nothing to compare with.
"""
import os
import re
import subprocess
import sys

try:
    import hl7
except ImportError:
    print("skipped: python3-hl7 is not installed")
    sys.exit(77)


def files_below(folder):
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith((".hl7", ".txt")):
                yield os.path.join(path, name)


def printable(text):
    raw = text.encode("latin-1")
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else "\\x%02x" % byte for byte in raw
    )


def messages_of(data):
    """Cuts a file at its MSH lines, leaving batch envelopes out. Bytes are read as Latin-1."""
    text = data.decode("latin-1").replace("\xef\xbb\xbf", "")
    lines = [line for line in re.split("\r\n|\r|\n", text) if line]
    messages = []
    for line in lines:
        if re.match(r"MSH[^A-Za-z0-9]", line):
            messages.append([])
        elif re.match(r"(FHS|BHS|BTS|FTS)", line):
            continue
        if messages:
            messages[-1].append(line)
    return ["\r".join(lines) + "\r" for lines in messages]


def their_lines(data):
    out = []
    for number, text in enumerate(messages_of(data)):
        message = hl7.parse(text)
        for index, segment in enumerate(message):
            for field, value in enumerate(segment):
                out.append("%d %d.%d\t%s" % (number, index, field, printable(str(value))))
    return out


def main():
    dump, fixtures = sys.argv[1:3]
    folder = os.path.join(os.environ.get("AORTA_FIXTURES", fixtures), "hl7v2")
    files = list(files_below(folder))
    if not files:
        print("skipped: fixtures are absent")
        return 77
    fields = 0
    differing = 0
    for file in files:
        with open(file, "rb") as stream:
            theirs = their_lines(stream.read())
        ours = subprocess.run([dump, file], check=True, capture_output=True)
        ours = ours.stdout.decode("ascii").splitlines()
        fields += len(theirs)
        if ours != theirs:
            differing += 1
            at = next(
                (i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b),
                min(len(ours), len(theirs)),
            )
            print("%s: differs at line %d" % (os.path.relpath(file, folder), at))
            print("  ours:   %r" % ours[at : at + 1])
            print("  theirs: %r" % theirs[at : at + 1])
    print("%d files, %d fields, %d files differ" % (len(files), fields, differing))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
