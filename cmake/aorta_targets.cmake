# Five small functions; every target of the project is made by one of them.
add_custom_target(product)  # what is shipped: the command and its plugins
add_custom_target(tsan_tests)
add_custom_target(fuzz_targets)
add_custom_target(bench_targets)

# Parsing the standard library is most of what compiling a small file takes: once will do. Only it: what
# else a file uses, it includes. Those of libraries and of programs differ in -fPIC and -fPIE.
set(AORTA_STD_HEADERS
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <deque> <filesystem>
    <functional> <limits> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread>
    <unordered_map> <utility> <vector>)
add_library(aorta_pch STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/empty.cpp)
target_precompile_headers(aorta_pch PRIVATE ${AORTA_STD_HEADERS})
target_link_libraries(aorta_pch PRIVATE aorta_flags)

# Sources of modules and tests are compiled six at a time: a clean build takes half as long, as what they all
# instantiate is compiled once. Names of their own must differ then; APART is for targets where they need not.
option(AORTA_UNITY "Compile several sources at a time; off: an edit compiles one" ON)
function(aorta_compile_together target apart)
    if(AORTA_UNITY AND NOT apart AND NOT AORTA_SANITIZE STREQUAL "fuzzer")
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    endif()
endfunction()

# aorta_module(base SOURCES … DEPENDS aorta::x … PRIVATE Lib::lib … APART)
# A static library aorta_<name>, alias aorta::<name>, included as "<name>/file.hpp" from core/.
function(aorta_module name)
    cmake_parse_arguments(arg "APART" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
    add_library(aorta_${name} STATIC ${arg_SOURCES})
    add_library(aorta::${name} ALIAS aorta_${name})
    target_include_directories(aorta_${name} PUBLIC ${PROJECT_SOURCE_DIR}/core)
    target_link_libraries(aorta_${name} PUBLIC ${arg_DEPENDS} PRIVATE aorta_flags ${arg_PRIVATE})
    target_precompile_headers(aorta_${name} REUSE_FROM aorta_pch)
    aorta_compile_together(aorta_${name} ${arg_APART})
endfunction()

# aorta_common(hl7 SOURCES … DEPENDS … PRIVATE …)
# A static library that plugins share, included as "common/<name>/file.hpp" from plugins/.
function(aorta_common name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
    add_library(aorta_common_${name} STATIC ${arg_SOURCES})
    add_library(aorta::common::${name} ALIAS aorta_common_${name})
    target_include_directories(aorta_common_${name} PUBLIC ${PROJECT_SOURCE_DIR}/plugins)
    target_link_libraries(aorta_common_${name} PUBLIC aorta::sdk ${arg_DEPENDS}
                          PRIVATE aorta_flags ${arg_PRIVATE})
    target_precompile_headers(aorta_common_${name} REUSE_FROM aorta_pch)
endfunction()

# aorta_plugin(filter KIND processor SOURCES plugin.cpp … LINK … )
# <kind>_<id>.so. Sources other than plugin.cpp also form aorta_plugin_<kind>_<id>_logic, so that
# tests, benchmarks and fuzzers link the logic without the engine.
function(aorta_plugin id)
    cmake_parse_arguments(arg "" "KIND" "SOURCES;LINK" ${ARGN})
    set(name aorta_plugin_${arg_KIND}_${id})
    set(logic ${arg_SOURCES})
    list(REMOVE_ITEM logic plugin.cpp)
    if(logic)
        add_library(${name}_logic STATIC ${logic})
        target_include_directories(${name}_logic PUBLIC ${PROJECT_SOURCE_DIR}/plugins)
        target_link_libraries(${name}_logic PUBLIC aorta::sdk ${arg_LINK} PRIVATE aorta_flags)
        target_precompile_headers(${name}_logic REUSE_FROM aorta_pch)
        set(arg_LINK ${name}_logic)
    endif()
    add_library(${name} MODULE plugin.cpp)
    set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME ${arg_KIND}_${id}
                          LIBRARY_OUTPUT_DIRECTORY ${AORTA_PLUGIN_OUTPUT})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins)
    target_link_libraries(${name} PRIVATE aorta::sdk aorta_flags ${arg_LINK})
    target_precompile_headers(${name} REUSE_FROM aorta_pch)
    if(AORTA_SANITIZE STREQUAL "")
        target_link_options(${name} PRIVATE -Wl,--no-undefined)
    endif()
    target_link_options(${name} PRIVATE
        -Wl,--version-script=${PROJECT_SOURCE_DIR}/sdk/plugin.version)
    set_property(GLOBAL APPEND PROPERTY AORTA_PLUGIN_TARGETS ${name})
    add_dependencies(product ${name})
    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/aorta/plugins)
endfunction()

# What every test includes, compiled once.
if(AORTA_DEVELOPER)
    add_executable(aorta_test_pch EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/empty.cpp)
    target_compile_options(aorta_test_pch PRIVATE ${AORTA_TEST_FLAGS})
    target_precompile_headers(aorta_test_pch PRIVATE ${AORTA_STD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
    target_link_libraries(aorta_test_pch PRIVATE aorta_flags GTest::gmock GTest::gtest_main)
endif()

# Seconds that a test may take: it hangs then.
set(AORTA_TEST_TIMEOUT 240)
if(NOT AORTA_SANITIZE STREQUAL "")
    set(AORTA_TEST_TIMEOUT 900)
endif()

# aorta_test(spool_test SOURCES … LINK … LABELS tsan DEPENDS … IN_ZONES APART)
# IN_ZONES: it reads or writes dates, so it runs under two zones of the host, with the same results.
function(aorta_test name)
    if(NOT AORTA_DEVELOPER)
        return()
    endif()
    cmake_parse_arguments(arg "IN_ZONES;APART" "" "SOURCES;LINK;LABELS;DEPENDS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE AORTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                               AORTA_BUILD_DIR="${PROJECT_BINARY_DIR}")
    target_compile_options(${name} PRIVATE ${AORTA_TEST_FLAGS})
    target_precompile_headers(${name} REUSE_FROM aorta_test_pch)
    aorta_compile_together(${name} ${arg_APART})
    target_link_libraries(${name} PRIVATE aorta_flags ${arg_LINK} GTest::gmock GTest::gtest_main)
    if(arg_DEPENDS)
        add_dependencies(${name} ${arg_DEPENDS})
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${AORTA_TEST_TIMEOUT})
    if(arg_IN_ZONES)
        set_tests_properties(${name} PROPERTIES ENVIRONMENT TZ=UTC)
        add_test(NAME ${name}_in_auckland COMMAND ${name})
        set_tests_properties(${name}_in_auckland PROPERTIES ENVIRONMENT TZ=Pacific/Auckland
                             LABELS "${arg_LABELS}" TIMEOUT ${AORTA_TEST_TIMEOUT})
    endif()
    if(tsan IN_LIST arg_LABELS)
        add_dependencies(tsan_tests ${name})
    endif()
endfunction()

# aorta_fuzz(hl7_fuzz SOURCES … LINK …): libFuzzer in the fuzz preset, elsewhere a plain main that
# runs the files of the corpus tests/fuzz/corpus/<name>, as a test.
function(aorta_fuzz name)
    if(NOT AORTA_DEVELOPER)
        return()
    endif()
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins)
    target_link_libraries(${name} PRIVATE aorta_flags ${arg_LINK})
    set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    if(AORTA_SANITIZE STREQUAL "fuzzer")
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        add_dependencies(fuzz_targets ${name})
    else()
        target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus_main.cpp)
    endif()
    add_test(NAME ${name} COMMAND ${name} ${corpus})
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT ${AORTA_TEST_TIMEOUT})
    if(AORTA_SANITIZE STREQUAL "fuzzer")
        set_tests_properties(${name} PROPERTIES DISABLED TRUE)
    endif()
endfunction()

# aorta_bench(engine_bench SOURCES … LINK …): a program of bench/run.
function(aorta_bench name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE aorta_flags ${arg_LINK})
    add_dependencies(bench_targets ${name})
endfunction()
