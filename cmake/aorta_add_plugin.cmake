# aorta_add_plugin(NAME SOURCES plugin.cpp …): builds NAME.so against the installed SDK, exporting
# one symbol and nothing else.
function(aorta_add_plugin name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} MODULE ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden
                          C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    target_link_libraries(${name} PRIVATE aorta::sdk ${arg_LINK})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${name} PRIVATE -fno-gnu-unique)
    endif()
    target_link_options(${name} PRIVATE -Wl,--no-undefined
                        -Wl,--version-script=${AORTA_PLUGIN_VERSION_SCRIPT})
endfunction()
