#!/usr/bin/env python3
"""Compiles, checks, validates and runs the snippets of Markdown pages, so that they stay true.

A snippet is a fenced block. Its first line may name it: `// name.cpp`, `# name.yaml`.
cpp   with AORTA_PLUGIN: built as a plugin, put through the compliance test, and there for the pipelines;
      with main: built against aorta::testing and run on the plugin of its name (x_test.cpp: processor_x.so)
yaml  with `aorta: 1`: validated, and its tests are run; other blocks must have a name, so that a pipeline can include them

The tests that fine-points.md names, as `Suite.Name`, exist.
"""
import argparse
import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"^```(cpp|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEST_NAME = re.compile(r"`([A-Z]\w+)\.([A-Z]\w+)`")
NAME = re.compile(r"^(?://|#) ([\w./-]+\.(?:cpp|yaml))$", re.MULTILINE)
REQUIRED = re.compile(r'\{\.name = "(\w+)"[^}]*\.required = true')
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wshadow", "-Wconversion", "-Wno-missing-field-initializers"]

failures = 0


def run(what, *command):
    global failures
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        failures += 1
        print(f"FAILED {what} (exit code {done.returncode})\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def snippets(page, folder):
    """(place, file) of each snippet, written into the folder under its name."""
    global failures
    text = page.read_text(encoding="utf-8")
    for number, match in enumerate(FENCE.finditer(text), 1):
        kind, body = match.groups()
        place = f"{page.name}:{text.count(chr(10), 0, match.start()) + 1}"
        name = NAME.match(body)
        if kind == "yaml" and not name and "aorta: 1" not in body:
            failures += 1
            print(f"FAILED {place}: neither a pipeline nor named, so nothing checks it")
        file = folder / (name.group(1) if name else f"{page.stem}_{number}.{kind}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body, encoding="utf-8")
        yield place, file


def check_test_names(page, source):
    global failures
    tests = "".join(file.read_text(encoding="utf-8") for folder in ("core", "plugins", "tests")
                    for file in (source / folder).rglob("*_test.cpp"))
    defined = set(re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", tests, re.MULTILINE))
    for name in TEST_NAME.findall(page.read_text(encoding="utf-8")):
        if name not in defined:
            failures += 1
            print(f"FAILED {page.name}: there is no test {'.'.join(name)}")


def build(arguments, place, file, plugins):
    include = ["-I", arguments.source / "sdk/include"]
    text = file.read_text(encoding="utf-8")
    if "AORTA_PLUGIN(" in text:
        so = plugins / f"{file.stem}.so"
        version = f"-Wl,--no-undefined,--version-script={arguments.source / 'sdk/plugin.version'}"
        if run(place, arguments.cxx, *FLAGS, *include, "-shared", "-fPIC", "-fvisibility=hidden", version, file, "-o", so):
            options = ", ".join(f"{name}: x" for name in REQUIRED.findall(text))
            run(place, arguments.aorta, "plugins", "check", so, "--options", f"{{ {options} }}")
        return
    program = file.with_suffix("")
    include += ["-I", arguments.source / "sdk/testing/include"]
    if run(place, arguments.cxx, *FLAGS, *include, file, arguments.testing, "-ldl", "-o", program):
        run(place, program, plugins / f"processor_{file.stem.removesuffix('_test')}.so")


def check_pipeline(arguments, place, file, plugins):
    text = file.read_text(encoding="utf-8")
    if "aorta: 1" not in text:
        return
    if run(place, arguments.aorta, "validate", "--plugin-path", plugins, file) and "\ntests:" in text:
        run(place, arguments.aorta, "test", "--plugin-path", plugins, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--aorta", type=pathlib.Path, required=True)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--testing", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    plugins = arguments.work / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    found = [one for page in arguments.pages for one in snippets(page, arguments.work / page.stem)]
    for page in arguments.pages:
        if page.name == "fine-points.md":
            check_test_names(page, arguments.source)
    for place, file in found:
        if file.suffix == ".cpp":
            build(arguments, place, file, plugins)
    for place, file in found:
        if file.suffix == ".yaml":
            check_pipeline(arguments, place, file, plugins)
    print(f"{len(found)} snippets, {failures} failures")
    return 1 if failures or not found else 0


if __name__ == "__main__":
    sys.exit(main())
