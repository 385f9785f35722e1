// An actor has written, before it died, over all that it could write: the pages of its mailbox, its ends of two
// channels, both ends of the one to itself. The keeper deals with that, and either tells the end, or a
// successor takes over: it goes on, or says in one error that it cannot. Nobody hangs.
#include "hostile.hpp"
#include "target.hpp"

#include <pactor/mail/fate.hpp>
#include <pactor/mail/published_wait.hpp>
#include <pactor/mail/succession.hpp>

#include <optional>

namespace pactor::fuzz {
namespace {

using namespace pactor::mail;

class Succession {
 public:
  explicit Succession(Input& input) : input_(input), smallest_(input.below(2) == 0) {}

  void run() {
    live();
    damage();
    keeper();
    if (input_.below(4) == 0) return end();
    try {
      succeed();
    } catch (const Error&) {
      // One clear error: of memory that is shorter than a channel says, say.
    }
    end();
  }

 private:
  static constexpr int kMostSteps = 60;

  // Some traffic, of which some is processed; the last message perhaps begun.
  void live() {
    for (std::size_t step = input_.below(kMostSteps); step != 0; --step) {
      Ask ask;
      Outlet& outlet = *(input_.below(2) == 0 ? self_ : other_).outlet;
      switch (input_.below(4)) {
        case 0:
          static_cast<void>(outlet.ask(1, pattern(input_.below(100)), kPast, ask));
          break;
        case 1:
          if (const Letter* letter = next(pair_.mailbox)) {
            if (input_.below(4) == 0) return;  // it dies in it
            process(pair_.mailbox, *letter);
          }
          break;
        default:
          static_cast<void>(outlet.tell(1, pattern(input_.below(3000)), kPast));
      }
    }
  }

  void damage() {
    const os::Mapping control(pair_.mailbox_memory, kControlOffset, kPageBytes,
                              os::Access::read_write);
    const Memory receiver{other_.memory->receiver.begin(), other_.memory->receiver.bytes()};
    const Memory own_receiver{self_.memory->receiver.begin(), self_.memory->receiver.bytes()};
    const Memory own_sender{self_.memory->sender.begin(), self_.memory->sender.bytes()};
    for (std::size_t count = input_.below(20); count != 0; --count) {
      switch (input_.below(5)) {
        case 0:  // where the successor goes on
          page().taken.store(place());
          page().finished.store(place());
          break;
        case 1:
          page().ring_starts[input_.below(kMostRings)] = input_.word();
          break;
        default:
          poke(input_, {{control.begin(), kPageBytes},
                        memory_of(pair_.doorbell()),
                        memory_of(*reinterpret_cast<ReceiverPage*>(receiver.data())),
                        memory_of(*reinterpret_cast<ReceiverPage*>(own_receiver.data())),
                        receiver,
                        own_receiver,
                        own_sender});
      }
    }
  }

  [[nodiscard]] ReceiverPage& page() {
    return (input_.below(2) == 0 ? self_ : other_).memory->receiver_page();
  }
  [[nodiscard]] std::uint64_t place() {
    return pack_place(static_cast<std::uint32_t>(input_.below(8)), input_.word() % kPositionLimit);
  }

  void keeper() const {
    for (const Line* line : {&self_, &other_}) {
      try {
        end_begun_ask(line->memory->fd);
        static_cast<void>(count_unprocessed(line->memory->fd));
      } catch (const Error&) {
        // What a channel says of itself is damaged.
      }
      const os::Mapping control(pair_.mailbox_memory, kControlOffset, kPageBytes, os::Access::read);
      if (const auto wait = read_wait(*control.as<Control>())) {
        static_cast<void>(is_unanswered(line->memory->fd, *wait));
      }
    }
  }

  void succeed() {
    Mailbox mailbox(kActor, pair_.mailbox_memory, pair_.depot);
    mailbox.take_over();
    check_clock(mailbox.stamper());
    mailbox.attach(kSelfChannel, self_.memory->fd);
    mailbox.attach(kCreatorChannel, other_.memory->fd);
    Outlet self(Route{kActor, kSelfChannel}, self_.memory->fd, pair_.mailbox_memory,
                mailbox.stamper(), pair_.lifeline, pair_.depot);
    for (int step = 0; step < kMostSteps && !input_.done(); ++step) {
      Ask ask;
      switch (input_.below(6)) {
        case 0:
          static_cast<void>(self.tell(1, pattern(input_.below(20'000)), kPast));
          break;
        case 1:
          static_cast<void>(self.ask(1, pattern(input_.below(100)), kPast, ask));
          break;
        case 2:
          static_cast<void>(other_.outlet->tell(1, pattern(input_.below(3000)), kPast));
          break;
        case 3:
          mailbox.wait();
          static_cast<void>(mailbox.take_cut_off());
          break;
        default:
          if (const Letter* letter = next(mailbox)) process(mailbox, *letter);
          static_cast<void>(mailbox.take_news());
      }
    }
    mailbox.close();
    check_clock(mailbox.stamper());
  }

  void process(Mailbox& mailbox, const Letter& letter) {
    touch(letter.payload);
    mailbox.stamper().raise(letter.stamp);
    if (letter.kind == Kind::ask) {
      mailbox.inlet().answer(letter, ReplyStatus::value, pattern(input_.below(200)), 1);
    }
    mailbox.finish();
  }

  void end() const {
    for (const Line* line : {&self_, &other_}) announce_end(line->memory->fd, pattern(100), 1);
    PACTOR_CHECK(other_.outlet->fate().told());
    PACTOR_CHECK(other_.outlet->tell(1, pattern(8), kPast) != Sent::accepted);
  }

  Input& input_;
  const bool smallest_;
  MailPair pair_;
  Line self_ = pair_.open(kSelfChannel, small_mailbox(smallest_));
  Line other_ = pair_.open(kCreatorChannel, small_mailbox(smallest_));
};

void run(std::span<const std::byte> bytes) {
  Input input(bytes);
  Succession(input).run();
}

// In the order in which live(), damage() and succeed() read them.
std::vector<Seed> seeds() {
  return {script("undamaged", {0, 6, 0, 2, 40, 0, 0, 0,  1, 0, 9, 0, 1, 1,
                               1, 0, 0, 0, 1,  1, 0, 40, 0, 0, 0, 4, 4}),
          script("begun", {0, 4, 1, 0, 9, 1, 0, 9, 0, 1, 0, 0, 1, 2, 9, 4, 4, 3}),
          script("taken",
                 {1, 3, 0, 2, 40, 0, 0, 0, 1, 0, 0, 1, 8, 2, 4, 0, 1, 8, 2, 4, 0, 1, 4, 4, 0, 9}),
          script("ring-starts", {1, 2, 0, 2, 40, 0, 0, 0, 1, 1, 0, 0, 8, 2, 1, 0, 1, 4, 4}),
          script("clock", {0, 0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 1, 2, 4})};
}

}  // namespace

constinit const Target succession_target{.name = "succession", .run = run, .seeds = seeds};

}  // namespace pactor::fuzz
