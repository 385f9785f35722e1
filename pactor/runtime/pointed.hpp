// Calls by pointer to method, without PACTOR_ACTOR: what proxy.send<&Counter::add>(3) does.
//
//     send_to<Counter, &Counter::add>(via, 3);
//
// The name, which the id is made of, is read off what the compiler calls the pointer: the message is
// the same as that of proxy->add(3).
#pragma once

#include <pactor/runtime/dispatch.hpp>
#include <pactor/runtime/fractions.hpp>
#include <pactor/runtime/refusal.hpp>

#include <array>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pactor::runtime {

template <auto M>
struct PointedTo {
 private:
  static constexpr auto kName = [] {
    constexpr std::string_view name = wire::function_name<M>();
    std::array<char, name.size() + 1> text{};
    for (std::size_t i = 0; i < name.size(); ++i) text[i] = name[i];
    return text;
  }();

 public:
  static constexpr const char* name_ = kName.data();

  template <class T, class... A>
  static decltype(auto) pactor_call(T& object, A&&... arguments) {
    if constexpr (std::is_member_pointer_v<decltype(M)>) {
      return (object.*M)(static_cast<A&&>(arguments)...);
    } else {
      return M(static_cast<A&&>(arguments)...);
    }
  }
};

// A call of the method that M points to: arguments convert to its own parameters here.
template <class T, auto M>
struct PointerCall {
  using Method = Signature<decltype(M)>;
  static_assert(
      Method::callable,
      "pactor: send<> and ask<> take a pointer to a method, &Class::method, that is neither "
      "volatile, &&-qualified nor C variadic; choose among overloads with "
      "pactor::pick<int>(&Class::method)");

  // An inherited method is its base's, in the registry too: a message by this name is answered by
  // the name that hides or overrides it in the actor's class, as a call through a Proxy<Base> is.
  using Class =
      std::conditional_t<std::is_void_v<typename Method::Class>, T, typename Method::Class>;
  static_assert(
      std::is_convertible_v<T*, Class*>,
      "pactor: the method is not one of the actor's class; call it through the proxy of an actor "
      "that has it");
};

// What is wrong with calling R(P...) with such arguments; void: nothing.
template <class Via, class... Given, class R, class... P>
consteval auto mistake_in_pointed(R (*)(P...)) {
  if constexpr (!Takes<R(P...), Given...>) {
    return std::type_identity<typename Misfit<R(P...), Given...>::type>();
  } else if constexpr (!KeepsFractions<R(P...), void, Given...>) {
    return std::type_identity<FractionWouldBeLost<Given...>>();
  } else {
    return mistake_of_sending<Via, R, P...>();
  }
}

// Fails to compile: M and the mistake are in the compiler's trace.
template <auto M, class Mistake>
constexpr void refuse_pointed() {
  static_assert(kKind<Mistake> != Kind::misfit,
                "pactor: these arguments do not fit the parameters of this method (which, is named "
                "beside this); pass what a direct call would take");
  static_assert(kKind<Mistake> != Kind::fraction,
                "pactor: this method takes a whole number where a floating one is given, and would "
                "lose the fraction; write static_cast<int>(...), or what it takes");
  static_assert(
      kKind<Mistake> != Kind::parameter,
      "pactor: a parameter of this method cannot be sent to another process: take it by value or "
      "const&, not by pointer or reference to non-const; send what a lambda captures, of an Actor "
      "its proxy(), and give a type of your own a pactor::codec, before this");
  static_assert(kKind<Mistake> != Kind::result,
                "pactor: the result of this method cannot be sent back: use send<>(), or return "
                "a value, not a pointer, and give a type of your own a pactor::codec");
}

// Converts the arguments to the method's own parameters.
template <class Call, class... P>
auto send_converted(const auto& via, std::type_identity_t<P>... arguments) {
  return send<Call, P...>(via, arguments...);
}

template <class R, class... P>
constexpr auto function_of(List<P...>) -> R (*)(P...);

template <class T, auto M, class... P, class... A>
auto send_pointed(const auto& via, List<P...>, A&&... arguments) {
  return send_converted<Call<typename PointerCall<T, M>::Class, PointedTo<M>, P...>, P...>(
      via, static_cast<A&&>(arguments)...);
}

template <class T, auto M, class Via, class... A>
auto send_to(const Via& via, A&&... arguments) {
  using Method = typename PointerCall<T, M>::Method;
  if constexpr (Method::callable) {
    constexpr typename Method::Parameters parameters;
    using Function = decltype(function_of<typename Method::Result>(parameters));
    using Mistake = typename decltype(mistake_in_pointed<Via, A...>(Function()))::type;
    if constexpr (std::is_void_v<Mistake>) {
      return send_pointed<T, M>(via, parameters, static_cast<A&&>(arguments)...);
    } else {
      refuse_pointed<M, Mistake>();
    }
  }
}

}  // namespace pactor::runtime
