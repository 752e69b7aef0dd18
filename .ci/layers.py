#!/usr/bin/env python3
"""Checks every #include against the levels table of ARCHITECTURE.md: modules include downward only, and a
library's headers appear only with its owner."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')

# Libraries by the beginning of their headers' names.
LIBRARIES = {
    "yaml-cpp": ("yaml-cpp/",),
    "Boost.DLL": ("boost/dll",),
    "Boost.JSON": ("boost/json",),
    "Boost.Beast": ("boost/beast", "boost/asio"),
    "oneTBB": ("oneapi/", "tbb/"),
    "SQLite": ("sqlite3.h",),
    "OpenSSL": ("openssl/",),
    "RE2": ("re2/",),
    "fmt": ("fmt/",),
    "date": ("date/",),
    "CLI11": ("CLI/",),
    "simdjson": ("simdjson",),
    "ZeroMQ": ("zmq",),
    "zstd": ("zstd.h", "zdict.h"),
    "libseccomp": ("seccomp.h",),
    "libcurl": ("curl/",),
}


def read_table():
    """Rows of the table between the markers: folder -> (folders it may include, libraries it owns)."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    table = text.split("<!-- layers:begin -->")[1].split("<!-- layers:end -->")[0]
    rules = {}
    for line in table.splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        if len(cells) != 4 or cells[0] in ("folder", "") or set(cells[0]) <= {"-", ":"}:
            continue
        words = lambda cell: {word.strip() for word in cell.split(",") if word.strip() and word.strip() != "—"}
        rules[cells[0]] = (words(cells[2]), words(cells[3]))
    return rules


def folder_of(path, rules):
    """The longest row that the path lies in."""
    parts = path.as_posix()
    fitting = [folder for folder in rules if parts.startswith(folder + "/")]
    return max(fitting, key=len) if fitting else None


def target_of(name, rules):
    """The row that an included file of ours belongs to, or None."""
    if name.startswith("aorta/"):
        return "sdk"
    for prefix in ("core/", "plugins/", ""):
        folder = folder_of(pathlib.PurePosixPath(prefix + name), rules)
        if folder and (prefix or folder.startswith(("bench", "tests"))):
            if (ROOT / prefix / name).is_file():
                return folder
    return None


def main():
    rules = read_table()
    problems = []
    files = [path for top in ("sdk", "core", "plugins") for path in (ROOT / top).rglob("*")
             if path.suffix in (".hpp", ".cpp", ".h") and "/tests/" not in path.as_posix()
             and "/template/" not in path.as_posix() and "/testing/" not in path.as_posix()
             and not path.stem.endswith("_test")]
    for path in sorted(files):
        relative = path.relative_to(ROOT)
        folder = folder_of(relative, rules)
        if folder is None:
            problems.append(f"{relative}: its folder has no row in ARCHITECTURE.md")
            continue
        may_use, owns = rules[folder]
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            kind, name = found.groups()
            for library, prefixes in LIBRARIES.items():
                if kind == "<" and name.startswith(prefixes):
                    if library not in owns:
                        problems.append(f"{relative}:{number}: {library} belongs to another folder")
                    elif path.suffix != ".cpp" and not name == "sqlite3.h":
                        problems.append(f"{relative}:{number}: {library} stays out of headers")
            target = target_of(name, rules)
            if target and target != folder and target not in may_use:
                problems.append(f"{relative}:{number}: {folder} may not include {target} ({name})")
    print("\n".join(problems) or f"layers: {len(files)} files in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
