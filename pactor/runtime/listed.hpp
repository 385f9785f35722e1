// The methods that PACTOR_ACTOR lists: as what a proxy's -> gives, and as entries of the class's
// table.
//
//     ListedMethods<Monitor, Tell> methods{Tell{remote}};
//     methods.read_status();                      // what proxy->read_status() does
//     register_listed_methods<Monitor>();         // done by Actor<Monitor>
//
// The macro (describe.hpp) gives, per name, a Callee with a template for each way in which a proxy
// can offer it; here it is decided which, once the class is complete: all of it is instantiated by
// the first use of ->.
#pragma once

#include <pactor/runtime/dispatch.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace pactor::runtime {

// ---- What a proxy's -> gives -----------------------------------------------------------------

// The methods of T that PACTOR_ACTOR lists. `Via` is what calls become: Tell or Ask, see proxy.hpp.
template <class T, class Via>
class ListedMethods;

template <class... T>
inline constexpr bool kNever = false;

template <class Face>
struct Parts;
template <class T, class V>
struct Parts<ListedMethods<T, V>> {
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
// arrive.
template <class Face, class Callee, class... A>
concept PublicMethodTakes =
    requires(ActorOf<Face>& actor) { Callee::call(actor, std::declval<wire::stored_t<A>>()...); };

// Its result; void where none takes them, so that the error is the constraint's and names it.
template <class Face, class Callee, class... A>
struct ResultFor {
  using type = void;
};
template <class Face, class Callee, class... A>
  requires PublicMethodTakes<Face, Callee, A...>
struct ResultFor<Face, Callee, A...> {
  using type =
      decltype(Callee::call(std::declval<ActorOf<Face>&>(), std::declval<wire::stored_t<A>>()...));
};
template <class Face, class Callee, class... A>
using ResultOf = typename ResultFor<Face, Callee, A...>::type;

// What all of the proxy's functions do. Where a static_assert has refused, no second error follows.
template <class Face, class R, class Call, class... P>
Outcome<Face, R> send_listed(const auto& part, const auto&... arguments) {
  if constexpr (SendableParameters<P...> && kCanAnswer<Face, R>) {
    return send<Call, P...>(static_cast<const Face&>(part).via_, arguments...);
  } else {
    std::abort();
  }
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
  if constexpr (requires(T& actor) { Callee::call(actor, std::declval<Taken>()...); }) {
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
  Callee::template check<T>();
  if constexpr (!Callee::template exists<T>()) {
    return Missing{};
  } else if constexpr (!requires { Callee::template pointer<T>(); }) {
    return Overloaded{};
  } else {
    using Method = Signature<decltype(Callee::template pointer<T>())>;
    if constexpr (Method::callable) {
      return lengths<T, Callee, typename Method::Result>(List<>{}, typename Method::Parameters{});
    } else {
      return Refused{};
    }
  }
}

// For the check at the macro, which must not fail where the class is still incomplete.
template <class T, class Callee, class Place>
constexpr bool exists_or_incomplete() {
  if constexpr (requires { sizeof(T); }) {
    return Callee::template exists<T>();
  } else {
    return true;
  }
}

// ---- The bases of ListedMethods --------------------------------------------------------------

template <class Face, class Callee, class Signatures>
struct Part;
template <class Face, class Callee>
struct Part<Face, Callee, Missing> {
  struct type {};
};
template <class Face, class Callee>
struct Part<Face, Callee, Overloaded> {
  using type = typename Callee::template PactorOverloads<Face>;
};
template <class Face, class Callee>
struct Part<Face, Callee, Refused> {
  using type = typename Callee::template PactorRefused<Face>;
};
template <class Face, class Callee, class Signature>
struct Part<Face, Callee, List<Signature>> {
  using type = typename Callee::template PactorExact<Face, Signature>;
};
template <class Face, class Callee, class... Signatures>
struct Part<Face, Callee, List<Signatures...>> {
  using type = typename Callee::template PactorLengths<Face, Signatures...>;
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
    return typename decltype(pactor_methods(Tag<T>{}))::All{};
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
class ListedMethods : public AllParts<ListedMethods<T, Via>, decltype(callees<T>())> {
 public:
  explicit ListedMethods(const Via& via) : via_(via) {}
  ListedMethods(const ListedMethods&) = delete;
  ListedMethods& operator=(const ListedMethods&) = delete;

 private:
  template <class Face, class R, class Call, class... P>
  friend Outcome<Face, R> send_listed(const auto& part, const auto&... arguments);

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

template <class... Calls>
constexpr std::vector<std::uint64_t> ids_of(List<Calls...>) {
  return {Calls::id...};
}

constexpr bool all_differ(std::vector<std::uint64_t> ids) {
  std::ranges::sort(ids);
  return std::ranges::adjacent_find(ids) == ids.end();
}

template <class T, class... Callees>
constexpr bool ids_differ(List<Callees...>) {
  std::vector<std::uint64_t> all;
  for (const auto& ids :
       {std::vector<std::uint64_t>{}, ids_of(calls_of<T, Callees>(signatures<T, Callees>()))...}) {
    all.insert(all.end(), ids.begin(), ids.end());
  }
  return all_differ(std::move(all));
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
  // An array, since clang folds no more than 256.
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
