// What pactor throws. Each class tells the caller what can be done about it; each text names the
// actor, the method and the remedy.
//
//     try { counter.ask()->add(1).get(200ms); }
//     catch (const pactor::Timeout&) { /* it may still happen: ask again, or go on */ }
//     catch (const pactor::ActorDied& e) { log(e.exit().explain()); }
//
// They are values: copied, kept, and independent of the actor, which may be gone by then.
#pragma once

#include <pactor/exit.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace pactor {

// Every error of pactor's own. None of the classes below: a misuse that the caller's code must avoid (a
// proxy that is empty, a handle in a forked child, a cycle of asks), or a lack of memory or descriptors for
// what was to be sent.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The actor ended before it could answer, or had ended before the ask was sent; or the process ended that was
// answering, and the actor was restarted.
class ActorDied : public Error {
 public:
  // Says how it ended.
  explicit ActorDied(Exit exit);
  // The same, and which answer will not come for it.
  ActorDied(Exit exit, const std::string& asked_method);

  // How it ended; of an actor that was restarted, how the process did that was answering.
  [[nodiscard]] const Exit& exit() const noexcept { return exit_; }

 private:
  Exit exit_;
};

// The deadline passed. The call itself is not undone; a late answer is dropped.
class Timeout : public Error {
 public:
  using Error::Error;
};

// The mailbox stayed full until the ask's deadline or Options::mailbox.when_full.deadline, or its policy is not to
// wait, or it is the sender's own; or 256 asks of this process to this actor are without an answer. Nothing was
// sent.
class Overloaded : public Error {
 public:
  using Error::Error;
};

// The actor could not be started: a constructor that crashed, exited or hung, or a missing resource.
// (What a constructor throws comes out as itself, or as RemoteError.)
class SpawnError : public Error {
 public:
  using Error::Error;
};

// Bytes that are no message of the receiver's: a method that it does not have, a value out of range.
class BadMessage : public Error {
 public:
  using Error::Error;
};

// An exception thrown in another process whose type is none of the standard ones.
class RemoteError : public Error {
 public:
  // Of an exception of class `type` whose what() was `text`.
  RemoteError(std::string type, const std::string& text) : Error(text), type_(std::move(type)) {}

  // The demangled name of the type that was thrown there.
  [[nodiscard]] const std::string& type() const noexcept { return type_; }

 private:
  std::string type_;
};

}  // namespace pactor
