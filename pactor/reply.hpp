// Reply<R>: the answer to an ask, on its way.
//
//     pactor::Reply<int> reply = counter.ask()->total();
//     int total = reply.get();          // waits; throws what the method threw, or ActorDied
//     if (reply.ready()) show(reply);   // does not wait
//
// get() may be called again and gives the same, be it a value or an exception. With a deadline that
// passes it throws Timeout, and the answer may still come. What the method threw arrives as the same type
// if that is a standard one, else as RemoteError. Dropping a Reply forgets the answer; the call is made all
// the same. It may outlive the proxy, the Actor and the actor itself. Movable; belongs to one thread at a
// time. get() on one that was moved from before its answer was there throws Error.
#pragma once

#include <pactor/duration.hpp>
#include <pactor/runtime/exception.hpp>
#include <pactor/runtime/refusal.hpp>
#include <pactor/runtime/remote.hpp>
#include <pactor/wire/wire.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace pactor {

// The answer to an ask for a result of type R, or void.
template <class R>
class [[nodiscard(
    "pactor: nobody would get the answer: call get(), or tell, proxy->method(), without "
    "ask()")]] Reply {
  using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

 public:
  // Whether get() would return or throw at once.
  [[nodiscard]] bool ready() const { return value_ || error_ || pending_.ready(); }

  // Waits for the answer, at most until the deadline given to ask(). From an lvalue the result stays
  // here, for as long as the Reply does; from an rvalue it is moved out. Besides what the method threw:
  // ActorDied, Timeout, BadMessage if the two sides do not understand each other, Error if the answer found
  // no memory. In an actor: an ask to itself throws Error, for the answer could never come while it waits;
  // so does one that closes a cycle of asks without deadlines.
  std::conditional_t<std::is_void_v<R>, void, std::add_lvalue_reference_t<const Value>> get() & {
    return give(std::nullopt);
  }
  // The same from an rvalue, as in ask()->total().get().
  R get() && { return std::move(*this).take(std::nullopt); }

  // At most `timeout` from now, instead; 0 or less: does not wait.
  std::conditional_t<std::is_void_v<R>, void, std::add_lvalue_reference_t<const Value>> get(
      Duration timeout) & {
    return give(timeout.value());
  }
  // The same from an rvalue.
  R get(Duration timeout) && { return std::move(*this).take(timeout.value()); }

 public:  // Internal: made by an ask
  explicit Reply(runtime::Pending pending) : pending_(std::move(pending)) {}
  Reply(const Reply&) = delete;             // pactor: one owner: move it, or copy what get() gives
  Reply& operator=(const Reply&) = delete;  // pactor: one owner: move it, or copy what get() gives
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;
  ~Reply() = default;

 private:
  decltype(auto) give(std::optional<std::chrono::nanoseconds> timeout) {
    fetch(timeout);
    if constexpr (!std::is_void_v<R>) return std::as_const(*value_);
  }

  R take(std::optional<std::chrono::nanoseconds> timeout) && {
    fetch(timeout);
    if constexpr (!std::is_void_v<R>) return std::move(*value_);
  }

  // Afterwards there is a value; otherwise this throws.
  void fetch(std::optional<std::chrono::nanoseconds> timeout) {
    if (!value_ && !error_) {
      pending_.wait(timeout);
      try {
        pending_.consume([this](runtime::AnswerKind kind, wire::Decoder& decoder) {
          if (kind == runtime::AnswerKind::exception) {
            error_ = runtime::decode_exception(decoder);
          } else if constexpr (std::is_void_v<R>) {
            value_.emplace();
          } else {
            value_.emplace(wire::decode<R>(decoder));
          }
        });
      } catch (...) {
        error_ = std::current_exception();
      }
    }
    if (error_) std::rethrow_exception(error_);
  }

  runtime::Pending pending_;
  std::optional<Value> value_;
  std::exception_ptr error_;
};

}  // namespace pactor
