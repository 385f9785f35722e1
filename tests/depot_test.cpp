// The depot, with real processes at both ends: memory and descriptors reach the other end of a channel
// through the keeper, and outlive whom they should.
#include "processes.hpp"

#include <pactor/os/memory.hpp>
#include <pactor/pactor.hpp>
#include <pactor/runtime/runtime.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <string>

namespace app {

using pactor::mail::Ticket;

inline pactor::mail::Depot& depot() { return pactor::runtime::Runtime::here().depot(); }

// Fills memory with what read_sum() finds.
inline std::uint64_t fill(const pactor::os::Fd& memory, std::size_t bytes) {
  const pactor::os::Mapping pages(memory, 0, bytes, pactor::os::Access::read_write);
  for (std::size_t i = 0; i < bytes; ++i) pages.begin()[i] = static_cast<std::byte>(i * 131 >> 3);
  return std::accumulate(pages.begin(), pages.begin() + bytes, std::uint64_t{0},
                         [](std::uint64_t sum, std::byte b) { return sum + std::uint64_t(b); });
}

inline std::uint64_t read_sum(const pactor::os::Fd& memory, std::size_t bytes) {
  const pactor::os::Mapping pages(memory, 0, bytes, pactor::os::Access::read);
  return std::accumulate(pages.begin(), pages.begin() + bytes, std::uint64_t{0},
                         [](std::uint64_t sum, std::byte b) { return sum + std::uint64_t(b); });
}

// The other end of the channels that the test has to it.
class Far;
PACTOR_ACTOR(Far, reserve_to, sum_of, has, reserve, last_sum, collect_and_read, deposit);
class Far {
 public:
  std::uint64_t sum_of(Ticket ticket, std::size_t bytes) {
    const pactor::os::Fd memory = depot().fetch(ticket);
    return memory ? read_sum(memory, bytes) : 0;
  }
  bool has(Ticket ticket) { return static_cast<bool>(depot().fetch(ticket)); }
  Ticket reserve(std::uint32_t channel, std::size_t bytes) {
    pactor::mail::Parcel parcel = depot().reserve(route(channel), bytes);
    if (parcel.memory) last_sum_ = fill(parcel.memory, bytes);
    return parcel.ticket;
  }
  // The other end is `to`, and this the first sender that it has beside its creator.
  Ticket reserve_to(pactor::Proxy<Far> to) {
    static_cast<void>(to.ask()->last_sum().get());
    return depot()
        .reserve({.actor = to.id(), .channel = pactor::mail::kFirstFreeChannel}, 1)
        .ticket;
  }
  std::uint64_t last_sum() const { return last_sum_; }
  std::string collect_and_read(Ticket ticket) {
    std::string all;
    for (const pactor::os::Fd& pipe : depot().collect(ticket)) {
      std::array<char, 16> text{};
      const ssize_t bytes = ::read(pipe.get(), text.data(), text.size());
      all.append(text.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    }
    return all;
  }
  Ticket deposit(std::uint32_t channel) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return 0;
    const pactor::os::Fd out(ends[0]), in(ends[1]);
    if (::write(in.get(), "from afar", 9) != 9) return 0;
    const int descriptor = out.get();
    return depot().deposit(route(channel), std::span(&descriptor, 1));
  }

 private:
  pactor::mail::Route route(std::uint32_t channel) {
    return {.actor = pactor::self(this).id(), .channel = channel};
  }

  std::uint64_t last_sum_ = 0;
};

}  // namespace app

namespace {

using namespace processes;
using app::depot;
using app::Far;
using pactor::Actor;
using pactor::mail::kCreatorChannel;
using pactor::mail::Parcel;
using pactor::mail::Route;
using pactor::mail::Ticket;

constexpr std::size_t kBytes = 100'000;

class Depot : public ProcessTest {};

Route route_to(const Actor<Far>& actor) {
  return {.actor = actor.id(), .channel = kCreatorChannel};
}

// A pipe with a text in it, of which there is the reading end.
pactor::os::Fd pipe_with(const std::string& text) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  const pactor::os::Fd in(ends[1]);
  if (::write(in.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    std::abort();
  return pactor::os::Fd(ends[0]);
}

TEST_F(Depot, MemoryReachesTheActorUntilItIsDiscarded) {
  Actor<Far> far, stranger;
  const Parcel parcel = depot().reserve(route_to(far), kBytes);
  const std::uint64_t sum = app::fill(parcel.memory, kBytes);
  EXPECT_EQ(far.ask()->sum_of(parcel.ticket, kBytes).get(), sum);
  EXPECT_FALSE(stranger.ask()->has(parcel.ticket).get());
  EXPECT_FALSE(depot().fetch(parcel.ticket)) << "it is not for its writer";
  depot().discard(parcel.ticket);
  EXPECT_FALSE(far.ask()->has(parcel.ticket).get());
}

TEST_F(Depot, MemoryOfAnAnswerOutlivesTheActorUntilTheAskerLeaves) {
  Actor<Far> far;
  const Ticket ticket = far.ask()->reserve(kCreatorChannel, kBytes).get();
  const std::uint64_t sum = far.ask()->last_sum().get();
  far.close();
  far.join();
  EXPECT_EQ(app::read_sum(depot().fetch(ticket), kBytes), sum);
  depot().leave(route_to(far));
  EXPECT_FALSE(depot().fetch(ticket));
}

TEST_F(Depot, MemoryOfAMessageThatWasNeverSentGoesWithItsWriter) {
  Actor<Far> far, writer;
  const Ticket ticket = writer.ask()->reserve_to(far.proxy()).get();
  EXPECT_TRUE(far.ask()->has(ticket).get());
  writer.kill();
  writer.join();
  const auto bound = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBoundMs);
  bool kept = true;
  while (kept && std::chrono::steady_clock::now() < bound) kept = far.ask()->has(ticket).get();
  EXPECT_FALSE(kept) << "its receiver has emptied the channel, and said so";
}

TEST_F(Depot, PagesOfReservedMemoryAreThere) {
  Actor<Far> far;
  const Parcel parcel = depot().reserve(route_to(far), kBytes);
  struct stat status{};
  ASSERT_EQ(::fstat(parcel.memory.get(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, static_cast<blkcnt_t>(kBytes)) << "so that writing cannot fail";
  depot().discard(parcel.ticket);
}

TEST_F(Depot, MoreMemoryThanTheMachineHasIsRefusedWithTheRemedy) {
  Actor<Far> far;
  const std::string text = text_of<pactor::Error>(
      [&] { static_cast<void>(depot().reserve(route_to(far), std::size_t{1} << 50)); });
  EXPECT_TRUE(contains(text, "1125899906842624 bytes") && contains(text, "send less")) << text;
}

TEST_F(Depot, NothingIsReservedForAnActorThatHasEndedOrAChannelOfSomebodyElse) {
  Actor<Far> far;
  const Route mine = route_to(far);
  EXPECT_EQ(depot().reserve({.actor = far.id(), .channel = pactor::mail::kSelfChannel}, 1).ticket,
            0u);
  far.close();
  far.join();
  const Parcel parcel = depot().reserve(mine, kBytes);
  EXPECT_EQ(parcel.ticket, 0u);
  EXPECT_FALSE(parcel.memory);
}

TEST_F(Depot, DescriptorsReachTheActorInTheirOrderAndStayTheSendersToo) {
  Actor<Far> far;
  const pactor::os::Fd one = pipe_with("one "), two = pipe_with("two");
  const std::array descriptors{one.get(), two.get()};
  const Ticket ticket = depot().deposit(route_to(far), descriptors);
  EXPECT_EQ(far.ask()->collect_and_read(ticket).get(), "one two");
  EXPECT_EQ(far.ask()->collect_and_read(ticket).get(), "") << "they are taken out once";
  EXPECT_GE(::fcntl(one.get(), F_GETFD), 0);
}

TEST_F(Depot, DescriptorsOfAnAnswerOutliveTheActor) {
  Actor<Far> far;
  const Ticket ticket = far.ask()->deposit(kCreatorChannel).get();
  far.close();
  far.join();
  const std::vector<pactor::os::Fd> came = depot().collect(ticket);
  ASSERT_EQ(came.size(), 1u);
  std::array<char, 16> text{};
  ASSERT_EQ(::read(came[0].get(), text.data(), text.size()), 9);
  EXPECT_EQ(std::string(text.data()), "from afar");
}

TEST_F(Depot, MoreDescriptorsThanAMessageCarriesAreRefusedWithTheirNumber) {
  Actor<Far> far;
  const std::vector<int> most(pactor::os::kMessageFds - 1, STDIN_FILENO);
  depot().discard(depot().deposit(route_to(far), most));
  const std::vector<int> too_many(pactor::os::kMessageFds, STDIN_FILENO);
  const std::string text =
      text_of<pactor::Error>([&] { static_cast<void>(depot().deposit(route_to(far), too_many)); });
  EXPECT_TRUE(contains(text, "at most 63") && contains(text, "has 64")) << text;
}

}  // namespace
