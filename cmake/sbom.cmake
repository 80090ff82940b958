# The list of what is compiled into the kernel besides Poise's own code, in the wheel as poise-*.dist-info/sboms/poise.cdx.json
# (PEP 770, CycloneDX). It depends on the versions alone, so that a wheel built twice is the same.
set(ROBIN_MAP ${NB_DIR}/ext/robin_map/include/tsl/robin_growth_policy.h)
if(EXISTS ${ROBIN_MAP})  # the copy that nanobind's own packages hold
  foreach(part MAJOR MINOR PATCH)
    file(STRINGS ${ROBIN_MAP} line REGEX "#define TSL_RH_VERSION_${part} ")
    string(REGEX MATCH "[0-9]+" ROBIN_MAP_${part} "${line}")
  endforeach()
  set(ROBIN_MAP_VERSION ${ROBIN_MAP_MAJOR}.${ROBIN_MAP_MINOR}.${ROBIN_MAP_PATCH})
else()  # nanobind of conda-forge takes that of the system
  set(ROBIN_MAP_VERSION ${tsl-robin-map_VERSION})
endif()
if(NOT nanobind_VERSION OR NOT ROBIN_MAP_VERSION MATCHES "^[0-9]+[.][0-9]+[.][0-9]+$")
  message(FATAL_ERROR "The versions of nanobind (${nanobind_VERSION}) and robin-map (${ROBIN_MAP_VERSION}), which "
    "cmake/sbom.cmake writes into the wheel, could not be found.")
endif()
set(ROBIN_MAP_TAG v${ROBIN_MAP_VERSION})
configure_file(${CMAKE_CURRENT_LIST_DIR}/sbom.json.in poise.cdx.json @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/poise.cdx.json DESTINATION ${SKBUILD_METADATA_DIR}/sboms)
