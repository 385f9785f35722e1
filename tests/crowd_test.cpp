// A program that does everything at once: many threads, many births, many descriptors.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace app {

class Tally {
 public:
  void add(int n) { total_ += n; }
  int total() const { return total_; }
  int count_descriptors() const {
    int count = 0;
    for (const auto& entry : processes::fs::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const auto target = processes::fs::read_symlink(entry.path(), gone);
      if (!gone && !target.string().ends_with("/fd")) ++count;  // but the listing's own
    }
    return count;
  }
  // What a copy of a locked heap, stream or mutex would never return from.
  std::size_t use_everything() const {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::fflush(nullptr);
    std::cout.flush();
    return std::string(100'000, 'x').size() + std::to_string(total_).size();
  }

 private:
  int total_ = 0;
};
PACTOR_ACTOR(Tally, add, total, count_descriptors, use_everything);

}  // namespace app

namespace {

using app::Tally;
using pactor::Actor;
using processes::full;

class Crowd : public processes::ProcessTest {};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kFull = 4'000;
#else
constexpr int kFull = 20'000;
#endif

// Threads that allocate, lock and print until this goes.
class Bustle {
 public:
  Bustle() : null_(std::fopen("/dev/null", "w")) {
    for (int i = 0; i < 2; ++i) {
      threads_.emplace_back([this] {
        for (std::size_t size = 1; !done_; size = size * 7 % 10007) {
          if (std::vector<std::string>(10, std::string(size, 'x')).back().size() != size) {
            std::abort();
          }
        }
      });
      threads_.emplace_back([this] {
        while (!done_) {
          const std::lock_guard lock(mutex_);
          std::fprintf(null_, "%s\n", "a line");
          std::fflush(null_);
        }
      });
    }
  }
  Bustle(const Bustle&) = delete;
  Bustle& operator=(const Bustle&) = delete;
  ~Bustle() {
    done_ = true;
    for (std::thread& thread : threads_) thread.join();
    std::fclose(null_);
  }

 private:
  std::FILE* null_;
  std::mutex mutex_;
  std::atomic<bool> done_{false};
  std::vector<std::thread> threads_;
};

TEST_F(Crowd, SixtyFourThreadsMaySpawnWhileOthersAllocateLockAndPrint) {
  constexpr int kThreads = 64;
  constexpr std::size_t kAliveAtOnce = 4;  // of one thread
  const int spawns = full() ? kFull : 512;
  std::atomic<int> spawned{0}, answers{0};
  {
    const Bustle bustle;
    std::vector<std::thread> spawning;
    spawning.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      spawning.emplace_back([&] {
        std::deque<Actor<Tally>> alive;
        while (spawned.fetch_add(1) < spawns) {
          alive.emplace_back();
          alive.back()->add(1);
          const std::size_t used = alive.back().ask()->use_everything().get();
          if (used == 100'001 && alive.back().ask()->total().get() == 1) ++answers;
          if (alive.size() == kAliveAtOnce) alive.pop_front();
        }
      });
    }
    for (std::thread& thread : spawning) thread.join();
  }
  EXPECT_EQ(answers, spawns);
}

TEST_F(Crowd, SixtyFourThreadsMayUseOneProxy) {
  constexpr int kThreads = 64, kMessages = 500;
  Actor<Tally> tally;
  const pactor::Proxy<Tally> proxy = tally.proxy();
  std::vector<std::thread> threads;
  std::atomic<int> rising{0};
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      int before = -1;
      bool rises = true;
      for (int i = 0; i < kMessages; ++i) {
        proxy->add(1);
        if (i % 50 != 0) continue;
        const int total = proxy.ask()->total().get();
        rises &= total > before;  // its own message came first
        before = total;
      }
      rising += rises ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rising, kThreads);
  EXPECT_EQ(proxy.ask()->total().get(), kThreads * kMessages);
}

// The soft limit at the hard one while this lives.
class ManyDescriptors {
 public:
  ManyDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit most{.rlim_cur = before_.rlim_max, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &most);
  }
  ManyDescriptors(const ManyDescriptors&) = delete;
  ManyDescriptors& operator=(const ManyDescriptors&) = delete;
  ~ManyDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  [[nodiscard]] std::size_t limit() const { return before_.rlim_max; }

 private:
  rlimit before_{};
};

TEST_F(Crowd, TenThousandInheritableDescriptorsOfTheProgramAreNotInAnActor) {
  constexpr std::size_t kDescriptors = 10'000;
  const ManyDescriptors many;
  if (many.limit() < kDescriptors + 500) GTEST_SKIP() << "ulimit -Hn is " << many.limit();
  std::vector<int> opened;
  opened.reserve(kDescriptors);
  while (opened.size() < kDescriptors) {
    opened.push_back(::open("/dev/null", O_RDONLY));  // not close-on-exec
    ASSERT_GE(opened.back(), 0);
  }
  {
    Actor<Tally> actor;
    EXPECT_LE(actor.ask()->count_descriptors().get(), 4)
        << "the streams, and its own line to the keeper";
  }
  for (const int fd : opened) ::close(fd);
}

}  // namespace
