// Blobs, end to end: read in place, sent on, filled anew, and gone when nobody needs them, whoever dies.
#include "processes.hpp"

#include <pactor/pactor.hpp>
#include <pactor/runtime/runtime.hpp>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace app {

using pactor::Blob;

constexpr std::size_t kBytes = 100'000;

inline Blob filled(unsigned char with, std::size_t bytes = kBytes) {
  Blob blob(bytes);
  std::ranges::fill(blob.writable_bytes(), std::byte{with});
  return blob;
}

// The byte that all of it consists of; -1: there are several.
inline int only_byte(const Blob& blob) {
  const auto bytes = blob.bytes();
  const bool all = std::ranges::all_of(bytes, [&](std::byte byte) { return byte == bytes[0]; });
  return !bytes.empty() && all ? std::to_integer<int>(bytes[0]) : -1;
}

struct Picture {
  std::string title;
  std::optional<Blob> front;
  std::vector<Blob> pages;
};

class Gallery;
PACTOR_ACTOR(Gallery, hang, take_down, hung, looks_at, send_on, send_own, send_own_twice, give_away,
             borrow, look_at_all, block_at, die, count_sent_to_myself, room_for);
class Gallery {
 public:
  Gallery() = default;
  explicit Gallery(Blob blob) : kept_(std::move(blob)) {}

  void hang(Blob blob) { kept_ = std::move(blob); }
  void take_down() { kept_ = {}; }
  int hung() const { return only_byte(kept_); }
  std::uint64_t looks_at(const Blob& blob) const {
    return reinterpret_cast<std::uintptr_t>(blob.bytes().data());
  }
  void send_on(const pactor::Proxy<Gallery>& to) { to->hang(std::exchange(kept_, {})); }
  void send_own(const pactor::Proxy<Gallery>& to, unsigned char with) {
    kept_ = filled(with);
    to->hang(kept_);
  }
  // So that it is worth keeping mapped there.
  void send_own_twice(const pactor::Proxy<Gallery>& to, unsigned char with) {
    kept_ = filled(with);
    to.ask()->hang(kept_).get();
    to.ask()->hang(kept_).get();
  }
  Blob give_away(unsigned char with) { return filled(with); }
  Blob borrow(Blob blob) { return blob; }
  std::vector<int> look_at_all(const Picture& picture) {
    std::vector<int> seen;
    if (picture.front) seen.push_back(only_byte(*picture.front));
    for (const Blob& page : picture.pages) seen.push_back(only_byte(page));
    return seen;
  }
  void block_at(const processes::Gate& gate) {
    gate.arrive();
    gate.pass();
  }
  void die() { processes::die_by(SIGSEGV); }
  // How often a blob of so many bytes finds room in this actor's own mailbox.
  int count_sent_to_myself(std::size_t bytes) {
    const Blob blob(bytes);
    for (int sent = 0;; ++sent) {
      try {
        pactor::self(this)->hang(blob);
      } catch (const pactor::Overloaded&) {
        return sent;
      }
    }
  }
  // Of a limit on memory: what this process may map.
  void room_for(std::size_t bytes) {
    rlimit limit{};
    ::getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_AS, &limit);
  }

 private:
  Blob kept_;
};

}  // namespace app

namespace {

using namespace processes;
using app::filled;
using app::Gallery;
using app::kBytes;
using app::only_byte;
using app::Picture;
using pactor::Actor;
using pactor::Blob;

class Blobs : public ProcessTest {
 protected:
  // The memory of blobs that any process of the family has open, once the keeper has dealt with all that it was asked:
  // how many pieces have pages, and how many there are.
  struct InUse {
    int with_pages = 0;
    int all = 0;
    friend bool operator==(const InUse&, const InUse&) = default;
    friend std::ostream& operator<<(std::ostream& out, const InUse& in_use) {
      return out << in_use.with_pages << " of " << in_use.all;
    }
  };
  static InUse in_use() {
    static_cast<void>(pactor::runtime::Runtime::here().depot().fetch(0));
    std::map<ino_t, blkcnt_t> blocks;
    std::map<pid_t, std::string> family = descendants_of(::getpid());
    family.emplace(::getpid(), "");
    for (const auto& [pid, name] : family) {
      std::error_code gone;
      for (const auto& open :
           fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
        struct stat status{};
        const std::string file = fs::read_symlink(open, gone).string();
        if (contains(file, "memfd:pactor-blob") && ::stat(open.path().c_str(), &status) == 0) {
          blocks[status.st_ino] = status.st_blocks;
        }
      }
    }
    InUse found;
    for (const auto& [inode, count] : blocks) {
      ++found.all;
      if (count != 0) ++found.with_pages;
    }
    return found;
  }

  void TearDown() override {
    ProcessTest::TearDown();
    EXPECT_EQ(in_use().with_pages, 0) << "nobody has a blob any more";
  }
};

TEST_F(Blobs, AreReadWhereTheyWereWritten) {
  Actor<Gallery> gallery;
  Blob blob = filled(1);
  const std::span<std::byte> written = blob.writable_bytes();
  gallery.ask()->hang(blob).get();
  EXPECT_EQ(gallery.ask()->hung().get(), 1);
  // What nobody may do shows it best.
  std::ranges::fill(written, std::byte{2});
  EXPECT_EQ(gallery.ask()->hung().get(), 2);
}

TEST_F(Blobs, AreZerosAtFirstAndOfTheirSize) {
  EXPECT_EQ(only_byte(Blob(12'345)), 0);
  EXPECT_EQ(Blob(12'345).size(), 12'345u);
  EXPECT_TRUE(Blob().empty());
  EXPECT_TRUE(Blob(0).empty());
  EXPECT_TRUE(Blob().writable_bytes().empty());
  Blob numbers(1003);
  std::iota(numbers.writable_as<std::uint64_t>().begin(),
            numbers.writable_as<std::uint64_t>().end(), 7);
  EXPECT_EQ(std::as_const(numbers).as<std::uint64_t>().size(), 125u)
      << "as many as there is room for";
  EXPECT_EQ(numbers.as<std::uint64_t>().back(), 131u);
}

TEST_F(Blobs, ArriveInStructsAndContainersAtConstructorsAndAsResults) {
  Actor<Gallery> gallery(filled(3));
  EXPECT_EQ(gallery.ask()->hung().get(), 3);
  Picture picture{"many", filled(4), {}};
  for (unsigned char i = 5; i < 8; ++i) picture.pages.push_back(filled(i, i));
  picture.pages.emplace_back();
  EXPECT_EQ(gallery.ask()->look_at_all(picture).get(), (std::vector<int>{4, 5, 6, 7, -1}));
  EXPECT_EQ(only_byte(gallery.ask()->give_away(9).get()), 9);
  EXPECT_EQ(only_byte(gallery.ask()->borrow(filled(10)).get()), 10) << "there and back";
  EXPECT_TRUE(gallery.ask()->borrow(Blob()).get().empty());
}

TEST_F(Blobs, GoFromActorToActorAndOutliveWhoMadeThem) {
  Actor<Gallery> maker, second, third;
  maker.ask()->send_own(second.proxy(), 11).get();
  maker.kill();
  maker.join();
  EXPECT_EQ(second.ask()->hung().get(), 11);
  second.ask()->send_on(third.proxy()).get();
  second.kill();
  second.join();
  EXPECT_EQ(third.ask()->hung().get(), 11);
  EXPECT_EQ(in_use(), (InUse{1, 1}));
  third.ask()->take_down().get();
  EXPECT_EQ(in_use(), (InUse{0, 0}));
}

TEST_F(Blobs, AreKeptWhileTheyAreOnTheirWay) {
  Actor<Gallery> maker, receiver;
  Door door;
  receiver->block_at(door.gate());
  door.wait_for_arrival();
  maker.ask()->send_own(receiver.proxy(), 12).get();
  maker.kill();
  maker.join();
  EXPECT_EQ(in_use(), (InUse{1, 1}));
  door.open();
  EXPECT_EQ(receiver.ask()->hung().get(), 12);
}

TEST_F(Blobs, GoWithTheLastWhoHasThem) {
  Actor<Gallery> gallery;
  {
    const Blob blob = filled(13);
    gallery->hang(blob);
    EXPECT_EQ(gallery.ask()->hung().get(), 13);
    EXPECT_EQ(in_use(), (InUse{1, 1}));
  }
  EXPECT_EQ(in_use(), (InUse{1, 1})) << "it is read";
  gallery.ask()->take_down().get();
  EXPECT_EQ(in_use(), (InUse{0, 0}));
  gallery->hang(filled(14));
  gallery.kill();
  gallery.join();
  EXPECT_EQ(in_use(), (InUse{0, 0})) << "also if it was never taken";
}

TEST_F(Blobs, OnesThatAreReadAreLeftAloneWhenTheyAreFilledAnew) {
  Actor<Gallery> gallery;
  Blob blob = filled(15);
  const std::byte* first = blob.bytes().data();
  gallery->hang(blob);
  std::ranges::fill(blob.writable_bytes(), std::byte{16});
  EXPECT_NE(blob.bytes().data(), first);
  EXPECT_EQ(gallery.ask()->hung().get(), 15);
  gallery.ask()->hang(blob).get();
  EXPECT_EQ(gallery.ask()->hung().get(), 16);
  EXPECT_EQ(blob.writable_bytes().data(), first) << "which nobody reads any more";
  EXPECT_EQ(in_use().all, 2);
}

TEST_F(Blobs, AreMappedOnceWhereTheyComeAgainAndAgain) {
  Actor<Gallery> gallery;
  Blob blob(kBytes);
  std::vector<std::uint64_t> addresses;
  for (int i = 0; i < 20; ++i) {
    gallery.ask()->hang(filled(1)).get();  // takes the place of what is not mapped any more
    static_cast<void>(in_use());           // the keeper has let go of the last one, too
    std::ranges::fill(blob.writable_bytes(), std::byte{1});
    addresses.push_back(gallery.ask()->looks_at(blob).get());
  }
  // From the second time on it is known that they come again.
  EXPECT_GE(std::ranges::count(addresses, addresses.back()), 19);
  gallery.ask()->take_down().get();
  EXPECT_EQ(in_use(), (InUse{1, 1}));
  blob = {};
  EXPECT_EQ(in_use().with_pages, 0) << "though it is mapped there";
}

TEST_F(Blobs, MemoryOfAMakerThatIsKilledIsFreedThoughOthersHaveItMapped) {
  Actor<Gallery> maker, reader;
  maker.ask()->send_own_twice(reader.proxy(), 17).get();
  reader.ask()->take_down().get();
  EXPECT_EQ(in_use(), (InUse{1, 1})) << "the maker has it";
  maker.kill();
  maker.join();
  EXPECT_EQ(in_use().with_pages, 0);
}

TEST_F(Blobs, MemoryOfAMakerThatIsKilledIsFreedByTheLastWhoReadsIt) {
  Actor<Gallery> maker, reader, other;
  maker.ask()->send_own_twice(reader.proxy(), 18).get();
  reader.ask()->send_on(other.proxy()).get();  // mapped by both, read by one
  EXPECT_EQ(other.ask()->hung().get(), 18);
  maker.kill();
  maker.join();
  EXPECT_EQ(other.ask()->hung().get(), 18);
  EXPECT_EQ(in_use().with_pages, 1);
  other.ask()->take_down().get();
  EXPECT_EQ(in_use().with_pages, 0);
}

TEST_F(Blobs, MemoryOfAMakerThatIsKilledIsFreedWhenItsReaderIsKilledToo) {
  Actor<Gallery> maker, reader, other;
  maker.ask()->send_own_twice(other.proxy(), 20).get();
  other.ask()->send_on(reader.proxy()).get();  // `other` keeps it mapped
  EXPECT_EQ(reader.ask()->hung().get(), 20);
  maker.kill();
  maker.join();
  EXPECT_EQ(in_use().with_pages, 1);
  reader.kill();
  reader.join();
  EXPECT_EQ(in_use().with_pages, 0);
}

TEST_F(Blobs, OfAReaderThatIsKilledCanBeFilledAnew) {
  Actor<Gallery> reader;
  Blob blob = filled(21);
  const std::byte* first = blob.bytes().data();
  reader.ask()->hang(blob).get();
  reader.kill();
  reader.join();
  EXPECT_EQ(blob.writable_bytes().data(), first);
}

TEST_F(Blobs, AreThereForTheSuccessorOfAnActorThatCrashed) {
  Actor<Gallery> gallery(pactor::Options{.restart = {.max = 2}}, filled(22));
  Door door;
  gallery->block_at(door.gate());
  door.wait_for_arrival();
  gallery->die();
  pactor::Reply<int> of_constructor = gallery.ask()->hung();
  gallery->hang(filled(23));
  pactor::Reply<int> of_message = gallery.ask()->hung();
  door.open();
  EXPECT_EQ(of_constructor.get(), 22);
  EXPECT_EQ(of_message.get(), 23);
}

TEST_F(Blobs, FillTheMailboxThatTheyGoTo) {
  pactor::Options options;
  options.mailbox = {.bytes = std::size_t{1} << 20, .when_full = pactor::WhenFull::refuse};
  Actor<Gallery> gallery(options);
  EXPECT_EQ(gallery.ask()->count_sent_to_myself(400'000).get(), 2);
  Door door;
  gallery->block_at(door.gate());
  door.wait_for_arrival();
  const Blob blob = filled(24, 600'000);
  gallery->hang(blob);
  EXPECT_THROW(gallery->hang(blob), pactor::Overloaded);
  door.open();
  EXPECT_EQ(gallery.ask()->hung().get(), 24);
  gallery->hang(blob);
  EXPECT_EQ(gallery.ask()->hung().get(), 24);
}

TEST_F(Blobs, ThatWereReceivedAreNotTheirReadersToFill) {
  Actor<Gallery> gallery;
  Blob blob = gallery.ask()->give_away(25).get();
  EXPECT_EQ(text_of<pactor::Error>([&] { static_cast<void>(blob.writable_bytes()); }),
            "pactor: this blob was received, and others may be reading it; fill one of your own");
}

TEST_F(Blobs, OfMoreBytesThanThereAreAreRefused) {
  EXPECT_TRUE(contains(text_of<pactor::Error>([] { Blob blob(std::size_t{1} << 46); }),
                       "no room in memory for"));
  const rlimit small{.rlim_cur = 50'000, .rlim_max = RLIM_INFINITY};
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string text = text_of<pactor::Error>([] { Blob blob(kBytes); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(contains(text, "RLIMIT_FSIZE")) << text;
}

TEST_F(Blobs, WhoLacksDescriptorsToSendOneIsToldAndLosesNothing) {
  PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS();
  Actor<Gallery> gallery;
  const Blob blob = filled(26);
  gallery.ask()->take_down().get();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const std::string text = text_of<pactor::Error>([&] { gallery->hang(blob); });
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(contains(text, "cannot open the memory of a blob")) << text;
  gallery->hang(blob);
  EXPECT_EQ(gallery.ask()->hung().get(), 26);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they need room of their own

TEST_F(Blobs, WhoCannotMapOneSaysSoToItsAskerAndFailsOfATell) {
  Actor<Gallery> gallery;
  const Blob blob = filled(27, std::size_t{64} << 20);
  gallery.ask()->room_for(std::size_t{32} << 20).get();
  const std::string text = text_of<pactor::BadMessage>([&] { gallery.ask()->hang(blob).get(); });
  EXPECT_TRUE(contains(text, "cannot be mapped here")) << text;
  gallery->hang(blob);
  const pactor::Exit exit = gallery.join();
  EXPECT_EQ(exit.kind, pactor::Exit::Kind::failed) << exit.explain();
  EXPECT_TRUE(contains(exit.text, "cannot map shared memory")) << exit.text;
}

#endif

TEST_F(Blobs, AreOfNoUseInAForkedChildAndDoNoHarmThere) {
  Actor<Gallery> gallery;
  Blob made = filled(28);
  std::optional<Blob> received = gallery.ask()->give_away(29).get();
  const pid_t child = ::fork();
  if (child == 0) {
    bool refused = false;
    try {
      static_cast<void>(made.writable_bytes());
    } catch (const pactor::Error&) {
      refused = true;
    }
    made = {};
    received.reset();
    ::_exit(refused ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(only_byte(*received), 29);
  EXPECT_EQ(only_byte(gallery.ask()->borrow(std::move(made)).get()), 28);
}

// ---- What faulty senders say -----------------------------------------------------------------

// Encodes what a sender says of a blob, with a descriptor of its choice.
std::string refusal(std::uint64_t bytes, pactor::Fd memory) {
  pactor::Encoder encoder;
  pactor::encode(encoder, bytes);
  pactor::encode(encoder, pactor::runtime::BlobName{.maker = 1, .number = 2});
  pactor::encode(encoder, false);
  pactor::encode(encoder, encoder.attach(std::move(memory), bytes));
  std::vector<pactor::Fd> descriptors;
  for (const pactor::Fd& fd : encoder.descriptors())
    descriptors.push_back(pactor::duplicate(fd.get()));
  pactor::Decoder decoder(encoder.view(), descriptors);
  return text_of<pactor::BadMessage>([&] { static_cast<void>(pactor::decode<Blob>(decoder)); });
}

TEST_F(Blobs, ThatCouldBeCutOffUnderTheirReadersAreRefused) {
  const std::string expected =
      "the message holds a blob without memory, or with less than it says; build sender and "
      "receiver from the same "
      "declarations";
  pactor::Fd unsealed(::memfd_create("pactor-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(unsealed.get(), 8192), 0);
  EXPECT_EQ(refusal(100, std::move(unsealed)), expected);
  EXPECT_EQ(refusal(100, pactor::Fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC))), expected);
  EXPECT_EQ(refusal(8193, pactor::os::create_shared_memory("pactor-test", 8192)), expected);
  EXPECT_EQ(refusal(~std::uint64_t{0}, pactor::os::create_shared_memory("pactor-test", 8192)),
            expected);
}

}  // namespace
