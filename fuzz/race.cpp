// Either side of a channel, while another thread writes into the part of the other: the same few words, as the
// input says, again and again. What is read once and then checked, and what is checked and then read again,
// differ only here. How the two meet is chance, so an input that finds something may have to be tried
// again.
#include "hostile.hpp"
#include "target.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace pactor::fuzz {
namespace {

using namespace pactor::mail;

constexpr unsigned kRounds = 60;

class Writer {
 public:
  Writer(Input& input, std::initializer_list<Memory> places) {
    for (std::size_t count = 1 + input.below(32); count != 0; --count) {
      const Memory place = places.begin()[input.below(places.size())];
      // Most of it at the start, where there is something to hit.
      std::size_t word = input.number<std::uint16_t>() % (place.size() / sizeof(Word64));
      if (input.below(2) == 0) word %= 64;
      writes_.push_back({reinterpret_cast<Word64*>(place.data()) + word, value(input)});
    }
    thread_ = std::thread([this] {
      while (!stop_) {
        for (const Write& each : writes_) each.to->store(each.value);
      }
    });
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    stop_ = true;
    thread_.join();
  }

 private:
  struct Write {
    Word64* to;
    std::uint64_t value;
  };

  // A header, often.
  static std::uint64_t value(Input& input) {
    if (input.below(2) == 0) return input.word();
    return pack_header(input.number<std::uint16_t>(), static_cast<Kind>(input.below(6)),
                       static_cast<std::uint16_t>(input.below(4)),
                       static_cast<Flags>(input.below(8)));
  }

  std::vector<Write> writes_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void receive(Input& input) {
  MailPair pair;
  const Line faulty = pair.open(kCreatorChannel, small_mailbox(true));
  const Line honest = pair.open(kFirstFreeChannel, small_mailbox(true));
  const Writer writer(input, {memory_of(faulty.memory->sender_page()),
                              {faulty.memory->sender.begin() + kRingsOffset, ring_bytes(0)}});
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;
  bool closed = false;
  const auto take = [&] {
    const Letter* letter = pair.mailbox.take();
    if (letter == nullptr) {
      static_cast<void>(pair.mailbox.take_news());
      return false;
    }
    pair.mailbox.stamper().raise(letter->stamp);
    touch(letter->payload);
    if (pair.mailbox.inlet().channel() == kFirstFreeChannel) {
      PACTOR_CHECK(letter->method == taken && same(letter->payload, pattern(100, taken)));
      ++taken;
    } else if (letter->kind == Kind::ask) {
      pair.mailbox.inlet().answer(*letter, ReplyStatus::value, pattern(taken % 100), 1);
    }
    closed = letter->kind == Kind::close;
    pair.mailbox.finish();
    return true;
  };
  for (unsigned round = 0; round < kRounds && !closed; ++round) {
    Ask ask;
    static_cast<void>(faulty.outlet->tell(1, pattern(round * 10), kPast));
    static_cast<void>(faulty.outlet->ask(1, {}, kPast, ask));
    if (honest.outlet->tell(sent, pattern(100, sent), kPast) == Sent::accepted) ++sent;
    for (int i = 0; i < 6 && !closed; ++i) take();
  }
  // Not for ever: what the faulty one's rings hold, twice over, may come before.
  const std::uint64_t most = 10 * faulty.memory->sender.bytes() / sizeof(Record);
  for (std::uint64_t i = 0; i < most && taken != sent && !closed; ++i) take();
  PACTOR_CHECK(closed || taken == sent);
  check_clock(pair.mailbox.stamper());
  if (closed) pair.mailbox.close();
}

void send(Input& input) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, small_mailbox(true));
  for (int i = 0; i < 3; ++i) pair.depot.reserve({}, 4096);
  const Writer writer(input,
                      {memory_of(line.memory->receiver_page()),
                       {line.memory->receiver.begin() + kSlotsOffset, 4 * sizeof(ReplySlot)}});
  Outlet& outlet = *line.outlet;
  for (unsigned round = 0; round < kRounds; ++round) {
    static_cast<void>(outlet.tell(1, pattern(round * 50), kPast));
    Ask ask;
    if (outlet.ask(1, {}, kPast, ask) != Sent::accepted) continue;
    if (outlet.asks().wait(ask, kPast)) {
      const Answer answer = outlet.asks().read(ask);
      touch(answer.bytes);
      pair.stamper.raise(answer.stamp);
    }
    outlet.asks().forget(ask);
  }
  check_clock(pair.stamper);
}

void run(std::span<const std::byte> bytes) {
  Input input(bytes);
  input.below(2) == 0 ? receive(input) : send(input);
}

// In the order in which receive() or send(), and the Writer, read them.
std::vector<Seed> seeds() {
  return {script("header", {0, 0, 1, 0, 0, 0, 1, 64, 0, 1, 0, 0}),
          script("header-and-nothing", {0, 1, 1, 0, 0, 0, 1, 64, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}),
          script("length", {0, 1, 1, 0, 0, 0, 1, 255, 15, 2, 0, 0, 1, 0, 0, 0, 1, 32, 0, 2, 0, 0}),
          script("reply", {1, 2, 1, 0, 0, 0, 0, 1, 2, 1, 2, 0, 0, 0, 0, 3, 1, 3, 0, 0, 0, 1, 4}),
          script("freed", {1, 1, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 255, 1})};
}

}  // namespace

constinit const Target race_target{.name = "race", .run = run, .seeds = seeds};

}  // namespace pactor::fuzz
