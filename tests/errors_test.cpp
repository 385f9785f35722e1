// What goes wrong, and who is told what: ends, lost answers, timeouts, sizes.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace app {

using processes::Gate;

class OwnError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

class Victim;
PACTOR_ACTOR(Victim, die_by, leave, fail, fail_oddly, fail_in_a_thread, refuse_to, noexcept_method,
             nested, echo, size_of, repeat, add, total, block_at);
class Victim {
 public:
  void die_by(int signal) { processes::die_by(signal); }
  void leave(int status) { ::_exit(status); }
  void fail(std::string text) { throw std::range_error(text); }
  void fail_oddly() { throw 42; }
  void fail_in_a_thread() {
    std::thread([] { throw std::underflow_error("in a thread"); }).join();
  }
  void noexcept_method() noexcept { refuse_to("logic_error"); }

  int refuse_to(std::string type) {
    if (type == "logic_error") throw std::logic_error("no");
    if (type == "system_error") {
      throw std::system_error(std::make_error_code(std::errc::no_space_on_device), "writing");
    }
    if (type == "bad_optional_access") return std::optional<int>().value();
    if (type == "OwnError") throw OwnError("mine");
    if (type == "Timeout") throw pactor::Timeout("theirs");
    if (type == "text") throw "a literal";
    if (type == "long") throw std::runtime_error(std::string(1'000'000, 'x'));
    return 0;
  }
  // What asking another actor threw goes on to the asker of this one.
  int nested(pactor::Proxy<Victim> other, std::string type) {
    return other.ask()->refuse_to(std::move(type)).get();
  }

  std::string echo(std::string text) const { return text; }
  std::size_t size_of(std::string text) const { return text.size(); }
  std::string repeat(char letter, std::size_t times) const { return std::string(times, letter); }
  void add(int amount) { total_ += amount; }
  int total() const { return total_; }
  void block_at(Gate gate) {
    gate.arrive();
    gate.pass();
  }

 private:
  int total_ = 0;
};

// Stops in its destructor.
class SlowToGo {
 public:
  explicit SlowToGo(Gate gate) : gate_(std::move(gate)) {}
  ~SlowToGo() {
    gate_.arrive();
    gate_.pass();
  }
  void fail(std::string text) { throw std::range_error(text); }
  int total() const { return 0; }

 private:
  Gate gate_;
};
PACTOR_ACTOR(SlowToGo, fail, total);

// Leaves one behind that it never closes, and that does not end by itself.
class Careless {
 public:
  explicit Careless(Gate gate)
      : left_(new pactor::Actor<SlowToGo>{
            pactor::Options{.close_deadline = std::chrono::milliseconds(100)}, std::move(gate)}) {}
  std::uint64_t left() const { return left_->id(); }

 private:
  pactor::Actor<SlowToGo>* left_;
};
PACTOR_ACTOR(Careless, left);

}  // namespace app

namespace {

using namespace std::chrono_literals;
using namespace processes;
using app::Victim;
using pactor::Actor;
using pactor::ActorDied;
using pactor::Exit;
using pactor::Options;
using pactor::Reply;

class Errors : public ProcessTest {};

// ---- How it ended ----------------------------------------------------------------------------

TEST_F(Errors, SignalIsReportedWithTheMethodInProgress) {
  for (const auto& [signal, name] : {std::pair{SIGSEGV, "SIGSEGV"}, {SIGKILL, "SIGKILL"}}) {
    Actor<Victim> victim{Options{.name = "patient"}};
    victim->die_by(signal);
    const Exit exit = victim.join();
    EXPECT_EQ(exit.kind, Exit::Kind::signalled);
    EXPECT_EQ(exit.code, signal);
    EXPECT_EQ(exit.method, "die_by");
    const std::string text = exit.explain();
    EXPECT_TRUE(contains(text, "patient") && contains(text, name) && contains(text, "die_by"))
        << text;
    EXPECT_FALSE(exit.expected());
  }
}

TEST_F(Errors, SignalFromOutsideNamesNoMethodWhereNoneRan) {
  Actor<Victim> victim;
  send_signal(victim.pid(), SIGTERM);
  const Exit exit = victim.join();
  EXPECT_EQ(exit.kind, Exit::Kind::signalled);
  EXPECT_EQ(exit.code, SIGTERM);
  EXPECT_EQ(exit.method, "");
}

TEST_F(Errors, ExitStatusIsReportedWithTheMethodInProgress) {
  Actor<Victim> victim;
  victim->leave(7);
  const Exit exit = victim.join();
  EXPECT_EQ(exit.kind, Exit::Kind::exited);
  EXPECT_EQ(exit.code, 7);
  EXPECT_EQ(exit.method, "leave");
  EXPECT_TRUE(contains(exit.explain(), "status 7")) << exit.explain();
}

TEST_F(Errors, FailureIsReportedWithTypeAndTextAndMethod) {
  Actor<Victim> victim{Options{.name = "patient"}};
  victim->fail("ran out of patience");
  const Exit exit = victim.join();
  EXPECT_EQ(exit, (Exit{.kind = Exit::Kind::failed,
                        .actor = "patient",
                        .method = "fail",
                        .type = "std::range_error",
                        .text = "ran out of patience"}));
  for (const char* part : {"patient", "std::range_error", "ran out of patience", "fail"}) {
    EXPECT_TRUE(contains(exit.explain(), part)) << exit.explain();
  }
}

TEST_F(Errors, FailureWithoutAnExceptionClassHasItsTypeAtLeast) {
  Actor<Victim> victim;
  victim->fail_oddly();
  const Exit exit = victim.join();
  EXPECT_EQ(exit.kind, Exit::Kind::failed);
  EXPECT_EQ(exit.type, "int");
}

TEST_F(Errors, ThrowFromANoexceptMethodIsReportedAsFailed) {
  for (const bool asked : {false, true}) {
    Actor<Victim> victim;
    if (asked) {
      EXPECT_THROW(victim.ask()->noexcept_method().get(), ActorDied);
    } else {
      victim->noexcept_method();
    }
    const Exit exit = victim.join();
    EXPECT_EQ(exit.kind, Exit::Kind::failed);
    EXPECT_EQ(exit.type, "std::logic_error");
    EXPECT_EQ(exit.text, "no");
    EXPECT_EQ(exit.method, "noexcept_method");
  }
}

TEST_F(Errors, ThrowFromAThreadOfTheActorIsReportedAsFailed) {
  Actor<Victim> victim;
  victim->fail_in_a_thread();
  const Exit exit = victim.join();
  EXPECT_EQ(exit.kind, Exit::Kind::failed);
  EXPECT_EQ(exit.type, "std::underflow_error");
}

TEST_F(Errors, FailureTextOfAnyLengthIsReported) {
  Actor<Victim> victim{Options{.name = std::string(1000, 'n')}};
  victim->fail(std::string(100'000, 'x'));
  const Exit exit = victim.join();
  EXPECT_EQ(exit.kind, Exit::Kind::failed);
  EXPECT_TRUE(exit.text.starts_with("xxxxxxxxxx"));
  EXPECT_TRUE(exit.actor.starts_with("nnnnnnnnnn"));
  Actor<Victim> next;
  EXPECT_EQ(next.ask()->total().get(), 0) << "the keeper lives";
}

// ---- What becomes of messages ----------------------------------------------------------------

TEST_F(Errors, AsksPendingWhenTheActorDiesGetTheReason) {
  const std::vector<std::pair<std::function<void(const Actor<Victim>&)>, Exit::Kind>> ends = {
      {[](const Actor<Victim>& victim) { victim->die_by(SIGKILL); }, Exit::Kind::signalled},
      {[](const Actor<Victim>& victim) { victim->leave(1); }, Exit::Kind::exited},
      {[](const Actor<Victim>& victim) { victim->fail("no"); }, Exit::Kind::failed}};
  for (const auto& [end, kind] : ends) {
    Door door;
    Actor<Victim> victim;
    victim->block_at(door.gate());
    door.wait_for_arrival();
    end(victim);
    std::deque<Reply<int>> replies;
    for (int i = 0; i < 100; ++i) replies.push_back(victim.ask()->total());
    door.open();
    for (Reply<int>& reply : replies) {
      try {
        reply.get();
        ADD_FAILURE() << "an answer from the dead";
      } catch (const ActorDied& death) {
        ASSERT_EQ(death.exit().kind, kind) << death.what();
        ASSERT_TRUE(contains(death.what(), "total")) << death.what();
      }
    }
    EXPECT_EQ(victim.join().kind, kind);
  }
}

TEST_F(Errors, AsksToAnActorThatHasFailedAndIsBeingDestroyedGetTheReason) {
  Door door;
  Actor<app::SlowToGo> actor{door.gate()};
  actor->fail("no");
  Reply<int> reply = actor.ask()->total();
  door.wait_for_arrival();  // it has failed, and is being destroyed
  Reply<int> late = actor.ask()->total();
  door.open();
  for (Reply<int>* each : {&reply, &late}) {
    try {
      each->get();
      ADD_FAILURE();
    } catch (const ActorDied& death) {
      EXPECT_EQ(death.exit().kind, Exit::Kind::failed) << death.what();
    }
  }
}

TEST_F(Errors, TellsToTheDeadDoNotThrow) {
  Actor<Victim> victim;
  const pactor::Proxy<Victim> proxy = victim.proxy();
  victim.kill();
  victim.join();
  for (int i = 0; i < 100; ++i) {
    EXPECT_NO_THROW(victim->add(1));
    EXPECT_NO_THROW(proxy->echo(std::string(200'000, 'x')));
  }
}

TEST_F(Errors, SenderThatWaitsForRoomIsReleasedByTheDeathOfTheActor) {
  Door door;
  Actor<Victim> victim;
  victim->block_at(door.gate());
  door.wait_for_arrival();
  std::thread sender([&victim] {
    for (int i = 0; i < 10; ++i)
      victim->echo(std::string(100'000, 'x'));  // more than there is room for
  });
  victim.kill();
  sender.join();
  EXPECT_EQ(victim.join().kind, Exit::Kind::killed);
}

TEST_F(Errors, TimeoutNamesTheActorAndTheMethodAndTheLateAnswerStillComes) {
  Door door;
  Actor<Victim> victim{Options{.name = "snail"}};
  Reply<void> blocked = victim.ask()->block_at(door.gate());
  Reply<std::string> reply = victim.ask()->echo("at last");
  const std::string text = text_of<pactor::Timeout>([&] { reply.get(1ms); });
  EXPECT_TRUE(contains(text, "snail") && contains(text, "echo")) << text;
  text_of<pactor::Timeout>([&] { reply.get(0ms); });
  text_of<pactor::Timeout>([&] { victim.ask(1ms)->total().get(); });  // dropped: answered to nobody
  EXPECT_FALSE(reply.ready());
  door.wait_for_arrival();
  door.open();
  EXPECT_EQ(reply.get(), "at last");
  EXPECT_TRUE(reply.ready());
  blocked.get();
  EXPECT_EQ(victim.ask()->echo("and on").get(), "and on");
}

TEST_F(Errors, GetTwiceGivesTheSame) {
  Actor<Victim> victim;
  Reply<std::string> value = victim.ask()->echo("one");
  const std::string* first = &value.get();
  EXPECT_EQ(&value.get(), first);
  EXPECT_EQ(value.get(0ms), "one");
  Reply<void> nothing = victim.ask()->add(1);
  nothing.get();
  nothing.get();
  Reply<int> refusal = victim.ask()->refuse_to("logic_error");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of<std::logic_error>([&] { refusal.get(); }), "no");
  victim.kill();
  victim.join();
  EXPECT_EQ(value.get(), "one");
  Reply<int> lost = victim.ask()->total();
  std::string text = text_of<ActorDied>([&] { lost.get(); });
  EXPECT_EQ(text_of<ActorDied>([&] { lost.get(); }), text);
}

TEST_F(Errors, HandlesThatWereMovedFromSaySo) {
  Actor<Victim> victim;
  Reply<int> reply = victim.ask()->total();
  Reply<int> kept = std::move(reply);
  std::string text = text_of<pactor::Error>([&] { reply.get(); });  // NOLINT: on purpose
  EXPECT_TRUE(contains(text, "Reply was moved from")) << text;
  EXPECT_TRUE(reply.ready()) << "get() throws at once";
  EXPECT_EQ(kept.get(), 0);
  Actor<Victim> owner = std::move(victim);
  text = text_of<pactor::Error>([&] { victim.close(); });  // NOLINT: on purpose
  EXPECT_TRUE(contains(text, "Actor was moved from")) << text;
  EXPECT_EQ(victim.pid(), 0);
  EXPECT_GT(owner.pid(), 0);
}

TEST_F(Errors, ActorThatItsCreatorLeavesBehindHasItsOwnDeadlineToClose) {
  Door door;
  Actor<app::Careless> creator{door.gate()};
  EXPECT_GT(creator.ask()->left().get(), 0u);
  const auto before = std::chrono::steady_clock::now();
  creator.close();
  EXPECT_TRUE(creator.join().orderly());
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s) << "the default is 10 s";
}

// What a sender with damaged memory, or built from other sources, may send.
TEST_F(Errors, MessageThatDoesNotDecodeIsRefusedAndTheActorLives) {
  Actor<Victim> actor;
  const std::uint64_t add = pactor::wire::method_id("add", pactor::wire::type_hash<int>());
  pactor::wire::Encoder short_of_an_int;
  short_of_an_int.bytes("abc", 3);
  const auto& remote = actor.proxy().remote();
  remote->tell(add, "add", short_of_an_int);
  remote->tell(add + 1, "no method", short_of_an_int);
  pactor::Reply<int> asked(remote->ask(add, "add", short_of_an_int, pactor::runtime::kNoDeadline));
  EXPECT_THROW(asked.get(), pactor::BadMessage);
  pactor::Reply<int> unknown(
      remote->ask(add + 1, "no method", short_of_an_int, pactor::runtime::kNoDeadline));
  EXPECT_THROW(unknown.get(), pactor::BadMessage);
  actor->add(3);
  EXPECT_EQ(actor.ask()->total().get(), 3);
  actor.close();
  EXPECT_TRUE(actor.join().orderly());
}

TEST_F(Errors, DroppedReplyHarmsNothingAndTheCallIsMade) {
  Actor<Victim> victim;
  for (int i = 0; i < 2000; ++i) {
    static_cast<void>(victim.ask()->add(1));
    if (i % 100 == 0) static_cast<void>(victim.ask()->repeat('x', 10'000));
    if (i % 100 == 1) static_cast<void>(victim.ask()->refuse_to("logic_error"));
  }
  EXPECT_EQ(victim.ask()->total().get(), 2000);
}

TEST_F(Errors, ReplyMayOutliveTheActorAndItsHandle) {
  std::optional<Reply<std::string>> kept, lost;
  {
    Actor<Victim> victim;
    kept = victim.ask()->echo("bequest");
    victim.close();
    lost = victim.ask()->echo("too late");
  }
  EXPECT_EQ(kept->get(), "bequest");
  text_of<ActorDied>([&] { lost->get(); });
}

TEST_F(Errors, ThousandAsksMayBeInFlightFromOneThread) {
  constexpr std::size_t kAsks = 1000;
  Actor<Victim> victim;
  std::deque<Reply<std::string>> replies;
  for (std::size_t i = 0; i < kAsks; ++i) replies.push_back(victim.ask()->echo(std::to_string(i)));
  for (std::size_t i = kAsks; i-- > 0;) EXPECT_EQ(replies[i].get(), std::to_string(i));
}

TEST_F(Errors, ThousandAsksInFlightAreFailedOneAndAll) {
  Door door;
  Actor<Victim> victim;
  std::deque<Reply<int>> replies;
  for (int i = 0; i < 800; ++i) replies.push_back(victim.ask()->total());
  victim->block_at(door.gate());
  for (int i = 0; i < 200; ++i) replies.push_back(victim.ask()->total());
  door.wait_for_arrival();
  victim.kill();
  std::size_t answered = 0, died = 0;
  for (Reply<int>& reply : replies) {
    try {
      reply.get();
      ++answered;
    } catch (const ActorDied&) {
      ++died;
    }
  }
  EXPECT_EQ(answered, 800u);
  EXPECT_EQ(died, 200u);
}

// ---- What an asked method throws -------------------------------------------------------------

TEST_F(Errors, ExceptionOfAnAskedMethodArrivesAsItself) {
  Actor<Victim> victim, between;
  const auto ask = [&](const char* type) { return victim.ask()->refuse_to(type); };
  EXPECT_EQ(text_of<std::logic_error>([&] { ask("logic_error").get(); }), "no");
  EXPECT_EQ(text_of<std::system_error>([&] { ask("system_error").get(); }),
            "writing: No space left on device");
  text_of<std::bad_optional_access>([&] { ask("bad_optional_access").get(); });
  EXPECT_EQ(text_of<pactor::Timeout>([&] { ask("Timeout").get(); }), "theirs");
  EXPECT_EQ(text_of<pactor::RemoteError>([&] { ask("OwnError").get(); }), "mine");
  EXPECT_EQ(text_of<pactor::RemoteError>([&] { ask("text").get(); }), "a literal");
  EXPECT_TRUE(text_of<std::runtime_error>([&] { ask("long").get(); }).starts_with("xxxxxxxx"));
  EXPECT_EQ(ask("").get(), 0) << "and the actor lives";
  EXPECT_EQ(text_of<std::logic_error>(
                [&] { between.ask()->nested(victim.proxy(), "logic_error").get(); }),
            "no");
  try {
    between.ask()->nested(victim.proxy(), "OwnError").get();
    ADD_FAILURE();
  } catch (const pactor::RemoteError& error) {
    EXPECT_EQ(error.type(), "app::OwnError") << "its name survives a second journey";
  }
}

TEST_F(Errors, DeathOfAnActorThatAnActorAskedArrivesWithItsExit) {
  Actor<Victim> dead{Options{.name = "deceased"}}, between;
  dead->die_by(SIGKILL);
  dead.join();
  try {
    between.ask()->nested(dead.proxy(), "").get();
    ADD_FAILURE();
  } catch (const ActorDied& death) {
    EXPECT_EQ(death.exit().kind, Exit::Kind::signalled);
    EXPECT_EQ(death.exit().actor, "deceased");
  }
  EXPECT_EQ(between.ask()->total().get(), 0);
}

// ---- Sizes -----------------------------------------------------------------------------------

TEST_F(Errors, BigArgumentsAndBigRepliesArriveWhole) {
  Actor<Victim> victim;
  for (const std::size_t bytes : {0u, 1u, 40u, 41u, 4'096u, 65'536u, 200'000u, 250'000u}) {
    EXPECT_EQ(victim.ask()->size_of(std::string(bytes, 'x')).get(), bytes);
  }
  for (int round = 0; round < 20; ++round) {
    for (const std::size_t bytes : {100u, 30'000u, 200'000u}) {
      EXPECT_EQ(victim.ask()->repeat('y', bytes).get(), std::string(bytes, 'y'));
    }
    const std::string text(static_cast<std::size_t>(10'000 * round), 'z');
    EXPECT_EQ(victim.ask()->echo(text).get(), text);
  }
}

}  // namespace
