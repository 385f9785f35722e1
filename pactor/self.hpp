// self(this): the running actor's proxy to itself, typed from `this`.
//
//     pactor::self(this)->read_status();                  // queues up another read
//     other->register_me(pactor::self(this));             // hands itself out
//
// From any address inside the actor's object (a base, a member) and from any thread of its process;
// anywhere else it throws Error. A message to oneself takes its turn behind what is queued; after the
// actor's close it is dropped without a word, which is how a loop ends. From a method it never waits: if
// the actor's own mailbox is full, it throws Overloaded (or becomes a dead letter, as Options::mailbox
// says). The proxy is one like others; it may be kept, and outlives the actor.
#pragma once

#include <pactor/proxy.hpp>
#include <pactor/runtime/refusal.hpp>
#include <pactor/runtime/self.hpp>

#include <type_traits>

namespace pactor {

// The running actor's proxy to itself. Throws Error if `me` is no object of class T inside of an actor.
template <class T>
[[nodiscard]] Proxy<T> self(const T* me) {
  return Proxy<T>(runtime::self(me, runtime::class_entry<T>()));
}

template <class T>
  requires std::is_class_v<T>
Proxy<T> self(const T&) PACTOR_DETAIL_REFUSED("pactor: self() takes this, and not *this");

}  // namespace pactor
