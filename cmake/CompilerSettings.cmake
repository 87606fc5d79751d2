# Compiler settings of every target: C++20, warnings are errors, and floating point that gives the
# same bits in every build (no contraction, no fast-math), because output must be byte-identical.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

add_library(insight_compiler_settings INTERFACE)
target_compile_options(insight_compiler_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wimplicit-fallthrough -Werror -ffp-contract=off -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlapping copies where std::string is concatenated (GCC bug 105651).
  target_compile_options(insight_compiler_settings INTERFACE -Wno-restrict)
else()
  # Clang takes the deprecated function that libstdc++ 12's own stable_sort calls for ours; g++ looks for ours.
  target_compile_options(insight_compiler_settings INTERFACE -Wno-deprecated-declarations)
endif()
if(INSIGHT_SANITIZE)
  target_compile_options(insight_compiler_settings INTERFACE -fsanitize=${INSIGHT_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(insight_compiler_settings INTERFACE -fsanitize=${INSIGHT_SANITIZE})
endif()

if(INSIGHT_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Instrumented code hides from g++ 12 what was initialized, in std::regex and others (GCC bug 105562).
  target_compile_options(insight_compiler_settings INTERFACE -Wno-maybe-uninitialized)
endif()

if(INSIGHT_FUZZ)
  # libFuzzer steers by the coverage of the libraries, not of the target alone.
  target_compile_options(insight_compiler_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()
