# SPDX-License-Identifier: Apache-2.0
# What is installed, and the Debian package and the tarball that hold it:
#
#   cmake --install build/release --prefix /usr/local
#   (cd build/release && cpack)          gvisor-smoke_VERSION_ARCH.deb, gvisor-smoke-VERSION-Linux-ARCH.tar.gz

include(GNUInstallDirs)

set(man_page ${CMAKE_BINARY_DIR}/gvisor-smoke.1.gz)
add_custom_command(
  OUTPUT ${man_page}
  COMMAND ${CMAKE_SOURCE_DIR}/packaging/man $<TARGET_FILE:gvisor-smoke> ${PROJECT_VERSION} ${man_page}
  DEPENDS gvisor-smoke ${CMAKE_SOURCE_DIR}/packaging/man
  COMMENT "Writing the man page"
  VERBATIM)
add_custom_target(man_page ALL DEPENDS ${man_page})

install(TARGETS gvisor-smoke RUNTIME)
# kubectl finds a plugin by this name: `kubectl gvisor-smoke`. A dash in a plugin's name is written as an underscore.
install(CODE "file(CREATE_LINK gvisor-smoke \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/kubectl-gvisor_smoke\" SYMBOLIC)")
install(FILES ${man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/troubleshooting.md docs/ci.md docs/air-gapped.md docs/readers.md docs/compatibility.md docs/report.schema.json
              docs/doctor.schema.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES cases/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME cases.md)
install(FILES packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY cases/toolbox DESTINATION ${CMAKE_INSTALL_DATADIR}/gvisor-smoke USE_SOURCE_PERMISSIONS)
install(FILES packaging/completions/gvisor-smoke.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME gvisor-smoke)
install(FILES packaging/completions/_gvisor-smoke DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES packaging/completions/gvisor-smoke.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME gvisor-smoke)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "gvisor-smoke")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "proves that Kubernetes pods run under gVisor, and that their work still does")
set(CPACK_PACKAGE_FILE_NAME gvisor-smoke-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The loop's plug-in of libwebsockets is loaded by name, so no shared library names it.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libwebsockets-evlib-uv, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
