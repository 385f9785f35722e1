// Proxy<T>: speaks to an actor of class T, in whichever process it lives. Every call begins here.
//
//     proxy->add(3);                            // tell: encoded here, run there; returns at once
//     int n = proxy.ask()->get().get();         // ask: a Reply<int>
//     int m = proxy.ask(200ms)->get().get();    // ... with a deadline
//     proxy.send<&Counter::add>(3);             // the same without PACTOR_ACTOR
//     proxy.ask<&Counter::get>().get();
//
// A proxy is a value: copy, compare, hash, send and store it. It neither owns its actor nor keeps it
// alive. Any thread may use it, and several may share one that none of them assigns to. T may be
// incomplete where a Proxy<T> is declared; where it is called, T must be complete.
//
// A call copies its arguments before it returns. It throws Overloaded if the actor's mailbox stays full
// (Options::mailbox says how long that is waited for), and Error if the proxy is empty, in a forked child,
// or if there are not the memory and descriptors to send it. To an actor that has ended a tell is a dead
// letter (dead_letter.hpp); an ask's Reply says so.
#pragma once

#include <pactor/describe.hpp>
#include <pactor/duration.hpp>
#include <pactor/error.hpp>
#include <pactor/pick.hpp>
#include <pactor/reply.hpp>
#include <pactor/runtime/pointed.hpp>
#include <pactor/runtime/remote.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <typeinfo>
#include <utility>

namespace pactor {

class Tell;
class Ask;

// What operator-> returns, by value, until the end of the call: its methods are those of T.
template <class T, class Via>
class Arrow;

template <class T>
class AskProxy;

// Speaks to an actor of class T.
template <class T>
class Proxy {
 public:
  // Empty: calls throw Error.
  Proxy() = default;

  // From a proxy of a derived class, as with pointers. The actor answers with its overrides.
  template <class Derived>
    requires(!std::same_as<Derived, T> && std::convertible_to<Derived*, T*>)
  Proxy(const Proxy<Derived>& other) : to_(other.remote()) {}  // NOLINT: implicit on purpose

  // Tells: proxy->method(arguments). A template, for T may still be incomplete here.
  template <class U = T>
  Arrow<U, Tell> operator->() const;

  // Asks: proxy.ask()->method(arguments) gives a Reply<R>. Its get() throws Timeout when the
  // deadline, counted from the call, has passed; the call itself Overloaded if there is no room until then.
  template <class U = T>
  AskProxy<U> ask(Duration deadline = Duration::kForever) const;

  // Tells without PACTOR_ACTOR: proxy.send<&T::method>(arguments). Takes no floating argument for a whole number
  // (runtime/fractions.hpp). What stands beside the two here, compilers quote.
  template <auto M, class... A>
  void send(A&&... arguments) const;  // overloaded: send<pactor::pick<int>(&T::method)>(…)

  // Asks without PACTOR_ACTOR: proxy.ask<&T::method>(arguments) gives a Reply<R>. With a deadline:
  // proxy.ask(200ms).send<&T::method>(arguments).
  template <auto M, class... A>
  auto ask(A&&... arguments) const;  // overloaded: ask<pactor::pick<int>(&T::method)>(…)

  // The same in every process, and after a restart. 0: empty.
  [[nodiscard]] std::uint64_t id() const noexcept { return to_ ? to_->id() : 0; }

  // Whether the actor takes messages, as far as this process knows; also between a crash and its restart.
  // False if empty and in a forked child. If this process has not spoken to the actor yet, it asks the keeper
  // for a channel, and throws Error if there are not the means for one.
  [[nodiscard]] bool alive() const { return to_ && to_->alive(); }

  // Whether it is not empty; the actor may have ended.
  explicit operator bool() const noexcept { return to_ != nullptr; }
  // Whether both speak to the same actor, or to none.
  friend bool operator==(const Proxy& a, const Proxy& b) noexcept { return a.id() == b.id(); }

 public:  // Internal: for the library's other handles
  explicit Proxy(std::shared_ptr<runtime::Remote> to) : to_(std::move(to)) {}
  [[nodiscard]] const std::shared_ptr<runtime::Remote>& remote() const noexcept { return to_; }

 private:
  template <class U>
  const std::shared_ptr<runtime::Remote>& target() const;

  std::shared_ptr<runtime::Remote> to_;
};

// What ask() returns: its calls give a Reply each. It may outlive the proxy.
template <class T>
class [[nodiscard("pactor: nothing is asked yet: proxy.ask()->method()")]] AskProxy {
 public:
  // ask()->method(arguments) gives a Reply<R>.
  template <class U = T>
  Arrow<U, Ask> operator->() const;

  // The same without PACTOR_ACTOR: ask(200ms).send<&T::method>(arguments).
  template <auto M, class... A>
  auto send(A&&... arguments) const;

 public:  // Internal: made by Proxy::ask()
  AskProxy(std::shared_ptr<runtime::Remote> to, std::chrono::nanoseconds deadline)
      : to_(std::move(to)), deadline_(deadline) {}

 private:
  std::shared_ptr<runtime::Remote> to_;
  std::chrono::nanoseconds deadline_;
};

// ---- What a call becomes ---------------------------------------------------------------------

// A message that nobody waits for.
class Tell {
 public:
  template <class R>
  using Outcome = void;
  template <class R>
  static constexpr bool kCanAnswer = true;

  explicit Tell(runtime::Remote& to) : to_(to) {}

  template <class Call>
  void deliver(const wire::Encoder& arguments) const {
    to_.tell(Call::id, Call::name, arguments);
  }

 private:
  runtime::Remote& to_;
};

// A message that is answered, in the type in which the result travels: text for a string_view.
class Ask {
 public:
  template <class R>
  using Outcome = Reply<wire::stored_t<R>>;
  template <class R>
  static constexpr bool kCanAnswer = runtime::SendableResult<R>;

  Ask(runtime::Remote& to, std::chrono::nanoseconds deadline) : to_(to), deadline_(deadline) {}

  template <class Call>
  Outcome<typename Call::Result> deliver(const wire::Encoder& arguments) const {
    return Outcome<typename Call::Result>(to_.ask(Call::id, Call::name, arguments, deadline_));
  }

 private:
  runtime::Remote& to_;
  std::chrono::nanoseconds deadline_;
};

template <class T, class Via>
class Arrow {
 public:
  explicit Arrow(const Via& via) : methods_(via) {}
  const runtime::MethodsListedInPactorActor<T, Via>* operator->() const { return &methods_; }

 private:
  runtime::MethodsListedInPactorActor<T, Via> methods_;
};

// Only the id travels.
template <class T>
struct codec<Proxy<T>> {
  static void encode(Encoder& encoder, const Proxy<T>& proxy) {
    pactor::encode(encoder, proxy ? proxy.remote()->id_to_send() : 0);
  }

  static Proxy<T> decode(Decoder& decoder) {
    const auto id = pactor::decode<std::uint64_t>(decoder);
    return id == 0 ? Proxy<T>() : Proxy<T>(runtime::remote(id));
  }
};

// ----------------------------------------------------------------------------------------------

template <class T>
template <class U>
Arrow<U, Tell> Proxy<T>::operator->() const {
  return Arrow<U, Tell>(Tell(*target<U>()));
}

template <class T>
template <class U>
AskProxy<U> Proxy<T>::ask(Duration deadline) const {
  return AskProxy<U>(target<U>(), deadline.value());
}

template <class T>
template <auto M, class... A>
void Proxy<T>::send(A&&... arguments) const {
  runtime::send_to<T, M>(Tell(*target<T>()), std::forward<A>(arguments)...);
}

template <class T>
template <auto M, class... A>
auto Proxy<T>::ask(A&&... arguments) const {
  return ask().template send<M>(std::forward<A>(arguments)...);
}

template <class T>
template <class U>
const std::shared_ptr<runtime::Remote>& Proxy<T>::target() const {
  if (!to_) [[unlikely]] {
    throw Error("empty proxy of class " + runtime::class_name(typeid(U)) +
                ": assign it from Actor::proxy(), self() or a message before calling through it");
  }
  return to_;
}

template <class T>
template <class U>
Arrow<U, Ask> AskProxy<T>::operator->() const {
  return Arrow<U, Ask>(Ask(*to_, deadline_));
}

template <class T>
template <auto M, class... A>
auto AskProxy<T>::send(A&&... arguments) const {
  return runtime::send_to<T, M>(Ask(*to_, deadline_), std::forward<A>(arguments)...);
}

}  // namespace pactor

template <class T>
struct std::hash<pactor::Proxy<T>> {
  std::size_t operator()(const pactor::Proxy<T>& proxy) const noexcept {
    return std::hash<std::uint64_t>{}(proxy.id());
  }
};
