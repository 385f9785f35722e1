// How a cycle of asks is found before anybody sleeps in it: the loop thread of an actor that is about to
// sleep for an answer, and has set itself no deadline, publishes what it waits for. Then it looks
// whether it may be the one who closes a cycle; if so, the keeper looks closer.
//
//     const PublishedWait published(own_doorbell, own_control, target_doorbell, {route, ask});
//     if (published.may_close_a_cycle()) …ask the keeper, which reads…
//     std::optional<Wait> wait = read_wait(control);          // of each actor in turn, and then asks
//     if (is_unanswered(channel, *wait)) …                    // of each channel
//
// No cycle is missed. In a cycle every actor publishes, which is to write two words (it counts itself among
// those who wait for its target; it says that it waits), and then reads two: whether its target waits, and
// whether anybody waits for itself. All of it is sequentially consistent. So whoever says last that it
// waits, in the one order of all these steps, reads after all the others have written, and sees both.
//
// Most waits cost no question to the keeper, for most are of actors for which nobody waits, or for actors
// that wait for nobody. Both words are hints: a killed process leaves its count raised, which may
// cost a question, and never an answer.
#pragma once

#include <pactor/mail/asks.hpp>
#include <pactor/mail/channel.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/mail/layout.hpp>

#include <cstdint>
#include <optional>

namespace pactor::mail {

// Who waits, and for which answer, in the words of who waits.
struct Wait {
  Route route;  // the actor that is to answer, and the channel of the ask
  Ask ask;
  std::uint64_t turn = 0;  // never the same again for this actor
};

// For as long as it lives. By an actor's loop thread only.
class PublishedWait {
 public:
  PublishedWait(Doorbell& own, Control& control, Doorbell& target, const Route& route,
                const Ask& ask);
  PublishedWait(const PublishedWait&) = delete;
  PublishedWait& operator=(const PublishedWait&) = delete;
  ~PublishedWait();

  [[nodiscard]] bool may_close_a_cycle() const {
    return target_.waits.load(std::memory_order_seq_cst) != 0 &&
           own_.waited_for.load(std::memory_order_seq_cst) != 0;
  }

 private:
  Doorbell& own_;
  Control& control_;
  Doorbell& target_;
};

// What this actor waits for just now; nothing if it does not, or is about to stop.
[[nodiscard]] std::optional<Wait> read_wait(const Control& control);

// Whether the answer for which `wait` was published had not come at some moment after this was called.
// False also if the channel cannot be read.
[[nodiscard]] bool is_unanswered(const Place& channel, const Wait& wait);

// Of a process that has died while it waited: its successor waits for nothing.
void withdraw_wait(Doorbell& own, Control& control);

}  // namespace pactor::mail
