# Installs the command, the plugins (by aorta_plugin) and the SDK with find_package(aorta).
include(CMakePackageConfigHelpers)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        PATTERN crash_point.hpp EXCLUDE)
install(TARGETS aorta_sdk EXPORT aortaTargets)
install(EXPORT aortaTargets NAMESPACE aorta:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/aorta)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/aortaConfig.cmake.in
    ${PROJECT_BINARY_DIR}/aortaConfig.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/aorta
    PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/aortaConfigVersion.cmake
    COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/aortaConfig.cmake ${PROJECT_BINARY_DIR}/aortaConfigVersion.cmake
        ${PROJECT_SOURCE_DIR}/cmake/aorta_add_plugin.cmake
        ${PROJECT_SOURCE_DIR}/sdk/plugin.version
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/aorta)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/template DESTINATION ${CMAKE_INSTALL_DATADIR}/aorta)
