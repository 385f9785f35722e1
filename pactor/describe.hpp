// PACTOR_ACTOR: names the methods of a class, once, so that a proxy can have them too.
//
//     class Monitor { public: void read_status(); int last() const; };
//     PACTOR_ACTOR(Monitor, read_status, last);  // or before the class, after `class Monitor;`
//
//     template <class T> class Cell { public: void put(T); T get() const; };
//     PACTOR_ACTOR_TEMPLATE((class T), Cell, (T), put, get);
//
// It stands in the class's namespace, outside the class, and changes nothing about it. Placed
// before the class, inline bodies can already say pactor::self(this)->read_status(). It takes up to
// 342 names. What is wrong with it (a name that the class does not have, a parameter that cannot be sent)
// is refused when it is compiled. For a nested class, give it a name in the namespace first: using
// Inner = Outer::Inner;
#pragma once

#include <pactor/runtime/for_each_name.hpp>
#include <pactor/runtime/listed.hpp>

#include <type_traits>

// Names the methods that a proxy's -> has of those of Class. A name stands for all its overloads.
#define PACTOR_ACTOR(Class, ...)                                                                   \
  struct pactor_methods_of_##Class {                                                               \
    PACTOR_DETAIL_EACH(PACTOR_DETAIL_METHOD, Class, __VA_ARGS__)                                   \
    using All = ::pactor::runtime::List<PACTOR_DETAIL_EACH_COMMA(PACTOR_DETAIL_METHOD_NAME, Class, \
                                                                 __VA_ARGS__)>;                    \
  };                                                                                               \
  PACTOR_DETAIL_EACH(PACTOR_DETAIL_CHECK, Class, __VA_ARGS__)                                      \
  [[maybe_unused]] constexpr pactor_methods_of_##Class pactor_methods(                             \
      ::pactor::runtime::Tag<Class>) {                                                             \
    return {};                                                                                     \
  }                                                                                                \
  struct pactor_methods_of_##Class

// The same of a class template: its parameters and its arguments stand in brackets.
#define PACTOR_ACTOR_TEMPLATE(parameters, Class, arguments, ...)                                   \
  struct pactor_methods_of_##Class {                                                               \
    PACTOR_DETAIL_EACH(PACTOR_DETAIL_METHOD, Class, __VA_ARGS__)                                   \
    using All = ::pactor::runtime::List<PACTOR_DETAIL_EACH_COMMA(PACTOR_DETAIL_METHOD_NAME, Class, \
                                                                 __VA_ARGS__)>;                    \
  };                                                                                               \
  template <PACTOR_DETAIL_UNWRAP parameters>                                                       \
  constexpr pactor_methods_of_##Class pactor_methods(                                              \
      ::pactor::runtime::Tag<Class<PACTOR_DETAIL_UNWRAP arguments>>) {                             \
    return {};                                                                                     \
  }                                                                                                \
  struct pactor_methods_of_##Class

// ---- How they work ---------------------------------------------------------------------------
//
// They make one small class per name, in which a template has a member function
// of that very name: with the method's own parameters, so that braces, literals and conversions
// work as in a direct call. ListedMethods, what a proxy's -> gives, derives from them all. A method
// with defaulted arguments becomes one function per length of call. Overloads and method templates
// have no one signature: their function takes anything that a direct call would.

// One listed method. Names here end in _ or begin with Pactor, so that a method may have any other.
#define PACTOR_DETAIL_METHOD(Class, method)                                                        \
  struct method##_method {                                                                         \
    static constexpr const char* name = #method;                                                   \
                                                                                                   \
    template <class T_, class... A_>                                                               \
    static auto call(T_& object_, A_&&... arguments_)                                              \
        -> decltype(object_.method(static_cast<A_&&>(arguments_)...)) {                            \
      return object_.method(static_cast<A_&&>(arguments_)...);                                     \
    }                                                                                              \
                                                                                                   \
    /* Its pointer: there is one only where the name is public and not overloaded. */              \
    template <class T_>                                                                            \
    static constexpr auto pointer() -> decltype(&T_::method) {                                     \
      return &T_::method;                                                                          \
    }                                                                                              \
                                                                                                   \
    /* Whether T_ has a member of the name at all: joined with another, it is ambiguous. */        \
    struct PactorOther {                                                                           \
      int method;                                                                                  \
    };                                                                                             \
    template <class T_>                                                                            \
    struct PactorJoined : T_, PactorOther {};                                                      \
    template <class T_>                                                                            \
    static constexpr bool exists() {                                                               \
      if constexpr (requires { &T_::method; } || ::std::is_final_v<T_> || ::std::is_union_v<T_>) { \
        return true;                                                                               \
      } else {                                                                                     \
        return !requires { &PactorJoined<T_>::method; };                                           \
      }                                                                                            \
    }                                                                                              \
    template <class T_>                                                                            \
    static constexpr void check() {                                                                \
      static_assert(exists<T_>(), PACTOR_DETAIL_NO_SUCH(Class, method));                           \
    }                                                                                              \
                                                                                                   \
    /* What a proxy gets: one signature, ... */                                                    \
    template <class Face_, class Signature_>                                                       \
    struct PactorExact;                                                                            \
    template <class Face_, class R_, class... P_>                                                  \
    struct PactorExact<Face_, R_(P_...)> {                                                         \
      ::pactor::runtime::Outcome<Face_, R_> method(P_... arguments_) const {                       \
        PACTOR_DETAIL_SENDABLE(Class, method, P_, R_)                                              \
        using Call_ = ::pactor::runtime::CallBy<Face_, method##_method, P_...>;                    \
        return ::pactor::runtime::send_listed<Face_, R_, Call_, P_...>(*this, arguments_...);      \
      }                                                                                            \
    };                                                                                             \
    /* ... one per length of call, where arguments have defaults, ... */                           \
    template <class Face_, class... Signatures_>                                                   \
    struct PactorLengths : PactorExact<Face_, Signatures_>... {                                    \
      using PactorExact<Face_, Signatures_>::method...;                                            \
    };                                                                                             \
    /* ... overloads or a method template, ... */                                                  \
    template <class Face_>                                                                         \
    struct PactorOverloads {                                                                       \
      template <class... A_>                                                                       \
        requires ::pactor::runtime::PublicMethodTakes<Face_, method##_method, A_...>               \
      auto method(const A_&... arguments_) const -> ::pactor::runtime::Outcome<                    \
          Face_, ::pactor::runtime::ResultOf<Face_, method##_method, A_...>> {                     \
        using R_ = ::pactor::runtime::ResultOf<Face_, method##_method, A_...>;                     \
        PACTOR_DETAIL_SENDABLE(Class, method, const A_&, R_)                                       \
        using Call_ =                                                                              \
            ::pactor::runtime::CallBy<Face_, method##_method, ::pactor::wire::stored_t<A_>...>;    \
        return ::pactor::runtime::send_listed<Face_, R_, Call_, const A_&...>(*this,               \
                                                                              arguments_...);      \
      }                                                                                            \
    };                                                                                             \
    /* ... or a refusal. */                                                                        \
    template <class Face_>                                                                         \
    struct PactorRefused {                                                                         \
      template <class... A_>                                                                       \
      void method(const A_&...) const {                                                            \
        static_assert(::pactor::runtime::kNever<A_...>,                                            \
                      "pactor: '" #method "' of class " #Class                                     \
                      " cannot be called by a message: it is a data member, or a method that is "  \
                      "volatile, &&-qualified or C variadic; list a plain method that calls it");  \
      }                                                                                            \
    };                                                                                             \
  };

#define PACTOR_DETAIL_SENDABLE(Class, method, P, R)                                              \
  static_assert(::pactor::runtime::SendableParameters<P...>,                                     \
                "pactor: a parameter of method '" #method "' of class " #Class                   \
                " cannot be sent to another process: take it by value or const&, not by pointer" \
                " or reference to non-const, and give a type of your own a pactor::codec");      \
  static_assert(::pactor::runtime::kCanAnswer<Face_, R>,                                         \
                "pactor: the result of method '" #method "' of class " #Class                    \
                " cannot be sent back: call it without ask(), or return a value, not a pointer," \
                " and give a type of your own a pactor::codec");

#define PACTOR_DETAIL_NO_SUCH(Class, method) \
  "pactor: class " #Class " has no method '" #method "', which PACTOR_ACTOR lists"

// At the macro, where the class is complete; else ListedMethods checks. The lambda, a new type in
// each place, keeps an answer given for the incomplete class from being remembered.
#define PACTOR_DETAIL_CHECK(Class, method)                                                       \
  static_assert(                                                                                 \
      ::pactor::runtime::exists_or_incomplete<Class, pactor_methods_of_##Class::method##_method, \
                                              decltype([] {})>(),                                \
      PACTOR_DETAIL_NO_SUCH(Class, method));

#define PACTOR_DETAIL_METHOD_NAME(Class, method) method##_method
#define PACTOR_DETAIL_UNWRAP(...) __VA_ARGS__
