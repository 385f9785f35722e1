// Counts the fields of an aggregate, which C++20 cannot be asked for, by trying initialisers.
//
//     struct Sample { std::string name; double values[3]; };
//     static_assert(wire::kFieldCount<Sample> == 2);
//
// T{a, b, c} is well-formed if T has at least that many elements. Two kinds of initialisers are at
// hand. `{}` initialises one whole field, a C array too, if the field has a default; as nearly all
// have, counting `{}`s is the rule. An Anything converts to every type, for fields without a
// default; but a row of them runs on into the elements of a C array, each taking one, so that then
// each field has to be asked how many it took. (The Anything: A. Polukhin, Boost.PFR. The question:
// the reflect-cpp library.)
#pragma once

#include <pactor/wire/codec.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

// A pack cannot expand to `{}`s; so there is one check per number of them.
// clang-format off
#define PACTOR_WIRE_BRACES_0
#define PACTOR_WIRE_BRACES_1 {},
#define PACTOR_WIRE_BRACES_2 PACTOR_WIRE_BRACES_1 {},
#define PACTOR_WIRE_BRACES_3 PACTOR_WIRE_BRACES_2 {},
#define PACTOR_WIRE_BRACES_4 PACTOR_WIRE_BRACES_3 {},
#define PACTOR_WIRE_BRACES_5 PACTOR_WIRE_BRACES_4 {},
#define PACTOR_WIRE_BRACES_6 PACTOR_WIRE_BRACES_5 {},
#define PACTOR_WIRE_BRACES_7 PACTOR_WIRE_BRACES_6 {},
#define PACTOR_WIRE_BRACES_8 PACTOR_WIRE_BRACES_7 {},
#define PACTOR_WIRE_BRACES_9 PACTOR_WIRE_BRACES_8 {},
#define PACTOR_WIRE_BRACES_10 PACTOR_WIRE_BRACES_9 {},
#define PACTOR_WIRE_BRACES_11 PACTOR_WIRE_BRACES_10 {},
#define PACTOR_WIRE_BRACES_12 PACTOR_WIRE_BRACES_11 {},
#define PACTOR_WIRE_BRACES_13 PACTOR_WIRE_BRACES_12 {},
#define PACTOR_WIRE_BRACES_14 PACTOR_WIRE_BRACES_13 {},
#define PACTOR_WIRE_BRACES_15 PACTOR_WIRE_BRACES_14 {},
#define PACTOR_WIRE_BRACES_16 PACTOR_WIRE_BRACES_15 {},
#define PACTOR_WIRE_BRACES_17 PACTOR_WIRE_BRACES_16 {},
#define PACTOR_WIRE_BRACES_18 PACTOR_WIRE_BRACES_17 {},
#define PACTOR_WIRE_BRACES_19 PACTOR_WIRE_BRACES_18 {},
#define PACTOR_WIRE_BRACES_20 PACTOR_WIRE_BRACES_19 {},
#define PACTOR_WIRE_BRACES_21 PACTOR_WIRE_BRACES_20 {},
#define PACTOR_WIRE_BRACES_22 PACTOR_WIRE_BRACES_21 {},
#define PACTOR_WIRE_BRACES_23 PACTOR_WIRE_BRACES_22 {},
#define PACTOR_WIRE_BRACES_24 PACTOR_WIRE_BRACES_23 {},
#define PACTOR_WIRE_BRACES_25 PACTOR_WIRE_BRACES_24 {},
#define PACTOR_WIRE_BRACES_26 PACTOR_WIRE_BRACES_25 {},
#define PACTOR_WIRE_BRACES_27 PACTOR_WIRE_BRACES_26 {},
#define PACTOR_WIRE_BRACES_28 PACTOR_WIRE_BRACES_27 {},
#define PACTOR_WIRE_BRACES_29 PACTOR_WIRE_BRACES_28 {},
#define PACTOR_WIRE_BRACES_30 PACTOR_WIRE_BRACES_29 {},
#define PACTOR_WIRE_BRACES_31 PACTOR_WIRE_BRACES_30 {},
#define PACTOR_WIRE_BRACES_32 PACTOR_WIRE_BRACES_31 {},
#define PACTOR_WIRE_BRACES_33 PACTOR_WIRE_BRACES_32 {},
// clang-format on

#define PACTOR_WIRE_TAKES(n)                                                \
  if constexpr (Braces == n) {                                              \
    return requires { T{Before()..., PACTOR_WIRE_BRACES_##n After()...}; }; \
  }

namespace pactor::wire {

inline constexpr std::size_t kMostFields = 32;             // fields.hpp ends there
inline constexpr std::size_t kUncounted = ~std::size_t{};  // too many, or something in the way

// A class whose fields are all public, that has no constructor of its own, and is complete.
template <class T>
concept PlainAggregate = std::is_class_v<T> && std::same_as<T, std::remove_cv_t<T>> &&
                         requires { sizeof(T); } && std::is_aggregate_v<T>;

namespace detail {

template <class T>
struct Anything {
  template <class U>
    requires(!std::same_as<U, T>)
  operator U() const;
};

template <class T>
struct AnyBaseOf {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::same_as<U, T>)
  operator U() const;
};

template <class T, std::size_t>
using AnythingAt = Anything<T>;

template <class T, std::size_t... I>
TypeList<AnythingAt<T, I>...> anythings(std::index_sequence<I...>);

template <class T, std::size_t N>
using Anythings = decltype(anythings<T>(std::make_index_sequence<N>()));

// Whether T can be initialised by `Before`, then so many `{}`, then `After`.
template <class T, std::size_t Braces, class... Before, class... After>
consteval bool takes(TypeList<Before...>, TypeList<After...>) {
  // clang-format off
  PACTOR_WIRE_TAKES(0) PACTOR_WIRE_TAKES(1) PACTOR_WIRE_TAKES(2) PACTOR_WIRE_TAKES(3)
  PACTOR_WIRE_TAKES(4) PACTOR_WIRE_TAKES(5) PACTOR_WIRE_TAKES(6) PACTOR_WIRE_TAKES(7)
  PACTOR_WIRE_TAKES(8) PACTOR_WIRE_TAKES(9) PACTOR_WIRE_TAKES(10) PACTOR_WIRE_TAKES(11)
  PACTOR_WIRE_TAKES(12) PACTOR_WIRE_TAKES(13) PACTOR_WIRE_TAKES(14) PACTOR_WIRE_TAKES(15)
  PACTOR_WIRE_TAKES(16) PACTOR_WIRE_TAKES(17) PACTOR_WIRE_TAKES(18) PACTOR_WIRE_TAKES(19)
  PACTOR_WIRE_TAKES(20) PACTOR_WIRE_TAKES(21) PACTOR_WIRE_TAKES(22) PACTOR_WIRE_TAKES(23)
  PACTOR_WIRE_TAKES(24) PACTOR_WIRE_TAKES(25) PACTOR_WIRE_TAKES(26) PACTOR_WIRE_TAKES(27)
  PACTOR_WIRE_TAKES(28) PACTOR_WIRE_TAKES(29) PACTOR_WIRE_TAKES(30) PACTOR_WIRE_TAKES(31)
  PACTOR_WIRE_TAKES(32) PACTOR_WIRE_TAKES(33)
  // clang-format on
}

// By `{}`s: how many fields there are, at most kMostFields + 1.
template <class T, std::size_t N = 0>
consteval std::size_t count_braces() {
  if constexpr (N > kMostFields) {
    return N;
  } else if constexpr (takes<T, N + 1>(TypeList<>(), TypeList<>())) {
    return count_braces<T, N + 1>();
  } else {
    return N;
  }
}

// By Anythings: how many elements there are. Searched from above, for too few will not do, either,
// if a field in the middle has no default.
inline constexpr std::size_t kMostElements = 2 * kMostFields;

template <class T, std::size_t N = kMostElements>
consteval std::size_t count_elements() {
  if constexpr (takes<T, 0>(Anythings<T, N>(), TypeList<>())) {
    return N == kMostElements ? kUncounted : N;
  } else if constexpr (N == 0) {
    return kUncounted;
  } else {
    return count_elements<T, N - 1>();
  }
}

// How many elements follow the field that begins with element `At`; at most `Guess`. A field that
// has no default is no array, or none that can be told: it is taken for one element.
template <class T, std::size_t At, std::size_t Rest, std::size_t Guess = Rest>
consteval std::size_t elements_after() {
  if constexpr (takes<T, 1>(Anythings<T, At>(), Anythings<T, Guess>())) {
    return Guess;
  } else if constexpr (Guess == 0) {
    return Rest;
  } else {
    return elements_after<T, At, Rest, Guess - 1>();
  }
}

template <class T, std::size_t Elements, std::size_t At = 0, std::size_t Fields = 0>
consteval std::size_t count_fields_of_elements() {
  if constexpr (At == Elements) {
    return Fields;
  } else {
    constexpr std::size_t kNext = Elements - elements_after<T, At, Elements - At - 1>();
    return count_fields_of_elements<T, Elements, kNext, Fields + 1>();
  }
}

// Whether N `{}`s are all fields: there is none left that only an Anything would initialise.
template <class T, std::size_t N>
inline constexpr bool kBracesSuffice =
    takes<T, 0>(TypeList<>(), TypeList<>()) && !takes<T, N>(TypeList<>(), TypeList<Anything<T>>());

template <class T>
consteval std::size_t count_fields() {
  constexpr std::size_t kBraces = count_braces<T>();
  if constexpr (kBraces > kMostFields) {
    return kUncounted;
  } else if constexpr (kBracesSuffice<T, kBraces>) {
    return kBraces;
  } else if constexpr (count_elements<T>() == kUncounted) {
    return kUncounted;
  } else {
    constexpr std::size_t kFields = count_fields_of_elements<T, count_elements<T>()>();
    return kFields > kMostFields ? kUncounted : kFields;
  }
}

// A base class is the first element; what follows it is initialised as it was when counted.
template <class T>
consteval bool has_base() {
  constexpr std::size_t kBraces = count_braces<T>();
  constexpr std::size_t kAfter = kBraces == 0 ? 0 : kBraces - 1;
  if constexpr (takes<T, kAfter>(TypeList<AnyBaseOf<T>>(), TypeList<>())) {
    return true;
  } else if constexpr (kBraces > kMostFields || kBracesSuffice<T, kBraces>) {
    return false;
  } else if constexpr (count_elements<T>() == kUncounted) {
    return false;
  } else {
    return takes<T, 0>(TypeList<AnyBaseOf<T>>(), Anythings<T, count_elements<T>() - 1>());
  }
}

}  // namespace detail

// The number of fields, a base class included, or kUncounted.
template <PlainAggregate T>
inline constexpr std::size_t kFieldCount = detail::count_fields<T>();

// Whether T has a base class, what is in which no structured binding can name.
template <PlainAggregate T>
inline constexpr bool kHasBase = detail::has_base<T>();

}  // namespace pactor::wire

#undef PACTOR_WIRE_TAKES
