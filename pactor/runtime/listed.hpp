// The methods that PACTOR_ACTOR lists: as what a proxy's -> gives, and as entries of the class's
// table.
//
//     MethodsListedInPactorActor<Monitor, Tell> methods{Tell{remote}};
//     methods.read_status();                      // what proxy->read_status() does
//     register_listed_methods<Monitor>();         // done by Actor<Monitor>
//
// The macro (describe.hpp) gives, per name, a Callee with a template for each way in which a proxy
// can offer it; here it is decided which, once the class is complete: all of it is instantiated by
// the first use of ->.
#pragma once

#include <pactor/runtime/dispatch.hpp>
#include <pactor/runtime/fractions.hpp>
#include <pactor/runtime/refusal.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace pactor::runtime {

// ---- What a proxy's -> gives -----------------------------------------------------------------

// The methods of T that PACTOR_ACTOR lists. `Via` is what calls become: Tell or Ask, see proxy.hpp. Compilers
// say "no member named 'reset' in 'pactor::MethodsListedInPactorActor<…>'": hence its name.
template <class T, class Via>
class MethodsListedInPactorActor;

template <class Face>
struct Parts;
template <class T, class V>
struct Parts<MethodsListedInPactorActor<T, V>> {
  using Actor = T;
  using Via = V;
};
template <class Face>
using ActorOf = typename Parts<Face>::Actor;
template <class Face>
using ViaOf = typename Parts<Face>::Via;

template <class Face, class Callee, class... P>
using CallBy = Call<ActorOf<Face>, Callee, P...>;

// What the proxy's function returns for a method that returns R: nothing, or a Reply.
template <class Face, class R>
using Outcome = typename ViaOf<Face>::template Outcome<R>;

template <class Face, class R>
inline constexpr bool kCanAnswer = ViaOf<Face>::template kCanAnswer<R>;

// The constraint of an overloaded name's function: some public overload takes these, as they
// arrive. (What they lose by it, compilers warn of at the macro.)
template <class Face, class Callee, class... A>
concept PublicMethodTakes = requires(ActorOf<Face>& actor) {
  Callee::pactor_call(actor, std::declval<wire::stored_t<A>>()...);
};

// Its result.
template <class Face, class Callee, class... A>
using ResultOf = decltype(Callee::pactor_call(std::declval<ActorOf<Face>&>(),
                                              std::declval<wire::stored_t<A>>()...));

// What all of the proxy's functions do.
template <class Face, class Call, class... P>
auto send_listed(const auto& part, const auto&... arguments) {
  return send<Call, P...>(static_cast<const Face&>(part).via_, arguments...);
}

// ---- The signatures of a name ----------------------------------------------------------------

template <class... A, class... B>
constexpr List<A..., B...> operator+(List<A...>, List<B...>) {
  return {};
}

// The calls that a method takes: R(P...), and the shorter ones where the last parameters have
// defaults.
template <class T, class Callee, class R, class... Taken>
constexpr auto lengths(List<Taken...>, List<>) {
  return List<R(Taken...)>{};
}
template <class T, class Callee, class R, class... Taken, class Next, class... Rest>
constexpr auto lengths(List<Taken...>, List<Next, Rest...>) {
  constexpr auto longer = lengths<T, Callee, R>(List<Taken..., Next>{}, List<Rest...>{});
  if constexpr (requires(T& actor) { Callee::pactor_call(actor, std::declval<Taken>()...); }) {
    return List<R(Taken...)>{} + longer;
  } else {
    return longer;
  }
}

// The kinds of name.
struct Missing {};
struct Overloaded {};
struct Refused {};

// List<R(P...), ...> for a name that means one method, else its kind.
template <class T, class Callee>
constexpr auto signatures() {
  Callee::template pactor_check<T>();
  if constexpr (!Callee::template pactor_exists<T>()) {
    return Missing{};
  } else if constexpr (!requires { Callee::template pactor_pointer<T>(); }) {
    return Overloaded{};
  } else {
    using Method = Signature<decltype(Callee::template pactor_pointer<T>())>;
    if constexpr (Method::callable) {
      return lengths<T, Callee, typename Method::Result>(List<>{}, typename Method::Parameters{});
    } else {
      return Refused{};
    }
  }
}

// ---- What is wrong with a call ---------------------------------------------------------------

// Whether a call of R(P...) can be made through this face.
template <class Face, class R, class... P>
concept Travels = SendableParameters<P...> && kCanAnswer<Face, R>;

// The mistake in calling a name, of the kind that `Signatures` says, with such arguments; void: none.
template <class Face, class Callee, class Signatures, class... Given>
struct MistakeOf;
template <class Face, class Callee, class... Given>
struct MistakeOf<Face, Callee, Refused, Given...> {
  using type = NotCallableByMessage;
};
template <class Face, class Callee, class... Given>
struct MistakeOf<Face, Callee, Overloaded, Given...> {
  using type = NoPublicMethodTakesThese;
};
template <class Face, class Callee, class... Given>
  requires PublicMethodTakes<Face, Callee, Given...>
struct MistakeOf<Face, Callee, Overloaded, Given...>
    : decltype(mistake_of_sending<ViaOf<Face>, ResultOf<Face, Callee, Given...>,
                                  const wire::stored_t<Given>&...>()) {};
template <class Face, class Callee, class R, class... P, class... Given>
struct MistakeOf<Face, Callee, List<R(P...)>, Given...> : Misfit<R(P...), Given...> {};
template <class Face, class Callee, class R, class... P, class... Given>
  requires Takes<R(P...), Given...>
struct MistakeOf<Face, Callee, List<R(P...)>, Given...>
    : decltype(mistake_of_sending<ViaOf<Face>, R, P...>()) {};

// Of several lengths of a call the one that was meant, if that can be told; otherwise the longest.
template <class Face, class Callee, class R, class... P, class Next, class... Others,
          class... Given>
struct MistakeOf<Face, Callee, List<R(P...), Next, Others...>, Given...>
    : std::conditional_t<sizeof...(P) == sizeof...(Given),
                         MistakeOf<Face, Callee, List<R(P...)>, Given...>,
                         MistakeOf<Face, Callee, List<Next, Others...>, Given...>> {};

// ---- What the macro checks of itself ---------------------------------------------------------

// Here, where the class may still be incomplete: then this must not fail.
template <class T, class Callee, class Place>
constexpr bool exists_or_incomplete() {
  if constexpr (requires { sizeof(T); }) {
    return Callee::template pactor_exists<T>();
  } else {
    return true;
  }
}

// Whether T is listed so far, as those who call its methods will find out. `Place`, a new type in each,
// keeps the compiler from remembering the answer.
template <class T, class Place>
constexpr bool is_listed() {
  return requires { pactor_methods(Tag<T>{}); };
}

// Whether the macro's argument names a class; the alternative is a class template.
template <class T>
consteval bool is_class() {
  return true;
}
template <template <class...> class T>
consteval bool is_class() {
  return false;
}

// "Monitor", and not "app::Monitor" or "Cell<int>"; "read_status, last", and not "&Monitor::last, ~Monitor".
// (The compiler's own search is quicker than one of ours that it would have to interpret.)
consteval bool are_plain_names(const char* names) {
  for (const char c : {':', '<', '&', '(', '~', '"', '=', '+', '-', '*', '!', '['}) {
    if (__builtin_strchr(names, c) != nullptr) return false;
  }
  return true;
}

// ---- Its bases, one for each name --------------------------------------------------------------

template <class Face, class Callee, class Signatures>
struct Part;
template <class Face, class Callee>
struct Part<Face, Callee, Missing> {
  struct type {};
};
template <class Face, class Callee>
struct Part<Face, Callee, Overloaded> {
  using type =
      typename Callee::template PactorFace<Face, Overloaded,
                                           typename Callee::template PactorOverloads<Face>>;
};
template <class Face, class Callee>
struct Part<Face, Callee, Refused> {
  using type = typename Callee::template PactorFace<Face, Refused>;
};
template <class Face, class Callee, class... Signatures>
struct Part<Face, Callee, List<Signatures...>> {
  using type = typename Callee::template PactorFace<
      Face, List<Signatures...>, typename Callee::template PactorExact<Face, Signatures>...>;
};

template <class Face, class Callees>
struct AllParts;
template <class Face, class... Callees>
struct AllParts<Face, List<Callees...>>
    : Part<Face, Callees, decltype(signatures<ActorOf<Face>, Callees>())>::type... {};

template <class T>
constexpr auto callees() {
  if constexpr (!Complete<T>) {
    static_assert(kNever<T>,
                  "pactor: the actor's class is only declared here; include its definition");
    return List<>{};
  } else if constexpr (requires { pactor_methods(Tag<T>{}); }) {
    return typename decltype(pactor_methods(Tag<T>{}))::All_{};
  } else {
    static_assert(
        kNever<T>,
        "pactor: this class has no PACTOR_ACTOR: write PACTOR_ACTOR(Class, method, ...); in its "
        "namespace, after the class or, for calls inside it, before it, behind 'class Class;'; or "
        "call proxy.send<&Class::method>(...)");
    return List<>{};
  }
}

template <class T, class Via>
class MethodsListedInPactorActor
    : public AllParts<MethodsListedInPactorActor<T, Via>, decltype(callees<T>())> {
 public:
  explicit MethodsListedInPactorActor(const Via& via) : via_(via) {}
  MethodsListedInPactorActor(const MethodsListedInPactorActor&) = delete;
  MethodsListedInPactorActor& operator=(const MethodsListedInPactorActor&) = delete;

 private:
  template <class Face, class Call, class... P>
  friend auto send_listed(const auto& part, const auto&... arguments);

  Via via_;
};

// ---- Registration of what is listed ----------------------------------------------------------

template <class T, class Callee, class R, class... P>
constexpr auto call_of(R (*)(P...)) {
  if constexpr (SendableParameters<P...>) {
    return List<Call<T, Callee, P...>>{};
  } else {
    return List<>{};
  }
}

// The calls of one listed name, as far as they are known before somebody makes one.
template <class T, class Callee, class... Signatures>
constexpr auto calls_of(List<Signatures...>) {
  return (List<>{} + ... + call_of<T, Callee>(static_cast<Signatures*>(nullptr)));
}
template <class T, class Callee>
constexpr auto calls_of(auto) {
  return List<>{};
}

template <std::size_t N>
constexpr bool all_differ(std::array<std::uint64_t, N> ids) {
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

template <class... Calls>
constexpr std::size_t count_of(List<Calls...>) {
  return sizeof...(Calls);
}
template <class... Calls>
constexpr void add_ids([[maybe_unused]] std::uint64_t*& to, List<Calls...>) {
  ((*to++ = Calls::id), ...);
}

// Arrays in place of folds, since clang folds no more than 256.
template <class T, class... Callees>
constexpr bool ids_differ(List<Callees...>) {
  constexpr std::size_t kCount = [] {
    std::size_t sum = 0;
    for (const std::size_t count :
         {std::size_t{0}, count_of(calls_of<T, Callees>(signatures<T, Callees>()))...}) {
      sum += count;
    }
    return sum;
  }();
  std::array<std::uint64_t, kCount> ids{};
  [[maybe_unused]] std::uint64_t* to = ids.data();
  [[maybe_unused]] const bool each[] = {
      true, (add_ids(to, calls_of<T, Callees>(signatures<T, Callees>())), true)...};
  return all_differ(ids);
}

template <class... Calls>
bool register_calls(List<Calls...>) {
  (static_cast<void>(&registration<Calls>), ...);
  return true;
}

template <class T, class... Callees>
void register_callees(List<Callees...> listed) {
  static_assert(
      ids_differ<T>(decltype(listed){}),
      "pactor: two methods that PACTOR_ACTOR lists for this class have one id; rename one of them");
  [[maybe_unused]] const bool each[] = {
      true, register_calls(calls_of<T, Callees>(signatures<T, Callees>()))...};
}

// Makes the methods that PACTOR_ACTOR lists for T known to find_method() from the start, whoever
// calls them: this file, another one of the program, or another binary. Nothing happens for a T
// without the macro.
template <class T>
void register_listed_methods() {
  if constexpr (requires { pactor_methods(Tag<T>{}); }) register_callees<T>(callees<T>());
}

}  // namespace pactor::runtime
