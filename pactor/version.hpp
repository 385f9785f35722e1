// The version of pactor that a program is compiled with.
//
//     std::cout << "with pactor " PACTOR_VERSION "\n";                       // "0.1.0"
//     #if PACTOR_VERSION_MAJOR == 0 && PACTOR_VERSION_MINOR < 2
//
// Here and nowhere else: CMake takes its own from these lines.
#pragma once

#define PACTOR_VERSION_MAJOR 0
#define PACTOR_VERSION_MINOR 1
#define PACTOR_VERSION_PATCH 0

#define PACTOR_VERSION \
  PACTOR_DETAIL_DOTTED(PACTOR_VERSION_MAJOR, PACTOR_VERSION_MINOR, PACTOR_VERSION_PATCH)

#define PACTOR_DETAIL_DOTTED(major, minor, patch) PACTOR_DETAIL_TEXT(major.minor.patch)
#define PACTOR_DETAIL_TEXT(text) #text
