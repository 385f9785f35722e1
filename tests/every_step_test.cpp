// What is left of a mailbox and its channels if a process dies, after each single step of it. The victim is
// executed instruction by instruction. Whenever it has changed anything that others see, a successor takes
// over a copy of that, and has to find all that was accepted: once, in order and whole, but for the one
// message that was in progress.
#include "kill/stepped.hpp"
#include "mail_pair.hpp"
#include "shared_memory.hpp"

#include <gtest/gtest.h>

#include <pactor/mail/succession.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace pactor::mail {
namespace {

using killing::Stepped;

constexpr std::uint32_t kLeft = 3, kRight = 4;  // the channels of two senders
constexpr std::uint32_t kMostMessages = 64;

// Of the message with this number, which is its method, too. Made in advance: the victim's steps are few then.
const std::vector<std::byte>& payload(std::uint64_t number) {
  static const std::vector<std::vector<std::byte>> all = [] {
    constexpr std::array<std::size_t, 5> sizes = {0, 8, 100, 700, 3000};
    std::vector<std::vector<std::byte>> made;
    for (std::size_t i = 0; i < kMostMessages; ++i)
      made.push_back(bytes(sizes[i % sizes.size()], i));
    return made;
  }();
  return all.at(number);
}

// What the victim has done, in its own words.
struct Progress {
  std::atomic<std::uint32_t> attempted, accepted;
  struct Run {
    std::atomic<std::uint32_t> count;
    std::array<std::atomic<std::uint32_t>, kMostMessages> numbers;
  };
  std::array<Run, 5> run;  // by channel
};

// A part of shared memory, and a copy of it, for a successor to go on with.
class Part {
 public:
  Part(const os::Fd& of, const os::Fd& copy, std::size_t offset, std::size_t bytes)
      : now_(of, offset, bytes, os::Access::read),
        copy_(copy, offset, bytes, os::Access::read_write),
        then_(bytes) {}

  // Whether it has changed since the last call.
  bool changed() {
    if (std::memcmp(then_.data(), now_.begin(), then_.size()) == 0) return false;
    std::memcpy(then_.data(), now_.begin(), then_.size());
    return true;
  }
  void copy() { std::memcpy(copy_.begin(), then_.data(), then_.size()); }

 private:
  os::Mapping now_, copy_;
  std::vector<std::byte> then_;
};

// The shared memory of one actor, as its processes and its senders know it, and what of it is copied: as much
// as these tests use.
struct Shared {
  static constexpr std::size_t kUsedSlots = kPageBytes;
  static constexpr std::size_t kUsedArena = kPageBytes;
  static constexpr std::size_t kUsedSenderPart = kRingsOffset + ring_offset(2);

  os::Fd mailbox = os::create_shared_memory("step-mailbox", kMailboxBytes);
  std::map<std::uint32_t, os::Fd> channels = [] {
    std::map<std::uint32_t, os::Fd> made;
    for (const std::uint32_t number : {kSelfChannel, kLeft, kRight}) {
      made.emplace(number, create_channel({.bytes = kLeastBoundBytes}));
    }
    return made;
  }();
};

class EveryStep : public ::testing::Test {
 protected:
  EveryStep() {
    parts_.emplace_back(now_.mailbox, copy_.mailbox, 0, kMailboxBytes);
    for (const auto& [number, channel] : now_.channels) {
      const os::Fd& copy = copy_.channels.at(number);
      parts_.emplace_back(channel, copy, kReceiverPartOffset, kPageBytes + Shared::kUsedSlots);
      parts_.emplace_back(channel, copy, kArenaOffset, Shared::kUsedArena);
      parts_.emplace_back(channel, copy, kSenderPartOffset, Shared::kUsedSenderPart);
    }
  }
  ~EveryStep() override { ::munmap(&progress_, sizeof(Progress)); }

  static void SetUpTestSuite() { static_cast<void>(payload(0)); }

  // Calls `look` whenever anything has changed. `meanwhile`: what others do before each step.
  template <class VictimsPart, class Look, class Meanwhile>
  void step_through(VictimsPart part, Look look, Meanwhile meanwhile) {
    Stepped victim(part);
    if (victim.refused()) GTEST_SKIP() << "this machine does not allow ptrace";
    std::size_t looks = 0;
    do {
      meanwhile();
      if (!changed()) continue;
      for (Part& part : parts_) part.copy();
      look();
      ++looks;
      if (HasFailure()) {
        ADD_FAILURE() << "after step " << victim.steps();
        return;
      }
    } while (victim.step());
    EXPECT_TRUE(victim.ended_well());
    EXPECT_GT(looks, 100U);
    std::printf("  %zu states in %zu steps\n", looks, static_cast<std::size_t>(victim.steps()));
  }

  bool changed() {
    bool any = std::memcmp(&progress_then_, &progress_, sizeof progress_) != 0;
    if (any) std::memcpy(&progress_then_, &progress_, sizeof progress_);
    for (Part& part : parts_) any |= part.changed();
    return any;
  }

  std::unique_ptr<Outlet> outlet(const Shared& shared, std::uint32_t channel) {
    return std::make_unique<Outlet>(Route{kActor, channel}, shared.channels.at(channel),
                                    shared.mailbox, stamper_, lifeline_, depot_);
  }

  // What a successor finds in the copy, by channel.
  std::map<std::uint32_t, std::vector<std::uint64_t>> recover() {
    for (const auto& [number, channel] : copy_.channels) end_begun_ask(channel);
    Mailbox successor(kActor, copy_.mailbox, depot_);
    successor.take_over();
    for (const auto& [number, channel] : copy_.channels) successor.attach(number, channel);
    std::map<std::uint32_t, std::vector<std::uint64_t>> found;
    static_cast<void>(successor.take_news());
    while (const Letter* letter = next(successor)) {
      if (letter->kind != Kind::close) {
        found[successor.inlet().channel()].push_back(letter->method);
        EXPECT_TRUE(same(letter->payload, payload(letter->method)))
            << "message " << letter->method << " is not whole";
      }
      successor.finish();
    }
    return found;
  }

  Shared now_, copy_;
  std::vector<Part> parts_;
  Progress& progress_ = testing::share<Progress>();
  std::array<std::byte, sizeof(Progress)> progress_then_ = {};
  Word64 last_stamp_{0};
  Stamper stamper_{&last_stamp_};
  Lifeline lifeline_;
  TestDepot depot_;
};

// ---- The sender dies -------------------------------------------------------------------------------

class EveryStepOfASender : public EveryStep {
 protected:
  void send_all() {
    const auto out = outlet(now_, kLeft);
    for (std::uint32_t number = 1; number <= 24; ++number) {
      progress_.attempted = number;
      Ask ask;
      const Sent sent = number % 3 == 0 ? out->ask(number, payload(number), kPast, ask)
                                        : out->tell(number, payload(number), kPast);
      if (sent != Sent::accepted) ::_exit(1);
      progress_.accepted = number;
    }
    out->close();
  }
  void expect_all_that_was_accepted() {
    const std::vector<std::uint64_t> found = recover()[kLeft];
    EXPECT_GE(found.size(), progress_.accepted);
    EXPECT_LE(found.size(), progress_.attempted);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i + 1);
  }
};

TEST_F(EveryStepOfASender, LeavesAllThatWasAccepted) {
  step_through([this] { send_all(); }, [this] { expect_all_that_was_accepted(); }, [] {});
}

TEST_F(EveryStepOfASender, HasWokenTheReceiverOrNotReturnedAndKeepsNobodyElseFromWakingIt) {
  const os::Mapping page(now_.channels.at(kLeft), kReceiverPartOffset, kPageBytes,
                         os::Access::read_write);
  const os::Mapping mailbox(now_.mailbox, 0, kMailboxBytes, os::Access::read_write);
  const os::Mapping copy(copy_.mailbox, 0, kMailboxBytes, os::Access::read_write);
  page.as<ReceiverPage>()->armed = 1;
  mailbox.as<Doorbell>()->asleep = 1;
  step_through([this] { send_all(); },
               [&] {
                 auto& doorbell = *copy.as<Doorbell>(kDoorbellOffset);
                 if (progress_.accepted != 0) {
                   EXPECT_TRUE(rung(doorbell));
                   EXPECT_NE(doorbell.bell, 0U);
                 }
                 const std::uint32_t before = doorbell.bell;
                 ring(doorbell, kRight);
                 EXPECT_NE(doorbell.bell, before);
                 std::set<std::uint32_t> told;
                 collect(doorbell, [&](std::uint32_t channel) { told.insert(channel); });
                 EXPECT_TRUE(told.contains(kRight));
                 EXPECT_TRUE(progress_.accepted == 0 || told.contains(kLeft));
               },
               [] {});
}

// ---- The receiver dies -----------------------------------------------------------------------------

class EveryStepOfAReceiver : public EveryStep {
 protected:
  // Two senders, by turns, each with tells and asks.
  void send_some() {
    for (std::uint32_t number = 1; number <= 12; ++number) {
      for (auto& [channel, sender] : senders_) send(channel, number);
    }
  }
  void send(std::uint32_t channel, std::uint32_t number) {
    Outlet& sender = *senders_.at(channel);
    sent_[channel] = number;
    if (number % 3 != 0) {
      ASSERT_EQ(sender.tell(number, payload(number), kPast), Sent::accepted);
    } else {
      ASSERT_EQ(sender.ask(number, payload(number), kPast, asks_[{channel, number}]),
                Sent::accepted);
    }
  }
  // What they do while the victim is at work: each time that it goes to sleep, they send something more;
  // at last they close it.
  void go_on_when_it_sleeps() {
    const bool asleep = mailbox_.as<Doorbell>()->asleep != 0;
    if (asleep && !was_asleep_) {
      if (sent_[kLeft] < 15) {
        send(kLeft, sent_[kLeft] + 1);
      } else {
        senders_.at(kLeft)->close();
      }
    }
    was_asleep_ = asleep;
  }

  // The victim's part. `lives`: it dies in the message after so many.
  void receive(bool succeeds, std::uint32_t lives = UINT32_MAX) {
    Mailbox mailbox(kActor, now_.mailbox, depot_);
    if (succeeds) mailbox.take_over();
    for (const auto& [number, channel] : now_.channels) mailbox.attach(number, channel);
    static_cast<void>(mailbox.take_news());
    const auto to_self = outlet(now_, kSelfChannel);
    std::uint32_t self_sent = succeeds ? kMostMessages : 0;
    for (;;) {
      const Letter* letter = mailbox.take();
      if (letter == nullptr) {
        static_cast<void>(mailbox.take_news());
        mailbox.wait();
        continue;
      }
      if (letter->kind == Kind::close) break;
      Progress::Run& run = progress_.run[mailbox.inlet().channel()];
      run.numbers[run.count] = static_cast<std::uint32_t>(letter->method);
      run.count = run.count + 1;
      if (lives-- == 0) ::_exit(0);
      if (self_sent < 4) {
        const std::uint32_t number = ++self_sent;
        progress_.attempted = number;
        if (to_self->tell(number, payload(number), kPast) != Sent::accepted) ::_exit(1);
        progress_.accepted = number;
      }
      if (letter->kind == Kind::ask) {
        mailbox.inlet().answer(*letter, ReplyStatus::value, Payload(payload(letter->method % 3)),
                               mailbox.stamper().last());
      }
      mailbox.finish();
    }
    mailbox.finish();
    mailbox.close();
  }

  // `deaths`: so many messages may have been in progress.
  void expect_the_rest(std::uint32_t deaths) {
    auto found = recover();
    std::uint32_t missing = 0;
    for (const std::uint32_t channel : {kSelfChannel, kLeft, kRight}) {
      const Progress::Run& run = progress_.run[channel];
      std::vector<std::uint64_t> all(run.numbers.begin(), run.numbers.begin() + run.count);
      all.insert(all.end(), found[channel].begin(), found[channel].end());
      const bool self = channel == kSelfChannel;
      std::uint64_t last = 0;
      for (const std::uint64_t number : all) {
        EXPECT_GT(number, last) << "in channel " << channel;
        missing += static_cast<std::uint32_t>(number - last - 1);
        last = number;
      }
      const std::uint32_t accepted = self ? progress_.accepted.load() : sent_[channel];
      EXPECT_LE(last, self ? progress_.attempted.load() : accepted);
      if (last < accepted) missing += accepted - static_cast<std::uint32_t>(last);
    }
    EXPECT_LE(missing, deaths) << "messages are lost";
    for (const auto& [of, ask] : asks_) {
      const auto& [channel, number] = of;
      const os::Mapping part(copy_.channels.at(channel), kReceiverPartOffset, kReceiverPartBytes,
                             os::Access::read);
      const std::uint64_t state = part.as<ReplySlot>(kSlotsOffset)[ask.slot].state;
      EXPECT_TRUE(reply_number(state) == ask.number ||
                  std::ranges::find(found[channel], number) != found[channel].end())
          << "nobody answers ask " << number << " of channel " << channel;
    }
  }

  os::Mapping mailbox_{now_.mailbox, 0, kMailboxBytes, os::Access::read_write};
  std::map<std::uint32_t, std::unique_ptr<Outlet>> senders_ = [this] {
    std::map<std::uint32_t, std::unique_ptr<Outlet>> made;
    for (const std::uint32_t channel : {kLeft, kRight}) made[channel] = outlet(now_, channel);
    return made;
  }();
  std::map<std::uint32_t, std::uint32_t> sent_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Ask> asks_;
  bool was_asleep_ = false;
};

TEST_F(EveryStepOfAReceiver, LeavesAllButTheMessageInProgress) {
  send_some();
  step_through([this] { receive(false); }, [this] { expect_the_rest(1); },
               [this] { go_on_when_it_sleeps(); });
}

TEST_F(EveryStepOfAReceiver, ThatSucceedsAnotherLeavesAllButTheMessagesInProgress) {
  send_some();
  const pid_t first = ::fork();
  if (first == 0) receive(false, 9);
  ASSERT_EQ(::waitpid(first, nullptr, 0), first);
  for (const auto& [number, channel] : now_.channels) end_begun_ask(channel);
  step_through([this] { receive(true); }, [this] { expect_the_rest(2); },
               [this] { go_on_when_it_sleeps(); });
}

}  // namespace
}  // namespace pactor::mail
