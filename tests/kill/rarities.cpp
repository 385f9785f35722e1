// kill -9 at every instruction of what hardly ever runs: because it takes a lack of something at one certain moment,
// an option that nobody sets, or memory that somebody has damaged. As in edges.cpp, both ends are in
// one process, the victim.
#include "both_ends.hpp"

#include <pactor/mail/published_wait.hpp>
#include <pactor/wire/encoder.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace {

using namespace killing;
using namespace pactor::mail;

// ---- Something is lacking just then; what comes before does not fail -----------------------------------

void a_wait_that_is_looked_into() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<Ask> asks = ask(line, 1);
  Control& control = pair.mailbox.control();
  before.reset();
  const PublishedWait published(pair.mailbox.doorbell(), control, pair.doorbell(),
                                line.outlet->route(), asks[0]);
  std::optional<Wait> wait = read_wait(control);
  PACTOR_CHECK(wait && wait->ask.number == asks[0].number);
  in_spite_of_errors([&] { PACTOR_CHECK(is_unanswered(line.memory->fd, *wait)); });
  answer_all(pair, 8);
  in_spite_of_errors([&] { PACTOR_CHECK(!is_unanswered(line.memory->fd, *wait)); });
  wait->ask.slot = kReplySlots;
  PACTOR_CHECK(!is_unanswered(line.memory->fd, *wait));
}

void a_keeper_that_looks_at_a_channel() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  static_cast<void>(ask(line, 3));
  static_cast<void>(pair.mailbox.take());
  before.reset();
  const Place place(line.memory->fd);
  in_spite_of_errors([&] { PACTOR_CHECK(message_in_progress(place)); });
  in_spite_of_errors([&] { PACTOR_CHECK(end_begun_ask(place) != 0); });
  in_spite_of_errors([&] { PACTOR_CHECK(count_unprocessed(place) == 2); });
  in_spite_of_errors([&] { announce_end(place, {}, 1); });
}

// Their slots are needed for another ask.
void answers_that_are_moved() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<Ask> asks = ask(line, 256);
  for (const std::size_t size : {1'000U, 8U}) {
    const Letter* letter = next(pair.mailbox);
    pair.mailbox.inlet().answer(*letter, ReplyStatus::value, Payload(bytes(size), 99), 1);
    pair.mailbox.finish();
  }
  pair.depot.discarded.reserve(8);  // a depot does that without memory
  before.reset();
  Ask one_more;
  PACTOR_CHECK(line.outlet->ask(1, {}, kPast, one_more) == Sent::accepted);
  line.outlet->asks().forget(asks[0]);
  const faults::Spared after;
  PACTOR_CHECK(pair.depot.discarded == std::vector<Ticket>{99});
}

// Two parcels: the later one is read first, and twice.
void answers_that_cannot_be_read() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  Asks& asks = line.outlet->asks();
  const std::vector<Ask> asked = ask(line, 2);
  answer_all(pair, 100'000);
  before.reset();
  const auto check = [](const Answer& answer) {
    PACTOR_CHECK(answer.unreadable || same(answer.bytes, bytes(100'000)));
  };
  const auto try_again = [](const auto& read) {
    try {
      read();
    } catch (const std::bad_alloc&) {
      const faults::Spared now;
      read();
    }
  };
  for (int times = 0; times < 2; ++times) try_again([&] { check(asks.read(asked[1])); });
  AnswerRoom room;
  Ask first = asked[0];
  try_again([&] { check(asks.take(first, room)); });
  const faults::Spared after;
  for (const Ask& each : asked) asks.forget(each);
  static_cast<void>(ask(line, 1));  // has the parcels given back
  answer_all(pair, 50'000);
}

void a_message_that_cannot_be_read() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow);
  static_cast<void>(line.outlet->tell(1, {}, kPast));
  take_all(pair.mailbox);  // what is made with the first one is not of interest
  static_cast<void>(line.outlet->tell(1, bytes(60'000), kPast));
  before.reset();
  const Letter* letter = pair.mailbox.take();
  PACTOR_CHECK(letter != nullptr && letter->unreadable == !pair.mailbox.inlet().lacks().empty());
  pair.mailbox.finish();
}

void a_channel_that_is_begun() {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{1} << 40}) {
    const pactor::os::Fd memory = create_channel({.bytes = bytes, .when_full = {}});
    const faults::Spared here;
    const pactor::os::Mapping page(memory, kReceiverPartOffset, kPageBytes,
                                   pactor::os::Access::read);
    const ChannelTerms terms = read_terms(*page.as<ReceiverPage>());
    PACTOR_CHECK(terms.bound_bytes == (bytes == 1 ? kLeastBoundBytes : ring_bytes(kMostRings - 1)));
  }
}

void a_successor_that_closes_itself() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kSelfChannel, kRoomy);
  for (int i = 0; i < 30; ++i) static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
  Outlet successor(Route{kActor, kSelfChannel}, line.memory->fd, pair.mailbox_memory, pair.stamper,
                   pair.lifeline, pair.depot);
  before.reset();
  successor.close();
}

// A long record has it pass over the ring that it is to come back to, of which nothing is there yet.
void a_long_ring_that_cannot_be_left() {
  std::optional<faults::Spared> before(std::in_place);
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  static_cast<void>(line.outlet->tell(1, bytes(600'000), kPast));
  for (int i = 0; i < 600; ++i) static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
  take_all(pair.mailbox);
  look_in_vain(pair.mailbox);  // so that it tells what is free
  before.reset();
  in_spite_of_errors([&] { PACTOR_CHECK(line.outlet->tell(1, {}, kPast) == Sent::accepted); });
}

// ---- Seldom set, seldom met ----------------------------------------------------------------------------

void a_mailbox_of_nobody() {
  MailPair pair;
  pair.mailbox.control().last_stamp = std::numeric_limits<std::uint64_t>::max();
  pair.mailbox.take_over();
  PACTOR_CHECK(pair.mailbox.stamper().last() != std::numeric_limits<std::uint64_t>::max());
  PACTOR_CHECK(pair.mailbox.close() == 0);
}

// Of two words of the doorbell; and so many that the heap of their heads takes each shape.
void channels_of_many() {
  MailPair pair;
  std::vector<Line> lines;
  for (const std::uint32_t channel : {3U, 4U, 5U, 6U, 7U, 8U, 70U})
    lines.push_back(pair.open(channel, kNarrow, /*rings=*/1));
  for (std::size_t senders = 1; senders <= lines.size(); ++senders) {
    look_in_vain(pair.mailbox);  // all rest
    for (std::size_t i = 0; i < senders; ++i)
      static_cast<void>(lines[senders - 1 - i].outlet->tell(1, {}, kPast));
    static_cast<void>(lines[0].outlet->tell(1, {}, kPast));
    PACTOR_CHECK(take_all(pair.mailbox) == static_cast<int>(senders) + 1);
  }
  for (const std::uint32_t channel : {3U, 70U}) pair.mailbox.sender_gone(channel);
  look_in_vain(pair.mailbox);
}

// Its clock stands still, or so it says.
void a_sender_whose_stamps_stay_low() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow, /*rings=*/1);
  std::uint64_t stamp = 0;
  for (int i = 0; i < 40; ++i) {
    static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
    const std::uint64_t next_one = place_position(line.memory->receiver_page().taken);
    line.memory->record(next_one).stamp = 1;
    const Letter* letter = next(pair.mailbox);
    PACTOR_CHECK(letter != nullptr && letter->stamp > stamp);
    stamp = letter->stamp;
    pair.mailbox.finish();
  }
}

// What descriptors stand for takes room too, though there is nothing to give back.
void descriptors_that_stand_for_much() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow, /*rings=*/1);
  const std::vector<std::byte> small = bytes(8);
  const Payload payload(small, /*with=*/5, /*beside=*/20'000);
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(line.outlet->tell(1, payload, kPast));
    if (i == 0) take_all(pair.mailbox);
  }
  fill(line);
  static_cast<void>(line.outlet->tell(1, Payload(small, 5, 1'000), kPast));
  PACTOR_CHECK(line.outlet->tell(1, Payload(bytes(1'000), 5, 100), kPast) == Sent::full);
  line.memory->receiver_page().freed = 0;  // which no sane receiver takes back
  static_cast<void>(line.outlet->tell(1, payload, kPast));
}

// No ring is longer, and the sender says how long it waits, not until when.
void a_wait_of_a_while() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow, /*rings=*/1);
  fill(line);
  pactor::os::LazyDeadline while_from_now(std::chrono::milliseconds(1), pactor::os::kNever);
  PACTOR_CHECK(line.outlet->tell(1, bytes(1'000), std::move(while_from_now)) == Sent::full);
  pactor::os::LazyDeadline too_late(std::chrono::milliseconds(1), kPast);
  PACTOR_CHECK(line.outlet->tell(1, bytes(1'000), std::move(too_late)) == Sent::full);
}

// Answers lie in parcels, or in the arena; each in turn is given up first, and the next ask finds that out.
void answers_given_up_in_turn() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  for (const std::size_t size : {2'000U, 40'000U}) {
    for (int count = 1; count <= 9; ++count) {
      for (std::size_t given_up = 0; given_up < static_cast<std::size_t>(count); ++given_up) {
        std::vector<Ask> asks = ask(line, count);
        answer_all(pair, size);
        line.outlet->asks().forget(asks[given_up]);
        asks[given_up] = ask(line, 1)[0];
        answer_all(pair, size);
        for (const Ask& each : asks) line.outlet->asks().forget(each);
      }
    }
  }
}

// As many as a receiver takes note of at a time, behind the one that it has by itself when it was idle; and then
// the sender goes back to the start of its ring.
void a_window_that_ends_at_a_skip() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow), other = pair.open(kFirstFreeChannel);
  constexpr int kWindow = 32;
  constexpr std::size_t kLeft = 256;
  const std::size_t before = kOneRing - kLeft - (kWindow + 1) * sizeof(Record);
  static_cast<void>(line.outlet->tell(1, bytes(before - sizeof(Record)), kPast));
  take_all(pair.mailbox);
  for (int i = 0; i < kWindow + 1; ++i) static_cast<void>(line.outlet->tell(1, {}, kPast));
  static_cast<void>(line.outlet->tell(1, bytes(kLeft), kPast));
  static_cast<void>(other.outlet->tell(1, {}, kPast));
  PACTOR_CHECK(take_all(pair.mailbox) == kWindow + 3);
}

// It goes on to another ring where this one has room for a skip, and not for a move.
void a_move_at_the_very_end() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const auto tell = [&](std::size_t record) {
    PACTOR_CHECK(line.outlet->tell(1, bytes(record - sizeof(Record)), kPast) == Sent::accepted);
  };
  constexpr std::size_t kFreed = 48, kLeft = 8;
  tell(kFreed);
  take_all(pair.mailbox);
  look_in_vain(pair.mailbox);  // so that it tells what is free
  std::size_t sent = kFreed;
  for (; sent + 2'048 < kOneRing; sent += 1'024) tell(1'024);
  tell(kOneRing - kLeft - sent);
  tell(1'024);
  PACTOR_CHECK(take_all(pair.mailbox) > 7);
}

// Too short to lie outside, and longer than what an encoder copies.
void a_record_in_pieces() {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<std::byte> large = bytes(pactor::wire::Encoder::kLeastBorrowed);
  pactor::wire::Encoder encoder{pactor::wire::Encoder::Borrowing()};
  encoder.elements(large.data(), large.size());
  PACTOR_CHECK(!encoder.borrowed().empty());
  for (int i = 0; i < 40; ++i) {
    PACTOR_CHECK(line.outlet->tell(1, encoder, kPast) == Sent::accepted);
    const Letter* letter = next(pair.mailbox);
    PACTOR_CHECK(letter != nullptr && same(letter->payload, large));
    pair.mailbox.finish();
  }
}

TEST_F(Kill, OfEitherEndInRareCasesLeavesWhatTheKeeperCanDealWith) {
  const std::vector<Case> lacking = {
      {"a wait that is looked into", a_wait_that_is_looked_into},
      {"a keeper that looks at a channel", a_keeper_that_looks_at_a_channel},
      {"answers that are moved", answers_that_are_moved},
      {"answers that cannot be read", answers_that_cannot_be_read},
      {"a message that cannot be read", a_message_that_cannot_be_read},
      {"a channel that is begun", a_channel_that_is_begun},
      {"a successor that closes itself", a_successor_that_closes_itself},
      {"a long ring that cannot be left", a_long_ring_that_cannot_be_left},
  };
  const std::vector<Case> others = {
      {"a mailbox of nobody", a_mailbox_of_nobody},
      {"channels of many", channels_of_many},
      {"a sender whose stamps stay low", a_sender_whose_stamps_stay_low},
      {"descriptors that stand for much", descriptors_that_stand_for_much},
      {"a wait of a while", a_wait_of_a_while},
      {"answers given up in turn", answers_given_up_in_turn},
      {"a window that ends at a skip", a_window_that_ends_at_a_skip},
      {"a move at the very end", a_move_at_the_very_end},
      {"a record in pieces", a_record_in_pieces},
  };
  choose();
  for (const Case& scene : lacking) tell(scene.name, kill_in(player(), scene));
  for (const Case& scene : others) tell(scene.name, play(scene.name, [&] { play_once(scene); }));
}

}  // namespace
