// Many actors: what each costs in descriptors is counted, and that none is lost. With PACTOR_FULL=1 as
// many as are promised; otherwise enough to find a cost that grows with their number by mistake.

#include "processes.hpp"
#include "run_program.hpp"

#include <pactor/pactor.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace app {

class Idler {
 public:
  int square(int number) const { return number * number; }
};
PACTOR_ACTOR(Idler, square);

class Collector {
 public:
  void add(int number) {
    ++messages_;
    sum_ += number;
  }
  std::pair<int, long> total() const { return {messages_, sum_}; }

 private:
  int messages_ = 0;
  long sum_ = 0;
};
PACTOR_ACTOR(Collector, add, total);

// Sends to one, or to all that it has been told of, itself included.
class Peer;
PACTOR_ACTOR(Peer, send, meet, greet_all, greet, greetings, end_of);
class Peer {
 public:
  int send(const pactor::Proxy<Collector>& to, int first, int count) const {
    for (int i = 0; i < count; ++i) to->add(first + i);
    return count;
  }
  void meet(std::vector<pactor::Proxy<Peer>> peers) { peers_ = std::move(peers); }
  std::size_t greet_all(int number) const {
    for (const auto& peer : peers_) peer->greet(number);
    return peers_.size();
  }
  void greet(int number) {
    ++greetings_;
    sum_ += number;
  }
  std::pair<int, long> greetings() const { return {greetings_, sum_}; }
  std::string end_of(const pactor::Proxy<Idler>& other) const {
    try {
      return std::to_string(other.ask()->square(1).get());
    } catch (const pactor::ActorDied& died) {
      return died.what();
    }
  }

 private:
  std::vector<pactor::Proxy<Peer>> peers_;
  int greetings_ = 0;
  long sum_ = 0;
};

}  // namespace app

namespace {

using namespace processes;
using pactor::Actor;
using pactor::Reply;

std::size_t descriptors_of(pid_t pid) {
  const fs::path directory = "/proc/" + std::to_string(pid) + "/fd";
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

class Scale : public ProcessTest {};

TEST_F(Scale, IdleActorCostsTheKeeperOneDescriptorAndTheProgramNone) {
  const int count = full() ? 10'000 : 500;
  const pid_t keeper = keeper_of(::getpid());
  const std::size_t before = descriptors_of(keeper), own_before = descriptors_of(::getpid());
  std::vector<Actor<app::Idler>> actors(static_cast<std::size_t>(count));
  std::vector<Reply<int>> squares;
  for (int i = 0; i < count; ++i) {
    squares.push_back(actors[static_cast<std::size_t>(i)].ask()->square(i));
  }
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(squares[static_cast<std::size_t>(i)].get(), i * i);
  }
  constexpr std::size_t kPassing = 2;  // those that the keeper has just for a moment
  EXPECT_LE(descriptors_of(keeper), before + actors.size() + kPassing);
  EXPECT_EQ(descriptors_of(::getpid()), own_before);
  EXPECT_EQ(children_of(keeper).size(), actors.size() + 1) << "actors and zygote";
  pactor::close_all(actors);
  for (const pactor::Exit& exit : pactor::join_all(actors)) ASSERT_TRUE(exit.orderly());
  EXPECT_LE(descriptors_of(keeper), before + kPassing);
}

TEST_F(Scale, ManySendersToOneActorAreAllHeard) {
  const int senders = full() ? 1'000 : 150, each = 20;
  Actor<app::Collector> collector;
  std::vector<Actor<app::Peer>> peers(static_cast<std::size_t>(senders));
  std::vector<Reply<int>> sent;
  for (int i = 0; i < senders; ++i) {
    sent.push_back(
        peers[static_cast<std::size_t>(i)].ask()->send(collector.proxy(), i * each, each));
  }
  for (auto& reply : sent) ASSERT_EQ(reply.get(), each);
  const long all = long{senders} * each;
  EXPECT_EQ(collector.ask()->total().get(), std::pair(senders * each, all * (all - 1) / 2));
  // The channels of those who have gone are given up, and used again by others.
  const pid_t keeper = keeper_of(::getpid());
  const std::size_t with_peers = descriptors_of(keeper);
  pactor::close_all(peers);
  pactor::join_all(peers);
  std::vector<Actor<app::Peer>> others(static_cast<std::size_t>(senders));
  for (auto& other : others) {
    ASSERT_EQ(other.ask()->send(collector.proxy(), 1, 1).get(), 1);
  }
  EXPECT_EQ(collector.ask()->total().get().first, senders * each + senders);
  EXPECT_LE(descriptors_of(keeper), with_peers + 2);
  pactor::close_all(others);
}

TEST_F(Scale, ActorsThatAllSendToEachOtherHearEachOnce) {
  const int count = full() ? 100 : 30;
  std::vector<Actor<app::Peer>> actors(static_cast<std::size_t>(count));
  std::vector<pactor::Proxy<app::Peer>> proxies;
  for (const auto& actor : actors) proxies.push_back(actor.proxy());
  for (const auto& actor : actors) actor->meet(proxies);
  std::vector<Reply<std::size_t>> greeted;
  for (int i = 0; i < count; ++i) {
    greeted.push_back(actors[static_cast<std::size_t>(i)].ask()->greet_all(i));
  }
  for (auto& reply : greeted) ASSERT_EQ(reply.get(), actors.size());
  for (const auto& actor : actors) {
    EXPECT_EQ(actor.ask()->greetings().get(), std::pair(count, long{count} * (count - 1) / 2));
  }
  pactor::close_all(actors);
}

TEST_F(Scale, SpentDescriptorsAreOneSpawnErrorAndClosedActorsMakeRoomForNewOnes) {
  using pactor::testing::run_program;
  const auto run = run_program(
      {"/bin/sh", "-c", "ulimit -n 250 && exec '" + pactor::testing::test_program("crowd") + "'"});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(contains(run.output, "cannot start actor 'app::Idler': ") &&
              contains(run.output, "Too many open files (raise the limit with `ulimit -n`)"))
      << run.output;
  EXPECT_TRUE(contains(run.output, "closed 20, created 20 again, then refused again"))
      << run.output;
}

TEST_F(Scale, KeeperWithoutRoomIsAnErrorOfActorsAndNoTroubleToAProgramWithoutThem) {
  PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS();
  using pactor::testing::run_program;
  const std::string crowd = "ulimit -n 7 && exec '" + pactor::testing::test_program("crowd") + "' ";
  const auto with_actors = run_program({"/bin/sh", "-c", crowd});
  EXPECT_EQ(with_actors.status, 2) << with_actors.output;
  EXPECT_TRUE(contains(with_actors.output, "created 0; ") &&
              contains(with_actors.output, "the keeper process") &&
              contains(with_actors.output, "`ulimit -n`"))
      << with_actors.output;
  const auto without = run_program({"/bin/sh", "-c", crowd + "none"});
  EXPECT_EQ(without.status, 0) << without.output;
}

TEST_F(Scale, LatestEndIsRememberedHoweverOldItsActorWas) {
  constexpr int kMoreThanRemembered = 1'100;
  Actor<app::Idler> old;
  const pactor::Proxy<app::Idler> of_old = old.proxy();
  for (int ended = 0; ended < kMoreThanRemembered;) {
    std::vector<Actor<app::Idler>> others(100);
    pactor::close_all(others);
    ended += static_cast<int>(pactor::join_all(others).size());
  }
  old.kill();
  old.join();
  Actor<app::Peer> asker;  // it has never had anything to do with it, and has the keeper's word
  const std::string told = asker.ask()->end_of(of_old).get();
  EXPECT_TRUE(contains(told, "Idler") && !contains(told, "a while ago")) << told;
}

}  // namespace
