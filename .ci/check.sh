#!/usr/bin/env bash
# The checks beside the tests. All of them, or those named: .ci/check.sh [format|layers|headers|docs|tidy|asan|tsan|fuzz]…
set -euo pipefail
cd "$(dirname "$0")/.."
export AORTA_FIXTURES=${AORTA_FIXTURES:-$(pwd)/../shared/fixtures}
fuzz_seconds=${FUZZ_SECONDS:-20}

sources() { git ls-files '*.cpp' '*.hpp' '*.h' '*.c'; }

# Files that the commits of the last day touch; tidy takes seconds for each.
changed() {
    local base
    base=$(git rev-list -1 --before='1 day ago' HEAD)
    if [ -n "$base" ]; then git diff --name-only --diff-filter=d "$base" HEAD; else git ls-files; fi
}

check_format() { sources | xargs clang-format-14 --dry-run --Werror; }
check_layers() { python3 .ci/layers.py; }
check_headers() { python3 .ci/headers.py; }
check_docs() { python3 .ci/docs.py; }

check_tidy() {
    scripts/build dev all
    python3 .ci/tidy_database.py build/dev/compile_commands.json build/tidy
    # One file of each module on a first import would take hours with all: at most 40 files, the newest first.
    changed | { grep -E '^(core|plugins)/.*\.cpp$' || true; } | { grep -v '/tests/' || true; } | head -n "${TIDY_FILES:-40}" |
        xargs -r -P 2 -n 1 clang-tidy-14 -p build/tidy --quiet 2> build/tidy/messages || { cat build/tidy/messages; return 1; }
}

check_asan() {
    scripts/build asan all
    ASAN_OPTIONS=detect_leaks=1 ctest --preset asan -j 2
}

check_tsan() {
    scripts/build tsan tsan_tests
    ctest --preset tsan -j 2
}

check_fuzz() {
    scripts/build fuzz fuzz_targets
    local failed=0
    for target in build/fuzz/bin/*_fuzz; do
        name=$(basename "$target")
        scratch=$(mktemp -d)
        local seconds=$fuzz_seconds
        case $name in mllp_frame_fuzz | hl7_parse_fuzz) seconds=$((3 * fuzz_seconds)) ;; esac
        echo "fuzz $name, $seconds s"
        # The seed is fixed: a finding here can be found again.
        "$target" -seed=1 -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 -verbosity=0 \
            "$scratch" "tests/fuzz/corpus/$name" > "$scratch.log" 2>&1 || { tail -n 40 "$scratch.log"; failed=1; }
        rm -rf "$scratch"
    done
    return $failed
}

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(format layers headers docs tidy tsan asan fuzz)
for step in "${steps[@]}"; do
    echo "== check: $step"
    "check_$step"
done
echo "checks passed: ${steps[*]}"
