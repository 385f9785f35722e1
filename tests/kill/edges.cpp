// kill -9 at every instruction of what seldom comes about between two sane processes: an end with everything
// outstanding, a successor of many answers, rings that grow and are left again, a channel that says what it is
// not. Both ends are in one process, the victim; afterwards the keeper deals with the channel.
#include "both_ends.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace {

using namespace killing;
using namespace pactor::mail;

void everything_is_outstanding() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  for (const std::size_t size : {2'000U, 40'000U}) {
    static_cast<void>(ask(line, 5));
    answer_all(pair, size);
  }
  for (int i = 0; i < 3; ++i) static_cast<void>(line.outlet->tell(1, bytes(100'000), kPast));
  static_cast<void>(pair.mailbox.take());
  pair.mailbox.finish();
  static_cast<void>(pair.mailbox.take());
  pair.mailbox.wait();
}

void a_successor_of_many_answers() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<Ask> asks = ask(line, 60);
  answer_all(pair, 1'000);
  for (std::size_t i = 0; i < asks.size(); i += 2) line.outlet->asks().forget(asks[i]);
  static_cast<void>(ask(line, 20));
  answer_all(pair, 3'000);
  static_cast<void>(ask(line, 20));
  answer_all(pair, 900);
  Mailbox successor(kActor, pair.mailbox_memory, pair.depot);
  successor.take_over();
  successor.attach(kCreatorChannel, line.memory->fd);
  static_cast<void>(ask(line, 3));
  while (const Letter* letter = next(successor)) {
    successor.inlet().answer(*letter, ReplyStatus::value, bytes(5'000), 1);
    successor.finish();
  }
}

// It has sent itself more than a ring holds, and a close; and its successor goes on behind that. `damaged`: the
// move to another ring names none.
void an_actor_that_closes_itself(bool damaged) {
  MailPair pair;
  const Line line = pair.open(kSelfChannel, kRoomy);
  for (int i = 0; i < 30; ++i) static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
  line.outlet->close();
  if (damaged) {
    std::uint64_t position = 0;
    const auto header = [&] { return line.memory->record(position).header.load(); };
    while (header() != 0 && header_kind(header()) != Kind::move)
      position += padded(header_bytes(header()));
    line.memory->record(position).header = pack_header(sizeof(Record), Kind::move, 0xFFFF);
  }
  static_cast<void>(message_in_progress(line.memory->fd));
  static_cast<void>(count_unprocessed(line.memory->fd));
  for (int taken = 0; taken < 10; ++taken) {
    if (next(pair.mailbox) == nullptr) break;
    if (taken == 9) break;  // in progress
    pair.mailbox.finish();
  }
  end_begun_ask(line.memory->fd);
  const Outlet successor(Route{kActor, kSelfChannel}, line.memory->fd, pair.mailbox_memory,
                         pair.stamper, pair.lifeline, pair.depot);
}

void a_receiver_that_has_closed() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  Outlet& outlet = *line.outlet;
  for (int i = 0; i < 10; ++i) static_cast<void>(outlet.tell(1, bytes(1'000), kPast));
  while (next(pair.mailbox) != nullptr) pair.mailbox.finish();
  static_cast<void>(ask(line, 3));
  static_cast<void>(outlet.tell(1, bytes(8), kPast));
  pair.mailbox.close();
  static_cast<void>(ask(line, 1));
  static_cast<void>(outlet.tell(1, bytes(8), kPast));
  static_cast<void>(outlet.tell(1, bytes(100'000), kPast));
  outlet.close();
  const Line late = pair.open(kFirstFreeChannel);  // of one that has closed
  static_cast<void>(late.outlet->tell(1, bytes(8), kPast));
}

void a_burst_and_calm_again() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  for (int times = 0; times < 2; ++times) {
    for (int i = 0; i < 900; ++i) static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
    while (next(pair.mailbox) != nullptr) pair.mailbox.finish();
    pair.mailbox.wait();
    for (int i = 0; i < 300; ++i) {
      static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
      if (next(pair.mailbox) != nullptr) pair.mailbox.finish();
      if (i % 8 == 0) pair.mailbox.wait();
    }
  }
  line.outlet->close();
}

void a_full_mailbox() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow);
  while (line.outlet->tell(1, bytes(1'000), soon()) == Sent::accepted) {
  }
  while (line.outlet->tell(1, bytes(70'000), soon()) == Sent::accepted) {
  }
  while (line.outlet->tell(1, bytes(0), soon()) == Sent::accepted) {
  }
  line.outlet->close();
  line.outlet->close();
}

void a_channel_that_says_what_it_is_not() {
  MailPair pair;
  for (const std::uint32_t rings : {kMostRings, kMostRings + 1}) {
    const ChannelMemory memory(kNarrow);
    memory.receiver_page().terms.rings = rings;
    in_spite_of_errors([&] { pair.mailbox.attach(3, memory.fd); });
    in_spite_of_errors([&] {
      const Outlet outlet(Route{kActor, 3}, memory.fd, pair.mailbox_memory, pair.stamper,
                          pair.lifeline, pair.depot);
    });
  }
}

void an_answer_that_is_too_long() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  static_cast<void>(ask(line, 1));
  const Letter* letter = next(pair.mailbox);
  constexpr std::size_t kTooLong = std::size_t{std::numeric_limits<std::uint32_t>::max()} + 1;
  static std::byte byte;
  in_spite_of_errors([&] {  // nobody comes to read them
    pair.mailbox.inlet().answer(*letter, ReplyStatus::value, Payload(std::span(&byte, kTooLong)),
                                1);
  });
}

void a_depot_that_gives_nothing() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow);
  static_cast<void>(ask(line, 1));
  const Letter* letter = next(pair.mailbox);
  pair.depot.gone = true;
  PACTOR_CHECK(line.outlet->tell(1, bytes(20'000), kPast) == Sent::closed);
  pair.depot.gone = false;
  pair.depot.refuses = true;
  in_spite_of_errors([&] { static_cast<void>(line.outlet->tell(1, bytes(20'000), kPast)); });
  in_spite_of_errors(
      [&] { pair.mailbox.inlet().answer(*letter, ReplyStatus::value, bytes(100'000), 1); });
}

TEST_F(Kill, OfEitherEndAtTheEdgesLeavesWhatTheKeeperCanDealWith) {
  const std::vector<Case> scenes = {
      {"an end with everything outstanding", everything_is_outstanding},
      {"a successor of many answers", a_successor_of_many_answers},
      {"an actor that closes itself", [] { an_actor_that_closes_itself(false); }},
      {"one that has damaged its own channel", [] { an_actor_that_closes_itself(true); }},
      {"a receiver that has closed", a_receiver_that_has_closed},
      {"a burst, and calm again", a_burst_and_calm_again},
      {"a full mailbox", a_full_mailbox},
      {"a channel that says what it is not", a_channel_that_says_what_it_is_not},
      {"an answer that is too long", an_answer_that_is_too_long},
      {"a depot that gives nothing", a_depot_that_gives_nothing},
  };
  choose();
  for (const Case& scene : scenes) tell(scene.name, kill_in(player(), scene));
}

}  // namespace
