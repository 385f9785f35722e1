// Descriptors, and leave to write files, that run out: an error that says so, or no trouble at all.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sys/resource.h>
#include <unistd.h>
#include <cstddef>
#include <string>
#include <vector>

namespace app {

class Worker;
PACTOR_ACTOR(Worker, size_of, repeat, add, total, total_of, open_no_more);
class Worker {
 public:
  std::size_t size_of(const std::string& text) const { return text.size(); }
  std::string repeat(char letter, std::size_t times) const { return std::string(times, letter); }
  void add(int amount) { total_ += amount; }
  int total() const { return total_; }
  int total_of(const pactor::Proxy<Worker>& other) const { return other.ask()->total().get(); }
  void open_no_more() {
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = 3;  // those that are open stay
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
  }

 private:
  int total_ = 0;
};

// Has an actor of its own.
class Parent {
 public:
  pactor::Proxy<Worker> child() const { return child_.proxy(); }

 private:
  pactor::Actor<Worker> child_;
};
PACTOR_ACTOR(Parent, child);

}  // namespace app

namespace {

using namespace processes;
using app::Worker;
using pactor::Actor;
using pactor::ActorDied;
using pactor::Exit;
using pactor::Options;
using pactor::Reply;

class Scarcity : public ProcessTest {};

// While it lives, this process has room for `spare` more descriptors.
class Scarce {
 public:
  explicit Scarce(std::size_t spare) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    for (int i = 0; i < 100; ++i)
      held_.push_back(pactor::duplicate(STDIN_FILENO));  // fill the gaps
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(held_.back().get()) + 1;
    ::setrlimit(RLIMIT_NOFILE, &few);
    held_.resize(held_.size() - spare);
  }
  Scarce(const Scarce&) = delete;
  Scarce& operator=(const Scarce&) = delete;
  ~Scarce() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<pactor::Fd> held_;
};

TEST_F(Scarcity, ChannelThatFindsNoDescriptorIsAnErrorWithTheRemedyAndOpensLater) {
  PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS();
  Actor<app::Parent> parent;
  const pactor::Proxy<Worker> child = parent.ask()->child().get();
  std::string text;
  {
    const Scarce two{2};  // for the question; the answer has two as well, and room for one
    text = text_of<pactor::Error>([&] { child->add(1); });
  }
  EXPECT_TRUE(contains(text, "no channel to actor") && contains(text, "ulimit -n")) << text;
  child->add(2);
  EXPECT_EQ(child.ask()->total().get(), 2);
}

TEST_F(Scarcity, AnswerThatFindsNoDescriptorIsAnErrorWithTheRemedy) {
  PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS();
  Actor<Worker> worker{Options{.name = "generous"}};
  Reply<std::string> reply = worker.ask()->repeat('x', 10'000'000);
  EXPECT_EQ(worker.ask()->total().get(), 0);  // so the first has been answered
  std::string text;
  {
    const Scarce none{0};
    text = text_of<pactor::Error>([&] { reply.get(); });
  }
  for (const char* part : {"generous", "repeat", "ulimit -n"}) {
    EXPECT_TRUE(contains(text, part)) << text;
  }
  EXPECT_EQ(worker.ask()->repeat('x', 10'000'000).get().size(), 10'000'000u);
}

TEST_F(Scarcity, ActorThatHasNoDescriptorForAChannelFailsWithTheRemedy) {
  PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS();
  Actor<Worker> worker, other;
  worker.ask()->open_no_more().get();
  try {
    other.ask()->total_of(worker.proxy()).get();
    ADD_FAILURE();
  } catch (const ActorDied& death) {
    EXPECT_EQ(death.exit().kind, Exit::Kind::failed);
    EXPECT_EQ(death.exit().type, "pactor::Error");
    EXPECT_TRUE(contains(death.exit().text, "ulimit -n")) << death.what();
  }
}

TEST_F(Scarcity, LongMessagesArriveThoughThisProcessMayWriteNoFilesOfTheirSize) {
  Actor<Worker> worker;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 16, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::size_t size = worker.ask()->size_of(std::string(20'000'000, 'x')).get();
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(size, 20'000'000u);
}

}  // namespace
