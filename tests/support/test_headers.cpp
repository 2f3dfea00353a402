// A library must have a file; this one is there for its precompiled headers.
#include <catch2/catch.hpp>
