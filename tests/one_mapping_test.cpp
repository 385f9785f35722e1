// Senders and the receiver as threads that share one mapping of all that the processes would share: where
// ThreadSanitizer sees each access of theirs to the same bytes, and complains of those that nothing orders.
#include "mail_pair.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <future>
#include <map>
#include <mutex>

namespace {

// Where each file of shared memory has been mapped, whole.
std::map<ino_t, char*>& mapped() {
  static std::map<ino_t, char*> of_all;
  return of_all;
}
std::mutex& mapped_mutex() {
  static std::mutex of_all;
  return of_all;
}

}  // namespace

// In the places of libc's, by the linker's option --wrap: whoever maps a file of shared memory gets the same
// mapping, which stays.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's
extern "C" void* __real_mmap(void*, std::size_t, int, int, int, off_t) noexcept;
extern "C" int __real_munmap(void*, std::size_t) noexcept;

extern "C" void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int fd,
                             off_t offset) noexcept {
  struct stat file{};
  if (flags != MAP_SHARED || fd < 0 || ::fstat(fd, &file) != 0)
    return __real_mmap(at, bytes, protection, flags, fd, offset);
  const std::lock_guard lock(mapped_mutex());
  char*& begin = mapped()[file.st_ino];
  if (begin == nullptr) {
    begin = static_cast<char*>(__real_mmap(nullptr, static_cast<std::size_t>(file.st_size),
                                           PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  }
  return begin + offset;
}
extern "C" int __wrap_munmap(void* at, std::size_t bytes) noexcept {
  const std::lock_guard lock(mapped_mutex());
  for (const auto& [file, begin] : mapped()) {
    constexpr std::ptrdiff_t kLongest = std::ptrdiff_t{1} << 28;
    if (at >= begin && at < begin + kLongest) return 0;
  }
  return __real_munmap(at, bytes);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace pactor::mail {
namespace {

constexpr std::uint32_t kMessages = 3000;
constexpr std::uint32_t kSenders = 2;

// For threads.
class LockedDepot final : public Depot {
 public:
  Parcel reserve(const Route& route, std::size_t bytes) override {
    const std::lock_guard lock(mutex_);
    return depot_.reserve(route, bytes);
  }
  os::Fd fetch(Ticket ticket) override {
    const std::lock_guard lock(mutex_);
    return depot_.fetch(ticket);
  }
  Ticket deposit(const Route& route, std::span<const int> descriptors) override {
    const std::lock_guard lock(mutex_);
    return depot_.deposit(route, descriptors);
  }
  std::vector<os::Fd> collect(Ticket ticket) override {
    const std::lock_guard lock(mutex_);
    return depot_.collect(ticket);
  }
  void discard(Ticket ticket) noexcept override {
    const std::lock_guard lock(mutex_);
    depot_.discard(ticket);
  }
  void leave(const Route& route) noexcept override { depot_.leave(route); }

 private:
  std::mutex mutex_;
  TestDepot depot_;
};

// Around rings, into longer ones, and now and then in a parcel.
std::size_t size_of(std::uint32_t number) {
  if (number % 500 == 0) return 40'000;
  return number % 7 * 100;
}

TEST(OneMapping, WhatOneSideWritesIsOrderedBeforeTheOtherReadsIt) {
  const os::Fd mailbox_memory = os::create_shared_memory("one-mailbox", kMailboxBytes);
  LockedDepot depot;
  Mailbox mailbox(kActor, mailbox_memory, depot);
  Lifeline lifeline;
  Word64 last_stamp{0};
  Stamper stamper(&last_stamp);
  std::vector<os::Fd> channels;
  std::vector<std::unique_ptr<Outlet>> outlets;
  for (std::uint32_t i = 0; i < kSenders; ++i) {
    const std::uint32_t number = kFirstFreeChannel + i;
    channels.push_back(create_channel({.bytes = kLeastBoundBytes}));
    outlets.push_back(std::make_unique<Outlet>(Route{kActor, number}, channels.back(),
                                               mailbox_memory, stamper, lifeline, depot));
    mailbox.attach(number, channels.back());
  }
  std::vector<std::future<void>> senders;
  for (std::uint32_t i = 0; i < kSenders; ++i) {
    senders.push_back(std::async(std::launch::async, [&outlet = *outlets[i]] {
      for (std::uint32_t number = 1; number <= kMessages; ++number) {
        const auto payload = bytes(size_of(number), number);
        if (number % 3 != 0) {
          ASSERT_EQ(outlet.tell(number, payload, os::kNever), Sent::accepted);
          continue;
        }
        Ask ask;
        ASSERT_EQ(outlet.ask(number, payload, os::kNever, ask), Sent::accepted);
        if (number % 2 == 0) {
          ASSERT_TRUE(outlet.asks().wait(ask, os::kNever));
          const Answer answer = outlet.asks().read(ask);
          ASSERT_TRUE(same(answer.bytes, bytes(size_of(number), number)));
        }
        outlet.asks().forget(ask);
      }
      outlet.close();
    }));
  }
  std::map<std::uint32_t, std::uint64_t> last;
  for (std::uint32_t open = kSenders; open != 0;) {
    const Letter* letter = mailbox.take();
    if (letter == nullptr) {
      static_cast<void>(mailbox.take_news());
      mailbox.wait();
      continue;
    }
    if (letter->kind == Kind::close) {
      --open;
    } else {
      EXPECT_EQ(letter->method, ++last[mailbox.inlet().channel()]);
      EXPECT_TRUE(same(letter->payload, bytes(letter->payload.size(), letter->method)));
    }
    if (letter->kind == Kind::ask) {
      const std::vector<std::byte> answer(letter->payload.begin(), letter->payload.end());
      mailbox.inlet().answer(*letter, ReplyStatus::value, Payload(answer), 1);
    }
    mailbox.finish();
  }
  for (const auto& [channel, number] : last) EXPECT_EQ(number, kMessages);
}

}  // namespace
}  // namespace pactor::mail
