#!/usr/bin/env python3
"""Compiles every header by itself: it must include what it uses. The SDK's C headers also as C11."""
import concurrent.futures
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-fsyntax-only", "-Isdk/include", "-Isdk/testing/include", "-Icore", "-Iplugins", "-I.", "-Wall", "-Wextra"]


def compile_alone(header):
    commands = [["g++", "-std=c++20", "-x", "c++", *FLAGS, "-include", str(header), "/dev/null"]]
    if header.suffix == ".h":
        commands.append(["gcc", "-std=c11", "-Wpedantic", "-x", "c", *FLAGS, "-include", str(header), "/dev/null"])
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            return f"{header}:\n{done.stderr}"
    return None


def main():
    headers = [path.relative_to(ROOT) for top in ("sdk/include", "core", "plugins")
               for path in sorted((ROOT / top).rglob("*")) if path.suffix in (".h", ".hpp")
               and "/tests/" not in path.as_posix()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [problem for problem in pool.map(compile_alone, headers) if problem]
    print("\n".join(problems) or f"headers: {len(headers)} stand alone")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
