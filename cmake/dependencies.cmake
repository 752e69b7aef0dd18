# Every library, with the module that owns it in the comment. The Debian names are in
# scripts/packages.txt.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS headers)    # host (DLL), config (JSON), admin and common/http (Beast)
find_package(TBB REQUIRED)                              # graph
find_package(yaml-cpp REQUIRED)                         # pipeline
find_package(fmt REQUIRED)                              # base
find_package(OpenSSL 3 REQUIRED)                        # base, common/net
find_package(date REQUIRED)                             # base
find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)     # common/expression
# Its -pthread would keep those who link it from the precompiled header; the C library needs none.
set_target_properties(PkgConfig::re2 PROPERTIES INTERFACE_COMPILE_OPTIONS "")
find_package(simdjson 3.0 REQUIRED)                     # common/fhir
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)  # transport, the zmq plugins
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)  # transport
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)  # sandbox
find_package(CURL REQUIRED)                             # sink/http
find_package(SQLite3 REQUIRED)                          # delivery
find_package(CLI11 CONFIG REQUIRED)                     # app
if(AORTA_DEVELOPER)
    find_package(GTest REQUIRED)
    find_package(benchmark REQUIRED)
    find_package(rapidcheck CONFIG REQUIRED)            # spool's proofs
endif()
if(NOT TARGET yaml-cpp::yaml-cpp)
    add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
