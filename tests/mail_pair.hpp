// A mailbox and senders to it in one process, for the tests of the transport.
//
//     MailPair pair;
//     Line line = pair.open(kCreatorChannel);
//     line.outlet->tell(1, bytes(8), kPast);
//     EXPECT_EQ(next(pair.mailbox)->method, 1u);
//
// Each end maps the memory for itself, as in different processes.
#pragma once

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
  os::Fd fd = os::create_shared_memory("test-channel", kChannelBytes);
  os::Mapping sender{fd, kSenderPartOffset, kSenderPartBytes, os::Access::read_write};
  os::Mapping receiver{fd, kReceiverPartOffset, kReceiverPartBytes, os::Access::read_write};

  [[nodiscard]] Record& record(std::uint64_t position) const {
    return *sender.as<Record>(kRingOffset + position % kRingBytes);
  }
  [[nodiscard]] SenderPage& sender_page() const { return *sender.as<SenderPage>(); }
  [[nodiscard]] ReceiverPage& receiver_page() const { return *receiver.as<ReceiverPage>(); }
};

inline constexpr std::uint64_t kActor = 7;

// Keeps everything in this process.
class TestDepot final : public Depot {
 public:
  Parcel reserve(const Route& /*route*/, std::size_t bytes) override {
    Parcel parcel{.ticket = ++last_, .memory = os::create_shared_memory("test-parcel", bytes)};
    parcels[parcel.ticket] = os::duplicate(parcel.memory.get());
    return parcel;
  }
  os::Fd fetch(Ticket ticket) override {
    const auto found = parcels.find(ticket);
    return found == parcels.end() ? os::Fd() : os::duplicate(found->second.get());
  }
  os::Fd channel_memory(const Route& route) override {
    return os::duplicate(channels.at(route.channel)->get());
  }
  Ticket deposit(const Route& /*route*/, std::span<const int> /*descriptors*/) override {
    return ++last_;
  }
  std::vector<os::Fd> collect(Ticket /*ticket*/) override { return {}; }
  void discard(Ticket ticket) noexcept override { parcels.erase(ticket); }
  void leave(const Route& /*route*/) noexcept override {}

  std::map<Ticket, os::Fd> parcels;
  std::map<std::uint32_t, const os::Fd*> channels;

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
  Line open_unattached(std::uint32_t channel) {
    Line line;
    depot.channels[channel] = &line.memory->fd;
    line.outlet = std::make_unique<Outlet>(Route{kActor, channel}, line.memory->fd, mailbox_memory,
                                           stamper, lifeline, depot);
    return line;
  }
  Line open(std::uint32_t channel) {
    Line line = open_unattached(channel);
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
