// Chooses one of several overloads, by its parameters.
//
//     proxy.send<pactor::pick<int>(&Counter::set)>(3);
//
// Compile-time only: it gives the pointer to the overload that takes exactly these parameters, and does not
// compile if there is none.
#pragma once

namespace pactor {

template <class... P>
struct Pick {
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...)) const {
    return method;
  }
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...) const) const {
    return method;
  }
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...) &) const {
    return method;
  }
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...) const&) const {
    return method;
  }
};
template <class... P>
inline constexpr Pick<P...> pick{};

}  // namespace pactor
