// File descriptors beside the bytes of a message.
#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pactor::wire {
namespace {

static_assert(sizeof(Encoder) <= Encoder::kInlineBytes + 5 * sizeof(void*), "most carry none");

os::Fd some_file() { return os::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// An open pipe is a file of its own, by its inode number.
std::pair<os::Fd, os::Fd> pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) os::fail("no pipe");
  return {os::Fd(ends[0]), os::Fd(ends[1])};
}
ino_t file_of(const os::Fd& fd) {
  struct stat status{};
  return ::fstat(fd.get(), &status) == 0 ? status.st_ino : 0;
}

// As the keeper hands them on: other numbers, the same files.
std::vector<os::Fd> arrived(const Encoder& encoder) {
  std::vector<os::Fd> fds;
  for (const int number : os::numbers_of(encoder.descriptors())) {
    fds.push_back(os::duplicate(number));
  }
  return fds;
}

template <class T>
T round_trip(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  std::vector<os::Fd> fds = arrived(encoder);
  Decoder decoder(encoder.view(), fds);
  T result = decode<T>(decoder);
  EXPECT_TRUE(decoder.done());
  return result;
}

TEST(Descriptor, ArrivesAsAnotherNumberForTheSameFile) {
  const auto [out, in] = pipe();
  const os::Fd came = round_trip(out);
  EXPECT_NE(came.get(), out.get());
  EXPECT_EQ(file_of(came), file_of(out));
  EXPECT_GE(::fcntl(out.get(), F_GETFD), 0) << "the sender keeps its own";
}

TEST(Descriptor, EmptyOneTravelsAsEmptyAndTakesNothingAlong) {
  Encoder encoder;
  encode(encoder, os::Fd());
  EXPECT_TRUE(encoder.descriptors().empty());
  EXPECT_FALSE(round_trip(os::Fd()));
}

struct Files {
  os::Fd log;
  std::string name;
  std::optional<os::Fd> extra;
};

TEST(Descriptor, TravelsInContainersAndStructsInItsPlace) {
  std::vector<os::Fd> files;
  for (int i = 0; i < 3; ++i) files.push_back(pipe().first);
  files.insert(files.begin() + 1, os::Fd());
  const auto back = round_trip(files);
  ASSERT_EQ(back.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(file_of(back[i]), file_of(files[i])) << i;
  EXPECT_FALSE(back[1]);

  const Files both = round_trip(Files{pipe().first, "log", pipe().second});
  EXPECT_TRUE(both.log && both.extra && *both.extra);
  EXPECT_NE(file_of(both.log), file_of(*both.extra));
  EXPECT_EQ(both.name, "log");

  std::map<std::string, std::unique_ptr<os::Fd>> named;
  named["a"] = std::make_unique<os::Fd>(some_file());
  EXPECT_TRUE(*round_trip(named)["a"]);
  const auto chosen = round_trip(std::variant<int, os::Fd>(some_file()));
  EXPECT_TRUE(std::get<os::Fd>(chosen));
}

TEST(Descriptor, OutlivesTheOneThatWasSent) {
  auto [out, in] = pipe();
  Encoder encoder;
  encode(encoder, out);
  const ino_t file = file_of(out);
  out.reset();
  EXPECT_EQ(file_of(encoder.descriptors().front()), file);
}

TEST(Descriptor, IsForgottenByClear) {
  const auto [out, in] = pipe();
  Encoder encoder;
  encode(encoder, out);
  const int own = encoder.descriptors().front().get();
  encoder.clear();
  EXPECT_TRUE(encoder.descriptors().empty());
  EXPECT_LT(::fcntl(own, F_GETFD), 0) << "and closed";
}

TEST(Descriptor, ThatIsNoneIsRefusedWithItsNumber) {
  Encoder encoder;
  try {
    encode(encoder, os::Fd(1'000'000));
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("1000000"), std::string::npos) << error.what();
  }
}

TEST(Descriptor, ThatHasNotComeOrIsTakenTwiceMakesTheMessageABadOne) {
  Encoder encoder;
  encode(encoder, some_file());
  Decoder without(encoder.view());
  EXPECT_THROW(static_cast<void>(decode<os::Fd>(without)), BadMessage);

  std::vector<std::byte> twice(encoder.view().begin(), encoder.view().end());
  twice.insert(twice.end(), encoder.view().begin(), encoder.view().end());
  std::vector<os::Fd> fds = arrived(encoder);
  Decoder decoder(twice, fds);
  EXPECT_TRUE(decode<os::Fd>(decoder));
  EXPECT_THROW(static_cast<void>(decode<os::Fd>(decoder)), BadMessage);
}

TEST(Descriptor, NumbersThatNobodySentAreRefused) {
  std::vector<os::Fd> fds;
  fds.push_back(some_file());
  for (const std::uint32_t number : {2u, 3u, 0x7fff'ffffu, 0xffff'ffffu}) {
    Decoder decoder(std::as_bytes(std::span(&number, 1)), fds);
    EXPECT_THROW(static_cast<void>(decode<os::Fd>(decoder)), BadMessage) << number;
  }
  EXPECT_TRUE(fds[0]) << "what nobody takes stays";
}

}  // namespace
}  // namespace pactor::wire
