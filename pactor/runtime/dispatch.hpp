// From a call to bytes, and from bytes to the call: the two halves of a method, side by side.
//
//     using Add = Call<Counter, Callee, int>;   // Counter::add(int), as its Callee calls it
//     send<Add, int>(via, 3);                   // here: arguments become bytes
//     Add::thunk(&counter, arguments, reply);   // there: bytes become arguments, the method runs
//
// A Callee is a method: its `name_`, and a static `pactor_call(object, arguments...)`. PACTOR_ACTOR makes one
// for each name listed (describe.hpp); PointedTo<&T::m> (pointed.hpp) is the one of
// proxy.send<&T::m>(). It also has the sentences that refuse it.
//
// Naming a Call registers it: send<Call>() refers to a Registration, whose initialiser links the
// thunk into the class's table before main. The receiver is a process of the same image, so it has
// the entry too.
#pragma once

#include <pactor/error.hpp>
#include <pactor/runtime/list.hpp>
#include <pactor/runtime/method.hpp>
#include <pactor/runtime/refusal.hpp>
#include <pactor/wire/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pactor::runtime {

// ---- What can be called ----------------------------------------------------------------------

// The signature of what `&T::m` points to. Not callable by message: data members, C variadic
// functions, volatile methods (nobody else sees the object) and && ones (the actor stays).
template <class Pointer>
struct Signature {
  static constexpr bool callable = false;
  using Class = void;
  using Result = void;
  using Parameters = List<>;
};

template <class C, class R, class... P>
struct Callable {
  static constexpr bool callable = true;
  using Class = C;
  using Result = R;
  using Parameters = List<P...>;
};

#define PACTOR_DETAIL_SIGNATURE(qualifiers) \
  template <class R, class C, class... P>   \
  struct Signature<R (C::*)(P...) qualifiers> : Callable<C, R, P...> {};
PACTOR_DETAIL_SIGNATURE()
PACTOR_DETAIL_SIGNATURE(const)
PACTOR_DETAIL_SIGNATURE(&)
PACTOR_DETAIL_SIGNATURE(const&)
PACTOR_DETAIL_SIGNATURE(noexcept)
PACTOR_DETAIL_SIGNATURE(const noexcept)
PACTOR_DETAIL_SIGNATURE(& noexcept)
PACTOR_DETAIL_SIGNATURE(const& noexcept)
#undef PACTOR_DETAIL_SIGNATURE

// A static method: it runs in the actor's process.
template <class R, class... P>
struct Signature<R (*)(P...)> : Callable<void, R, P...> {};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Callable<void, R, P...> {};

// ---- What can be sent ------------------------------------------------------------------------

template <class T>
concept Complete = requires { sizeof(T); };

// Asked of complete types only, since the compiler remembers the answer.
template <class... P>
concept SendableParameters = ((Complete<wire::stored_t<P>> && wire::SendableParameter<P>) && ...);

// A result may be a reference, a view or a C string: what it refers to is sent.
template <class R>
concept SendableResult =
    std::is_void_v<R> || (Complete<wire::stored_t<R>> && wire::Sendable<wire::stored_t<R>>);

// The first parameter that cannot be sent, and the result, as mistakes.
template <class... P>
struct UnsendableParameter {
  static constexpr int kNumber = first_failure(SendableParameters<P>...);
  using Parameter = Numbered<kNumber, P...>;
  using Travelling = wire::stored_t<Parameter>;
  using type = ParameterCannotBeSent<kNumber, Parameter, wire::Refused<Travelling>,
                                     wire::HolderOfRefused<Travelling>>;
};
template <class R>
struct UnsendableResult {
  using Travelling = wire::stored_t<R>;
  using type = ResultCannotBeSent<R, wire::Refused<Travelling>, wire::HolderOfRefused<Travelling>>;
};

// The mistake in sending a call of R(P...) by Via, Tell or Ask of proxy.hpp; void: none.
template <class Via, class R, class... P>
consteval auto mistake_of_sending() {
  if constexpr (!SendableParameters<P...>) {
    return std::type_identity<typename UnsendableParameter<P...>::type>();
  } else if constexpr (!Via::template kCanAnswer<R>) {
    return std::type_identity<typename UnsendableResult<R>::type>();
  } else {
    return std::type_identity<void>();
  }
}

// ---- Calls -----------------------------------------------------------------------------------

template <class T, class Callee, class... P>
struct Call {
  using Class = T;
  using Result = decltype(Callee::pactor_call(std::declval<T&>(), std::declval<P>()...));

  static constexpr std::uint64_t id =
      wire::method_id(Callee::name_, wire::type_hash<wire::stored_t<P>>()...);
  static constexpr const char* name = Callee::name_;

  static void thunk(void* object, wire::Decoder& arguments, ReplyEncoder* reply);
};

template <class Call>
struct Registration {
  Registration() { add_method(class_entry<typename Call::Class>(), entry); }
  MethodEntry entry{Call::id, Call::name, &Call::thunk};
};

template <class Call>
inline Registration<Call> registration;

// ---- The sending half ------------------------------------------------------------------------

// `via` is what the message goes to, and how: Tell or Ask of proxy.hpp.
template <class Call, class... P, class Via>
auto send(const Via& via, const std::remove_reference_t<P>&... arguments) {
  static_cast<void>(&registration<Call>);
  wire::Encoder bytes{wire::Encoder::Borrowing()};  // the arguments stay until it is delivered
  (wire::encode_stored<P>(bytes, arguments), ...);
  return via.template deliver<Call>(bytes);
}

// ---- The receiving half ----------------------------------------------------------------------

// std::apply would do, but asks at length whether the call may throw.
template <class Callee, class... P, std::size_t... I>
decltype(auto) call_with(auto& target, [[maybe_unused]] std::tuple<wire::stored_t<P>...>& values,
                         std::index_sequence<I...>) {
  return Callee::pactor_call(target, wire::hand_over<P>(std::get<I>(values))...);
}

template <class T, class Callee, class... P>
void Call<T, Callee, P...>::thunk(void* object, wire::Decoder& arguments, ReplyEncoder* reply) {
  // Braces: they alone decode from left to right.
  std::optional<std::tuple<wire::stored_t<P>...>> values{
      std::in_place, wire::decode<wire::stored_t<P>>(arguments)...};
  if (!arguments.done()) [[unlikely]] {
    throw BadMessage(std::string("a message for method '") + name +
                     "' is longer than its arguments; build sender and receiver from the same "
                     "declarations");
  }
  arguments.accept();

  T& target = *static_cast<T*>(object);
  constexpr std::index_sequence_for<P...> each;
  if constexpr (std::is_void_v<Result>) {
    call_with<Callee, P...>(target, *values, each);
  } else if constexpr (SendableResult<Result>) {
    decltype(auto) result = call_with<Callee, P...>(target, *values, each);
    if (reply == nullptr) return;
    wire::encode_stored<Result>(*reply, result);
    if (!reply->borrowed().empty()) [[unlikely]] {
      // Who has the answer may count on it that the arguments are gone; unless they are what is answered.
      if constexpr (std::is_same_v<Result, wire::stored_t<Result>>) values.reset();
      reply->send();
    }
  } else {
    static_cast<void>(call_with<Callee, P...>(
        target, *values, each));  // told only: ask() refuses it at compile time
  }
}

}  // namespace pactor::runtime
