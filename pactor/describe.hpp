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
//
// Arguments convert as in a direct call, and are warned of at the same place: add(3.7) for an int becomes 3, and
// -Wconversion says so. Overloads and method templates have no one parameter to convert to before the call is made
// in the actor: what it would lose there is warned of at the macro.
#pragma once

#include <pactor/runtime/for_each_name.hpp>
#include <pactor/runtime/listed.hpp>
#include <pactor/runtime/refusal.hpp>

#include <type_traits>

// Names the methods that a proxy's -> has of those of Class. A name stands for all its overloads.
#define PACTOR_ACTOR(Class, ...)                                       \
  PACTOR_DETAIL_CHECK_CLASS(Class)                                     \
  PACTOR_DETAIL_CHECK_NAMES(Class, #__VA_ARGS__)                       \
  struct pactor_methods_of_##Class {                                   \
    PACTOR_DETAIL_EACH(PACTOR_DETAIL_METHOD, Class, __VA_ARGS__)       \
    using All_ = ::pactor::runtime::List<__VA_ARGS__>;                 \
  };                                                                   \
  PACTOR_DETAIL_EACH(PACTOR_DETAIL_CHECK_METHOD, Class, __VA_ARGS__)   \
  [[maybe_unused]] constexpr pactor_methods_of_##Class pactor_methods( \
      ::pactor::runtime::Tag<Class>) {                                 \
    return {};                                                         \
  }                                                                    \
  PACTOR_DETAIL_CHECK_PLACE(Class)                                     \
  struct pactor_methods_of_##Class

// The same of a class template: its parameters and its arguments stand in brackets.
#define PACTOR_ACTOR_TEMPLATE(parameters, Class, arguments, ...)       \
  PACTOR_DETAIL_CHECK_PARENTHESES(#parameters, #arguments)             \
  PACTOR_DETAIL_CHECK_NAMES(Class, #__VA_ARGS__)                       \
  struct pactor_methods_of_##Class {                                   \
    PACTOR_DETAIL_EACH(PACTOR_DETAIL_METHOD, Class, __VA_ARGS__)       \
    using All_ = ::pactor::runtime::List<__VA_ARGS__>;                 \
  };                                                                   \
  template <PACTOR_DETAIL_UNWRAP parameters>                           \
  constexpr pactor_methods_of_##Class pactor_methods(                  \
      ::pactor::runtime::Tag<Class<PACTOR_DETAIL_UNWRAP arguments>>) { \
    return {};                                                         \
  }                                                                    \
  struct pactor_methods_of_##Class

// ---- How they work ---------------------------------------------------------------------------
//
// They make one small class per name, in which a template has a member function of that very name: with the
// method's own parameters, so that braces, literals and conversions work as in a direct call. What a proxy's
// -> gives derives from them all. A method with defaulted arguments becomes one function per length of call.
// Overloads and method templates have no one signature: their function takes anything that a direct call would.

// One listed method: a class of the same name. Names in it end in _ or begin with pactor, so that a method may
// have any other.
#define PACTOR_DETAIL_METHOD(Class, method)                                                          \
  struct method {                                                                                    \
    using PactorCallee = method; /* where the name means the function */                             \
    static constexpr const char* name_ = #method;                                                    \
                                                                                                     \
    template <class T_, class... A_>                                                                 \
    static auto pactor_call(T_& object_, A_&&... arguments_)                                         \
        -> decltype(object_.method(static_cast<A_&&>(arguments_)...)) {                              \
      return object_.method(static_cast<A_&&>(arguments_)...);                                       \
    }                                                                                                \
                                                                                                     \
    /* Its pointer: there is one only where the name is public and not overloaded. */                \
    template <class T_>                                                                              \
    static constexpr auto pactor_pointer() -> decltype(&T_::method) {                                \
      return &T_::method;                                                                            \
    }                                                                                                \
                                                                                                     \
    /* Whether T_ has a member of the name at all: joined with another, it is ambiguous. */          \
    struct PactorOther {                                                                             \
      int method;                                                                                    \
    };                                                                                               \
    template <class T_>                                                                              \
    struct PactorJoined : T_, PactorOther {};                                                        \
    template <class T_>                                                                              \
    static constexpr bool pactor_exists() {                                                          \
      if constexpr (requires { &T_::method; } || ::std::is_final_v<T_> || ::std::is_union_v<T_>) {   \
        return true;                                                                                 \
      } else {                                                                                       \
        return !requires { &PactorJoined<T_>::method; };                                             \
      }                                                                                              \
    }                                                                                                \
                                                                                                     \
    /* What a proxy gets: one signature, or one per length of call where arguments have defaults; */ \
    template <class Face_, class Signature_>                                                         \
    struct PactorExact;                                                                              \
    template <class Face_, class R_, class... P_>                                                    \
    struct PactorExact<Face_, R_(P_...)> {                                                           \
      ::pactor::runtime::Outcome<Face_, R_> method(P_... arguments_) const                           \
        requires ::pactor::runtime::Travels<Face_, R_, P_...>                                        \
      {                                                                                              \
        using Call_ = ::pactor::runtime::CallBy<Face_, PactorCallee, P_...>;                         \
        return ::pactor::runtime::send_listed<Face_, Call_, P_...>(*this, arguments_...);            \
      }                                                                                              \
    };                                                                                               \
    /* or overloads or a method template; */                                                         \
    template <class Face_>                                                                           \
    struct PactorOverloads {                                                                         \
      template <class... A_>                                                                         \
        requires ::pactor::runtime::PublicMethodTakes<Face_, PactorCallee, A_...> &&                 \
                 ::pactor::runtime::Travels<                                                         \
                     Face_, ::pactor::runtime::ResultOf<Face_, PactorCallee, A_...>,                 \
                     const ::pactor::wire::stored_t<A_>&...>                                         \
      auto method(const A_&... arguments_) const                                                     \
          -> ::pactor::runtime::Outcome<Face_,                                                       \
                                        ::pactor::runtime::ResultOf<Face_, PactorCallee, A_...>> {   \
        using Call_ =                                                                                \
            ::pactor::runtime::CallBy<Face_, PactorCallee, ::pactor::wire::stored_t<A_>...>;         \
        return ::pactor::runtime::send_listed<Face_, Call_, const A_&...>(*this, arguments_...);     \
      }                                                                                              \
    };                                                                                               \
    /* and refusals. */                                                                              \
    template <class Face_, class Signatures_, class... Bases_>                                       \
    struct PactorFace : Bases_... {                                                                  \
      using Bases_::method...;                                                                       \
      template <class... Given_>                                                                     \
      using PactorMistake = typename ::pactor::runtime::MistakeOf<Face_, PactorCallee,               \
                                                                  Signatures_, Given_...>::type;     \
      PACTOR_DETAIL_REFUSAL(method, misfit, PACTOR_DETAIL_MISFIT(Class, method))                     \
      PACTOR_DETAIL_REFUSAL(method, no_overload, PACTOR_DETAIL_NO_OVERLOAD(Class, method))           \
      PACTOR_DETAIL_REFUSAL(method, not_callable, PACTOR_DETAIL_NOT_CALLABLE(Class, method))         \
      PACTOR_DETAIL_REFUSAL(method, parameter, PACTOR_DETAIL_PARAMETER(Class, method))               \
      PACTOR_DETAIL_REFUSAL(method, result, PACTOR_DETAIL_RESULT(Class, method))                     \
    };                                                                                               \
                                                                                                     \
    template <class T_>                                                                              \
    static constexpr void pactor_check() {                                                           \
      static_assert(pactor_exists<T_>(), PACTOR_DETAIL_NO_SUCH(Class, method));                      \
    }                                                                                                \
  };

// For a mistake of this kind.
#define PACTOR_DETAIL_REFUSAL(method, kind, sentence)                             \
  template <class... Given_, class Mistake_ = PactorMistake<Given_...>>           \
    requires(::pactor::runtime::kKind<Mistake_> == ::pactor::runtime::Kind::kind) \
  Mistake_ method(Given_&&...) const PACTOR_DETAIL_REFUSED(sentence);

// ---- What it says ----------------------------------------------------------------------------

#define PACTOR_DETAIL_NO_SUCH(Class, method) \
  "pactor: class " #Class " has no method '" #method "', which PACTOR_ACTOR lists"
#define PACTOR_DETAIL_MISFIT(Class, method)                                                    \
  "pactor: these arguments do not fit the parameters of method '" #method "' of class " #Class \
  " (which, is named beside this); pass what a direct call would take"
#define PACTOR_DETAIL_NO_OVERLOAD(Class, method)                                              \
  "pactor: no public method '" #method "' of class " #Class                                   \
  " takes these arguments, by value: pass what one of them takes, or make the one that does " \
  "public"
#define PACTOR_DETAIL_NOT_CALLABLE(Class, method)                                       \
  "pactor: '" #method "' of class " #Class                                              \
  " cannot be called by a message: it is a data member, or a method that is volatile, " \
  "&&-qualified"                                                                        \
  " or C variadic; list a plain method that calls it"
#define PACTOR_DETAIL_PARAMETER(Class, method)                                                     \
  "pactor: a parameter of method '" #method "' of class " #Class                                   \
  " cannot be sent to another process: take it by value or const&, not by pointer or reference to" \
  " non-const; send what a lambda captures, of an Actor its proxy(), and give a type of your own"  \
  " a pactor::codec, before this"
#define PACTOR_DETAIL_RESULT(Class, method)                                                        \
  "pactor: the result of method '" #method "' of class " #Class                                    \
  " cannot be sent back: call it without ask(), or return a value, not a pointer, and give a type" \
  " of your own a pactor::codec"

// ---- What is checked at once ------------------------------------------------------------------

#define PACTOR_DETAIL_CHECK_CLASS(Class)                                                  \
  static_assert(                                                                          \
      ::pactor::runtime::are_plain_names(#Class),                                         \
      "pactor: PACTOR_ACTOR(" #Class                                                      \
      ", ...) takes the class's own name and stands in its"                               \
      " namespace: namespace app { PACTOR_ACTOR(Monitor, last); } For a nested class, or" \
      " one of a template's, give it a name there first: using Inner = Outer::Inner;");   \
  static_assert(::pactor::runtime::is_class<Class>(),                                     \
                "pactor: " #Class                                                         \
                " is a class template: write PACTOR_ACTOR_TEMPLATE((class T), " #Class    \
                ", (T), method, ...);");                                                  \
  static_assert(!::pactor::runtime::is_listed<Class, decltype([] {})>(),                  \
                "pactor: PACTOR_ACTOR(" #Class ", ...) is here a second time; let one list all");

#define PACTOR_DETAIL_CHECK_PARENTHESES(parameters, arguments)                               \
  static_assert(                                                                             \
      parameters[0] == '(' && arguments[0] == '(',                                           \
      "pactor: PACTOR_ACTOR_TEMPLATE takes the template's parameters, and its arguments, in" \
      " parentheses: PACTOR_ACTOR_TEMPLATE((class T), Cell, (T), put, get);");

#define PACTOR_DETAIL_CHECK_NAMES(Class, names)                                           \
  static_assert(                                                                          \
      ::pactor::runtime::are_plain_names(names),                                          \
      "pactor: PACTOR_ACTOR(" #Class                                                      \
      ", ...) takes names of methods, as they are, with"                                  \
      " commas in between: no &, ::, () or quotation marks, no destructor (close() calls" \
      " it) and no operator (give the class a method that calls it)");

// Where the class is complete; else the first use of a proxy's -> does.
#define PACTOR_DETAIL_CHECK_METHOD(Class, method)                                                 \
  static_assert(__builtin_strcmp(#Class, #method) != 0,                                           \
                "pactor: PACTOR_ACTOR(" #Class                                                    \
                ", ...) lists the constructor, which is no method:"                               \
                " pactor::Actor<" #Class ">{arguments} calls it");                                \
  static_assert(::pactor::runtime::exists_or_incomplete<Class, pactor_methods_of_##Class::method, \
                                                        decltype([] {})>(),                       \
                PACTOR_DETAIL_NO_SUCH(Class, method));

#define PACTOR_DETAIL_CHECK_PLACE(Class)                                                           \
  static_assert(::pactor::runtime::is_listed<Class, decltype([] {})>(),                            \
                "pactor: PACTOR_ACTOR(" #Class ", ...) stands in another scope than class " #Class \
                ": put it into the class's namespace, outside the class");

#define PACTOR_DETAIL_UNWRAP(...) __VA_ARGS__
