// Bad schedules, forced by pause points: each test holds a thread (or kills a process) between two
// steps of the protocols that doorbell.hpp, mailbox.hpp, outlet.cpp and asks.cpp argue about.
//
// A lost wake-up shows as a thread that still sleeps after kBound; nothing else waits for time.

#include "tests/mail_pair.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <pactor/mail/fate.hpp>
#include <pactor/mail/pause.hpp>

namespace pactor::mail {
namespace {

using namespace std::chrono_literals;

constexpr auto kBound = 5s;

// The part that this thread plays; a thread without one is never held.
thread_local std::string_view role;

// Holds one thread of a role at a pause point, once.
class Hold {
 public:
  Hold(std::string_view of, std::string_view point) : role_(of), point_(point) {
    const std::lock_guard lock(mutex());
    holds().push_back(this);
  }
  ~Hold() {
    release();
    std::unique_lock lock(mutex());
    changed().wait(lock, [this] { return state_ != State::reached || left_; });
    std::erase(holds(), this);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  // False: the thread did not come here within the bound.
  [[nodiscard]] bool reached() {
    std::unique_lock lock(mutex());
    changed().wait_for(lock, kBound, [this] { return state_ == State::reached; });
    if (state_ != State::reached) released_ = true;  // too late
    return state_ == State::reached;
  }
  void release() {
    const std::lock_guard lock(mutex());
    released_ = true;
    changed().notify_all();
  }

  static void at(const char* point) {
    if (role.empty()) return;
    std::unique_lock lock(mutex());
    for (Hold* hold : holds()) {
      if (hold->state_ != State::open || hold->role_ != role || hold->point_ != point) continue;
      if (hold->released_) continue;
      hold->state_ = State::reached;
      changed().notify_all();
      changed().wait(lock, [hold] { return hold->released_; });
      hold->left_ = true;
      changed().notify_all();
      return;
    }
  }

 private:
  enum class State { open, reached };

  static std::mutex& mutex() {
    static std::mutex of_all;
    return of_all;
  }
  static std::condition_variable& changed() {
    static std::condition_variable of_all;
    return of_all;
  }
  static std::vector<Hold*>& holds() {
    static std::vector<Hold*> all;
    return all;
  }

  const std::string_view role_;
  const std::string_view point_;
  State state_ = State::open;
  bool released_ = false;
  bool left_ = false;
};

// A thread that plays a role. Its end is awaited at the latest when this goes: whoever lets it sleep
// for ever has to wake it first.
class Player {
 public:
  Player(std::string_view name, std::function<void()> part)
      : done_(std::async(std::launch::async, [this, name, part = std::move(part)] {
          role = name;
          thread_id_.set_value(::gettid());
          part();
        })) {}

  [[nodiscard]] bool ends_in_time() { return done_.wait_for(kBound) == std::future_status::ready; }

  // Waits until the kernel has put the thread to sleep. False: it does not within the bound.
  [[nodiscard]] bool sleeps() {
    const pid_t thread = thread_id_.get_future().get();
    const auto until = std::chrono::steady_clock::now() + kBound;
    while (std::chrono::steady_clock::now() < until) {
      std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
      const std::string text(std::istreambuf_iterator<char>(stat), {});
      const std::size_t behind_name = text.rfind(") ");
      if (behind_name != std::string::npos && text[behind_name + 2] == 'S') return true;
      std::this_thread::yield();
    }
    return false;
  }

 private:
  std::promise<pid_t> thread_id_;
  std::future<void> done_;
};

void wake_whoever_sleeps(const MailPair& pair) {
  pair.doorbell().bell.fetch_add(1);
  os::futex_wake(pair.doorbell().bell);
}

class Schedule : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { pause_hook = &Hold::at; }

  // `rings`: of the first channel; 0: all.
  explicit Schedule(std::uint32_t rings = 0) : a_(pair_.open(3, {}, rings)), b_(pair_.open(4)) {}

  // All messages until none comes, by their methods.
  std::vector<std::uint64_t> take_all() {
    std::vector<std::uint64_t> methods;
    while (const Letter* letter = next(pair_.mailbox)) {
      methods.push_back(letter->method);
      pair_.mailbox.finish();
    }
    return methods;
  }
  // What an actor does until it has a message.
  std::uint64_t take_one() {
    for (;;) {
      if (const Letter* letter = pair_.mailbox.take()) {
        const std::uint64_t method = letter->method;
        pair_.mailbox.finish();
        return method;
      }
      static_cast<void>(pair_.mailbox.take_news());
      pair_.mailbox.wait();
    }
  }
  static Sent tell(Line& line, std::uint64_t method) {
    return line.outlet->tell(method, bytes(8), os::kNever);
  }

  // All channels are armed, and left to the doorbell.
  void put_to_rest() {
    Hold before_sleep("resting", "sleep: before asleep");
    Player resting("resting", [this] { pair_.mailbox.wait(); });
    ASSERT_TRUE(before_sleep.reached());
    ring(pair_.doorbell(), kNewsChannel);
    before_sleep.release();
    const bool awake = resting.ends_in_time();
    wake_whoever_sleeps(pair_);
    ASSERT_TRUE(awake) << "the wake-up was lost";
    EXPECT_EQ(pair_.mailbox.take(), nullptr);
    EXPECT_TRUE(pair_.mailbox.take_news());
  }

  // The actor sleeps or is about to (held at `point`), when `send` happens; it has to wake up, and to
  // find the message.
  void expect_awake_after(const char* point, std::uint64_t message,
                          const std::function<void()>& send) {
    Hold hold("actor", point);
    Player actor("actor", [this] { pair_.mailbox.wait(); });
    ASSERT_TRUE(hold.reached());
    send();
    hold.release();
    const bool awake = actor.ends_in_time();
    wake_whoever_sleeps(pair_);
    ASSERT_TRUE(awake) << "the wake-up was lost";
    EXPECT_EQ(take_one(), message);
  }

  MailPair pair_;
  Line a_;
  Line b_;
};

// ---- causal order --------------------------------------------------------------------------------

TEST_F(Schedule, MessageThatCameBehindTheFirstLookGoesBeforeItsConsequence) {
  Hold hold("actor", "round: looked at a channel");  // at A, where there was nothing
  std::vector<std::uint64_t> order;
  Player actor("actor", [&] { order = take_all(); });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(tell(b_, 2), Sent::accepted);
  hold.release();
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Schedule, MessageInARestingChannelGoesBeforeItsConsequence) {
  ASSERT_NO_FATAL_FAILURE(put_to_rest());
  EXPECT_EQ(tell(b_, 10), Sent::accepted);  // B is looked at from now on, A is not
  EXPECT_EQ(take_one(), 10U);
  Hold hold("actor", "round: rings collected");
  std::vector<std::uint64_t> order;
  Player actor("actor", [&] { order = take_all(); });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(tell(b_, 2), Sent::accepted);
  hold.release();
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Schedule, MessageInAChannelThatIsNewGoesBeforeItsConsequence) {
  Hold hold("actor", "round: rings collected");
  const Letter* first = nullptr;
  Player actor("actor", [&] { first = pair_.mailbox.take(); });
  ASSERT_TRUE(hold.reached());
  Line c = pair_.open_unattached(5);
  ring(pair_.doorbell(), kNewsChannel);  // as the keeper does before it hands the channel out
  EXPECT_EQ(tell(c, 1), Sent::accepted);
  EXPECT_EQ(tell(b_, 2), Sent::accepted);
  hold.release();
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(first, nullptr);
  EXPECT_TRUE(pair_.mailbox.take_news());
  pair_.mailbox.attach(5, c.memory->fd);
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Schedule, MessageThatARoundHasToLeaveOutIsNotForgotten) {
  // A's clock is behind B's, so what A commits between the looks bounds the round below B's message.
  Word64 last{0};
  Stamper behind(&last);
  Outlet a(Route{kActor, 3}, a_.memory->fd, pair_.mailbox_memory, behind, pair_.lifeline,
           pair_.depot);
  pair_.stamper.raise(pair_.stamper.next() + 1'000'000'000'000);
  EXPECT_EQ(tell(b_, 2), Sent::accepted);
  Hold hold("actor", "round: after the first look");
  std::vector<std::uint64_t> order;
  Player actor("actor", [&] {
    for (int i = 0; i < 2; ++i) order.push_back(take_one());
  });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(a.tell(1, bytes(8), kPast), Sent::accepted);
  hold.release();
  const bool in_time = actor.ends_in_time();
  if (!in_time) tell(b_, 3);  // so that it ends at all
  ASSERT_TRUE(in_time) << "it sleeps over a message";
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Schedule, MessageBeyondTheWindowBoundsTheRound) {
  for (std::uint64_t i = 0; i < 40; ++i) EXPECT_EQ(tell(a_, i), Sent::accepted);
  EXPECT_EQ(tell(b_, 40), Sent::accepted);
  EXPECT_EQ(tell(a_, 41), Sent::accepted);
  const auto order = take_all();
  ASSERT_EQ(order.size(), 42U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

// ---- wake-ups ------------------------------------------------------------------------------------

TEST_F(Schedule, MessageJustBeforeArmingIsSeenByTheLookAfterIt) {
  expect_awake_after("arm: before armed", 1, [this] {  // of B, the last of the active ones
    EXPECT_EQ(tell(b_, 1), Sent::accepted);
    EXPECT_FALSE(rung(pair_.doorbell()));
  });
}

TEST_F(Schedule, MessageJustAfterArmingRings) {
  expect_awake_after("arm: armed", 1, [this] { EXPECT_EQ(tell(b_, 1), Sent::accepted); });
}

TEST_F(Schedule, RingJustBeforeAsleepIsSeenByTheLookAtTheDoorbell) {
  expect_awake_after("sleep: before asleep", 1, [this] {
    EXPECT_EQ(tell(a_, 1), Sent::accepted);
    EXPECT_EQ(pair_.doorbell().bell.load(), 0U);  // nobody was asleep
  });
}

TEST_F(Schedule, RingJustAfterAsleepIsSeenByTheLookAtTheDoorbell) {
  expect_awake_after("sleep: asleep set", 1, [this] { EXPECT_EQ(tell(a_, 1), Sent::accepted); });
}

TEST_F(Schedule, BellRaisedJustBeforeTheKernelSleepsKeepsItAwake) {
  expect_awake_after("sleep: nothing rung", 1, [this] { EXPECT_EQ(tell(a_, 1), Sent::accepted); });
}

TEST_F(Schedule, WhoSleepsIsWoken) {
  Player actor("actor", [this] { pair_.mailbox.wait(); });
  ASSERT_TRUE(actor.sleeps());
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_TRUE(actor.ends_in_time());
  wake_whoever_sleeps(pair_);
}

TEST_F(Schedule, RingWhileTheBitIsBeingClearedIsNotLost) {
  ASSERT_NO_FATAL_FAILURE(put_to_rest());
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(tell(a_, 2), Sent::accepted);  // finds its bit set
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{1, 2}));
  ASSERT_NO_FATAL_FAILURE(put_to_rest());
  EXPECT_EQ(tell(a_, 3), Sent::accepted);
  EXPECT_TRUE(rung(pair_.doorbell()));
}

TEST_F(Schedule, StoppedSenderDoesNotKeepOthersFromWaking) {
  for (const char* point : {"commit: before header", "write: committed", "ring: bit set",
                            "wake: bell raised", "write: rung"}) {
    Player actor("actor", [this] { pair_.mailbox.wait(); });
    ASSERT_TRUE(actor.sleeps());
    Hold hold("stopped", point);
    Player stopped("stopped", [this] { EXPECT_EQ(tell(a_, 1), Sent::accepted); });
    ASSERT_TRUE(hold.reached()) << point;
    EXPECT_EQ(tell(b_, 2), Sent::accepted);
    EXPECT_TRUE(actor.ends_in_time()) << point;
    wake_whoever_sleeps(pair_);
    const auto order = take_all();
    ASSERT_FALSE(order.empty()) << point;
    EXPECT_EQ(order.back(), 2U) << point;
    hold.release();
    EXPECT_TRUE(stopped.ends_in_time());
    take_all();
  }
}

// ---- a sender that is killed -----------------------------------------------------------------

const char* killing_point = nullptr;
void kill_there(const char* point) {
  if (std::string_view(point) == killing_point) ::raise(SIGKILL);
}

// A process that tells 1, then is killed at a point of telling 2.
void run_killed_sender(const MailPair& pair, const Line& line, std::uint32_t channel,
                       const char* point) {
  const pid_t child = ::fork();
  if (child == 0) {
    Word64 last{pair.last_stamp.load()};
    Stamper stamper(&last);
    const Lifeline lifeline;
    TestDepot depot;
    Outlet outlet(Route{kActor, channel}, line.memory->fd, pair.mailbox_memory, stamper, lifeline,
                  depot);
    outlet.tell(1, bytes(100), os::kNever);
    const os::Mapping page(line.memory->fd, kReceiverPartOffset, kPageBytes,
                           os::Access::read_write);
    page.as<ReceiverPage>()->armed.store(1);  // so that it rings for the next one
    killing_point = point;
    pause_hook = &kill_there;
    outlet.tell(2, bytes(3000), os::kNever);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it does not come to " << point;
}

TEST_F(Schedule, KilledSenderHasSentAllOfAMessageOrNothing) {
  constexpr std::uint32_t kChannel = 70;
  const std::map<std::string, std::size_t> whole{{"commit: before header", 1},
                                                 {"write: committed", 2},
                                                 {"ring: bit set", 2},
                                                 {"write: rung", 2}};
  for (const auto& [point, messages] : whole) {
    const Line killed = pair_.open(kChannel);
    ASSERT_NO_FATAL_FAILURE(run_killed_sender(pair_, killed, kChannel, point.c_str()));
    pair_.mailbox.sender_gone(kChannel);  // as the keeper says
    EXPECT_EQ(take_all().size(), messages) << point;
    EXPECT_EQ(tell(a_, 3), Sent::accepted);
    EXPECT_EQ(take_all(), std::vector<std::uint64_t>{3}) << point;
    EXPECT_EQ(pair_.mailbox.take_drained(), std::vector{kChannel}) << point;
    // Its number has a new owner, who is heard though everybody sleeps.
    Line heir = pair_.open(kChannel);
    expect_awake_after("sleep: before asleep", 4,
                       [&] { EXPECT_EQ(tell(heir, 4), Sent::accepted); });
    ASSERT_FALSE(HasFatalFailure()) << point;
    pair_.mailbox.sender_gone(kChannel);
    take_all();
    EXPECT_EQ(pair_.mailbox.take_drained(), std::vector{kChannel});
  }
}

// ---- close ---------------------------------------------------------------------------------------

TEST_F(Schedule, TellThatTheClosingActorDoesNotFindIsNotAccepted) {
  Hold hold("sender", "commit: before header");  // it has seen that the actor is open
  Sent sent = Sent::full;
  Player sender("sender", [&] { sent = tell(a_, 1); });
  ASSERT_TRUE(hold.reached());
  pair_.mailbox.close();
  hold.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::closed);
}

TEST_F(Schedule, AskThatTheClosingActorDoesNotFindIsNotAccepted) {
  Hold hold("sender", "commit: before header");
  Sent sent = Sent::full;
  Ask ask;
  Player sender("sender", [&] { sent = a_.outlet->ask(1, {}, os::kNever, ask); });
  ASSERT_TRUE(hold.reached());
  pair_.mailbox.close();
  hold.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::closed);
}

TEST_F(Schedule, AskThatTheLastLookFindsIsRefusedAndNotLeftWithoutAnswer) {
  Hold committed("sender", "write: committed");
  Sent sent = Sent::full;
  Ask ask;
  Player sender("sender", [&] { sent = a_.outlet->ask(1, {}, os::kNever, ask); });
  ASSERT_TRUE(committed.reached());
  Hold closed("actor", "close: closed stored");
  Player actor("actor", [this] { pair_.mailbox.close(); });
  ASSERT_TRUE(closed.reached());
  closed.release();
  ASSERT_TRUE(actor.ends_in_time());
  committed.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
  ASSERT_TRUE(a_.outlet->asks().ready(ask));
  EXPECT_EQ(a_.outlet->asks().read(ask).status, ReplyStatus::refused);
}

TEST_F(Schedule, AskThatComesBetweenClosedAndTheLastLookIsRefused) {
  Hold before("sender", "commit: before header");
  Hold after("sender", "write: rung");
  Sent sent = Sent::full;
  Ask ask;
  Player sender("sender", [&] { sent = a_.outlet->ask(1, {}, os::kNever, ask); });
  ASSERT_TRUE(before.reached());
  Hold closed("actor", "close: closed stored");
  Player actor("actor", [this] { pair_.mailbox.close(); });
  ASSERT_TRUE(closed.reached());
  before.release();
  ASSERT_TRUE(after.reached());
  closed.release();
  ASSERT_TRUE(actor.ends_in_time());
  after.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
  EXPECT_TRUE(a_.outlet->asks().ready(ask));
}

TEST_F(Schedule, MessageThatWasProcessedBeforeTheCloseIsAcceptedHoweverLateItsSenderLooks) {
  Hold hold("sender", "write: rung");
  Sent sent = Sent::full;
  Player sender("sender", [&] { sent = tell(a_, 1); });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(take_all(), std::vector<std::uint64_t>{1});
  pair_.mailbox.close();
  hold.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
}

TEST_F(Schedule, AskIsFailedByTheKeeperWhereverItMeetsTheEnd) {
  for (const char* point : {"commit: before header", "write: committed", "write: rung"}) {
    Line line = pair_.open(9);
    Hold hold("sender", point);
    Sent sent = Sent::full;
    Ask ask;
    Player sender("sender", [&] {
      sent = line.outlet->ask(1, {}, os::kNever, ask);
      if (sent != Sent::accepted) return;
      EXPECT_TRUE(line.outlet->asks().wait(ask, os::kNever));
      EXPECT_EQ(line.outlet->asks().read(ask).status, ReplyStatus::died);
    });
    ASSERT_TRUE(hold.reached());
    announce_end(line.memory->fd, {}, 0);
    hold.release();
    EXPECT_TRUE(sender.ends_in_time()) << point;
  }
}

// ---- room ----------------------------------------------------------------------------------------

class Room : public Schedule {
 protected:
  Room() : Schedule(1) {}  // which does not grow

  // A sender that waits for room is held at `point` while the receiver makes some.
  void expect_sent_after(const char* point, const std::function<void()>& make_room,
                         Sent expected = Sent::accepted) {
    const auto payload = bytes(1000);
    while (a_.outlet->tell(1, payload, kPast) == Sent::accepted) {
    }
    Hold hold("sender", point);
    Sent sent = Sent::full;
    Player sender("sender", [&] { sent = a_.outlet->tell(2, payload, os::kNever); });
    ASSERT_TRUE(hold.reached());
    make_room();
    hold.release();
    EXPECT_TRUE(sender.ends_in_time()) << "the wake-up was lost";
    // Should it be so: let it end.
    a_.memory->receiver_page().space.fetch_add(1);
    os::futex_wake(a_.memory->receiver_page().space, 1);
    EXPECT_TRUE(sender.ends_in_time());
    EXPECT_EQ(sent, expected);
  }
};

TEST_F(Room, FreedJustBeforeItIsWantedIsSeen) {
  expect_sent_after("wait_for_space: before wanted", [this] { EXPECT_FALSE(take_all().empty()); });
}

TEST_F(Room, FreedJustAfterItIsWantedIsSeen) {
  expect_sent_after("wait_for_space: wanted", [this] { EXPECT_FALSE(take_all().empty()); });
}

TEST_F(Room, FreedJustBeforeTheKernelSleepsKeepsTheSenderAwake) {
  expect_sent_after("wait_for_space: nothing freed", [this] { EXPECT_FALSE(take_all().empty()); });
}

TEST_F(Room, SenderThatWaitsLearnsOfTheClose) {
  for (const char* point : {"wait_for_space: before wanted", "wait_for_space: wanted",
                            "wait_for_space: nothing freed"}) {
    a_ = pair_.open(3, {}, 1);
    expect_sent_after(point, [this] { announce_end(a_.memory->fd, {}, 0); }, Sent::closed);
  }
}

TEST_F(Room, IsToldToASenderThatWaitsWhileOthersKeepTheActorBusy) {
  // Less than a batch, and nobody waits yet: not published.
  const auto most = bytes(kLongestPayload);
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(take_one(), 1U);
  Hold hold("sender", "wait_for_space: nothing freed");
  Player sender("sender", [&] { a_.outlet->tell(2, most, os::kNever); });
  ASSERT_TRUE(hold.reached());
  hold.release();
  ASSERT_TRUE(sender.sleeps());
  std::vector<std::uint64_t> taken;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(tell(b_, 3), Sent::accepted);  // never idle
    taken.push_back(take_one());
  }
  EXPECT_TRUE(sender.ends_in_time());
  a_.memory->receiver_page().closed.store(1);
  a_.memory->receiver_page().space.fetch_add(1);
  os::futex_wake(a_.memory->receiver_page().space, 1);
}

TEST_F(Room, TakenByASkipIsFreedByAnActorThatSleeps) {
  EXPECT_EQ(a_.outlet->tell(1, bytes(3000), os::kNever), Sent::accepted);
  EXPECT_EQ(take_one(), 1U);
  std::uint64_t taken = 0;
  Hold sleeping("actor", "sleep: nothing rung");
  Player actor("actor", [&] { taken = take_one(); });
  ASSERT_TRUE(sleeping.reached());
  // The ring is empty, but it does not fit before the end; and needs, from the start, all of it.
  const auto most = bytes(kLongestPayload);
  Sent sent = Sent::full;
  Hold waiting("sender", "wait_for_space: before wanted");
  Player sender("sender", [&] { sent = a_.outlet->tell(2, most, os::kNever); });
  ASSERT_TRUE(waiting.reached());
  sleeping.release();
  waiting.release();
  const bool in_time = sender.ends_in_time() && actor.ends_in_time();
  if (!in_time) {
    announce_end(a_.memory->fd, {}, 0);
    EXPECT_TRUE(sender.ends_in_time());
    tell(b_, 3);
  }
  ASSERT_TRUE(in_time) << "both sleep";
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
  EXPECT_EQ(taken, 2U);
}

// ---- answers -------------------------------------------------------------------------------------

class Answering : public Schedule {
 protected:
  Answering() { inlet_ = std::make_unique<Inlet>(Route{kActor, 3}, a_.memory->fd, pair_.depot); }

  Letter receive(std::uint64_t number) {
    while (inlet_->look()) {
      const Letter letter = *inlet_->front();
      inlet_->begin();
      inlet_->finish();
      if (letter.number == number) return letter;
    }
    ADD_FAILURE() << "no ask " << number;
    return {};
  }
  Ask ask() {
    Ask made;
    EXPECT_EQ(a_.outlet->ask(1, {}, kPast, made), Sent::accepted);
    return made;
  }
  void answer(const Letter& letter) { inlet_->answer(letter, ReplyStatus::value, bytes(8), 1); }
  void wake(std::uint16_t slot) {
    auto& state = a_.memory->receiver.as<ReplySlot>(kSlotsOffset)[slot].state;
    state.store(pack_reply(1ULL << 40, ReplyStatus::died));
    os::futex_wake(low_half(state), 100);
  }

  std::unique_ptr<Inlet> inlet_;
};

TEST_F(Answering, AnswerAtAnyStepOfTheAskerIsSeen) {
  for (const char* point : {"ask: not ready", "ask: before flag", "ask: flagged"}) {
    const Ask made = ask();
    const Letter letter = receive(made.number);
    Hold hold("asker", point);
    Player asker("asker", [&] { EXPECT_TRUE(a_.outlet->asks().wait(made, os::kNever)); });
    ASSERT_TRUE(hold.reached());
    answer(letter);
    hold.release();
    EXPECT_TRUE(asker.ends_in_time()) << point;
    a_.outlet->asks().forget(made);
  }
}

TEST_F(Answering, AskerThatSleepsIsWokenAtAnyStepOfTheReceiver) {
  for (const char* point : {"answer: before state", "answer: stored"}) {
    const Ask made = ask();
    const Letter letter = receive(made.number);
    Hold hold("actor", point);
    Player actor("actor", [&] { answer(letter); });
    ASSERT_TRUE(hold.reached());
    Player asker("asker", [&] { EXPECT_TRUE(a_.outlet->asks().wait(made, os::kNever)); });
    if (point == std::string_view("answer: before state")) {
      EXPECT_TRUE(asker.sleeps());
    }
    hold.release();
    EXPECT_TRUE(asker.ends_in_time()) << point;
    EXPECT_TRUE(actor.ends_in_time());
    a_.outlet->asks().forget(made);
  }
}

TEST_F(Answering, ReceiverKilledBeforeItWakesLeavesNobodyAsleep) {
  const Ask made = ask();
  const Letter letter = receive(made.number);
  Player asker("asker", [&] { EXPECT_TRUE(a_.outlet->asks().wait(made, os::kNever)); });
  ASSERT_TRUE(asker.sleeps());
  a_.memory->receiver.as<ReplySlot>(kSlotsOffset)[letter.slot].state.store(
      pack_reply(letter.number, ReplyStatus::value));  // and is killed
  announce_end(a_.memory->fd, {}, 0);
  EXPECT_TRUE(asker.ends_in_time());
  EXPECT_EQ(a_.outlet->asks().read(made).status, ReplyStatus::value);
}

// Slots have run out: one thread waits for the oldest answer, which is another thread's.
class SlotsRunOut : public Answering {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < kReplySlots; ++i) asks_.push_back(ask());
    while (inlet_->look()) {
      letters_.push_back(*inlet_->front());
      inlet_->begin();
      inlet_->finish();
    }
    ASSERT_EQ(letters_.size(), kReplySlots);
  }

  std::vector<Ask> asks_;
  std::vector<Letter> letters_;
};

TEST_F(SlotsRunOut, WhoWaitsForOneIsWokenThoughItsOwnerGivesItBackFirst) {
  Hold flagged("waiting", "ask: flagged");
  Sent sent = Sent::full;
  Player waiting("waiting", [&] {
    Ask late;
    sent = a_.outlet->ask(1, {}, os::kNever, late);
  });
  ASSERT_TRUE(flagged.reached());
  flagged.release();
  ASSERT_TRUE(waiting.sleeps());
  Hold stored("actor", "answer: stored");  // it has not looked whether somebody sleeps
  Player actor("actor", [&] { answer(letters_[0]); });
  ASSERT_TRUE(stored.reached());
  EXPECT_TRUE(a_.outlet->asks().wait(asks_[0], kPast));
  a_.outlet->asks().forget(asks_[0]);
  stored.release();
  EXPECT_TRUE(actor.ends_in_time());
  EXPECT_TRUE(waiting.ends_in_time()) << "the wake-up was lost";
  wake(asks_[0].slot);
  EXPECT_EQ(sent, Sent::accepted);
}

TEST_F(SlotsRunOut, OwnerIsWokenThoughAnotherThreadMovesItsAnswerFirst) {
  Player owner("owner", [&] { EXPECT_TRUE(a_.outlet->asks().wait(asks_[0], os::kNever)); });
  ASSERT_TRUE(owner.sleeps());
  Hold stored("actor", "answer: stored");
  Player actor("actor", [&] { answer(letters_[0]); });
  ASSERT_TRUE(stored.reached());
  const Ask other = ask();  // takes the slot
  EXPECT_EQ(other.slot, asks_[0].slot);
  stored.release();
  EXPECT_TRUE(actor.ends_in_time());
  EXPECT_TRUE(owner.ends_in_time()) << "the wake-up was lost";
  wake(asks_[0].slot);
  EXPECT_TRUE(same(a_.outlet->asks().read(asks_[0]).bytes, bytes(8)));
}

TEST_F(SlotsRunOut, WhoWaitsForOneLeavesItAloneOnceItIsAnotherAsks) {
  Hold before("waiting", "ask: before flag");
  Player waiting("waiting", [&] {
    Ask late;
    EXPECT_EQ(a_.outlet->ask(1, {}, os::kNever, late), Sent::accepted);
  });
  ASSERT_TRUE(before.reached());
  answer(letters_[0]);
  a_.outlet->asks().forget(asks_[0]);
  const Ask again = ask();
  ASSERT_EQ(again.slot, asks_[0].slot);
  answer(letters_[1]);  // for the one who waits
  before.release();
  EXPECT_TRUE(waiting.ends_in_time());
  EXPECT_EQ(a_.memory->sender_page().awaited[again.slot].load() >> 1, again.number);
  wake(again.slot);
}

}  // namespace
}  // namespace pactor::mail
