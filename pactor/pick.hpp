// Chooses one of several overloads, by its parameters.
//
//     proxy.send<pactor::pick<int>(&Counter::set)>(3);
//
// Compile-time only: it gives the pointer to the overload that takes exactly these parameters, and does not
// compile if there is none.
#pragma once

namespace pactor {

// What pick is an object of. Its call takes &Class::method and returns it.
template <class... P>
struct Pick {
  // Of a method that takes P...; the others are for its const and &-qualified forms.
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...)) const {
    return method;
  }
  // The same of a const method.
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...) const) const {
    return method;
  }
  // The same of a method for lvalues.
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...) &) const {
    return method;
  }
  // The same of a const method for lvalues.
  template <class R, class C>
  constexpr auto operator()(R (C::*method)(P...) const&) const {
    return method;
  }
};

// pick<P...>(&Class::method) is the overload that takes the parameters P.
template <class... P>
inline constexpr Pick<P...> pick{};

}  // namespace pactor
