// The inputs that are kept in fuzz/corpus, and mutations of them: nothing happens that must not. The same few
// thousand each time; ./dev fuzz looks for new ones.
#include "fuzz/kept.hpp"
#include "fuzz/target.hpp"
#include "tests/shared_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

namespace pactor::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr int kMutationsOfEach = 60;

// What a process is at, for those who find it dead.
struct Progress {
  char file[100];
  int mutation;
  std::size_t size;
  std::byte bytes[2 * kLongest];
};

[[noreturn]] void replay(const Target& target, Progress& progress) {
  std::minstd_rand random(1);  // NOLINT: the same each time
  for (const Seed& seed : kept(target.name)) {
    std::snprintf(progress.file, sizeof progress.file, "%s", seed.name.c_str());
    for (int mutation = 0; mutation <= kMutationsOfEach; ++mutation) {
      const Bytes bytes = mutation == 0 ? seed.bytes : mutated(seed.bytes, random);
      progress.mutation = mutation;
      progress.size = std::min(bytes.size(), sizeof progress.bytes);
      std::copy_n(bytes.begin(), progress.size, progress.bytes);
      begin_input();
      target.run(bytes);
    }
  }
  std::_Exit(0);
}

// Leaves the input behind as a file that ./dev fuzz takes.
std::string describe(const Target& target, const Progress& progress) {
  const fs::path file = fs::path(PACTOR_BINARY_DIR) / (std::string("crash-") + target.name);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(progress.bytes),
             static_cast<std::streamsize>(progress.size));
  std::ostringstream text;
  text << target.name << ", mutation " << progress.mutation << " of " << progress.file
       << "; again: ./dev fuzz " << target.name << " " << file.string();
  return text.str();
}

// In a process of its own, which may die of it.
void expect_harmless(const Target& target) {
  ASSERT_FALSE(kept(target.name).empty());
  auto& progress = testing::share<Progress>();
  EXPECT_EXIT(replay(target, progress), ::testing::ExitedWithCode(0), "")
      << describe(target, progress);
}

TEST(HostileBytes, EndInBadMessageOrInAValueThatTravelsOn) { expect_harmless(wire_target); }

TEST(HostileBytes, DoNotHarmTheKeeperNorThoseItAnswers) { expect_harmless(protocol_target); }

TEST(HostileBytes, InAChannelHarmNoReceiverAndDelayNoOtherSender) {
  expect_harmless(receiver_target);
}

TEST(HostileBytes, InAChannelHarmNoSender) { expect_harmless(sender_target); }

TEST(HostileBytes, OfADamagedProcessHarmNeitherTheKeeperNorTheSuccessor) {
  expect_harmless(succession_target);
}

TEST(HostileBytes, ThatChangeWhileTheyAreReadHarmNobody) { expect_harmless(race_target); }

}  // namespace
}  // namespace pactor::fuzz
