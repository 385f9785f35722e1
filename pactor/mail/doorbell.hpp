// The doorbell: how a sender tells a receiver that sleeps, or that looks elsewhere, where to look.
//
//     ring(doorbell, channel);                      // sender, after its commit, if `armed`
//     collect(doorbell, [&](auto channel) { … });   // receiver
//     sleep(doorbell);                              // receiver, when nothing is left
//
// No wake-up is missed. The sender commits, reads `armed`, sets its bit, reads `asleep`; the receiver
// arms, looks at the ring, sets `asleep`, looks at the summary of the bits, sleeps. Each side thus writes
// one word and then reads the other's, twice over, and these eight steps are sequentially consistent: in
// the one order of them all, whichever write comes second, its side's read comes after both and sees the
// other. So either the receiver sees the record or the sender sees `armed`; and either the receiver sees
// the bit or the sender sees `asleep`. In the last case the sender raises `bell` before it wakes: a
// receiver that has read the older value does not fall asleep on it any more (futex_wait compares, under
// a lock that orders it with the wake).
//
// What else there is hangs on these. A bit is set before its summary, which whoever takes the summary
// acquires. A sender that finds its bit still set has read an `armed` that the receiver stored after it had last
// cleared the bit, or an older one: then the receiver has not armed since, looks at the ring by itself, and
// once more when it arms.
//
// A kill between any two of the sender's steps loses at most the hint for its own last message, whose
// send had not returned; `asleep` is the receiver's to clear, so other senders still wake it. The
// keeper rings all doorbells of a dead process. The bit may stay set without its summary, and would
// keep the next owner of that channel number from ever ringing: attaching a channel clears it.
//
// All of this, with the store buffers of x86 and deaths at any step: tests/models/doorbell.pml.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/mail/pause.hpp>
#include <pactor/os/futex.hpp>

#include <bit>
#include <cstddef>
#include <utility>

namespace pactor::mail {

// Wakes the receiver if it sleeps.
inline void wake(Doorbell& doorbell) {
  if (doorbell.asleep.load(std::memory_order_seq_cst) == 0) return;
  doorbell.bell.fetch_add(1, std::memory_order_relaxed);
  PACTOR_PAUSE("wake: bell raised");
  os::futex_wake(doorbell.bell);
}

// Tells the receiver to look at `channel`. One thread at a time per channel.
inline void ring(Doorbell& doorbell, std::uint32_t channel) {
  const std::uint32_t word = channel / 64;
  const std::uint64_t bit = 1ULL << channel % 64;
  // Still set from our last ring, whose wake-up is complete: the receiver clears the bit before it
  // looks at the ring, and has yet to do either. So a burst of messages wakes once.
  if ((doorbell.bits[word].load(std::memory_order_relaxed) & bit) != 0) return;
  doorbell.bits[word].fetch_or(bit, std::memory_order_relaxed);
  PACTOR_PAUSE("ring: bit set");
  doorbell.summary[word / 64].fetch_or(1ULL << word % 64, std::memory_order_seq_cst);
  wake(doorbell);
}

// The same, whatever a faulty sender may have written here: for the keeper, who rings seldom. It does not
// ask whether the receiver sleeps: one that has read the new `bell` sees the summary.
inline void ring_for_sure(Doorbell& doorbell, std::uint32_t channel) {
  const std::uint32_t word = channel / 64;
  doorbell.bits[word].fetch_or(1ULL << channel % 64, std::memory_order_relaxed);
  doorbell.summary[word / 64].fetch_or(1ULL << word % 64, std::memory_order_release);
  doorbell.bell.fetch_add(1, std::memory_order_release);
  os::futex_wake(doorbell.bell);
}

// Forgets what an earlier owner of the channel number left. The receiver, before it first looks there.
inline void clear(Doorbell& doorbell, std::uint32_t channel) {
  doorbell.bits[channel / 64].fetch_and(~(1ULL << channel % 64), std::memory_order_relaxed);
}

// Whether any bit is set. One cache line, not written while nothing rings.
[[nodiscard]] inline bool rung(const Doorbell& doorbell) {
  // All of them rather than up to the first that is set: each message comes by here three times, mostly for nothing.
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (doorbell.summary[I].load(std::memory_order_seq_cst) | ...) != 0;
  }(std::make_index_sequence<kSummaryWords>());
}

// Clears the bits and calls `look(channel)` for each that was set. Clearing comes before looking, and
// the summary before the bits: a ring in between sets them anew.
template <class Look>
void collect(Doorbell& doorbell, Look look) {
  for (std::uint32_t s = 0; s < kSummaryWords; ++s) {
    if (doorbell.summary[s].load(std::memory_order_relaxed) == 0) continue;
    std::uint64_t words = doorbell.summary[s].exchange(0, std::memory_order_acquire);
    for (; words != 0; words &= words - 1) {
      const std::uint32_t word = s * 64 + static_cast<std::uint32_t>(std::countr_zero(words));
      std::uint64_t bits = doorbell.bits[word].exchange(0, std::memory_order_relaxed);
      for (; bits != 0; bits &= bits - 1) {
        look(word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits)));
      }
    }
  }
}

// Sleeps until somebody rings; returns at once if somebody has, or for no reason.
inline void sleep(Doorbell& doorbell) {
  const std::uint32_t seen = doorbell.bell.load(std::memory_order_acquire);  // see ring_for_sure()
  PACTOR_PAUSE("sleep: before asleep");
  doorbell.asleep.store(1, std::memory_order_seq_cst);
  PACTOR_PAUSE("sleep: asleep set");
  if (!rung(doorbell)) {
    PACTOR_PAUSE("sleep: nothing rung");
    os::futex_wait(doorbell.bell, seen);
  }
  doorbell.asleep.store(0, std::memory_order_relaxed);  // a late reader wakes once too often
}

}  // namespace pactor::mail
