// Storms (see storm/judge.cpp, `./dev storm`): a short one, and that the court that judges them sees what it has to.
#include "run_program.hpp"
#include "storm/court.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using pactor::testing::contains;
using pactor::testing::FinishedRun;
using pactor::testing::full;
using pactor::testing::run_program;
using storm::Court;
using storm::Did;
using storm::Entry;
using storm::Method;

TEST(Storm, KillsAndStopsAtRandomCostNoMoreThanWhatIsPromised) {
  const std::string directory = PACTOR_BINARY_DIR "/tests/storm/";
  for (int i = 0; i < (full() ? 2 : 1); ++i) {
    const FinishedRun storm = run_program(
        {directory + "storm_judge", directory + "storm_program", "--for", full() ? "30s" : "4s"});
    EXPECT_EQ(storm.status, 0) << storm.output;
    EXPECT_TRUE(contains(storm.output, "violations   0")) << storm.output;
  }
}

TEST(Storm, JudgeRefusesWhatItDoesNotUnderstand) {
  const std::string judge = PACTOR_BINARY_DIR "/tests/storm/storm_judge";
  for (const char* time : {"5", "m", "5d", ""}) {
    const FinishedRun refused = run_program({judge, "program", "--for", time});
    EXPECT_EQ(refused.status, 2) << time;
    EXPECT_TRUE(contains(refused.output, "usage:")) << refused.output;
  }
}

// What a sender and a receiver have written, and the first objection to it.
class StormCourt : public testing::Test {
 protected:
  static constexpr std::uint8_t kSender = storm::kFirstSender, kOther = kSender + 1,
                                kReceiver = storm::kFirstReceiver;

  StormCourt() {
    born();
    for (const std::uint8_t seat : {kSender, kOther}) court_.hear_sending(seat, {.did = Did::born});
  }

  void born() { court_.hear_receiving(kReceiver, {.did = Did::born}); }
  void wrote(Did did, std::uint64_t number, Method method = Method::take,
             std::uint8_t sender = kSender) {
    court_.hear_sending(sender,
                        {.did = did, .other = kReceiver, .method = method, .number = number});
  }
  void sent(std::uint64_t number, Method method = Method::take, std::uint8_t sender = kSender) {
    wrote(Did::sending, number, method, sender);
    wrote(Did::accepted, number, method, sender);
  }
  void begun(std::uint64_t number, Method method = Method::take, std::uint8_t sender = kSender,
             std::uint64_t cause = 0) {
    court_.hear_receiving(kReceiver, {.did = Did::begun,
                                      .other = sender,
                                      .method = method,
                                      .cause_from = cause == 0 ? storm::kNobody : kSender,
                                      .number = number,
                                      .cause = cause});
  }
  void finished() { court_.hear_receiving(kReceiver, {.did = Did::finished}); }
  void processed(std::uint64_t number, Method method = Method::take,
                 std::uint8_t sender = kSender) {
    begun(number, method, sender);
    finished();
  }
  void crashed(int restart, const std::string& method) {
    court_.hear_line("pactor: actor 'receiver-" + std::to_string(kReceiver) +
                     "' was ended by signal 9 (SIGKILL)" +
                     (method.empty() ? "" : ", while it ran " + method) + "; restarted (" +
                     std::to_string(restart) + " of 9)");
    born();
  }

  std::string verdict(Court::End end = Court::End::orderly) {
    court_.conclude(end);
    return court_.violations().empty() ? "" : court_.violations().front();
  }

 private:
  Court court_;
};

TEST_F(StormCourt, AllowsEachKillOneMessage) {
  for (std::uint64_t number = 1; number <= 5; ++number) sent(number);
  processed(1);
  begun(2);
  crashed(1, "take");
  processed(3);
  crashed(2, "take");
  processed(5);
  EXPECT_EQ(verdict(), "");
}

TEST_F(StormCourt, SeesWhatIsLost) {
  sent(1);
  sent(2);
  processed(2);
  EXPECT_TRUE(contains(verdict(), "lost"));
}

TEST_F(StormCourt, SeesWhatIsLostAtTheEnd) {
  sent(1);
  sent(2);
  processed(1);
  EXPECT_TRUE(contains(verdict(), "lost"));
}

TEST_F(StormCourt, SeesASecondMessageThatAKillHasCost) {
  for (std::uint64_t number = 1; number <= 3; ++number) sent(number);
  begun(1);
  crashed(1, "take");
  processed(3);
  EXPECT_TRUE(contains(verdict(), "message 2")) << "the first was in progress";
}

TEST_F(StormCourt, DoesNotExpectWhatWasNotAccepted) {
  wrote(Did::sending, 1);
  wrote(Did::sending, 2);
  wrote(Did::refused, 2);
  sent(3);
  processed(3);
  EXPECT_EQ(verdict(), "");
}

TEST_F(StormCourt, SeesWhatComesTwiceOrLate) {
  sent(1);
  processed(1);
  crashed(1, "");
  processed(1);
  EXPECT_TRUE(contains(verdict(), "twice"));
}

TEST_F(StormCourt, SeesWhatComesThoughItWasRefused) {
  wrote(Did::sending, 1);
  wrote(Did::refused, 1);
  processed(1);
  EXPECT_TRUE(contains(verdict(), "refused"));
}

TEST_F(StormCourt, SeesWhatNobodyHasSent) {
  processed(1);
  EXPECT_TRUE(contains(verdict(), "nobody had sent"));
}

TEST_F(StormCourt, SeesAConsequenceThatComesFirst) {
  sent(1);
  sent(1, Method::take, kOther);
  begun(1, Method::take, kOther, /*cause=*/1);
  finished();
  processed(1);
  EXPECT_TRUE(contains(verdict(), "consequence"));
}

TEST_F(StormCourt, SeesAnAskThatNeverEnds) {
  sent(1, Method::answer);
  processed(1, Method::answer);
  EXPECT_TRUE(contains(verdict(), "never told"));
}

TEST_F(StormCourt, SeesAnAnswerToWhatWasNeverBegun) {
  sent(1, Method::answer);
  wrote(Did::answered, 1, Method::answer);
  sent(2);
  processed(2);
  EXPECT_TRUE(contains(verdict(), "never begun"));
}

TEST_F(StormCourt, SeesAnAskThatFailedThoughNobodyWasKilled) {
  sent(1, Method::answer);
  processed(1, Method::answer);
  sent(2);
  processed(2);
  wrote(Did::died, 1, Method::answer);
  EXPECT_TRUE(contains(verdict(), "though its actor went on"));
}

TEST_F(StormCourt, SeesACrashWhoseMessageNoLineNames) {
  sent(1);
  begun(1);
  crashed(1, "");
  EXPECT_TRUE(contains(verdict(), "no line named"));
}

TEST_F(StormCourt, SeesARestartOfWhichNoLineTells) {
  crashed(1, "");
  crashed(3, "");
  EXPECT_TRUE(contains(verdict(), "no line told"));
}

TEST_F(StormCourt, SeesADeadLetterWhileTheActorsLive) {
  wrote(Did::sending, 1);
  wrote(Did::undelivered, 1);
  EXPECT_TRUE(contains(verdict(), "dead letters"));
}

TEST_F(StormCourt, ExpectsDeadLettersWhenTheActorsAreGone) {
  wrote(Did::sending, 1);
  wrote(Did::undelivered, 1);
  EXPECT_EQ(verdict(Court::End::actors_gone), "");
}

TEST_F(StormCourt, ExpectsNothingMoreWhenTheFamilyWasKilled) {
  sent(1);
  sent(2);
  begun(1);
  EXPECT_EQ(verdict(Court::End::program_gone), "");
}

}  // namespace
