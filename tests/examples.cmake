# The programs of a page: each block that begins with "```cpp NAME" is cut out, compiled and run.
# `cut_example(PAGE NAME SOURCE)` cuts one out; `documented_examples(FILE LIBRARIES…)` adds them.
function(cut_example page name source)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/examples
    COMMAND sed -n "/^```cpp ${name}\$/,/^```\$/{/^```/!p}" ${page} > ${source}
    DEPENDS ${page}
    VERBATIM)
endfunction()

function(documented_examples page)
  file(STRINGS ${page} heads REGEX "^```cpp [a-z_]+$")
  foreach(head IN LISTS heads)
    string(REGEX REPLACE "^```cpp " "" name "${head}")
    set(source ${CMAKE_CURRENT_BINARY_DIR}/examples/${name}.cpp)
    cut_example(${page} ${name} ${source})
    add_executable(example_${name} ${source})
    target_link_libraries(example_${name} PRIVATE ${ARGN})
    add_test(NAME "the documented program ${name} works" COMMAND example_${name})
  endforeach()
  # A block more or less is a change of what is built.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
endfunction()
