// The pen of those who take part: what is written into the ledger, and when.
//
//     Book book(ledger, seat);
//     book.send(other, Method::take, [&](const Message& message) { proxy->take(message); });
//     const Work work(book, message, Method::take);   // in the method: begun, and at its end finished
#pragma once

#include "ledger.hpp"

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>

namespace storm {

struct Message {
  std::uint8_t from = kNobody;
  std::uint8_t cause_from = kNobody;
  std::uint64_t number = 0;
  std::uint64_t cause = 0;
  std::string bytes = {};
};

// What lies in a message, and in its answer: who sent it and its number say it all.
inline std::string bytes_of(std::uint64_t from, std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t word = (from << 56 ^ number) * 0x9E3779B97F4A7C15 + 1;
  for (std::size_t at = 0; at < size; at += sizeof word) {
    word = std::rotl(word, 7) * 0xBF58476D1CE4E5B9 + at;
    std::memcpy(bytes.data() + at, &word, std::min(sizeof word, size - at));
  }
  return bytes;
}

inline Ledger* open_ledger(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  void* memory = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || memory == MAP_FAILED) std::abort();
  ::close(fd);
  return static_cast<Ledger*>(memory);
}

class Book {
 public:
  Book(Ledger* ledger, std::size_t seat)
      : ledger_(ledger), seat_(ledger->seats[seat]), number_(static_cast<std::uint8_t>(seat)) {
    // Each life goes on with something else.
    random_.seed(static_cast<std::uint32_t>(ledger->seed * kSeats + seat + seat_.written * 1'009));
    note({.did = Did::born});
    // In the thread that sends, before its call returns.
    pactor::on_dead_letter([](const pactor::DeadLetter&) { undelivered_ = true; });
  }

  [[nodiscard]] std::uint8_t seat() const { return number_; }
  [[nodiscard]] bool told_to_end() const { return ledger_->stage == Stage::draining; }
  std::uint64_t random(std::uint64_t below) { return random_() % below; }

  // From nothing to beyond what is worth a memory of its own; most are short.
  std::size_t random_size() {
    constexpr std::array<std::size_t, 16> kBelow = {
        1, 1, 1, 64, 64, 64, 64, 64, 64, 64, 1'000, 1'000, 1'000, 16'000, 16'000, 100'000};
    return random(random(200) == 0 ? 1'500'000 : kBelow[random(kBelow.size())]);
  }

  void note(const Entry& entry) {
    const std::uint64_t at = seat_.written.load(std::memory_order_relaxed);
    // Whoever is ahead of the judge waits, as before a full mailbox.
    constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 200'000};
    while (at - seat_.read.load(std::memory_order_acquire) >= Seat::kEntries) {
      ::nanosleep(&kMoment, nullptr);
    }
    seat_.entries[at % Seat::kEntries] = entry;
    seat_.written.store(at + 1, std::memory_order_release);
  }

  void complain(const std::string& text) {
    std::strncpy(seat_.complaint.data(), text.c_str(), seat_.complaint.size() - 1);
    note({.did = Did::wrong});
  }

  // An error that has no place in a storm, unless the keeper was killed.
  Did could_not(const char* what, Method method, const std::exception& error) {
    complain(std::string(what) + " by " + name_of(method) + " threw " + error.what());
    return Did::over;
  }

  // Has `post` send a message of a random size to the actor that sits at `to`. Gives its number; 0 if it
  // was refused.
  template <class Post>
  std::uint64_t send(std::size_t to, Method method, Post post, std::uint8_t cause_from = kNobody,
                     std::uint64_t cause = 0) {
    const std::uint64_t number = ++seat_.sent[to];
    const Message message{.from = number_,
                          .cause_from = cause_from,
                          .number = number,
                          .cause = cause,
                          .bytes = bytes_of(number_, number, random_size())};
    Entry entry{.did = Did::sending,
                .other = static_cast<std::uint8_t>(to),
                .method = method,
                .number = number};
    note(entry);
    undelivered_ = false;
    try {
      post(message);
      entry.did = undelivered_ ? Did::undelivered : Did::accepted;
    } catch (const pactor::Overloaded&) {
      entry.did = Did::refused;
    } catch (const pactor::Error& error) {
      could_not("sending", method, error);
      return 0;
    }
    note(entry);
    return entry.did == Did::accepted ? number : 0;
  }

 private:
  inline static thread_local bool undelivered_ = false;

  Ledger* ledger_;
  Seat& seat_;
  std::uint8_t number_;
  std::minstd_rand random_;
};

// A message that is being processed.
class Work {
 public:
  Work(Book& book, const Message& message, Method method)
      : book_(book),
        entry_{.did = Did::begun,
               .other = message.from,
               .method = method,
               .cause_from = message.cause_from,
               .number = message.number,
               .cause = message.cause} {
    book_.note(entry_);
    if (message.bytes != bytes_of(message.from, message.number, message.bytes.size())) {
      book_.complain("a message came damaged");
    }
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() {
    entry_.did = Did::finished;
    book_.note(entry_);
  }

 private:
  Book& book_;
  Entry entry_;
};

}  // namespace storm
