#!/usr/bin/env bash
# The checks beside the tests. All of them, or those named: .ci/check.sh [format|layers|headers|docs|tidy|asan|tsan|fuzz]…
# TIDY_FILES, TIDY_ALL, FUZZ_SECONDS and FUZZ_SEED are for those who want more.
set -euo pipefail
cd "$(dirname "$0")/.."
export AORTA_FIXTURES=${AORTA_FIXTURES:-$(pwd)/../shared/fixtures}
fuzz_seconds=${FUZZ_SECONDS:-20}
fuzz_seed=${FUZZ_SEED:-1}

sources() { git ls-files '*.cpp' '*.hpp' '*.h' '*.c'; }

# Files that the last commit and those of the day before it touch, the last touched first.
changed() {
    local last
    last=$(git log -1 --format=%ct)
    git log --since=$((last - 86400)) --diff-filter=d --name-only --format= | awk 'NF && !seen[$0]++'
}

check_format() { sources | xargs clang-format-14 --dry-run --Werror; }
check_layers() { python3 .ci/layers.py; }
check_headers() { python3 .ci/headers.py; }
check_docs() { python3 .ci/docs.py; }

# A file takes some fifteen seconds: the last TIDY_FILES that changed, or TIDY_ALL=1 with TIDY_FILES=1000.
# Generated tables are left out.
check_tidy() {
    local found=changed
    [ -z "${TIDY_ALL:-}" ] || found=sources
    # It wants each file by itself; nothing of this is built.
    cmake --preset dev -B build/tidy -DAORTA_UNITY=OFF > /dev/null
    python3 .ci/tidy_database.py build/tidy/compile_commands.json build/tidy/database
    $found | { grep -E '^(core|plugins)/.*\.cpp$' || true; } | { grep -vE '/tests/|_(test|fuzz|data)\.cpp$' || true; } |
        sed -n "1,${TIDY_FILES:-40}p" | xargs -r -P 2 -n 1 sh -c '[ ! -e "$0" ] || timeout 600 clang-tidy-14 -p build/tidy/database --quiet "$0"' \
        2> build/tidy/messages || { cat build/tidy/messages; return 1; }
}

check_asan() {
    scripts/build asan all
    AORTA_SANITIZED=1 ASAN_OPTIONS=detect_leaks=1 ctest --preset asan -j 2
}

check_tsan() {
    scripts/build tsan tsan_tests
    ctest --preset tsan -j 2
}

fuzz_one() {
    local name seconds=$fuzz_seconds scratch failed=0
    name=$(basename "$1")
    case $name in mllp_frame_fuzz | hl7_parse_fuzz) seconds=$((3 * fuzz_seconds)) ;; esac
    echo "fuzz $name, $seconds s"
    scratch=$(mktemp -d)
    # The seed is fixed: a finding here can be found again. The limit is for what libFuzzer itself does not end.
    timeout $((seconds + 240)) "$1" -seed="$fuzz_seed" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=25 \
        -print_final_stats=0 -verbosity=0 \
        -artifact_prefix=build/fuzz/ "$scratch" "tests/fuzz/corpus/$name" > "$scratch/log" 2>&1 || failed=1
    [ $failed -eq 0 ] || { echo "fuzz $name:"; tail -n 40 "$scratch/log"; }
    rm -rf "$scratch"
    return $failed
}

check_fuzz() {
    scripts/build fuzz fuzz_targets
    export -f fuzz_one
    export fuzz_seconds fuzz_seed
    printf '%s\n' build/fuzz/bin/*_fuzz | xargs -P 2 -I '{}' bash -c 'fuzz_one {}'
}

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(format layers headers docs tidy tsan asan fuzz)
for step in "${steps[@]}"; do
    echo "== check: $step"
    SECONDS=0
    "check_$step"
    echo "== $step took $SECONDS s"
done
echo "checks passed: ${steps[*]}"
