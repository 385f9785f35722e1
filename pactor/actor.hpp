// Actor<T>: creates an actor, an object of the ordinary class T in a process of its own, and owns it.
//
//     pactor::Actor<Monitor> disk{"sda", aggregator.proxy()};   // Monitor("sda", …), over there
//     disk->read_status();                                      // tell
//     int last = disk.ask()->last().get();                      // ask
//     disk.close();                                             // finish what was sent, then end
//     pactor::Exit exit = disk.join();
//
//     pactor::Actor net(Monitor{"eth0", aggregator.proxy()});   // or a Monitor that can be sent, as it is
//
// The handle is for the process that created the actor; others get a Proxy. Any thread may use it,
// but not while another moves or destroys it. When it goes out of scope it closes and joins. In a
// process forked from this one it is inert: calls throw Error, its destructor does nothing. On one that
// was moved from, calls throw Error as well.
#pragma once

#include <pactor/duration.hpp>
#include <pactor/exit.hpp>
#include <pactor/options.hpp>
#include <pactor/proxy.hpp>
#include <pactor/runtime/construction.hpp>
#include <pactor/runtime/handle.hpp>
#include <pactor/runtime/instance.hpp>

#include <chrono>
#include <concepts>
#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace pactor {

// The owner of one actor of class T. A proxy of it may be anywhere; this handle is with its creator.
template <class T>
class Actor {
 public:
  // Builds T(). Returns when T's constructor has, in the new process. Throws what that threw; SpawnError if it
  // crashed, exited or ran past Options::start_deadline, or if there were not the means to start it;
  // Error where there can be no actors (see init()), or if an argument cannot be encoded. Any thread, and
  // several at the same time. The arguments are copied there; the caller's stay as they are. They convert as
  // in T(args…), but no floating one to a whole number (see runtime/fractions.hpp).
  Actor() : Actor(Options{}) {}

  // Builds T(first, arguments...), with the default options; otherwise as above.
  template <class First, class... A>
    requires(!std::same_as<std::remove_cvref_t<First>, Options> &&
             !std::same_as<std::remove_cvref_t<First>, Actor>)
  explicit Actor(First&& first, A&&... arguments)
      : Actor(Options{}, std::forward<First>(first), std::forward<A>(arguments)...) {}

  // Builds T(arguments...), with these options; otherwise as above.
  template <class... A>
  explicit Actor(const Options& options, A&&... arguments)
      : handle_(create(options, arguments...)), proxy_(handle_.remote()) {}

  Actor(const Actor&) = delete;             // pactor: one owner: move it, or copy its proxy()
  Actor& operator=(const Actor&) = delete;  // pactor: one owner: move it, or copy its proxy()
  // The actor stays as it is and where it is; the other handle is empty then.
  Actor(Actor&&) noexcept = default;
  // Closes and joins the actor that this handle owned.
  Actor& operator=(Actor&&) noexcept = default;

  // As std::jthread: closes and joins. Never throws; prints one line if the actor had failed and
  // nobody had asked.
  ~Actor() = default;

  // Copies of it may outlive this handle. Empty if this was moved from.
  [[nodiscard]] const Proxy<T>& proxy() const noexcept { return proxy_; }

  // Tells, as Proxy::operator->().
  template <class U = T>
  Arrow<U, Tell> operator->() const {
    return proxy_.template operator-> <U>();
  }
  // Asks, as Proxy::ask().
  template <class U = T>
  AskProxy<U> ask(Duration deadline = Duration::kForever) const {
    return proxy_.template ask<U>(deadline);
  }
  // Tells without PACTOR_ACTOR, as Proxy::send().
  template <auto M, class... A>  // M overloaded: send<pactor::pick<int>(&T::method)>(…)
  void send(A&&... arguments) const {
    proxy_.template send<M>(std::forward<A>(arguments)...);
  }
  // Asks without PACTOR_ACTOR, as Proxy::ask().
  template <auto M, class... A>
  auto ask(A&&... arguments) const {
    return proxy_.template ask<M>(std::forward<A>(arguments)...);
  }

  // Once what was sent before has been processed, T's destructor runs and the process ends; after
  // Options::close_deadline it is killed. Does not wait. Again: harmless.
  void close() { handle_.close(); }

  // Ends the process at once; no destructor runs, what was queued is not processed. Again: harmless.
  void kill() { handle_.kill(); }

  // Waits until the process has ended for good and says how. As often as one likes, from any thread. Does
  // not close. Throws Error in the actor itself, which would wait for its own end.
  Exit join() { return *handle_.join(std::nullopt); }
  // Nothing if it still runs after `timeout`; 0 or less: does not wait.
  std::optional<Exit> join(Duration timeout) { return handle_.join(timeout.value()); }

  // Of the process that runs; after a crash, until it is begun anew, of the one that crashed. When it has
  // ended, that number may be another process's. In a forked child: of the actor's first process. 0: moved
  // from.
  [[nodiscard]] pid_t pid() const noexcept { return handle_.pid(); }
  // As Proxy::id().
  [[nodiscard]] std::uint64_t id() const noexcept { return proxy_.id(); }
  // As Proxy::alive().
  [[nodiscard]] bool alive() const { return proxy_.alive(); }

 private:
  template <class... A>
  static runtime::Handle create(const Options& options, const A&... arguments) {
    using Construction = runtime::Construction<T, A...>;
    if constexpr (Construction::kPossible) {
      wire::Encoder encoder;
      (wire::encode_stored<A>(encoder, arguments), ...);
      return runtime::Handle(&runtime::actor_entry<T, wire::stored_t<A>...>, typeid(T), options,
                             encoder);
    } else {
      Construction::refuse();
      std::abort();
    }
  }

  runtime::Handle handle_;
  Proxy<T> proxy_;
};

// Wraps an instance, of any class that can be sent:
//
//     pactor::Actor net(Monitor{"eth0"});
//     pactor::Actor disk(pactor::Options{.name = "disk"}, Monitor{"sda"});
//
// It is sent, and an equal one is built over there; the original stays what it was.
template <runtime::Instance T>
explicit Actor(T) -> Actor<T>;
// The same, with options.
template <runtime::Instance T>
explicit Actor(Options, T) -> Actor<T>;

// Closes all, so that they end side by side. Does not wait. Throws as close(); then those behind it are not
// closed.
template <wire::ForwardRange Actors>
void close_all(Actors&& actors) {
  for (auto& actor : actors) actor.close();
}

// Waits for all; how each ended, in the order of the range. Closes none. Throws as join().
template <wire::ForwardRange Actors>
std::vector<Exit> join_all(Actors&& actors) {
  std::vector<Exit> exits;
  if constexpr (requires { std::size(actors); }) exits.reserve(std::size(actors));
  for (auto& actor : actors) exits.push_back(actor.join());
  return exits;
}

}  // namespace pactor
