// Both ends of one channel in one process, by turns in one thread, without a mailbox.
//
//     Ends ends;                                   // a single ring of 8 KiB
//     ends.tell(bytes(100));
//     while (ends.inlet.look()) ends.take();
#pragma once

#include "mail_pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pactor::mail {

inline constexpr std::uint64_t kTellMethod = 7;

struct Ends {
  // With `rings` of those that the options give.
  explicit Ends(std::uint32_t rings = 1, const MailboxOptions& options = {})
      : memory(options, rings) {}

  Sent tell(std::span<const std::byte> payload) { return outlet.tell(kTellMethod, payload, kPast); }

  // As a sender that waits for room would see it: the receiver takes what there is, then it tries
  // again.
  Sent tell_waiting(std::span<const std::byte> payload) {
    for (int tries = 0; tries < 4; ++tries) {
      if (const Sent sent = tell(payload); sent != Sent::full) return sent;
      inlet.look();
      inlet.publish_freed();
    }
    return Sent::full;
  }

  void take() {
    position = inlet.front()->end;
    inlet.begin();
    inlet.finish();
  }
  void drain() {
    while (inlet.look()) take();
    inlet.publish_freed();
  }
  [[nodiscard]] std::uint64_t until_end() const { return kOneRing - position % kOneRing; }

  // Brings the empty ring to where `left` bytes remain until its end.
  void go_to(std::uint64_t left) {
    constexpr std::uint64_t kStep = 2 * 1024;
    static const std::vector<std::byte> filler(kStep);
    while (until_end() != left) {
      // Not past the place, nor so close before it that no record fits; else once around.
      std::uint64_t missing = until_end() > left ? until_end() - left : until_end();
      if (missing < sizeof(Record)) missing = sizeof(Record);
      std::uint64_t step = std::min(missing, kStep);
      if (missing - step != 0 && missing - step < sizeof(Record)) step -= sizeof(Record);
      ASSERT_EQ(tell_waiting(std::span(filler).first(step - sizeof(Record))), Sent::accepted);
      drain();
    }
  }

  // Writes a header, where the next record is expected, as no Outlet would.
  void forge(std::uint64_t header, std::uint64_t stamp = 1) {
    if (until_end() >= sizeof(Record)) memory.record(position).stamp = stamp;
    memory.record(position).header.store(header);
  }

  // An ask, as the receiver sees it.
  Letter ask(Ask& ask, os::Deadline deadline = kPast) {
    EXPECT_EQ(outlet.ask(1, {}, deadline, ask), Sent::accepted);
    EXPECT_TRUE(inlet.look());
    const Letter letter = *inlet.front();
    EXPECT_EQ(letter.kind, Kind::ask);
    EXPECT_EQ(letter.number, ask.number);
    drain();
    return letter;
  }
  void answer(const Letter& letter, std::span<const std::byte> with) {
    inlet.answer(letter, ReplyStatus::value, with, 1);
  }

  MailPair pair;  // for the doorbell and the stamps
  ChannelMemory memory;
  Outlet outlet{Route{kActor, 5}, memory.fd,     pair.mailbox_memory,
                pair.stamper,     pair.lifeline, pair.depot};
  Inlet inlet{Route{kActor, 5}, memory.fd, pair.depot};
  std::uint64_t position = 0;  // of the next record, as long as there is one ring
};

}  // namespace pactor::mail
