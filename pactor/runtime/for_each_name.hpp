// PACTOR_DETAIL_EACH(macro, Class, a, b, c) is macro(Class, a) macro(Class, b) macro(Class, c), for
// up to 342 names.
//
// __VA_OPT__ ends the recursion and rescanning goes on with it (David Mazieres, "Recursive macros
// with C++20 __VA_OPT__"): 4 * 4 * 4 * 4 scans and those on the way make 342.
#pragma once

// Else g++ adds a note for each of the scans, hundreds of lines, to every error in what they
// produce. No code is here that this could hide a warning in.
#pragma GCC system_header

#define PACTOR_DETAIL_SCAN1(...) __VA_ARGS__
#define PACTOR_DETAIL_SCAN4(...) \
  PACTOR_DETAIL_SCAN1(PACTOR_DETAIL_SCAN1(PACTOR_DETAIL_SCAN1(PACTOR_DETAIL_SCAN1(__VA_ARGS__))))
#define PACTOR_DETAIL_SCAN16(...) \
  PACTOR_DETAIL_SCAN4(PACTOR_DETAIL_SCAN4(PACTOR_DETAIL_SCAN4(PACTOR_DETAIL_SCAN4(__VA_ARGS__))))
#define PACTOR_DETAIL_SCAN64(...) \
  PACTOR_DETAIL_SCAN16(           \
      PACTOR_DETAIL_SCAN16(PACTOR_DETAIL_SCAN16(PACTOR_DETAIL_SCAN16(__VA_ARGS__))))
#define PACTOR_DETAIL_SCAN(...) \
  PACTOR_DETAIL_SCAN64(         \
      PACTOR_DETAIL_SCAN64(PACTOR_DETAIL_SCAN64(PACTOR_DETAIL_SCAN64(__VA_ARGS__))))
#define PACTOR_DETAIL_PARENS ()

#define PACTOR_DETAIL_EACH(macro, Class, ...) \
  __VA_OPT__(PACTOR_DETAIL_SCAN(PACTOR_DETAIL_NEXT(macro, Class, __VA_ARGS__)))
#define PACTOR_DETAIL_NEXT(macro, Class, method, ...) \
  macro(Class, method)                                \
      __VA_OPT__(PACTOR_DETAIL_AGAIN PACTOR_DETAIL_PARENS(macro, Class, __VA_ARGS__))
#define PACTOR_DETAIL_AGAIN() PACTOR_DETAIL_NEXT
