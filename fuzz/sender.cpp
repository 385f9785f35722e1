// A sender, with its asks, whose receiver's part of the channel is written by the input, and the doorbell. It
// never writes but into its own, sleeps only until its deadline, and what it has been handed stays readable.
#include "hostile.hpp"
#include "target.hpp"

namespace pactor::fuzz {
namespace {

using namespace pactor::mail;

class Sender {
 public:
  explicit Sender(Input& input) : input_(input), smallest_(input.below(2) == 0) {}

  void run() {
    for (int step = 0; step < kMostSteps && !input_.done(); ++step) {
      one_step();
      for (const Held& each : held_) touch(each.answer.bytes);
    }
    check_clock(pair_.stamper);
  }

 private:
  static constexpr int kMostSteps = 400;

  struct Held {
    Ask ask;
    Answer answer;
  };

  void one_step() {
    switch (input_.below(14)) {
      case 0:
        static_cast<void>(outlet().tell(1, pattern(input_.below(70'000)), kPast));
        return;
      case 1:
        return ask(1 + input_.below(4));
      case 2:
        return ask(300);  // more than there are slots
      case 3:
      case 4:
      case 5:
        return answer();
      case 6:
        return read();
      case 7:
        return forget();
      case 8:
        if (asks_.empty()) return;
        static_cast<void>(outlet().asks().wait(asks_.front(), kPast));
        return;
      case 9:
        receiver_page().freed.store(input_.word());
        receiver_page().closed.store(input_.below(8) == 0 ? 1 : 0);
        return;
      case 10:
        return poke(input_, {memory_of(receiver_page()), slots(), arena()});
      case 11:
        return poke(input_, {memory_of(pair_.doorbell())});
      case 12:
        return end();
      default:
        if (input_.below(8) == 0) outlet().close();
    }
  }

  void ask(std::size_t count) {
    for (; count != 0; --count) {
      Ask ask;
      if (outlet().ask(1, pattern(count % 30), kPast, ask) != Sent::accepted) return;
      asks_.push_back(ask);
    }
  }

  // An answer to one of them, or to none, that says of itself what it likes.
  void answer() {
    const std::size_t index = input_.below(kReplySlots);
    ReplySlot& slot = line_.memory->receiver.as<ReplySlot>(kSlotsOffset)[index];
    if (input_.below(4) == 0) pair_.depot.reserve({}, 1 + input_.below(100'000));
    slot.stamp = stamp(input_);
    slot.bytes = input_.number<std::uint16_t>();
    slot.place = static_cast<ReplyPlace>(input_.below(4));
    slot.ref = {.where = input_.below(2) == 0 ? input_.below(8) : input_.word(),
                .descriptors = input_.below(4) == 0 ? input_.below(8) : 0,
                .last_use = input_.below(2)};
    const auto status = static_cast<ReplyStatus>(input_.below(2) == 0 ? 1 : input_.below(6));
    const std::uint64_t awaited = line_.memory->sender_page().awaited[index].load() >> 1;
    slot.state.store(pack_reply(input_.below(8) == 0 ? input_.word() : awaited, status));
  }

  void read() {
    for (std::size_t i = 0; i < asks_.size(); ++i) {
      if (!outlet().asks().ready(asks_[i])) continue;
      held_.push_back({asks_[i], outlet().asks().read(asks_[i])});
      pair_.stamper.raise(held_.back().answer.stamp);
      asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }

  // One that was read, or one that nobody waits for any more.
  void forget() {
    std::vector<Held> kept;
    if (!held_.empty() && input_.below(2) == 0) {
      const auto which = held_.begin() + static_cast<std::ptrdiff_t>(input_.below(held_.size()));
      const Ask ask = which->ask;
      held_.erase(which);
      outlet().asks().forget(ask);
    } else if (!asks_.empty()) {
      const Ask ask = asks_.back();
      asks_.pop_back();
      outlet().asks().forget(ask);
    }
  }

  // What is told of the actor's end.
  void end() {
    if (!outlet().wait_ended(kPast)) return;
    const Fate& fate = outlet().fate();
    pair_.stamper.raise(fate.stamp);
    touch(std::span(fate.exit.data(), std::min<std::size_t>(fate.bytes, fate.exit.size())));
  }

  [[nodiscard]] Outlet& outlet() const { return *line_.outlet; }
  [[nodiscard]] ReceiverPage& receiver_page() const { return line_.memory->receiver_page(); }
  [[nodiscard]] Memory slots() const {
    return {line_.memory->receiver.begin() + kSlotsOffset, kReplySlots * sizeof(ReplySlot)};
  }
  [[nodiscard]] Memory arena() const {
    return {line_.memory->receiver.begin() + kArenaOffset, kArenaBytes};
  }

  Input& input_;
  const bool smallest_;
  MailPair pair_;
  Line line_ = pair_.open(kCreatorChannel, small_mailbox(smallest_));
  std::vector<Ask> asks_;   // not read yet
  std::vector<Held> held_;  // and not forgotten
};

void run(std::span<const std::byte> bytes) {
  Input input(bytes);
  Sender(input).run();
}

// In the order in which one_step() and what it calls read them.
std::vector<Seed> seeds() {
  return {
      script("traffic", {0, 0, 50, 0, 0, 0, 1, 3, 8, 6, 7, 0, 12}),
      script("inlined", {0, 1, 0, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 6, 7, 0, 0}),
      script("parcel", {0, 1, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 8, 0, 2, 0, 1, 1, 1, 0, 1, 6, 7}),
      script("parcel-that-two-answers-name",
             {0, 1, 1, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 8, 0, 2, 0, 1, 1, 1, 0,
              1, 3, 1, 1, 0, 0, 0, 8, 0, 2, 0, 1, 1, 1, 0, 1, 6, 6, 7, 0, 0}),
      script("slots-run-out", {1, 2, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 1, 1, 0, 1, 2, 6, 6}),
      script("freed", {0, 0, 0, 20, 0, 0, 9, 0, 4, 255, 255, 255, 255, 1, 0, 0, 0, 20, 0, 0}),
      script("closed", {0, 0, 9, 0, 0, 0, 9, 0, 2, 8, 0, 0, 0, 9, 0, 0, 0, 13, 0}),
      script("end", {0, 10, 0, 1, 0, 1, 0, 0, 0, 229, 254, 192, 156, 12})};
}

}  // namespace

constinit const Target sender_target{.name = "sender", .run = run, .seeds = seeds};

}  // namespace pactor::fuzz
