// 3.7 for an int: no.
//
//     static_assert(!KeepsFractions<Construct<Counter>, Counter, double>);   // Counter(int)
//
// In a direct call, and in proxy->add(3.7), the compiler converts, and warns of it at that line if it is told to
// (-Wconversion). Where an argument goes through a template before it meets its parameter (a constructor's, that of
// send<&T::m>), it would convert inside of pactor, where no warning is seen. There a floating argument is not taken
// for a whole number. (Whole numbers convert to each other as ever: refusing 3 for a size_t would help nobody.)
#pragma once

#include <concepts>
#include <type_traits>

namespace pactor::runtime {

template <class A>
concept Floating = std::floating_point<std::remove_cvref_t<A>>;

// In place of a floating F: what meets it must be an F, ...
template <class F>
struct Precisely {
  template <std::same_as<F> To>
  operator To() const;
};

// ... or what else an F converts to; with or without whole numbers, and without the actor's class, which its
// copy constructor would take.
enum class WholeNumbers { no, yes };
template <class F, class Class, WholeNumbers whole>
struct Loosely {
  template <class To>
    requires(std::convertible_to<F, To> && !std::same_as<To, Class> &&
             (whole == WholeNumbers::yes || !std::integral<To>))
  operator To() const;
};

template <class A>
struct Probe {
  using Precise = A;
  template <class, WholeNumbers>
  using Loose = A;
};
template <Floating A>
struct Probe<A> {
  using Precise = Precisely<std::remove_cvref_t<A>>;
  template <class Class, WholeNumbers whole>
  using Loose = Loosely<std::remove_cvref_t<A>, Class, whole>;
};

// Whether what F does with these arguments takes no floating one for a whole number. Where not even the last probe
// fits, a template has constraints that no probe meets, or several fit: then nothing is known against it.
template <class F, class Class, class... A>
concept KeepsFractions =
    !(Floating<A> || ...) || std::is_invocable_v<F, typename Probe<A>::Precise...> ||
    std::is_invocable_v<F, typename Probe<A>::template Loose<Class, WholeNumbers::no>...> ||
    !std::is_invocable_v<F, typename Probe<A>::template Loose<Class, WholeNumbers::yes>...>;

}  // namespace pactor::runtime
