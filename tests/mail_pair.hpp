// A mailbox and senders to it in one process, for the tests of the transport.
//
//     MailPair pair;
//     Line line = pair.open(kCreatorChannel);
//     line.outlet->tell(1, bytes(8), kPast);
//     EXPECT_EQ(next(pair.mailbox)->method, 1u);
//
// Each end maps the memory for itself, as in different processes.
#pragma once

#include <pactor/error.hpp>
#include <pactor/mail/mailbox.hpp>
#include <pactor/mail/outlet.hpp>

#include <cstring>
#include <map>
#include <memory>
#include <vector>

namespace pactor::mail {

// Never waits.
inline constexpr os::Deadline kPast = os::Deadline::min();

// What the tests look at, or damage, behind the back of both ends.
struct ChannelMemory {
  // `rings`: fewer than the options give; 0: as many.
  explicit ChannelMemory(const MailboxOptions& options = {}, std::uint32_t rings = 0)
      : fd(create_channel(options)),
        sender(map_sender_part(fd, read_terms(receiver_page()), os::Access::read_write)) {
    if (rings != 0) receiver_page().terms.rings = rings;
  }

  os::Fd fd;
  os::Mapping receiver{fd, kReceiverPartOffset, kReceiverPartBytes, os::Access::read_write};
  os::Mapping sender;

  [[nodiscard]] Record& record(std::uint64_t position) const {
    const std::uint64_t taken = receiver_page().taken.load();
    return Ring(sender, place_ring(taken), receiver_page().ring_starts[place_ring(taken)])
        .record(position);
  }
  [[nodiscard]] SenderPage& sender_page() const { return *sender.as<SenderPage>(); }
  [[nodiscard]] ReceiverPage& receiver_page() const { return *receiver.as<ReceiverPage>(); }
};

// A channel with one ring, and what fits that.
inline constexpr std::uint64_t kOneRing = kFirstRingBytes;
inline constexpr std::uint64_t kLongestRecord = kOneRing - kReservedBytes;
inline constexpr std::size_t kLongestPayload =
    kLongestRecord - sizeof(Record) - sizeof(std::uint64_t);

inline constexpr std::uint64_t kActor = 7;

// Keeps everything in this process.
class TestDepot final : public Depot {
 public:
  Parcel reserve(const Route& /*route*/, std::size_t bytes) override {
    if (refuses) throw Error("no memory");
    if (gone) return {};
    ++reserved;
    Parcel parcel{.ticket = ++last_, .memory = os::create_shared_memory("test-parcel", bytes)};
    parcels[parcel.ticket] = os::duplicate(parcel.memory.get());
    return parcel;
  }
  os::Fd fetch(Ticket ticket) override {
    const auto found = parcels.find(ticket);
    return found == parcels.end() ? os::Fd() : os::duplicate(found->second.get());
  }
  Ticket deposit(const Route& /*route*/, std::span<const int> /*descriptors*/) override {
    return ++last_;
  }
  std::vector<os::Fd> collect(Ticket /*ticket*/) override { return {}; }
  void discard(Ticket ticket) noexcept override {
    parcels.erase(ticket);
    discarded.push_back(ticket);
  }
  void leave(const Route& /*route*/) noexcept override {}

  std::map<Ticket, os::Fd> parcels;
  std::vector<Ticket> discarded;
  std::size_t reserved = 0;  // how often
  bool refuses = false;      // to reserve
  bool gone = false;         // the other end

 private:
  Ticket last_ = 0;
};

// One sender process.
struct Line {
  std::unique_ptr<ChannelMemory> memory = std::make_unique<ChannelMemory>();
  std::unique_ptr<Outlet> outlet;
};

struct MailPair {
  os::Fd mailbox_memory = os::create_shared_memory("test-mailbox", kMailboxBytes);
  TestDepot depot;
  Mailbox mailbox{kActor, mailbox_memory, depot};
  os::Mapping doorbell_page{mailbox_memory, kDoorbellOffset, sizeof(Doorbell),
                            os::Access::read_write};
  Word64 last_stamp{0};
  Stamper stamper{&last_stamp};  // of all senders: what one sends later has a greater stamp
  Lifeline lifeline;

  [[nodiscard]] Doorbell& doorbell() const { return *doorbell_page.as<Doorbell>(); }
  Line open_unattached(std::uint32_t channel, const MailboxOptions& options = {},
                       std::uint32_t rings = 0) {
    Line line{.memory = std::make_unique<ChannelMemory>(options, rings), .outlet = nullptr};
    line.outlet = std::make_unique<Outlet>(Route{kActor, channel}, line.memory->fd, mailbox_memory,
                                           stamper, lifeline, depot);
    return line;
  }
  Line open(std::uint32_t channel, const MailboxOptions& options = {}, std::uint32_t rings = 0) {
    Line line = open_unattached(channel, options, rings);
    mailbox.attach(channel, line.memory->fd);
    return line;
  }
};

// Bytes that tell where they belong.
inline std::vector<std::byte> bytes(std::size_t size, std::size_t seed = 0) {
  std::vector<std::byte> made(size);
  for (std::size_t i = 0; i < size; ++i) {
    made[i] = static_cast<std::byte>((i * 131 + i / 251 + seed * 7 + 1) & 0xFF);
  }
  return made;
}

inline bool same(std::span<const std::byte> left, std::span<const std::byte> right) {
  return left.size() == right.size() &&
         (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
}

// The next letter, or null if none comes in a few rounds without waiting.
inline const Letter* next(Mailbox& mailbox) {
  for (int round = 0; round < 4; ++round) {
    if (const Letter* letter = mailbox.take()) return letter;
  }
  return nullptr;
}

}  // namespace pactor::mail
