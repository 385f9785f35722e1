// What Actor<T>{arguments...} needs, and what the compiler says where it is not so.
//
//     if constexpr (Construction<Monitor, char[4], int>::kPossible) …   // Monitor("sda", 3)
//     else Construction<Monitor, char[4], int>::refuse();               // one static_assert
#pragma once

#include <pactor/runtime/actor_entry.hpp>
#include <pactor/runtime/fractions.hpp>
#include <pactor/runtime/instance.hpp>
#include <pactor/runtime/refusal.hpp>

#include <concepts>
#include <type_traits>

namespace pactor::runtime {

// `Arguments`: as they are there, by value.
template <class T>
struct Construct {
  template <class... Arguments>
    requires BuiltFrom<T, Arguments...>
  void operator()(Arguments&&...) const;
};

template <class T>
concept ActorClass = std::is_class_v<T> && std::same_as<T, std::remove_cv_t<T>> && Complete<T> &&
                     !std::is_abstract_v<T> && std::is_destructible_v<T>;

template <class... Arguments>
struct NoConstructorTakes;
template <class... Arguments>
inline constexpr Kind kKind<NoConstructorTakes<Arguments...>> = Kind::misfit;

// ---- The sentences; what they are about is in the names of their functions, which compilers print ----

template <class T>
constexpr void cannot_be_an_actor() {
  static_assert(
      std::is_class_v<T> && std::same_as<T, std::remove_cv_t<T>>,
      "pactor: Actor<T> takes an ordinary class T: neither const, nor a reference, a pointer or a "
      "number");
  if constexpr (std::is_class_v<T>) {
    static_assert(Complete<T>,
                  "pactor: the actor's class is only declared here; include its definition");
    if constexpr (Complete<T>) {
      static_assert(
          !std::is_abstract_v<T>,
          "pactor: the actor's class is abstract, so that there is no object of it; make an "
          "Actor<Derived> of a class that has all methods: its proxy() converts to Proxy<Base>");
      static_assert(
          std::is_abstract_v<T> || std::is_destructible_v<T>,
          "pactor: the actor's class has no public destructor, which close() has to call");
    }
  }
}

template <class T, class Mistake>
constexpr void cannot_be_constructed() {
  static_assert(
      kKind<Mistake> != Kind::parameter,
      "pactor: an argument of the actor's constructor cannot be sent to its process; pass a value "
      "(no pointer, no reference to what is here; of an actor its proxy()), or give its type a "
      "pactor::codec<>");
  static_assert(kKind<Mistake> != Kind::misfit,
                "pactor: the actor's class has no public constructor that takes these arguments "
                "(they arrive by value: a string literal as std::string); pass what one takes");
  static_assert(
      kKind<Mistake> != Kind::fraction,
      "pactor: the actor's constructor takes a whole number where a floating one is "
      "given, and would lose the fraction; write static_cast<int>(...), or what it takes");
}

// ----------------------------------------------------------------------------------------------

template <class T, class... A>
struct Construction {
 private:
  static constexpr bool kInstance = std::same_as<List<A...>, List<T>>;

  static consteval auto mistake() {
    if constexpr (!ActorClass<T>) {
      return std::type_identity<NotCallableByMessage>();
    } else if constexpr (!SendableParameters<const wire::stored_t<A>&...>) {
      return std::type_identity<typename UnsendableParameter<const wire::stored_t<A>&...>::type>();
    } else if constexpr (!BuiltFrom<T, wire::stored_t<A>...>) {
      return std::type_identity<NoConstructorTakes<wire::stored_t<A>...>>();
    } else if constexpr (!KeepsFractions<Construct<T>, T, wire::stored_t<A>...>) {
      return std::type_identity<FractionWouldBeLost<wire::stored_t<A>...>>();
    } else {
      return std::type_identity<void>();
    }
  }
  using Mistake = typename decltype(mistake())::type;

 public:
  static constexpr bool kPossible = std::is_void_v<Mistake>;

  static void refuse() {
    if constexpr (!ActorClass<T>) {
      cannot_be_an_actor<T>();
    } else if constexpr (kInstance && kKind<Mistake> == Kind::parameter) {
      require_instance<T>();
    } else {
      cannot_be_constructed<T, Mistake>();
    }
  }
};

}  // namespace pactor::runtime
