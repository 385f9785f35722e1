// How a call that cannot be is refused: in overload resolution, so that requires-expressions see it and compilers
// point at the call, and with a sentence of ours.
//
//     template <class... Given, class Mistake = …>      // say, ArgumentDoesNotConvert<2, int, std::string>
//       requires …
//     Mistake add(const Given&...) const PACTOR_DETAIL_REFUSED("pactor: 'add' takes a number");
//
// clang has what C++26 calls = delete("..."). g++ has an attribute, which says the sentence; that it is a mistake
// also where nobody reads, is due to the function's result, a type that is never defined. Its name says
// the rest (numbers, types), and compilers print it beside the sentence.
#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#ifdef __cpp_deleted_function
#define PACTOR_DETAIL_REFUSED(sentence)                                                         \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wc++26-extensions\"") = \
      delete (sentence)_Pragma("clang diagnostic pop")
#else
#define PACTOR_DETAIL_REFUSED(sentence) __attribute__((unavailable(sentence)))
#endif

namespace pactor::runtime {

template <class... T>
inline constexpr bool kNever = false;  // for a static_assert that waits until it is instantiated

// The number of the first that does not hold, counted from 1 as people do; 0: all hold.
template <std::same_as<bool>... Holds>
consteval int first_failure(Holds... holds) {
  int number = 0;
  int failure = 0;
  ((++number, failure = failure == 0 && !holds ? number : failure), ...);
  return failure;
}

template <int Number, class... T>
using Numbered = std::tuple_element_t<static_cast<std::size_t>(Number - 1), std::tuple<T...>>;

// Whether a function of this signature can be called with such arguments.
template <class Signature, class... Given>
concept Takes = requires(Signature& function) { function(std::declval<Given>()...); };

// ---- Mistakes: names for compilers to print --------------------------------------------------

enum class Kind { none, misfit, fraction, no_overload, not_callable, parameter, result };

template <class Mistake>
inline constexpr Kind kKind = Kind::none;

template <std::size_t Given, std::size_t Taken>
struct WrongNumberOfArguments;
template <std::size_t Given, std::size_t Taken>
inline constexpr Kind kKind<WrongNumberOfArguments<Given, Taken>> = Kind::misfit;

template <int Number, class Given, class Parameter>
struct ArgumentDoesNotConvert;
template <int Number, class Given, class Parameter>
inline constexpr Kind kKind<ArgumentDoesNotConvert<Number, Given, Parameter>> = Kind::misfit;

// A floating argument where a whole number is taken: see fractions.hpp.
template <class... Given>
struct FractionWouldBeLost;
template <class... Given>
inline constexpr Kind kKind<FractionWouldBeLost<Given...>> = Kind::fraction;

struct NoPublicMethodTakesThese;
template <>
inline constexpr Kind kKind<NoPublicMethodTakesThese> = Kind::no_overload;

struct NotCallableByMessage;
template <>
inline constexpr Kind kKind<NotCallableByMessage> = Kind::not_callable;

// `Culprit`: what keeps it from being sent, itself or a part; `Inside`: what that is a field or element of.
template <int Number, class Parameter, class Culprit, class Inside>
struct ParameterCannotBeSent;
template <int Number, class Parameter, class Culprit, class Inside>
inline constexpr Kind kKind<ParameterCannotBeSent<Number, Parameter, Culprit, Inside>> =
    Kind::parameter;

template <class Result, class Culprit, class Inside>
struct ResultCannotBeSent;
template <class Result, class Culprit, class Inside>
inline constexpr Kind kKind<ResultCannotBeSent<Result, Culprit, Inside>> = Kind::result;

// ---- Which of them ---------------------------------------------------------------------------

template <class Signature, class... Given>
struct Misfit;
template <class R, class... P, class... Given>
struct Misfit<R(P...), Given...> {
  using type = WrongNumberOfArguments<sizeof...(Given), sizeof...(P)>;
};
template <class R, class... P, class... Given>
  requires(sizeof...(P) == sizeof...(Given))
struct Misfit<R(P...), Given...> {
  static constexpr int kNumber = first_failure(std::is_convertible_v<Given, P>...);
  using type =
      ArgumentDoesNotConvert<kNumber, Numbered<kNumber, Given...>, Numbered<kNumber, P...>>;
};

}  // namespace pactor::runtime
