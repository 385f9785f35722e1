// The judge: has victims die at each instruction, and compares with what is promised what they leave.
//
//     TEST_F(Kill, OfASender…) { kill_at_each("sender, the receiver sleeps", [&] { … }); }
//
// All of them in one program, so that it can be said in the end where nobody has died. With PACTOR_KILL_ONCE set,
// nobody dies where somebody has died in an earlier scene: for a quick look at that.
#pragma once

#include "board.hpp"
#include "tests/processes.hpp"
#include "traps.hpp"

#include <gtest/gtest.h>

#include <pactor/pactor.hpp>

#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace killing {

using processes::full;

// What it does may be refused, with an error that says so.
template <class Act>
void in_spite_of_errors(Act act) {
  try {
    act();
  } catch (const pactor::Error&) {
  }
}

// One of this many instructions is deadly in the everyday suite.
inline constexpr std::size_t kStride = 64;

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

  using Scene = std::function<void()>;
  using Choice = std::function<bool(std::size_t instruction)>;

  static bool one_of_many(std::size_t instruction) { return full() || instruction % kStride == 0; }

  // Plays the scene over and over, with ever more instructions behind it, until no victim dies in it.
  void kill_at_each(const std::string& name, const Scene& scene,
                    const Choice& choice = one_of_many) {
    choose(choice);
    constexpr int kLives = 3;  // a run may take another way than the one before
    tell(name, play(name, scene, kLives));
  }

  // For scenes one after the other, each of which has its victims die where none has died in those before.
  static void choose(const Choice& choice = one_of_many) {
    const bool once = std::getenv("PACTOR_KILL_ONCE") != nullptr;
    for (std::size_t i = 0; i < code().size(); ++i)
      board().deadly[i] = choice(i) && !(once && killed_[i]);
  }
  // Until in so many runs nobody has died. Returns how many have.
  std::size_t play(const std::string& name, const Scene& scene, int lives = 1) {
    std::size_t kills = 0;
    for (int left = lives; left != 0 && !HasFailure();) {
      board().clear_messages();
      clear_said();
      scene();
      const std::uint32_t at = board().struck;
      check(name, at);
      if (at == 0) {
        --left;
        continue;
      }
      left = lives;
      ++kills;
      killed_[at - 1] = true;
      board().deadly[at - 1] = false;
    }
    kills_ += kills;
    return kills;
  }
  // play(), for who has many scenes played.
  [[nodiscard]] auto player() {
    return [this](const std::string& name, const Scene& scene) { return play(name, scene); };
  }
  static void tell(const std::string& name, std::size_t kills) {
    std::printf("  %-40s %6zu kills\n", name.c_str(), kills);
    std::fflush(stdout);
  }

  void check(const std::string& name, std::uint32_t at) const {
    const std::string where =
        name + (at == 0 ? std::string(", nobody killed")
                        : ", killed at " + code()[at - 1].text + " in " + code()[at - 1].function);
    if (board().wrong.exchange(0) != 0) {
      ADD_FAILURE() << where << ": " << board().what.data() << "\n" << said();
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
    if (at == 0 && board().scarce)
      return;  // whoever lacked something has said so: see exhaustion_test
    // At most the message that was in progress, and that is told; and the one for which something was lacking.
    const std::uint32_t most = at == 0 ? 0 : board().scarce ? 2 : 1;
    EXPECT_LE(lost, most) << where << ": accepted messages are lost";
    EXPECT_LE(failed_asks, most) << where << ": asks failed that had not begun";
    if (lost != 0 && !board().scarce) {
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
    std::size_t hit = 0, checks = 0;
    for (std::size_t i = 0; i < code().size(); ++i) {
      if (killed_[i]) {
        ++hit;
      } else if (code()[i].of_a_failed_check) {
        ++checks;
      } else {
        missed[code()[i].function].push_back(i);
      }
    }
    std::printf("  killed %zu times, at %zu of %zu instructions (without %zu of failed checks)\n",
                kills_, hit, code().size() - checks, checks);
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

}  // namespace killing
