// Calls by pointer to method, without PACTOR_ACTOR: what proxy.send<&Counter::add>(3) does.
//
//     send_to<Counter, &Counter::add>(via, 3);
//
// The name, which the id is made of, is read off what the compiler calls the pointer: the message is
// the same as that of proxy->add(3).
#pragma once

#include <pactor/runtime/dispatch.hpp>

#include <algorithm>
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
    std::ranges::copy(name, text.begin());
    return text;
  }();

 public:
  static constexpr const char* name = kName.data();

  template <class T, class... A>
  static decltype(auto) call(T& object, A&&... arguments) {
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
  static_assert(std::is_convertible_v<T*, Class*>,
                "pactor: the method is not one of the actor's class");

  using Parameters = typename Method::Parameters;
  using R = typename Method::Result;

  template <class Via, class... P>
  static auto run(const Via& via, List<P...>, std::type_identity_t<P>... arguments) {
    static_assert(
        SendableParameters<P...>,
        "pactor: a parameter of this method cannot be sent to another process: take it by value or "
        "const&, not by pointer or reference to non-const, and give a type of your own a "
        "pactor::codec");
    static_assert(Via::template kCanAnswer<R>,
                  "pactor: the result of this method cannot be sent back: use send<>(), or return "
                  "a value, not a pointer, and give a type of your own a pactor::codec");
    if constexpr (SendableParameters<P...> && Via::template kCanAnswer<R>) {
      return send<Call<Class, PointedTo<M>, P...>, P...>(via, arguments...);
    }
  }
};

template <class T, auto M, class Via, class... A>
auto send_to(const Via& via, A&&... arguments) {
  using Method = PointerCall<T, M>;
  constexpr typename Method::Parameters parameters;
  constexpr bool fits = requires { Method::run(via, parameters, std::forward<A>(arguments)...); };
  static_assert(fits, "pactor: these arguments do not fit the method's parameters");
  if constexpr (fits) return Method::run(via, parameters, std::forward<A>(arguments)...);
}

}  // namespace pactor::runtime
