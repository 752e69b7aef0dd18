# cmake -D BUILD=… -D FOLDER=… … -P template.cmake
cmake_minimum_required(VERSION 3.25)
set(prefix ${FOLDER}/prefix)

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                    ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "${command}\n${output}")
    endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
# A copy, as `aorta new plugin` makes one: nothing may be written into the installation.
file(COPY ${prefix}/${DATADIR}/aorta/template/ DESTINATION ${FOLDER}/source)
run(${CMAKE_COMMAND} -S ${FOLDER}/source -B ${FOLDER}/build -G Ninja
    -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_C_COMPILER=${CC})
run(${CMAKE_COMMAND} --build ${FOLDER}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${FOLDER}/build --output-on-failure --no-tests=error)

execute_process(COMMAND ${NM} -D --defined-only ${FOLDER}/build/processor_my_plugin.so
                OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^ \n]+\n" names "${symbols}")
if(NOT names MATCHES "^aorta_plugin\n$")
    message(FATAL_ERROR "the plugin exports more than aorta_plugin:\n${symbols}")
endif()
