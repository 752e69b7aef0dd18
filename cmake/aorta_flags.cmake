# Compiler and linker flags, carried by one interface target that every target of ours links.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(AORTA_PLUGIN_OUTPUT ${PROJECT_BINARY_DIR}/lib/aorta/plugins)

find_program(AORTA_CCACHE ccache)
if(AORTA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # The sloppiness is what ccache asks for where there are precompiled headers.
    set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros ${AORTA_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# Tests are compiled more often than they run.
set(AORTA_TEST_FLAGS -O0)

add_library(aorta_flags INTERFACE)
target_compile_options(aorta_flags INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow
    $<$<COMPILE_LANGUAGE:CXX>:-Wconversion -Wnon-virtual-dtor -Woverloaded-virtual>
    # They let ccache see through precompiled headers.
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>
    # Designated initialisers leave the rest at its default on purpose.
    -Wno-missing-field-initializers
    -march=x86-64-v2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Those switched off: g++ 12 finds them in its own std::string, with sanitizers or precompiled headers.
    target_compile_options(aorta_flags INTERFACE -fno-gnu-unique
        -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()

find_program(AORTA_LLD ld.lld)
if(AORTA_LLD AND NOT AORTA_HARDEN)
    target_link_options(aorta_flags INTERFACE -fuse-ld=lld)
endif()

if(AORTA_HARDEN)
    target_compile_options(aorta_flags INTERFACE
        -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
        -fstack-clash-protection -ftrivial-auto-var-init=zero)
    target_link_options(aorta_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

if(AORTA_SANITIZE STREQUAL "address")
    # Everything is built for it, and -O1 takes a third less time; the instrumentation weighs more than what -O2 gains.
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
    set(AORTA_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize=vptr
        -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
elseif(AORTA_SANITIZE STREQUAL "thread")
    set(AORTA_SANITIZE_FLAGS -fsanitize=thread)
elseif(AORTA_SANITIZE STREQUAL "fuzzer")
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
    set(AORTA_SANITIZE_FLAGS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr
        -fno-sanitize-recover=undefined)
elseif(NOT AORTA_SANITIZE STREQUAL "")
    message(FATAL_ERROR "AORTA_SANITIZE must be empty, 'address', 'thread' or 'fuzzer', not '${AORTA_SANITIZE}'")
endif()
if(AORTA_SANITIZE_FLAGS)
    # What g++ warns of in code that sanitizers have changed is seldom there: the dev preset is where warnings count.
    target_compile_options(aorta_flags INTERFACE ${AORTA_SANITIZE_FLAGS} -Wno-error)
    target_link_options(aorta_flags INTERFACE ${AORTA_SANITIZE_FLAGS})
endif()
