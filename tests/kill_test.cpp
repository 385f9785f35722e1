// kill -9 at every instruction of the transport. A victim, sender or receiver, runs through all that the
// transport does, and is killed at the first instruction that none has been killed at before; then the same
// again, until a run comes to no such instruction. After each death the board is compared with what is
// promised: what was accepted has arrived once, in order and whole, but for the one message that was in
// progress when a receiver died; every ask has ended; and nobody else was held up.
#include "kill/board.hpp"
#include "kill/cast.hpp"
#include "kill/traps.hpp"
#include "processes.hpp"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>

// Two functions of libc's, which the library linked into this program calls at these moments.

// An actor's process begins, and has not looked at its mailbox yet.
extern "C" int prctl(int option, ...) {
  std::va_list list;
  va_start(list, option);
  const unsigned long a = va_arg(list, unsigned long), b = va_arg(list, unsigned long),
                      c = va_arg(list, unsigned long), d = va_arg(list, unsigned long);
  va_end(list);
  if (option == PR_SET_CHILD_SUBREAPER && killing::board().newborn_is_victim.exchange(false)) {
    killing::Traps::set();
  }
  return static_cast<int>(::syscall(SYS_prctl, option, a, b, c, d));
}

// A keeper begins, and has made its zygote already.
extern "C" int setrlimit(__rlimit_resource_t which, const rlimit* limit) noexcept {
  if (killing::board().keeper_is_victim.exchange(false)) killing::Traps::set();
  return static_cast<int>(::syscall(SYS_setrlimit, which, limit));
}

namespace {

using namespace killing;
using pactor::Actor;
using pactor::Exit;
using pactor::Options;
using processes::full;

// One of this many instructions is deadly in the everyday suite.
constexpr std::size_t kStride = 64;

// Sends in the flood lane, from a thread, for as long as this lives.
class Flood {
 public:
  explicit Flood(const pactor::Proxy<Receiver>& to)
      : thread_([this, to] {
          id_ = ::gettid();
          Talk talk(to, kFloodLane);
          while (!stopped_ && board().lanes[kFloodLane].attempted + 2 < kMostMessages) talk.tell(8);
        }) {}
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    stopped_ = true;
    thread_.join();
  }

  // Until it waits for room. The receiver stands still.
  void wait_until_blocked() const {
    const Lane& lane = board().lanes[kFloodLane];
    while (lane.attempted < 20 || !processes::asleep("self/task/" + std::to_string(id_)))
      std::this_thread::yield();
  }

 private:
  std::atomic<pid_t> id_ = 0;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;  // behind what it uses
};

// How one lane compares with what is promised.
struct Verdict {
  std::string broken;      // empty: all is well
  std::uint32_t lost = 0;  // accepted messages that have not arrived

  explicit Verdict(const Lane& lane) {
    std::set<std::uint32_t> noted;
    std::uint32_t last = 0;
    for (std::uint32_t i = 0; i < lane.noted; ++i) {
      const std::uint32_t number = lane.note[i];
      if (number <= last)
        broken = "message " + std::to_string(number) + " came after " + std::to_string(last);
      if (number > lane.attempted) broken = "message " + std::to_string(number) + " was never sent";
      noted.insert(last = number);
    }
    for (std::uint32_t number = 1; number <= lane.attempted; ++number) {
      if (lane.accepted[number] && !noted.contains(number)) ++lost;
    }
  }
};

class Kill : public processes::ProcessTest {
 protected:
  static void SetUpTestSuite() {
    pactor::on_dead_letter([](const pactor::DeadLetter&) {});
    killed_.resize(code().size());
  }
  static void TearDownTestSuite() { report(); }
  void SetUp() override {
    if (!kCanTrap) GTEST_SKIP() << "breakpoints are written for x86-64 only";
    ASSERT_GT(code().size(), 1'000U) << "objdump lists no transport code; it comes with binutils";
    // What restarted actors say of themselves.
    stderr_ = ::dup(2);
    log_ = ::memfd_create("kill-log", MFD_CLOEXEC);
    ::dup2(log_, 2);
  }
  void TearDown() override {
    if (stderr_ >= 0) {
      ::dup2(stderr_, 2);
      ::close(stderr_);
      ::close(log_);
    }
    ProcessTest::TearDown();
  }

  static const std::vector<Instruction>& code() { return Traps::read_code(); }

  using Choice = std::function<bool(std::size_t instruction)>;

  // Plays the scene over and over, with ever more instructions behind it, until no victim dies in it.
  void kill_at_each(
      const std::string& name, const std::function<void()>& scene,
      const Choice& choice = [](std::size_t i) { return full() || i % kStride == 0; }) {
    const std::size_t before = kills_;
    for (std::size_t i = 0; i < code().size(); ++i) board().deadly[i] = choice(i);
    constexpr int kLives = 3;  // a run may take another way than the one before
    for (int lives = 0; lives < kLives && !HasFailure();) {
      board().clear_messages();
      clear_said();
      scene();
      const std::uint32_t at = board().struck;
      check(name, at);
      if (at == 0) {
        ++lives;
        continue;
      }
      lives = 0;
      ++kills_;
      killed_[at - 1] = true;
      board().deadly[at - 1] = false;
    }
    std::printf("  %-40s %6zu kills\n", name.c_str(), kills_ - before);
    std::fflush(stdout);
  }

  void check(const std::string& name, std::uint32_t at) const {
    const std::string where =
        name + (at == 0 ? std::string(", nobody killed")
                        : ", killed at " + code()[at - 1].text + " in " + code()[at - 1].function);
    if (board().wrong != 0) {
      ADD_FAILURE() << where << ": " << board().what.data();
    }
    std::uint32_t lost = 0, failed_asks = 0;
    for (std::uint32_t lane = 0; lane < kJudgedLanes; ++lane) {
      const Verdict verdict(board().lanes[lane]);
      if (!verdict.broken.empty()) {
        ADD_FAILURE() << where << ": lane " << lane << ": " << verdict.broken;
      }
      lost += verdict.lost;
      failed_asks += board().lanes[lane].failed_asks;
    }
    // At most the message that was in progress, and that is told.
    const std::uint32_t most = at == 0 ? 0 : 1;
    EXPECT_LE(lost, most) << where << ": accepted messages are lost";
    EXPECT_LE(failed_asks, most) << where << ": asks failed that had not begun";
    if (lost != 0) {
      EXPECT_NE(said().find(", while it ran "), std::string::npos)
          << where << ": the lost message is not named: " << said();
    }
  }

  // What restarted actors have said since clear_said().
  [[nodiscard]] std::string said() const {
    std::string text(1 << 12, '\0');
    const ssize_t bytes = ::pread(log_, text.data(), text.size(), 0);
    text.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
    return text;
  }
  void clear_said() const {
    if (::ftruncate(log_, 0) != 0) std::abort();
    ::lseek(log_, 0, SEEK_SET);
  }

  // Where nobody has been killed so far, function by function.
  static void report() {
    std::map<std::string, std::vector<std::size_t>> missed;
    std::size_t hit = 0;
    for (std::size_t i = 0; i < code().size(); ++i) {
      if (killed_[i]) {
        ++hit;
      } else {
        missed[code()[i].function].push_back(i);
      }
    }
    std::printf("  killed %zu times, at %zu of %zu instructions\n", kills_, hit, code().size());
    if (!full()) return;
    for (const auto& [function, instructions] : missed) {
      std::printf("  %s: %zu not\n", function.c_str(), instructions.size());
      for (const std::size_t i : instructions) {
        std::printf("    %zx %s\n", code()[i].address - code()[0].address, code()[i].text.c_str());
      }
    }
  }

 private:
  // By all tests of this process.
  static inline std::vector<bool> killed_;
  static inline std::size_t kills_ = 0;

  int stderr_ = -1;
  int log_ = -1;
};

// ---- The sender is killed --------------------------------------------------------------------------

enum class Others { asleep, hot, blocked };

Options mailbox_of_64_kib(pactor::WhenFull when_full = {}) {
  return {.name = "receiver",
          .restart = {.max = 3},
          .mailbox = {.bytes = 64 << 10, .when_full = when_full}};
}

void expect_end(const Exit& exit) {
  if (exit.orderly() || (exit.kind == Exit::Kind::signalled && exit.code == SIGKILL)) return;
  board().complain(exit.explain().c_str());
}

void hold(const Actor<Receiver>& receiver) {
  begin_hold();
  receiver->hold();
}

// The receiver lives on, and answers as if nothing had happened.
void expect_answer(const Actor<Receiver>& receiver) {
  Talk talk(receiver.proxy(), kWitnessLane);
  talk.ask(8, 8);
}

template <class Say>
void sender_dies(const Actor<Receiver>& receiver, Others others, Say say) {
  std::optional<Flood> flood;
  if (others == Others::hot) flood.emplace(receiver.proxy());
  if (others == Others::blocked) hold(receiver);
  Actor<Sender> sender{Options{.name = "sender"}};
  const processes::Watched process(sender.pid());
  say(sender);
  if (others == Others::blocked) {
    const Lane& lane = board().lanes[kScriptLane];
    while (!process.has_ended() && (lane.attempted < 20 || !processes::asleep(sender.pid())))
      std::this_thread::yield();
    release();
  }
  sender.close();
  expect_end(sender.join());
  flood.reset();
  expect_answer(receiver);
}

TEST_F(Kill, OfASenderAtAnyInstructionLosesNothingThatWasAccepted) {
  using pactor::WhenFull;
  const auto say = [](const Actor<Receiver>& receiver) {
    return [&](Actor<Sender>& sender) { sender->say(receiver.proxy()); };
  };
  const auto fill = [](const Actor<Receiver>& receiver) {
    return [&](Actor<Sender>& sender) { sender->fill(receiver.proxy()); };
  };
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  kill_at_each("sender, the receiver sleeps",
               [&] { sender_dies(receiver, Others::asleep, say(receiver)); });
  kill_at_each("sender, the receiver is busy",
               [&] { sender_dies(receiver, Others::hot, say(receiver)); });
  kill_at_each("sender, the receiver stands still",
               [&] { sender_dies(receiver, Others::blocked, fill(receiver)); });
  Actor<Receiver> roomy{Options{.name = "receiver"}};
  kill_at_each("sender, its ring grows long", [&] {
    sender_dies(roomy, Others::blocked,
                [&](Actor<Sender>& sender) { sender->stream(roomy.proxy()); });
  });
  kill_at_each("sender, of an actor of its own", [&] {
    sender_dies(receiver, Others::asleep, [](Actor<Sender>& sender) { sender->own(); });
  });
  for (const WhenFull& when_full :
       {WhenFull::wait(std::chrono::milliseconds(1)), WhenFull::refuse, WhenFull::drop_newest}) {
    Actor<Receiver> full_one{mailbox_of_64_kib(when_full)};
    kill_at_each("sender, the mailbox overflows",
                 [&] { sender_dies(full_one, Others::blocked, fill(full_one)); });
  }
}

// ---- The receiver is killed ------------------------------------------------------------------------

// All that a receiver does, from its start until its end.
void talk_to(Actor<Receiver>& receiver) {
  board().lanes[kSelfLane].attempted = 1;
  receiver->chain(1, 6);
  board().lanes[kSelfLane].accepted[1] = true;
  Actor<Sender> witness{Options{.name = "witness"}};
  witness->whisper(receiver.proxy());
  Talk talk(receiver.proxy(), kScriptLane);
  say_everything(talk);
}

void receiver_dies(Others others) {
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  std::optional<Flood> flood;
  if (others == Others::hot) flood.emplace(receiver.proxy());
  if (others == Others::blocked) hold(receiver);
  receiver->become_victim();
  if (others == Others::blocked) {
    flood.emplace(receiver.proxy());  // only now: for that message there has to be room
    flood->wait_until_blocked();
    release();
  }
  talk_to(receiver);
  flood.reset();
  receiver.close();
  expect_end(receiver.join());
}

// It has died with messages of all kinds waiting; who takes over is the victim.
void successor_dies() {
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  const processes::Watched process(receiver.pid());
  board().lanes[kSelfLane].attempted = 1;
  receiver->chain(1, 6);
  board().lanes[kSelfLane].accepted[1] = true;
  Talk talk(receiver.proxy(), kScriptLane);
  Talk::Asks kept = talk.begin_asks(60, 2'000);  // answers that the first process has given
  hold(receiver);
  while (board().holding == 0) std::this_thread::yield();
  std::thread speaker([&] {
    for (int i = 0; i < 30; ++i) talk.tell(1'000);
    talk.tell(100'000);
    say_everything(talk);
    talk.finish(std::move(kept));
  });
  Actor<Sender> witness{Options{.name = "witness"}};
  witness->whisper(receiver.proxy());
  while (board().lanes[kScriptLane].attempted < 80 || board().lanes[kWitnessLane].attempted < 5)
    std::this_thread::yield();
  board().newborn_is_victim = true;
  processes::send_signal(process.pid(), SIGKILL);
  speaker.join();
  witness.close();
  witness.join();
  receiver.close();
  expect_end(receiver.join());
}

TEST_F(Kill, OfAReceiverAtAnyInstructionLosesNothingButTheMessageInProgress) {
  kill_at_each("receiver, its senders wait for answers", [] { receiver_dies(Others::asleep); });
  kill_at_each("receiver, a sender never stops", [] { receiver_dies(Others::hot); });
  kill_at_each("receiver, a sender waits for room", [] { receiver_dies(Others::blocked); });
}

TEST_F(Kill, OfASuccessorAtAnyInstructionLosesNothingButTheMessageInProgress) {
  kill_at_each("successor of a receiver", [] { successor_dies(); });
}

// What it had committed comes before whatever somebody sends who has heard of its end.
TEST_F(Kill, OfASenderBetweenCommitAndBellKeepsTheOrder) {
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  kill_at_each(
      "sender, about to ring",
      [&] {
        sender_dies(receiver, Others::asleep,
                    [&](Actor<Sender>& sender) { sender->say(receiver.proxy()); });
      },
      [](std::size_t i) {
        return code()[i].function.starts_with("pactor::mail::Outlet::ring_if_armed");
      });
}

// ---- The keeper is killed --------------------------------------------------------------------------

// Has the keeper do all that it does with channels: open them, see to restarts, tell ends, find cycles. It
// may be gone at any time: then every call says so, or does nothing.
void have_the_keeper_work() {
  const auto in_spite_of_its_end = [](const auto& act) {
    try {
      act();
    } catch (const pactor::Error&) {
    }
  };
  std::size_t born = 0;
  const auto note = [&](const Actor<Receiver>& actor) { board().family.at(born++) = actor.pid(); };
  in_spite_of_its_end([&] {
    Actor<Receiver> receiver{mailbox_of_64_kib()}, other{mailbox_of_64_kib()};
    note(receiver);
    note(other);
    Talk talk(receiver.proxy(), kOwnLane);
    talk.tell(8);
    receiver.ask()->ask_for_nothing(other.proxy()).get();  // a channel between two
    receiver->end_by(SIGKILL);                             // a restart, with asks behind it
    talk.asks(3, 8);
    other->ask_round(receiver.proxy());  // a cycle
    talk.ask(8, 8);
    receiver.close();
    receiver.join();
    Talk(other.proxy(), kOwnLane).ask(8, 8);
    other.kill();
    other.join();
  });
}

void keeper_dies() {
  board().keeper_is_victim = true;
  const pid_t program = ::fork();
  if (program == 0) {
    have_the_keeper_work();
    ::_exit(0);
  }
  const processes::Watched process(program);
  if (!process.ends()) {
    board().complain("a program hangs whose keeper was killed");
    processes::send_signal(program, SIGKILL);
  }
  int status = 0;
  ::waitpid(program, &status, 0);
  if (status != 0) board().complain("a program did not survive the end of its keeper");
  for (const auto& pid : board().family) {
    if (pid != 0 && !processes::Watched(pid).ends())
      board().complain("an actor outlived its keeper");
  }
}

TEST_F(Kill, OfAKeeperAtAnyInstructionEndsItsActorsAndHangsNobody) {
  kill_at_each("keeper", [] { keeper_dies(); });
}

}  // namespace
