// What is said of dead letters, and when: by a clock of the test's own.

#include <pactor/runtime/dead_letters.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using pactor::DeadLetter;
using pactor::runtime::DeadLetterLines;

DeadLetter to(std::uint64_t actor, DeadLetter::Reason reason = DeadLetter::Reason::actor_ended) {
  return {.actor = actor,
          .name = "a" + std::to_string(actor),
          .method = "add",
          .reason = reason,
          .exit = pactor::Exit{.actor = "a" + std::to_string(actor)}};
}

TEST(DeadLetterLines, FirstOfAnActorIsSaidAtOnceWithItsCause) {
  DeadLetterLines lines;
  EXPECT_EQ(lines.line_for(to(2), true, 100s),
            "pactor: add to 'a2' was not delivered: actor 'a2' was closed and ended in order");
  const auto full = lines.line_for(to(2, DeadLetter::Reason::mailbox_full), true, 100s);
  ASSERT_TRUE(full.has_value());
  EXPECT_NE(full->find("add to 'a2' was not delivered: its mailbox is full"), std::string::npos);
  EXPECT_EQ(lines.rest(), std::nullopt);
}

TEST(DeadLetterLines, FurtherOnesAreSummedUpOnceASecond) {
  DeadLetterLines lines;
  ASSERT_TRUE(lines.line_for(to(2), true, 100s).has_value());
  for (int i = 1; i < 1000; ++i) {
    EXPECT_EQ(lines.line_for(to(2), false, 100s + i * 1ms), std::nullopt);
  }
  EXPECT_EQ(lines.line_for(to(2), false, 101s),
            "pactor: 1000 more messages were not delivered: 1000 to 'a2' (ended)");
  EXPECT_EQ(lines.line_for(to(2), false, 101s + 1ms), std::nullopt);
  EXPECT_EQ(lines.line_for(to(3), false, 103s),
            "pactor: 2 more messages were not delivered: 1 to 'a2' (ended), 1 to 'a3' (ended)");
  EXPECT_EQ(lines.rest(), std::nullopt);
}

TEST(DeadLetterLines, WhatIsLeftIsSaidAtTheEnd) {
  DeadLetterLines lines;
  ASSERT_TRUE(lines.line_for(to(2), true, 100s).has_value());
  EXPECT_EQ(lines.line_for(to(2, DeadLetter::Reason::mailbox_full), false, 100s), std::nullopt);
  EXPECT_EQ(lines.rest(), "pactor: 1 more message was not delivered: 1 to 'a2' (mailbox full)");
  EXPECT_EQ(lines.rest(), std::nullopt);
}

TEST(DeadLetterLines, ThousandActorsThatEndAtOnceMakeFewLinesAndLoseNoCount) {
  DeadLetterLines lines;
  int said = 0;
  for (std::uint64_t actor = 1; actor <= 1000; ++actor) {
    said += lines.line_for(to(actor), true, 100s).has_value() ? 1 : 0;
  }
  EXPECT_EQ(said, DeadLetterLines::kLinesPerPeriod);
  const auto rest = lines.rest();
  ASSERT_TRUE(rest.has_value());
  EXPECT_TRUE(rest->starts_with("pactor: 990 more messages were not delivered: 1 to 'a11' (ended)"))
      << *rest;
  EXPECT_TRUE(rest->ends_with(", 1 to 'a18' (ended), 982 to others")) << *rest;
}

}  // namespace
