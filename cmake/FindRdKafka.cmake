# Finds librdkafka's C library: the imported target RdKafka::rdkafka, RdKafka_VERSION.
#
# Looks, in this order, into RDKAFKA_ROOT (a cache or environment variable: an installation's prefix), the
# folder that scripts/install-librdkafka fills, and the system. The first that is new enough wins, so an
# old system library beside a built one does no harm. A static library is linked with what it needs.
set(RDKAFKA_ROOT "$ENV{RDKAFKA_ROOT}" CACHE PATH "Prefix of the librdkafka to use; empty: search")

if(DEFINED ENV{INSIGHT_CACHE})
  set(_rdkafka_cache "$ENV{INSIGHT_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(_rdkafka_cache "$ENV{XDG_CACHE_HOME}/insightd")
else()
  set(_rdkafka_cache "$ENV{HOME}/.cache/insightd")
endif()

# RD_KAFKA_VERSION is 0xMMmmrrpp: major, minor, revision, and ff for a release.
function(_rdkafka_version header out)
  set(${out} "" PARENT_SCOPE)
  file(STRINGS "${header}" line REGEX "^#define RD_KAFKA_VERSION +0x[0-9a-fA-F]+" LIMIT_COUNT 1)
  if(line MATCHES "0x([0-9a-fA-F][0-9a-fA-F])([0-9a-fA-F][0-9a-fA-F])([0-9a-fA-F][0-9a-fA-F])")
    math(EXPR major "0x${CMAKE_MATCH_1}")
    math(EXPR minor "0x${CMAKE_MATCH_2}")
    math(EXPR revision "0x${CMAKE_MATCH_3}")
    set(${out} "${major}.${minor}.${revision}" PARENT_SCOPE)
  endif()
endfunction()

if(RDKAFKA_ROOT)
  set(_rdkafka_prefixes "${RDKAFKA_ROOT}")
else()
  file(GLOB _rdkafka_built "${_rdkafka_cache}/librdkafka-*/include")
  list(TRANSFORM _rdkafka_built REPLACE "/include$" "")
  list(SORT _rdkafka_built COMPARE NATURAL ORDER DESCENDING)
  set(_rdkafka_prefixes ${_rdkafka_built} system)
endif()

set(_rdkafka_seen "")
unset(RdKafka_INCLUDE_DIR)
unset(RdKafka_LIBRARY)
foreach(_prefix ${_rdkafka_prefixes})
  unset(_rdkafka_include CACHE)
  unset(_rdkafka_library CACHE)
  if(_prefix STREQUAL "system")
    find_path(_rdkafka_include librdkafka/rdkafka.h)
    find_library(_rdkafka_library rdkafka)
  else()
    find_path(_rdkafka_include librdkafka/rdkafka.h PATHS "${_prefix}/include" NO_DEFAULT_PATH)
    find_library(_rdkafka_library NAMES librdkafka.a rdkafka PATHS "${_prefix}" PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH)
  endif()
  if(_rdkafka_include AND _rdkafka_library)
    _rdkafka_version("${_rdkafka_include}/librdkafka/rdkafka.h" _rdkafka_found)
    list(APPEND _rdkafka_seen "${_rdkafka_found} (${_rdkafka_library})")
    if(NOT RdKafka_FIND_VERSION OR _rdkafka_found VERSION_GREATER_EQUAL RdKafka_FIND_VERSION)
      set(RdKafka_INCLUDE_DIR "${_rdkafka_include}")
      set(RdKafka_LIBRARY "${_rdkafka_library}")
      set(RdKafka_VERSION "${_rdkafka_found}")
      break()
    endif()
  endif()
endforeach()
unset(_rdkafka_include CACHE)
unset(_rdkafka_library CACHE)

if(_rdkafka_seen)
  list(JOIN _rdkafka_seen ", " _rdkafka_seen)
  set(_rdkafka_reason "Too old: ${_rdkafka_seen}. ")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RdKafka
  REQUIRED_VARS RdKafka_LIBRARY RdKafka_INCLUDE_DIR
  VERSION_VAR RdKafka_VERSION
  REASON_FAILURE_MESSAGE "${_rdkafka_reason}Run scripts/install-librdkafka, or name a prefix with -DRDKAFKA_ROOT=FOLDER.")

if(RdKafka_FOUND AND NOT TARGET RdKafka::rdkafka)
  add_library(RdKafka::rdkafka UNKNOWN IMPORTED)
  set_target_properties(RdKafka::rdkafka PROPERTIES
    IMPORTED_LOCATION "${RdKafka_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${RdKafka_INCLUDE_DIR}")
  if(RdKafka_LIBRARY MATCHES "\\.a$")
    # The pkg-config static list names libraries that a build from source has not got; this one is exact.
    set_target_properties(RdKafka::rdkafka PROPERTIES
      INTERFACE_LINK_LIBRARIES "curl;ssl;crypto;sasl2;zstd;lz4;z;m;pthread;dl")
  endif()
endif()
