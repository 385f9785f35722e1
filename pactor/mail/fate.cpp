#include <pactor/mail/fate.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/futex.hpp>

#include <algorithm>
#include <limits>

namespace pactor::mail {

namespace {

constexpr int kAll = std::numeric_limits<int>::max();

}  // namespace

void end_asks(const SenderPage& sender, ReplySlot* slots, ReplyStatus status) noexcept {
  for (std::size_t i = 0; i < kReplySlots; ++i) {
    const std::uint64_t number = sender.awaited[i].load(std::memory_order_seq_cst) >> 1;
    if (number == 0) continue;
    if (reply_number(slots[i].state.load(std::memory_order_relaxed)) != number) {
      // Release: who sees `died` sees the end, which was told before.
      slots[i].state.store(pack_reply(number, status), std::memory_order_release);
    }
    os::futex_wake(low_half(slots[i].state), kAll);  // also for an answer whose writer died before
  }
}

void announce_end(const Place& channel, std::span<const std::byte> exit, std::uint64_t stamp) {
  PACTOR_CHECK(exit.size() <= kFateBytes);
  const os::Mapping sender(channel.memory, channel.offset + kSenderPartOffset, kPageBytes,
                           os::Access::read);
  const os::Mapping part(channel.memory, channel.offset + kReceiverPartOffset, kReceiverPartBytes,
                         os::Access::read_write);
  ReceiverPage& page = *part.as<ReceiverPage>();
  std::ranges::copy(exit, page.fate.exit.begin());
  page.fate.bytes = static_cast<std::uint32_t>(exit.size());
  page.fate.stamp = stamp;
  page.fate.ended.store(Fate::kEnded, std::memory_order_release);  // pairs with told()'s acquire
  page.closed.store(1, std::memory_order_seq_cst);
  page.space.store(page.space.load(std::memory_order_relaxed) + 1,
                   std::memory_order_release);  // after `closed`
  end_asks(*sender.as<SenderPage>(), part.as<ReplySlot>(kSlotsOffset), ReplyStatus::died);
  os::futex_wake(page.space, kAll);
  os::futex_wake(page.fate.ended, kAll);
}

}  // namespace pactor::mail
