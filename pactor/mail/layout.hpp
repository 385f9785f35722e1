// The shared memory of a mailbox and of a channel, word by word. docs/mailbox_format.md tells it in
// prose.
//
// A mailbox belongs to an actor: a *doorbell* page, which every sender may write, and a *control*
// page, which only the actor writes. A channel joins one sender process to one actor: a *sender
// part*, which only the sender writes, and a *receiver part*, which only the actor writes. Each side
// maps the other's part read-only.
//
// Every authoritative word has one writer and changes by one aligned store. So whoever is killed,
// wherever it is killed, leaves the state before that store or the state after it: no word is half
// written, no lock stays held. The doorbell has many writers, and is no authority: it holds hints,
// which a successor rebuilds by looking at every channel. When a process is dead, the keeper is the
// one writer in its place.
//
// All of it is zero-filled at birth, and zero is the initial state of every field.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pactor::mail {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kLineBytes = 64;

// A word of its own in shared memory. Address-free, hence valid between processes.
using Word32 = std::atomic<std::uint32_t>;
using Word64 = std::atomic<std::uint64_t>;
static_assert(Word32::is_always_lock_free && Word64::is_always_lock_free);
static_assert(sizeof(Word32) == 4 && sizeof(Word64) == 8);

// The half of a 64-bit word on which one can sleep: its low 32 bits.
[[nodiscard]] inline const Word32& low_half(const Word64& word) {
  static_assert(std::endian::native == std::endian::little, "pactor: a little-endian machine only");
  return reinterpret_cast<const Word32&>(word);
}

// Reads a plain field that the other process may be rewriting. Once: what is checked is what is used.
template <class T>
[[nodiscard]] T read_once(const T& shared) {
  return *static_cast<const volatile T*>(&shared);
}

// ---- mailbox ---------------------------------------------------------------------------------

// Channel numbers within a mailbox.
inline constexpr std::uint32_t kNewsChannel = 0;     // no ring: the keeper has channels to hand out
inline constexpr std::uint32_t kSelfChannel = 1;     // the actor's messages to itself
inline constexpr std::uint32_t kCreatorChannel = 2;  // of the process that created the actor
inline constexpr std::uint32_t kFirstFreeChannel = 3;

inline constexpr std::size_t kSummaryWords = 7;
inline constexpr std::size_t kBitWords = kSummaryWords * 64;
inline constexpr std::uint32_t kChannels = kBitWords * 64;  // at most: 28,672 senders to one actor

// Which channels may have something, and the word on which the actor sleeps. Senders write it.
struct alignas(kPageBytes) Doorbell {
  alignas(kLineBytes) Word32 bell;  // futex: raised by whoever wakes the actor
  Word32 asleep;                    // 1 while the actor sleeps or is about to; the actor writes it
  Word32 cpu;                       // where it last ran, see Patience; the actor writes it
  alignas(kLineBytes) std::array<Word64, kSummaryWords> summary;  // bit w: bits[w] is not zero
  alignas(kLineBytes) std::array<Word64, kBitWords> bits;         // bit c: look at channel c
  // 1 while the actor's loop thread sleeps for an answer, with no deadline; the actor writes it.
  alignas(kLineBytes) Word32 waits;
  Word32 waited_for;  // how many loop threads sleep so for an answer of this actor; they write it
};
static_assert(sizeof(Doorbell) == kPageBytes && offsetof(Doorbell, summary) == 64 &&
              offsetof(Doorbell, bits) == 128);

inline constexpr std::size_t kMethodNames = 48;
inline constexpr std::size_t kMethodNameBytes = 56;

// A method of the actor's class, or one of a base's that has run: how the keeper finds a name for `running_method`.
struct MethodName {
  Word64 id;  // stored last: 0 while the entry is free
  std::array<char, kMethodNameBytes> name;
};
static_assert(sizeof(MethodName) == 64);

// For which answer the actor's loop thread sleeps, if it does so with no deadline. See PublishedWait.
struct Waiting {
  Word64 turn;     // odd while it does: raised by one when it begins, and when it ends
  Word64 actor;    // who is to answer
  Word64 number;   // of the ask
  Word32 channel;  // in that actor's mailbox
  Word32 slot;
};

// The actor's own words. They outlive its process: its successor, and the keeper, read them.
struct alignas(kPageBytes) Control {
  alignas(kLineBytes) Word64 last_stamp;  // the greatest stamp given or taken in
  // Of the latest message: stored just before its channel's `taken` passes it. It is in progress until `finished` has
  // passed it, too.
  alignas(kLineBytes) Word64 running_method;
  Word32 running_channel;  // 0 (news): this process has had none yet
  Word32 closing;          // 1: a close is being processed, or has been: there is no successor
  alignas(kLineBytes) Waiting waiting;
  alignas(kLineBytes) std::array<MethodName, kMethodNames> methods;
};
static_assert(sizeof(Control) == kPageBytes);

inline constexpr std::size_t kDoorbellOffset = 0;
inline constexpr std::size_t kControlOffset = kPageBytes;
inline constexpr std::size_t kMailboxBytes = 2 * kPageBytes;

// ---- channel ---------------------------------------------------------------------------------

// A channel's rings, each twice as long as the one before. One is in use at a time; the first is small,
// for most channels carry little, and a sender that finds no room moves on to a longer one. Positions
// count on through all of them.
inline constexpr std::uint64_t kFirstRingBytes = 8 * 1024;
inline constexpr std::uint32_t kMostRings = 20;  // 8 KiB to 4 GiB
// As long as a ring had better be while its receiver keeps up: what it holds fits a core's cache.
inline constexpr std::uint64_t kCalmRingBytes = 256 * 1024;

[[nodiscard]] constexpr std::uint64_t ring_bytes(std::uint32_t ring) {
  return kFirstRingBytes << ring;
}
// From the first ring's start: the lengths of those before it.
[[nodiscard]] constexpr std::uint64_t ring_offset(std::uint32_t ring) {
  return ring_bytes(ring) - kFirstRingBytes;
}

inline constexpr std::uint64_t kLeastBoundBytes = 64 * 1024;

inline constexpr std::uint64_t kArenaBytes = 256 * 1024;
inline constexpr std::size_t kReplySlots = 256;

// What a record is for. `nothing` ends the records; `skip` sends the reader to the ring's start, `move`
// to the start of another ring.
enum class Kind : std::uint8_t { nothing = 0, tell = 1, ask = 2, close = 3, skip = 4, move = 5 };

// What else a record has. In this order behind it: an ask's number; the ticket of its descriptors; a
// ParcelRef, or the payload itself.
using Flags = std::uint8_t;
inline constexpr Flags kHasDescriptors = 1;
inline constexpr Flags kInParcel = 2;  // the payload lies in a parcel of its own, see parcels.hpp
inline constexpr Flags kLastUse = 4;   // of that parcel: the reader gives it up
inline constexpr Flags kAllFlags = 7;

// The start of a record in the ring, at a multiple of 8.
struct Record {
  Word64 header;  // see pack_header; written last: it is the commit
  std::uint64_t stamp;
  std::uint64_t method;
};
static_assert(sizeof(Record) == 24);

struct ParcelRef {
  std::uint64_t ticket;
  std::uint64_t bytes;
};
static_assert(sizeof(ParcelRef) == 16);

// bits 0-31: length in bytes, from the record's start, without padding; 32-39: kind; 40-47: flags;
// 48-63: of an ask its reply slot, of a move the ring.
[[nodiscard]] constexpr std::uint64_t pack_header(std::uint64_t bytes, Kind kind,
                                                  std::uint16_t slot = 0, Flags flags = 0) {
  return bytes | std::uint64_t{static_cast<std::uint8_t>(kind)} << 32 | std::uint64_t{flags} << 40 |
         std::uint64_t{slot} << 48;
}
[[nodiscard]] constexpr std::uint64_t header_bytes(std::uint64_t header) {
  return header & 0xFFFF'FFFFU;
}
[[nodiscard]] constexpr Kind header_kind(std::uint64_t header) {
  return static_cast<Kind>(header >> 32 & 0xFFU);
}
[[nodiscard]] constexpr Flags header_flags(std::uint64_t header) {
  return static_cast<Flags>(header >> 40 & 0xFFU);
}
[[nodiscard]] constexpr std::uint16_t header_slot(std::uint64_t header) {
  return static_cast<std::uint16_t>(header >> 48);
}
[[nodiscard]] constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) & ~7ULL; }

// One close per channel finds room however full the ring is, and so does a move to another ring. Kept
// back for it: the record, a skip of less than a record before it, and the word that ends the records.
inline constexpr std::uint64_t kReservedBytes = 2 * sizeof(Record) + sizeof(Word64);

// A place in a channel as one word, so that it changes by one store: bits 0-55: the position; 56-63: the
// ring that it lies in.
inline constexpr std::uint64_t kPositionLimit = 1ULL << 56;
[[nodiscard]] constexpr std::uint64_t pack_place(std::uint32_t ring, std::uint64_t position) {
  return std::uint64_t{ring} << 56 | position;
}
[[nodiscard]] constexpr std::uint64_t place_position(std::uint64_t place) {
  return place & (kPositionLimit - 1);
}
[[nodiscard]] constexpr std::uint32_t place_ring(std::uint64_t place) {
  return static_cast<std::uint32_t>(place >> 56);
}

// Written by the sender only.
struct alignas(kPageBytes) SenderPage {
  alignas(kLineBytes) Word32 wants_space;  // 1 while a thread of the sender waits for room
  Word32 cpu;                              // where it last sent from, see Patience
  Word32 askers_asleep;  // how many threads of it sleep for an answer, or are about to
  // Per reply slot: 0, or the number of the ask that waits for an answer there, shifted left by one;
  // bit 0: a thread sleeps on the slot.
  alignas(kLineBytes) std::array<Word64, kReplySlots> awaited;
};
static_assert(sizeof(SenderPage) == kPageBytes);

inline constexpr std::size_t kFateBytes = 1536;

// How the actor ended, for those who hold a channel to it. The keeper writes it, once, after the
// process is gone.
struct Fate {
  Word32 ended;  // futex; stored last: kEnded, a value that no accident writes
  std::uint32_t bytes;
  std::uint64_t stamp;  // what happens after one has read this happens after all the actor did
  std::array<std::byte, kFateBytes> exit;  // an encoded pactor::Exit

  static constexpr std::uint32_t kEnded = 0x9C0FFEE5;
  [[nodiscard]] bool told() const { return ended.load(std::memory_order_acquire) == kEnded; }
};

// MailboxOptions, as the channel says them of itself. The keeper writes it at the channel's birth.
struct ChannelTerms {
  std::uint64_t bound_bytes;
  std::int64_t deadline_ms;
  std::uint32_t policy;  // a WhenFull::Policy
  std::uint32_t rings;   // how many there are
};

// Written by the receiver only (by the keeper when the receiver is dead).
struct alignas(kPageBytes) ReceiverPage {
  alignas(kLineBytes) Word64 freed;  // what lies before this position may be written again
  Word32 armed;                      // 1: the receiver does not look here unless its doorbell rings
  Word32 closed;                     // 1: what is sent from now on is not processed any more
  Word32 space;                      // futex of senders that wait for room
  Word32 process;  // of the receiver: its number, for those who want to look at it
  // A message is in progress, or its process died in it, while `finished` is behind `taken`.
  alignas(kLineBytes) Word64 taken;  // place: what lies before it has been begun; see pack_place
  Word64 finished;                   // place: what lies before it has been dealt with
  std::array<std::uint64_t, kMostRings> ring_starts;  // the position at which each ring was entered
  alignas(kLineBytes) ChannelTerms terms;
  alignas(kLineBytes) Fate fate;
};
static_assert(sizeof(ReceiverPage) == kPageBytes && offsetof(ReceiverPage, taken) == 64);

enum class ReplyStatus : std::uint8_t {
  none = 0,
  value = 1,      // the encoded result
  exception = 2,  // the encoded exception that the method threw
  refused = 3,    // the actor had processed its close before
  died = 4,       // written by the keeper: see Fate
  no_memory = 5,  // the method has run, and there was no memory for what it returned or threw
};

// Whether an answer of this status has bytes.
[[nodiscard]] constexpr bool has_payload(ReplyStatus status) {
  return status == ReplyStatus::value || status == ReplyStatus::exception;
}

inline constexpr std::size_t kInlineReplyBytes = 40;
// Longer answers do not go to the arena, which is for many small ones.
inline constexpr std::size_t kArenaReplyBytes = kArenaBytes / 8;

enum class ReplyPlace : std::uint8_t { inlined = 0, arena = 1, parcel = 2 };

// Of an answer that is not inlined.
struct ReplyRef {
  std::uint64_t where;  // offset in the arena, or ticket of the parcel
  std::uint64_t descriptors;
  std::uint64_t last_use;  // 1: the asker gives the parcel up
};

// The place of one answer, reserved when its ask is accepted. Written by the receiver (or, after its
// death, by the keeper).
struct alignas(kLineBytes) ReplySlot {
  Word64 state;  // number of the answered ask << 8 | ReplyStatus; written last; its low half: futex
  std::uint64_t stamp;
  std::uint32_t bytes;  // of the answer
  ReplyPlace place;
  std::array<std::byte, 3> unused;
  union {
    std::array<std::byte, kInlineReplyBytes> inlined;
    ReplyRef ref;
  };
};
static_assert(sizeof(ReplySlot) == kLineBytes && sizeof(ReplyRef) <= kInlineReplyBytes);

[[nodiscard]] constexpr std::uint64_t pack_reply(std::uint64_t number, ReplyStatus status) {
  return number << 8 | static_cast<std::uint8_t>(status);
}
[[nodiscard]] constexpr std::uint64_t reply_number(std::uint64_t state) { return state >> 8; }
[[nodiscard]] constexpr ReplyStatus reply_status(std::uint64_t state) {
  return static_cast<ReplyStatus>(state & 0xFFU);
}

// The receiver part, then the sender part, whose end depends on the number of rings: channel_bytes().
inline constexpr std::size_t kReceiverPartOffset = 0;
inline constexpr std::size_t kSlotsOffset = kPageBytes;  // within the receiver part
inline constexpr std::size_t kArenaOffset = kSlotsOffset + kReplySlots * sizeof(ReplySlot);
inline constexpr std::size_t kReceiverPartBytes = kArenaOffset + kArenaBytes;
inline constexpr std::size_t kSenderPartOffset = kReceiverPartBytes;
inline constexpr std::size_t kRingsOffset = kPageBytes;  // within the sender part
static_assert(kSenderPartOffset % kPageBytes == 0 && kArenaOffset % kPageBytes == 0);

[[nodiscard]] constexpr std::size_t sender_part_bytes(std::uint32_t rings) {
  return kRingsOffset + ring_offset(rings);
}

}  // namespace pactor::mail
