// 3.7 for an int: no.
//
//     static_assert(!KeepsFractions<Construct<Counter>, Counter, double>);   // Counter(int)
//
// In a direct call, and in proxy->add(3.7), the compiler converts, and warns of it at that line if it is told to
// (-Wconversion). Where an argument goes through a template before it meets its parameter (a constructor's, that of
// send<&T::m>), it would convert inside of pactor, where no warning is seen. There a floating argument is not taken
// for a whole number. (Whole numbers convert to each other as ever: refusing 3 for a
// size_t would help nobody.)
#pragma once

#include <concepts>
#include <type_traits>

namespace pactor::runtime {

// In place of a floating F: what meets it must be an F, ...
template <class F>
struct Precisely {
  template <std::same_as<F> To>
  operator To() const;
};
// ... or anything else that an F converts to, but neither whole numbers nor the actor's class, which its
// copy constructor would take.
template <class F, class Class>
struct NoWholeNumber {
  template <class To>
    requires(std::convertible_to<F, To> && !std::integral<To> && !std::same_as<To, Class>)
  operator To() const;
};

// What an F converts to at all.
template <class F, class Class>
struct Anything {
  template <class To>
    requires(std::convertible_to<F, To> && !std::same_as<To, Class>)
  operator To() const;
};

template <class A>
concept Floating = std::floating_point<std::remove_cvref_t<A>>;

template <class A>
struct Probes {
  using Precise = A;
  template <class>
  using Other = A;
  template <class>
  using Any = A;
};
template <Floating A>
struct Probes<A> {
  using Precise = Precisely<std::remove_cvref_t<A>>;
  template <class Class>
  using Other = NoWholeNumber<std::remove_cvref_t<A>, Class>;
  template <class Class>
  using Any = Anything<std::remove_cvref_t<A>, Class>;
};

// Whether what F does with these arguments takes no floating one for a whole number. Where not even the last probe
// fits, a template has constraints that no probe meets, or several fit: then nothing is known against it.
template <class F, class Class, class... A>
concept KeepsFractions =
    !(Floating<A> || ...) || std::is_invocable_v<F, typename Probes<A>::Precise...> ||
    std::is_invocable_v<F, typename Probes<A>::template Other<Class>...> ||
    !std::is_invocable_v<F, typename Probes<A>::template Any<Class>...>;

}  // namespace pactor::runtime
