// File descriptors in messages, end to end: as arguments, as results, to constructors.
#include "processes.hpp"

#include <pactor/pactor.hpp>
#include <pactor/runtime/runtime.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace app {

using pactor::Fd;

inline void write_to(const Fd& file, const std::string& text) {
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot write");
  }
}

struct Streams {
  std::string name;
  Fd out;
  std::optional<Fd> err;
};

// A result that its actor still has in hand when the answer is there.
struct Lingering {
  std::string text;
  ~Lingering() {
    if (gate) gate->pass();
  }
  static inline std::optional<processes::Gate> gate;
};

class Writer;
PACTOR_ACTOR(Writer, keep, keep_shared, write, write_all, write_both, pass_on, pipe_with, many, has,
             block_at, pad, overload_myself, linger);
class Writer {
 public:
  Writer() = default;
  Writer(Fd file, const std::string& text) : kept_(std::move(file)) { write_to(kept_, text); }

  void keep(Fd file) { kept_ = std::move(file); }
  void keep_shared(const Fd& file) { kept_ = pactor::duplicate(file.get()); }
  void write(const std::string& text) { write_to(kept_, text); }
  void write_all(const std::vector<Fd>& files, const std::string& text) {
    for (const Fd& file : files) write_to(file, text);
  }
  void write_both(const Streams& streams) {
    write_to(streams.out, streams.name + ".out ");
    if (streams.err) write_to(*streams.err, streams.name + ".err");
  }
  void pass_on(pactor::Proxy<Writer> to, Fd file) { to->keep(std::move(file)); }
  Fd pipe_with(const std::string& text) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    write_to(Fd(ends[1]), text);
    return Fd(ends[0]);
  }
  std::vector<Fd> many(int count) {
    std::vector<Fd> files;
    for (int i = 0; i < count; ++i) files.push_back(pactor::duplicate(STDIN_FILENO));
    return files;
  }
  bool has(const std::optional<Fd>& file) const { return file.has_value() && *file; }
  void pad(const Fd&, const std::string&) {}
  // How many messages to itself found room.
  int overload_myself(const Fd& file) {
    for (int sent = 0;; ++sent) {
      try {
        pactor::self(this)->pad(file, std::string(4000, 'x'));
      } catch (const pactor::Overloaded&) {
        return sent;
      }
    }
  }
  static Lingering linger(const Fd&, const processes::Gate& gate, int bytes) {
    Lingering::gate = gate;
    return {std::string(static_cast<std::size_t>(bytes), 'x')};
  }
  void block_at(processes::Gate gate) {
    gate.arrive();
    gate.pass();
  }

 private:
  Fd kept_;
};

}  // namespace app

namespace {

using namespace processes;
using app::Writer;
using pactor::Actor;
using pactor::Fd;

// A pipe of this process.
struct Pipe {
  Fd out, in;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    out = Fd(ends[0]);
    in = Fd(ends[1]);
  }
};

// What there is in it now.
std::string read_all(const Fd& out) {
  std::array<char, 256> text{};
  const ssize_t bytes = ::read(out.get(), text.data(), text.size());
  return {text.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0};
}

class Descriptors : public ProcessTest {
 protected:
  // How many files the keeper has open, once it has dealt with all that was asked of it. Not sockets: the
  // one that it answers to is open for a moment longer.
  static int kept() {
    static_cast<void>(pactor::runtime::Runtime::here().depot().fetch(0));
    const std::string keeper = std::to_string(keeper_of(::getpid()));
    int files = 0;
    for (const auto& open : fs::directory_iterator("/proc/" + keeper + "/fd")) {
      std::error_code closed;
      const std::string file = fs::read_symlink(open, closed).string();
      if (!closed && !file.starts_with("socket:")) ++files;
    }
    return files;
  }
};

TEST_F(Descriptors, ArriveAsArgumentsAndTheSenderKeepsItsOwn) {
  Pipe pipe;
  Actor<Writer> writer;
  writer->keep_shared(pipe.in);
  writer.ask()->write("shared ").get();
  writer->keep(pactor::duplicate(pipe.in.get()));
  writer.ask()->write("given").get();
  app::write_to(pipe.in, " own");
  EXPECT_EQ(read_all(pipe.out), "shared given own");
}

// A large result is sent from where it lies.
TEST_F(Descriptors, OfArgumentsAreGoneWhenThereIsAnAnswer) {
  for (const int bytes : {10, 100'000}) {
    Door door;
    Pipe pipe;
    Actor<Writer> writer;
    if (bytes < 100'000) door.open();  // a small one goes before it is answered
    auto answer = writer.ask()->linger(pipe.in, door.gate(), bytes);
    pipe.in = Fd();
    EXPECT_EQ(answer.get().text.size(), static_cast<std::size_t>(bytes));
    pollfd out{.fd = pipe.out.get(), .events = 0, .revents = 0};
    EXPECT_EQ(::poll(&out, 1, kBoundMs), 1) << "somebody still has the other end";
    EXPECT_EQ(out.revents, POLLHUP);
    door.open();
  }
}

TEST_F(Descriptors, ArriveInContainersStructsAndOptionals) {
  Pipe one, two;
  Actor<Writer> writer;
  std::vector<Fd> files;
  files.push_back(pactor::duplicate(one.in.get()));
  files.push_back(pactor::duplicate(two.in.get()));
  writer.ask()->write_all(files, "all ").get();
  writer.ask()
      ->write_both({"it", pactor::duplicate(one.in.get()), pactor::duplicate(two.in.get())})
      .get();
  EXPECT_EQ(read_all(one.out), "all it.out ");
  EXPECT_EQ(read_all(two.out), "all it.err");
  EXPECT_FALSE(writer.ask()->has(std::nullopt).get());
  EXPECT_FALSE(writer.ask()->has(Fd()).get()) << "an empty one arrives as empty";
  EXPECT_TRUE(writer.ask()->has(pactor::duplicate(one.in.get())).get());
}

TEST_F(Descriptors, ComeBackAsResults) {
  Actor<Writer> writer;
  const Fd out = writer.ask()->pipe_with("from the actor").get();
  EXPECT_EQ(read_all(out), "from the actor");
  EXPECT_EQ(writer.ask()->many(63).get().size(), 63u);
  pactor::Reply<Fd> late = writer.ask()->pipe_with("outlives its writer");
  writer.close();
  writer.join();
  EXPECT_EQ(read_all(late.get()), "outlives its writer");
}

TEST_F(Descriptors, ArriveAtConstructors) {
  Pipe pipe;
  Actor<Writer> writer(pactor::duplicate(pipe.in.get()), "born ");
  EXPECT_EQ(read_all(pipe.out), "born ");
  writer.ask()->write("and kept").get();
  EXPECT_EQ(read_all(pipe.out), "and kept");
}

TEST_F(Descriptors, GoFromActorToActor) {
  Pipe pipe;
  Actor<Writer> first, second;
  first.ask()->pass_on(second.proxy(), pactor::duplicate(pipe.in.get())).get();
  second.ask()->write("through two hands").get();
  EXPECT_EQ(read_all(pipe.out), "through two hands");
}

TEST_F(Descriptors, SurviveTheirSendersDeath) {
  Pipe pipe;
  Door door;
  Actor<Writer> sender, receiver;
  receiver->block_at(door.gate());
  door.wait_for_arrival();
  sender.ask()->pass_on(receiver.proxy(), pactor::duplicate(pipe.in.get())).get();
  sender.kill();
  sender.join();
  door.open();
  receiver.ask()->write("still here").get();
  EXPECT_EQ(read_all(pipe.out), "still here");
}

TEST_F(Descriptors, LeaveNothingWithTheKeeperOnceTheyHaveArrived) {
  Pipe pipe;
  Actor<Writer> writer;
  const int before = kept();
  for (int i = 0; i < 100; ++i) {
    writer.ask()->keep(pactor::duplicate(pipe.in.get())).get();
    EXPECT_TRUE(writer.ask()->pipe_with("x").get());
  }
  EXPECT_EQ(kept(), before);
}

TEST_F(Descriptors, LeaveNothingWithTheKeeperWhenTheActorTakesThemNoMore) {
  Pipe pipe;
  const int before = kept();
  {
    Door door;
    Actor<Writer> writer;
    writer->block_at(door.gate());
    door.wait_for_arrival();
    writer->keep_shared(pipe.in);  // is never taken out
    writer.kill();
    writer.join();
    writer->keep_shared(pipe.in);  // is a dead letter
    EXPECT_THROW(writer.ask()->has(pactor::duplicate(pipe.in.get())).get(), pactor::ActorDied);
  }
  EXPECT_EQ(kept(), before);
}

TEST_F(Descriptors, LeaveNothingWithTheKeeperWhenTheirMessageFindsNoRoom) {
  Pipe pipe;
  Actor<Writer> writer{pactor::Options{.mailbox = {.bytes = 64 << 10}}};
  const int before = kept();
  EXPECT_GT(writer.ask()->overload_myself(pipe.in).get(), 0);
  EXPECT_FALSE(writer.ask()->has(std::nullopt).get());  // and has dealt with those that did
  EXPECT_EQ(kept(), before);
}

TEST_F(Descriptors, TooManyAreRefusedWithTheirNumberAndNothingIsSent) {
  Actor<Writer> writer;
  std::vector<Fd> files;
  for (int i = 0; i < 64; ++i) files.push_back(pactor::duplicate(STDIN_FILENO));
  std::string text = text_of<pactor::Error>([&] { writer->write_all(files, ""); });
  EXPECT_TRUE(contains(text, "at most 63") && contains(text, "has 64")) << text;
  text = text_of<pactor::Error>([&] { writer.ask()->many(64).get(); });
  EXPECT_TRUE(contains(text, "has 64")) << text;
  EXPECT_FALSE(writer.ask()->has(std::nullopt).get()) << "and the actor lives";
  text = text_of<pactor::SpawnError>([&] { Actor<std::vector<Fd>> none(std::move(files)); });
  EXPECT_TRUE(contains(text, "64 file descriptors")) << text;
}

}  // namespace
