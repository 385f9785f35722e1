// The one function of a class that an actor's process is told to begin with.
//
//     spawn(&actor_entry<Monitor, std::string, int>, …);   // an actor built as Monitor(string, int)
//
// A birth certificate carries its address. It says how to build an object of T from encoded
// arguments, and how to destroy it.
#pragma once

#include <pactor/runtime/body.hpp>
#include <pactor/runtime/listed.hpp>
#include <pactor/wire/wire.hpp>

#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pactor::runtime {

// T(args…), or T{args…} for an aggregate.
template <class T, class... Stored>
concept BuiltFrom =
    std::is_constructible_v<T, Stored...> || requires { T{std::declval<Stored>()...}; };

template <class T, class... Stored>
void construct_body(std::byte* address, wire::Decoder& arguments) {
  // Braces: they alone decode from left to right.
  std::tuple<Stored...> values{wire::decode<Stored>(arguments)...};
  std::apply(
      [address](Stored&... value) {
        if constexpr (std::is_constructible_v<T, Stored...>) {
          ::new (address) T(std::move(value)...);
        } else {
          ::new (address) T{std::move(value)...};
        }
      },
      values);
}

template <class T>
void destroy_body(std::byte* address) {
  std::destroy_at(std::launder(reinterpret_cast<T*>(address)));
}

template <class T, class... Stored>
const Body& actor_entry() {
  register_listed_methods<T>();
  alignas(T) static std::byte room[sizeof(T)];
  static const Body body{.address = room,
                         .bytes = sizeof(T),
                         .type = &class_entry<T>(),
                         .construct = &construct_body<T, Stored...>,
                         .destroy = &destroy_body<T>};
  return body;
}

}  // namespace pactor::runtime
