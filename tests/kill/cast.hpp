// Who sends and who receives while one of them is killed, and what they write on the board.
#pragma once

#include "board.hpp"
#include "tests/exhaustion/faults.hpp"
#include "tests/process_tree.hpp"
#include "traps.hpp"

#include <pactor/os/futex.hpp>
#include <pactor/pactor.hpp>

#include <sys/mman.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace killing {

inline constexpr auto kPatience = std::chrono::seconds(20);  // whoever needs it has failed

// No use of hold() returns until release().
inline void begin_hold() { board().held = 1; }
inline void release() {
  board().held = 0;
  pactor::os::futex_wake(board().held);
}

// From here on this process dies at the first deadly instruction, and its calls fail as planned.
inline void become_victim() {
  faults::become_victim();
  Traps::set();
}

// So that a message that is not whole, or another's, is noticed.
inline std::string content(std::uint32_t number, std::size_t size) {
  const faults::Spared ours;
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(number * 31 + i * 7 + i / 256);
  return text;
}

inline pactor::Fd file_with(std::uint32_t number) {
  const faults::Spared ours;
  pactor::Fd file{::memfd_create("kill-test", MFD_CLOEXEC)};
  if (::write(file.get(), &number, sizeof number) != sizeof number) board().complain("no memfd");
  return file;
}
inline bool holds(const pactor::Fd& file, std::uint32_t number) {
  const faults::Spared ours;
  std::uint32_t read = 0;
  return ::pread(file.get(), &read, sizeof read, 0) == sizeof read && read == number;
}

struct Message {
  std::uint32_t lane = 0;
  std::uint32_t number = 0;
  std::string text;  // content(number, size)
};

class Receiver;
PACTOR_ACTOR(Receiver, note, note_file, answer, answer_late, answer_file, hold, chain,
             ask_for_nothing, ask_round, nothing, pass, become_victim, end_by);
class Receiver {
 public:
  void note(const Message& message) { write_down(message); }
  void note_file(const Message& message, const pactor::Fd& file) {
    write_down(message);
    if (!holds(file, message.number)) board().complain("a descriptor of another file arrived");
  }
  std::string answer(const Message& message, std::size_t size) {
    write_down(message);
    return content(message.number, size);
  }
  // Not before the one that asks is asleep.
  std::string answer_late(const Message& message, std::size_t size, int asker) {
    while (!processes::asleep(asker) && ::kill(asker, 0) == 0) std::this_thread::yield();
    return answer(message, size);
  }
  pactor::Fd answer_file(const Message& message) {
    write_down(message);
    return file_with(message.number);
  }
  // Stays until the judge lets it go on.
  void hold() const {
    board().holding = 1;
    while (board().held != 0) pactor::os::futex_wait(board().held, 1);
    board().holding = 0;
  }
  // Notes, and sends itself the next one.
  void chain(std::uint32_t number, std::uint32_t last);
  // Asks another one; and one that asks this one, which nobody could answer.
  int ask_for_nothing(const pactor::Proxy<Receiver>& other) const {
    return other.ask()->nothing().get();
  }
  void ask_round(const pactor::Proxy<Receiver>& other) const {
    try {
      other.ask()->ask_for_nothing(pactor::self(this)).get();
    } catch (const pactor::Error&) {
    }
  }
  int nothing() const { return 0; }
  void pass() const {}
  void become_victim() const { killing::become_victim(); }
  void end_by(int signal) const { ::kill(::getpid(), signal); }

 private:
  static void write_down(const Message& message) {
    Lane& lane = board().lanes[message.lane];
    if (message.text != content(message.number, message.text.size()))
      board().complain("a message arrived that is not what was sent");
    lane.note[lane.noted] = message.number;
    lane.noted = lane.noted + 1;
  }
};

// Sends messages of all kinds in one lane, and keeps account. Its owner may be killed at any time.
class Talk {
 public:
  struct Asked {
    Asked(pactor::Reply<std::string> the_reply, std::uint32_t its_number, std::size_t its_size)
        : reply(std::move(the_reply)), number(its_number), size(its_size) {}

    pactor::Reply<std::string> reply;
    std::uint32_t number;
    std::size_t size;  // of the answer
  };
  using Asks = std::vector<std::optional<Asked>>;

  Talk(pactor::Proxy<Receiver> to, std::uint32_t lane) : to_(std::move(to)), number_(lane) {}

  void tell(std::size_t size) {
    const Message message = next(size);
    accept_unless_overloaded(message, [&] { to_->note(message); });
  }
  void tell_with_file() {
    const Message message = next(8);
    const pactor::Fd file = file_with(message.number);
    accept_unless_overloaded(message, [&] { to_->note_file(message, file); });
  }
  void ask(std::size_t size, std::size_t answer_size) { finish(begin_ask(size, answer_size)); }
  // Many at a time.
  void asks(int count, std::size_t answer_size) { finish(begin_asks(count, answer_size)); }
  Asks begin_asks(int count, std::size_t answer_size) {
    Asks asks;
    for (int i = 0; i < count; ++i) asks.push_back(begin_ask(8, answer_size));
    return asks;
  }
  void finish(Asks asks) {
    for (auto& ask : asks) finish(std::move(ask));
  }
  // Whose answer nobody waits for long.
  void ask_in_time(std::chrono::milliseconds deadline) {
    const Message message = next(8);
    accept_unless_overloaded(message, [&] {
      try {
        static_cast<void>(to_.ask(deadline)->answer(message, 8).get());
      } catch (const pactor::Timeout&) {
      } catch (const pactor::ActorDied&) {
        ++lane().failed_asks;
      }
    });
  }
  void ask_for_file() {
    const Message message = next(8);
    accept_unless_overloaded(message, [&] {
      pactor::Reply<pactor::Fd> reply = to_.ask()->answer_file(message);
      expect([&] { return holds(reply.get(kPatience), message.number); });
    });
  }
  // With no deadline, by an actor: who waits like that can be seen to.
  void ask_late(std::size_t size) {
    const Message message = next(8);
    accept_unless_overloaded(message, [&] {
      pactor::Reply<std::string> reply = to_.ask()->answer_late(message, size, ::getpid());
      expect([&] { return reply.get() == content(message.number, size); });
    });
  }
  // An ask whose answer nobody waits for.
  void ask_and_forget(std::size_t answer_size) { static_cast<void>(begin_ask(8, answer_size)); }

 private:
  [[nodiscard]] Lane& lane() const { return board().lanes[number_]; }

  Message next(std::size_t size) {
    const std::uint32_t number = lane().attempted + 1;
    if (number >= kMostMessages) std::abort();
    lane().attempted = number;
    return {number_, number, content(number, size)};
  }
  template <class Send>
  void accept_unless_overloaded(const Message& message, Send send) {
    try {
      const std::uint64_t dropped = pactor::dead_letters(to_);
      send();
      if (pactor::dead_letters(to_) == dropped) lane().accepted[message.number] = true;
    } catch (const pactor::Overloaded&) {
    } catch (const std::exception&) {
      if (!board().scarce) throw;
    }
  }
  std::optional<Asked> begin_ask(std::size_t size, std::size_t answer_size) {
    const Message message = next(size);
    std::optional<Asked> asked;
    accept_unless_overloaded(message, [&] {
      asked.emplace(to_.ask()->answer(message, answer_size), message.number, answer_size);
    });
    return asked;
  }
  void finish(std::optional<Asked> asked) {
    if (!asked) return;
    static_cast<void>(asked->reply.ready());
    expect([&] { return asked->reply.get(kPatience) == content(asked->number, asked->size); });
  }
  template <class Check>
  void expect(Check is_right) {
    try {
      if (!is_right()) board().complain("an answer is not the one to its ask");
    } catch (const pactor::ActorDied&) {
      ++lane().failed_asks;
    } catch (const pactor::Timeout&) {
      board().complain("an ask had no answer in time");
    } catch (const std::exception&) {
      if (!board().scarce) throw;
    }
  }

  pactor::Proxy<Receiver> to_;
  std::uint32_t number_;
};

inline void Receiver::chain(std::uint32_t number, std::uint32_t last) {
  write_down({kSelfLane, number, {}});
  if (number == last) return;
  board().lanes[kSelfLane].attempted = number + 1;
  pactor::self(this)->chain(number + 1, last);
  board().lanes[kSelfLane].accepted[number + 1] = true;
}

// One of each kind, and enough of each that rings wrap and grow, slots and arena are used up, and parcels
// are used again. What loops do comes again, so the counts are small.
inline void say_everything(Talk& talk) {
  for (int i = 0; i < 4; ++i) talk.tell(8);
  talk.ask(8, 8);        // an answer in its slot
  talk.ask(8, 1'000);    // in the arena
  talk.ask(8, 100'000);  // in a parcel
  talk.ask(8, 50'000);   // in one used before
  for (const std::size_t size : {100'000U, 100'000U, 20'000U}) talk.tell(size);  // in parcels
  talk.ask(8, 8);
  talk.tell(90'000);
  for (int i = 0; i < 20; ++i) talk.tell(1'000);
  talk.tell_with_file();
  talk.ask_for_file();
  talk.ask_in_time(std::chrono::milliseconds(0));
  talk.ask_in_time(std::chrono::milliseconds(2));
  talk.ask_and_forget(8);
  talk.ask_and_forget(1'000);
  talk.ask_and_forget(100'000);
  talk.asks(280, 8);      // more than there are slots
  talk.asks(150, 3'000);  // more than the arena holds
  {
    const Talk::Asks dropped = talk.begin_asks(20, 2'000);
    talk.ask(8, 8);
  }
  talk.asks(100, 2'000);
  // Answers that are given up among others, in the arena and in parcels: their room is found again.
  for (const std::size_t size : {2'000U, 40'000U}) {
    for (std::size_t i = 0; i < 8; ++i) {
      Talk::Asks kept = talk.begin_asks(8, size);
      talk.ask(8, 8);
      kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
      talk.ask(8, size);
      talk.finish(std::move(kept));
    }
  }
  talk.ask(8, 8);
}

// The same in short, for who does it again and again.
inline void say_little(Talk& talk) {
  for (const std::size_t size : {8U, 1'000U, 20'000U, 100'000U}) talk.tell(size);
  for (const std::size_t size : {8U, 1'000U, 50'000U}) talk.ask(8, size);
  talk.tell_with_file();
  talk.ask_for_file();
  talk.ask_in_time(std::chrono::milliseconds(0));
  talk.ask_and_forget(1'000);
  talk.ask_and_forget(100'000);
  talk.asks(260, 8);  // more than there are slots
  talk.asks(3, 50'000);
  talk.tell(20'000);
  talk.ask(8, 8);
}

// More than the mailbox takes at a time.
inline void overfill(Talk& talk) {
  for (int i = 0; i < 120; ++i) talk.tell(1'000);
  for (int i = 0; i < 12; ++i) talk.tell(20'000);
  talk.tell(8);
}

inline constexpr std::uint32_t kStreamed = 700;

class Sender;
PACTOR_ACTOR(Sender, say, say_in_short, fill, stream, own, whisper, mutter);
class Sender {
 public:
  void say(const pactor::Proxy<Receiver>& to) const {
    become_victim();
    Talk talk(to, kScriptLane);
    say_everything(talk);
  }
  void say_in_short(const pactor::Proxy<Receiver>& to) const {
    become_victim();
    Talk talk(to, kScriptLane);
    say_little(talk);
  }
  void fill(const pactor::Proxy<Receiver>& to) const {
    become_victim();
    Talk talk(to, kScriptLane);
    overfill(talk);
    say_everything(talk);
  }
  // So much that a ring is left that no cache holds.
  void stream(const pactor::Proxy<Receiver>& to) const {
    become_victim();
    Talk talk(to, kScriptLane);
    for (std::uint32_t i = 0; i < kStreamed; ++i) talk.tell(1'000);
    talk.ask(8, 8);
    for (int i = 0; i < 10; ++i) talk.tell(8);
  }
  // To an actor of its own, which ends with it.
  void own() const {
    become_victim();
    pactor::Actor<Receiver> receiver{pactor::Options{.mailbox = {.bytes = 64 << 10}}};
    Talk talk(receiver.proxy(), kOwnLane);
    talk.ask(8, 8);
    talk.ask_late(8);
    begin_hold();
    receiver->hold();
    for (int i = 0; i < 30; ++i) talk.tell(1'000);
    receiver.close();
    const Talk::Asks refused = talk.begin_asks(3, 8);
    static_cast<void>(receiver.join(std::chrono::milliseconds(0)));
    release();
    receiver.join();
    talk.tell(8);
    talk.ask(8, 8);
  }
  // One of many, whose messages nobody judges.
  void mutter(const pactor::Proxy<Receiver>& to) const {
    for (int i = 0; i < 3; ++i) to->pass();
  }
  // No victim, but one more who sends.
  void whisper(const pactor::Proxy<Receiver>& to) const {
    Talk talk(to, kWitnessLane);
    for (int i = 0; i < 4; ++i) talk.tell(8);
    talk.ask(8, 8);
  }
};

}  // namespace killing
