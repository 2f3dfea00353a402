# What makes whole builds quick, and changes nothing else.
#
# Precompiled headers: the standard library is read once for each of our libraries. Every file still
# includes what it uses; the preset "tidy", with which the lint reads the files, has them off.
#
# Unity builds (STENTOR_UNITY_BUILD; the preset release): several files of a library are compiled as
# one, so that templates are instantiated once for all of them. A change then compiles more than its
# file, so the others do without. Names in unnamed namespaces of one
# folder must differ.
option(STENTOR_UNITY_BUILD "Compile several files of a library as one" OFF)

# What nearly every file includes, directly or through our own headers.
set(STENTOR_COMMON_HEADERS
    <algorithm>
    <array>
    <atomic>
    <chrono>
    <condition_variable>
    <cstdint>
    <deque>
    <filesystem>
    <functional>
    <map>
    <memory>
    <mutex>
    <optional>
    <set>
    <sstream>
    <stop_token>
    <string>
    <string_view>
    <thread>
    <unordered_map>
    <utility>
    <variant>
    <vector>)

# build_quickly(TARGET): for a library of many files.
function(build_quickly target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${STENTOR_UNITY_BUILD})
  precompile(${target})
endfunction()

# precompile(TARGET [HEADERS…]): gives TARGET the common headers and these.
function(precompile target)
  target_precompile_headers(${target} PRIVATE ${STENTOR_COMMON_HEADERS} ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess) # so that ccache understands it
  else()
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# Lets every program below FOLDER that links LIBRARY use what was precompiled for GIVER. The
# compiler's own options must be the same.
function(reuse_precompiled folder library giver)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    if(${library} IN_LIST libraries)
      target_precompile_headers(${target} REUSE_FROM ${giver})
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -fpch-preprocess)
      else()
        target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
      endif()
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(below IN LISTS folders)
    reuse_precompiled(${below} ${library} ${giver})
  endforeach()
endfunction()
