// Messages of any size, as arguments and as results; what arrives is checked by a sum made on both sides.
#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

// Bytes that tell where they belong: eight at a time, for there may be many.
inline std::string made(std::size_t size, std::uint64_t seed) {
  std::string bytes(size, '\0');
  std::uint64_t word = seed * 0x9e3779b97f4a7c15ULL + 1;
  for (std::size_t at = 0; at < size; at += sizeof word) {
    word = word * 6364136223846793005ULL + 1442695040888963407ULL;
    std::memcpy(bytes.data() + at, &word, std::min(sizeof word, size - at));
  }
  return bytes;
}

// FNV-1a, over words: it depends on every bit and on its place.
inline std::uint64_t sum_of(const std::string& bytes) {
  std::uint64_t sum = 0xcbf29ce484222325ULL ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += sizeof sum) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
    sum = (sum ^ word) * 0x100000001b3ULL;
  }
  return sum;
}

struct Parcel {
  std::string from;
  std::vector<std::string> parts;
  int stamps = 0;
};

class Post {
 public:
  std::uint64_t weigh(const std::string& bytes) { return last_ = sum_of(bytes); }
  std::string make(std::size_t size, std::uint64_t seed) const { return made(size, seed); }
  std::string give_back(std::string bytes) const { return bytes; }
  void keep(std::uint64_t number, const std::string& bytes) {
    kept_.emplace_back(number, sum_of(bytes));
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> kept() const { return kept_; }
  std::uint64_t unpack(const Parcel& parcel, const std::string& more) const {
    std::string all = parcel.from;
    for (const std::string& part : parcel.parts) all += part;
    return sum_of(all + std::to_string(parcel.stamps) + more);
  }
  void forward(const Parcel& parcel);
  const std::string& reflect(const std::string& bytes) const { return bytes; }
  std::string_view show(const std::string& bytes) const { return bytes; }
  Parcel pack(std::size_t size) const {
    return {.from = "", .parts = {made(size, 1), made(size, 2)}};
  }
  void fail_with(const std::string& text) const { throw std::runtime_error(text); }
  std::uint64_t last() const { return last_; }
  void block_at(processes::Gate gate) {
    gate.arrive();
    gate.pass();
  }

 private:
  std::uint64_t last_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> kept_;
};
PACTOR_ACTOR(Post, weigh, make, give_back, keep, kept, unpack, forward, reflect, show, pack,
             fail_with, last, block_at);

inline void Post::forward(const Parcel& parcel) { pactor::self(this)->weigh(parcel.parts.back()); }

}  // namespace app

namespace {

using namespace processes;
using app::made;
using app::Post;
using app::sum_of;
using pactor::Actor;

constexpr std::size_t kKiB = 1024, kMiB = 1024 * kKiB;

// A GiB takes some four on its way, and with a sanitizer's shadow many more.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// What a std::string takes beside its bytes: its length.
constexpr std::size_t kLength = sizeof(std::uint32_t);

class LargeMessages : public ProcessTest {
 protected:
  static void both_ways(Actor<Post>& post, std::size_t size) {
    SCOPED_TRACE(size);
    const std::uint64_t expected = sum_of(made(size, size));
    EXPECT_EQ(post.ask()->weigh(made(size, size)).get(), expected);
    const std::string came = post.ask()->make(size, size).get();
    EXPECT_EQ(came.size(), size);
    EXPECT_EQ(sum_of(came), expected);
  }
};

TEST_F(LargeMessages, OfEverySizeArriveAsArgumentsAndAsResults) {
  Actor<Post> post;
  // At each size at which another way is taken: inside an answer's slot, in the ring, in memory of its own.
  for (const std::size_t edge : {std::size_t{40}, 32 * kKiB, 256 * kKiB, kMiB}) {
    for (const std::size_t size : {edge - 1, edge, edge + 1}) {
      both_ways(post, size - kLength);
      both_ways(post, size);
    }
  }
  both_ways(post, 0);
  both_ways(post, 1);
  both_ways(post, 64 * kMiB);
  if (full() && !kSanitized) both_ways(post, 1024 * kMiB);
}

TEST_F(LargeMessages, ArriveWhereverTheirLargePartsLie) {
  Actor<Post> post;
  for (const std::size_t size : {100 * kKiB, 10 * kMiB}) {
    SCOPED_TRACE(size);
    const app::Parcel sent{
        .from = "here", .parts = {made(size, 1), "small", made(size + 3, 2)}, .stamps = 7};
    EXPECT_EQ(post.ask()->unpack(sent, made(100 * kKiB, 3)).get(),
              sum_of("here" + sent.parts[0] + "small" + sent.parts[2] + "7" + made(100 * kKiB, 3)));
    post.ask()->forward(sent).get();  // by way of its own mailbox
    EXPECT_EQ(post.ask()->last().get(), sum_of(sent.parts[2]));
  }
}

TEST_F(LargeMessages, ComeBackFromWhereverTheMethodHasThem) {
  Actor<Post> post;
  for (const std::size_t size : {20 * kKiB, 100 * kKiB, 10 * kMiB}) {
    SCOPED_TRACE(size);
    const std::string sent = made(size, 1);
    EXPECT_EQ(post.ask()->reflect(sent).get(), sent) << "its argument";
    EXPECT_EQ(post.ask()->show(sent).get(), sent) << "a view of it";
    EXPECT_EQ(post.ask()->pack(size).get().parts, (std::vector{sent, made(size, 2)})) << "a local";
  }
  EXPECT_THROW(post.ask()->fail_with(made(kMiB, 1)).get(), std::runtime_error);
}

TEST_F(LargeMessages, KeepTheirPlaceAmongSmallOnes) {
  constexpr std::array<std::size_t, 6> kSizes{8, 100 * kKiB, 0, 5 * kMiB, 1000, 300 * kKiB};
  constexpr std::uint64_t kMessages = 60;
  Actor<Post> post;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sent;
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    const std::string bytes = made(kSizes[i % kSizes.size()], i);
    sent.emplace_back(i, sum_of(bytes));
    post->keep(i, bytes);
  }
  EXPECT_EQ(post.ask()->kept().get(), sent);
}

TEST_F(LargeMessages, AreAnsweredInAnyOrderOfReading) {
  constexpr std::size_t kAsks = 12;
  Actor<Post> post;
  std::vector<pactor::Reply<std::string>> replies;
  for (std::size_t i = 0; i < kAsks; ++i) {
    replies.push_back(post.ask()->make((i + 1) * 200 * kKiB, i));
  }
  replies.erase(replies.begin() + 3);  // one is not wanted any more
  while (!replies.empty()) {           // the last first
    const std::string came = std::move(replies.back()).get();
    const std::size_t i = came.size() / (200 * kKiB) - 1;
    EXPECT_EQ(sum_of(came), sum_of(made(came.size(), i)));
    replies.pop_back();
  }
  EXPECT_EQ(post.ask()->give_back("and on").get(), "and on");
}

TEST_F(LargeMessages, AcceptedOnesSurviveTheirSendersDeathAndAnswersTheirWriters) {
  Door door;
  Actor<Post> post;
  post->block_at(door.gate());
  door.wait_for_arrival();
  {
    struct Courier {
      void carry(pactor::Proxy<Post> to, std::size_t size) { to->keep(1, made(size, 7)); }
    };
    Actor<Courier> courier;
    courier.ask<&Courier::carry>(post.proxy(), 3 * kMiB).get();
    courier.kill();
    courier.join();
  }
  door.open();
  const auto kept = post.ask()->kept().get();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].second, sum_of(made(3 * kMiB, 7)));
  pactor::Reply<std::string> late = post.ask()->make(2 * kMiB, 9);
  post.close();
  post.join();
  EXPECT_EQ(sum_of(late.get()), sum_of(made(2 * kMiB, 9)));
}

}  // namespace
