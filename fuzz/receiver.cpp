// A mailbox with two senders. One of them keeps to the rules. The other's part of its channel, and the
// doorbell, are written by the input: at any place, at any time. Whatever it writes, the honest one's messages
// arrive, all of them, in order, and soon; and who writes what makes no sense is cut off, its asks refused.
#include "hostile.hpp"
#include "target.hpp"

#include <memory>

namespace pactor::fuzz {
namespace {

using namespace pactor::mail;

constexpr std::uint32_t kFaulty = kCreatorChannel;
constexpr std::uint32_t kHonest = kFirstFreeChannel;

class Receiver {
 public:
  explicit Receiver(Input& input) : input_(input) {}

  void run() {
    for (int step = 0; step < kMostSteps && !input_.done() && !closed_; ++step) one_step();
    if (!closed_) drain();
  }

 private:
  static constexpr int kMostSteps = 400;
  // Of the faulty one, between two of the honest one's: what all its rings hold, twice over. A sender that
  // keeps to the rules can have as many waiting.
  [[nodiscard]] std::uint64_t most_between() const {
    return 2 * faulty_.memory->sender.bytes() / sizeof(Record) + 1000;
  }

  void one_step() {
    switch (input_.below(12)) {
      case 0:
        static_cast<void>(faulty_.outlet->tell(1, pattern(input_.below(4000)), kPast));
        return;
      case 1: {
        Ask ask;
        static_cast<void>(faulty_.outlet->ask(1, pattern(input_.below(100)), kPast, ask));
        return;
      }
      case 2:
      case 3:
        return forge();
      case 4:
        return poke(input_, {memory_of(faulty_.memory->sender_page()), rings()});
      case 5:
        doorbell_damaged_ = true;
        return poke(input_, {memory_of(pair_.doorbell())});
      case 6:
        return ring(pair_.doorbell(), static_cast<std::uint32_t>(input_.below(kChannels)));
      case 7:
        return honest_tell(input_.below(3000));
      case 8:
        pair_.mailbox.wait();
        return check_cut_off();
      case 9:
        return keeper_says_gone();
      default:
        for (std::size_t count = 1 + input_.below(8); count != 0 && !closed_; --count) take();
    }
  }

  // A record where the receiver looks for one.
  void forge() {
    Record& record = end_of_records(*faulty_.memory);
    record.stamp = stamp(input_);
    record.method = input_.number<std::uint8_t>();
    const auto kind = static_cast<Kind>(input_.below(7));
    const auto flags = static_cast<Flags>(input_.below(4) == 0 ? input_.below(16) : 0);
    const std::uint64_t size = input_.below(8) == 0 ? input_.word() : input_.below(512);
    const auto slot = static_cast<std::uint16_t>(input_.below(4) == 0 ? input_.below(300) : 0);
    if (input_.below(2) == 0) {  // of an ask its number, which is one of few; or a parcel's ticket
      const std::uint64_t number = input_.below(4);
      auto* behind = reinterpret_cast<std::byte*>(&record) + sizeof(Record);
      if (rings().data() + rings().size() - behind >= 16) {
        std::memcpy(behind, &number, sizeof number);
        std::memcpy(behind + sizeof number, &number, sizeof number);
      }
      faulty_.memory->sender_page().awaited[slot % kReplySlots] = number << 1;
    }
    if (input_.below(4) == 0) pair_.depot.reserve({}, 4096);  // a parcel that can be named
    record.header.store(pack_header(size & 0xFFFF'FFFF, kind, slot, flags));
    if (input_.below(2) == 0) ring(pair_.doorbell(), kFaulty);
  }

  void honest_tell(std::size_t size) {
    if (honest_.outlet->tell(sent_, pattern(size, sent_), kPast) == Sent::accepted) {
      sizes_.push_back(size);
      witness->sent = ++sent_;
    }
  }

  // As an actor does: see ActorProcess. False: there was nothing.
  bool take() {
    const Letter* letter = pair_.mailbox.take();
    check_cut_off();
    if (letter == nullptr) {
      static_cast<void>(pair_.mailbox.take_news());
      static_cast<void>(pair_.mailbox.take_drained());
      return false;
    }
    pair_.mailbox.stamper().raise(letter->stamp);
    check_clock(pair_.mailbox.stamper());
    if (letter->kind == Kind::close) {
      pair_.mailbox.finish();
      pair_.mailbox.close();
      closed_ = true;
      return true;
    }
    touch(letter->payload);
    if (pair_.mailbox.inlet().channel() == kHonest) {
      PACTOR_CHECK(letter->method == taken_ &&
                   same(letter->payload, pattern(sizes_[taken_], taken_)));
      witness->taken = ++taken_;
      since_honest_ = 0;
    } else if (taken_ != sent_) {
      PACTOR_CHECK(++since_honest_ < most_between() || doorbell_damaged_);
    }
    if (letter->kind == Kind::ask) {
      const std::size_t size = input_.below(4) == 0 ? input_.below(40'000) : input_.below(64);
      pair_.mailbox.inlet().answer(*letter, ReplyStatus::value, pattern(size), 1);
    }
    pair_.mailbox.finish();
    return true;
  }

  // Who was cut off, and awaited something then, has an answer.
  void check_cut_off() {
    if (pair_.mailbox.take_cut_off() == 0) return;
    cut_off_ = true;
    const ChannelMemory& memory = *faulty_.memory;
    PACTOR_CHECK(memory.receiver_page().closed.load() == 1);
    const auto* slots = memory.receiver.as<ReplySlot>(kSlotsOffset);
    for (std::size_t i = 0; i < kReplySlots; ++i) {
      const std::uint64_t number = memory.sender_page().awaited[i].load() >> 1;
      PACTOR_CHECK(number == 0 || reply_number(slots[i].state.load()) == (number & (~0ULL >> 8)));
    }
  }

  // The faulty sender's process has ended, and there is another.
  void keeper_says_gone() {
    pair_.mailbox.sender_gone(kFaulty);
    pair_.mailbox.distrust_doorbell();
    for (int i = 0; i < 1000 && take() && !closed_; ++i) {
    }
    doorbell_damaged_ = false;
  }

  void drain() {
    if (doorbell_damaged_) keeper_says_gone();
    int idle = 0;
    for (std::uint64_t i = 0; i < 100 * most_between() && idle < 200 && !closed_; ++i) {
      idle = take() ? 0 : idle + 1;
      if (taken_ == sent_ && (idle != 0 || i > 1000)) break;
    }
    PACTOR_CHECK(closed_ || taken_ == sent_);
    check_clock(pair_.mailbox.stamper());
  }

  [[nodiscard]] Memory rings() const {
    return {faulty_.memory->sender.begin() + kRingsOffset,
            faulty_.memory->sender.bytes() - kRingsOffset};
  }

  Input& input_;
  MailPair pair_;
  Line faulty_ = pair_.open(kFaulty, small_mailbox(true));
  Line honest_ = pair_.open(kHonest, small_mailbox(true));
  std::vector<std::size_t> sizes_;  // of the honest one's messages
  std::uint64_t sent_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t since_honest_ = 0;
  bool doorbell_damaged_ = false;
  bool cut_off_ = false;
  bool closed_ = false;
};

void run(std::span<const std::byte> bytes) {
  Input input(bytes);
  Receiver(input).run();
}

// In the order in which one_step() and what it calls read them.
std::vector<Seed> seeds() {
  return {
      script("traffic", {0, 50, 0, 0, 0, 7, 100, 0, 0, 0, 1, 10, 10, 7, 0, 1, 8}),
      script("forged-tell", {2, 0, 0, 0, 9, 1, 1, 1, 64, 0, 0, 0, 1, 1, 1, 0, 10, 7}),
      script("forged-ask", {2, 0, 0, 0, 9, 2, 1, 1, 64, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 1, 0, 10, 7}),
      script("stamp-far-ahead",
             {2, 0, 0, 2, 9, 1, 1, 1, 64, 0, 0, 0, 1, 1, 1, 0, 7, 9, 9, 9, 9, 10}),
      script("skip-and-move", {2, 0, 0, 0, 9, 5, 1, 1, 24, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 10, 7}),
      script("parcel-named-twice", {2, 0, 0, 0, 9, 1, 0, 6, 1,  40, 0, 0, 0, 1, 0, 1, 0, 0,  2,
                                    0, 0, 0, 9, 1, 0, 6, 1, 40, 0,  0, 0, 1, 0, 1, 0, 0, 10, 7}),
      script("doorbell", {7, 8, 0, 0, 0, 5, 0, 1, 128, 0, 0, 0, 255, 3, 0, 0, 0, 0, 9, 8, 10, 7}),
      script("gone", {0, 9, 0, 0, 0, 9, 7, 1, 0, 0, 0, 8, 10, 3})};
}

}  // namespace

constinit const Target receiver_target{.name = "receiver", .run = run, .seeds = seeds};

}  // namespace pactor::fuzz
