// An object that becomes an actor as it is: Actor(Monitor{"disk"}).
//
// It is encoded here and decoded in the process of its own, as any value in a message; so its class is one
// that can be sent.
#pragma once

#include <pactor/options.hpp>
#include <pactor/wire/wire.hpp>

#include <concepts>
#include <type_traits>

namespace pactor {
template <class T>
class Actor;
}

namespace pactor::runtime {

template <class T>
inline constexpr bool kIsActor = false;
template <class T>
inline constexpr bool kIsActor<Actor<T>> = true;

// What Actor(x) takes for an instance to wrap.
template <class T>
concept Instance = std::is_class_v<T> && !std::same_as<T, Options> && !kIsActor<T>;

// Whose fields anybody may list; any other class says itself how it is built.
template <class T>
concept FieldByField = wire::PlainAggregate<T> && !wire::kHasBase<T>;

// Fails to compile, with one sentence, unless an object of T can be sent. `Culprit`: what keeps it from that,
// T itself or something that it holds; compilers name it beside the sentence.
template <class T, class Culprit = wire::Refused<T>>
constexpr void require_instance() {
  constexpr bool closed = std::same_as<Culprit, T> && !wire::HasCodec<T> && !FieldByField<T>;
  static_assert(
      !closed,
      "pactor: this instance cannot be sent to a process of its own, for its class has "
      "private members, constructors, virtual methods or a base, and no pactor::codec<T>; "
      "have it built there, by Actor<T>{constructor arguments}, or give it a codec");
  static_assert(
      !std::is_pointer_v<Culprit>,
      "pactor: this instance cannot be sent to a process of its own, for it holds a raw "
      "pointer, which means nothing there; hold the object by value, text as std::string, "
      "or have it built there, by a constructor: Actor<T>{arguments}");
  static_assert(closed || std::is_pointer_v<Culprit> || std::is_void_v<Culprit>,
                "pactor: this instance cannot be sent to a process of its own, for it holds "
                "something that cannot be sent (named above or below: Culprit); hold a value, or "
                "have it built there, by a constructor: Actor<T>{arguments}");
}

}  // namespace pactor::runtime
