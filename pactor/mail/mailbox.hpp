// An actor's mailbox: all its inlets, in causal order.
//
//     mailbox.attach(channel, memory);
//     if (const Letter* letter = mailbox.take()) { …run it…; mailbox.finish(); }
//     else if (mailbox.take_news()) …fetch new channels from the keeper…
//     else mailbox.wait();
//
// Causal order, by happens-before alone: suppose m1 was sent to this actor before m2 was, in one
// process or along a chain of messages. Then m1's commit (and the ring of its doorbell, if that was
// needed) happened before m2's commit. A round first notes records that are visible, m2 among them;
// then it looks a second time, at the doorbell and behind every noted record (but for that of the
// only channel that has any, whose order is its own). As it has seen m2, the second look sees m1. If
// m1 was noted as well, it goes first, because its stamp is smaller. If it was left out, its stamp
// bounds the round, and m2, whose stamp is greater, has to wait for the next one.
// Checked by tests/models/order.pml.
//
// Used by the actor's own thread only.
#pragma once

#include <pactor/mail/doorbell.hpp>
#include <pactor/mail/gathering.hpp>
#include <pactor/mail/inlet.hpp>
#include <pactor/mail/patience.hpp>
#include <pactor/mail/stamp.hpp>

#include <memory>
#include <vector>

namespace pactor::mail {

class Mailbox {
 public:
  // Of the actor with this id.
  Mailbox(std::uint64_t actor, const os::Fd& mailbox_memory, Depot& depot);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox();

  // The process-wide stamps of the actor: its `last` lives in the control page.
  [[nodiscard]] Stamper& stamper() noexcept { return stamper_; }
  [[nodiscard]] Control& control() const noexcept { return *memory_.as<Control>(kControlOffset); }
  [[nodiscard]] Doorbell& doorbell() const noexcept { return doorbell_; }

  // In a process that succeeds another one, before it attaches channels.
  void take_over();

  // Opens a channel, as the keeper handed it out. Not behind close(): the keeper tells the end to who sends there.
  void attach(std::uint32_t channel, const Place& place);
  // The sender of `channel` is gone: once drained, the channel is given up.
  void sender_gone(std::uint32_t channel);
  // A sender has ended, or been cut off, whose memory was damaged: so may be the doorbell, which it could write.
  // What others have rung for is found by looking everywhere.
  void distrust_doorbell();
  // Channels given up since the last call.
  [[nodiscard]] std::vector<std::uint32_t> take_drained();
  // How many senders have been cut off since the last call, because their bytes made no sense.
  [[nodiscard]] int take_cut_off() noexcept { return std::exchange(cut_off_, 0); }

  // The next message, or none. What it returns is marked as begun, and stays valid until finish().
  [[nodiscard]] const Letter* take();
  [[nodiscard]] Inlet& inlet() const noexcept { return *current_; }
  void finish();

  // Whether the keeper has news (channels); resets it.
  [[nodiscard]] bool take_news() noexcept { return std::exchange(news_, false); }

  // Returns when there may be something: looks for a while, then sleeps.
  void wait();

  // Tells all senders that nothing more is processed, and answers what asks are left: "refused". Returns how many
  // tells of others are left.
  std::uint64_t close();

 private:
  struct Head {
    std::uint64_t stamp;
    Inlet* inlet;
    // For a heap with the smallest stamp on top.
    friend bool operator<(const Head& a, const Head& b) { return a.stamp > b.stamp; }
  };

  void begin_round();
  void collect_rings();
  void activate(std::uint32_t channel);
  void watch(Inlet* inlet);  // each round looks there, until it rests
  bool look_at_active();
  void rest(std::size_t active_index);

  const std::uint64_t actor_;
  Depot& depot_;
  os::Mapping memory_;
  Doorbell& doorbell_;
  Stamper stamper_;
  std::vector<std::unique_ptr<Inlet>> inlets_;  // by channel
  std::vector<Inlet*> active_;                  // not armed: looked at in every round
  std::vector<Head> round_;                     // heap of the heads that this round may process
  std::uint64_t limit_ = 0;                     // the greatest stamp that this round may process
  Inlet* current_ = nullptr;
  Inlet* latest_ = nullptr;  // of the last message; null: none yet, or given up since
  bool news_ = false;
  std::vector<std::uint32_t> drained_;
  int cut_off_ = 0;
  Gathering gathering_;
  Patience patience_;
};

}  // namespace pactor::mail
