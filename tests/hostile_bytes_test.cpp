// The inputs that are kept in fuzz/corpus, and mutations of them: nothing happens that must not. The same few
// thousand each time; ./dev fuzz looks for new ones.
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
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace pactor::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr int kMutationsOfEach = 60;
constexpr std::size_t kLongest = 1000;

// What a process is at, for those who find it dead.
struct Progress {
  char file[100];
  int mutation;
  std::size_t size;
  std::byte bytes[2 * kLongest];
};

std::vector<Seed> kept(const char* target) {
  std::vector<Seed> all;
  for (const auto& entry :
       fs::directory_iterator(fs::path(PACTOR_SOURCE_DIR) / "fuzz/corpus" / target)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    all.push_back({.name = entry.path().filename(), .bytes = {begin, begin + text.size()}});
  }
  std::ranges::sort(all, {}, &Seed::name);
  return all;
}

Bytes mutated(Bytes bytes, std::minstd_rand& random) {
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (std::size_t changes = 1 + below(8); changes != 0; --changes) {
    const std::size_t at = below(bytes.size() + 1);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    if (at == bytes.size() || below(4) == 0) {
      bytes.insert(place, static_cast<std::byte>(below(256)));
    } else if (below(4) == 0) {
      bytes.erase(place);
    } else if (below(4) == 0) {  // a part once more
      const Bytes part(place, place + static_cast<std::ptrdiff_t>(below(bytes.size() - at + 1)));
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())), part.begin(),
                   part.end());
    } else {
      *place = static_cast<std::byte>(below(2) == 0 ? below(256) : below(4));
    }
  }
  bytes.resize(std::min(bytes.size(), kLongest));
  return bytes;
}

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
