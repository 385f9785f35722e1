// kill -9 at every instruction that runs when the other side acts just then: when the mailbox is closed, room
// comes free, an answer comes, or the keeper dies, between two instructions of a call.
#include "both_ends.hpp"
#include "meanwhile.hpp"

#include <pactor/mail/published_wait.hpp>

#include <linux/futex.h>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace killing;
using namespace pactor::mail;

// So that whoever waits for nothing comes to an end: later than all that is executed step by step.
pactor::os::Deadline in_a_while() {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
}

// Sends until it is full. Nobody looks again and again for who runs on the same processor.
int fill_up(MailPair& pair, const Line& line) {
  publish_cpu(pair.doorbell().cpu);
  return fill(line);
}

// What is accepted has been found by the one who closes.
void closed_while_somebody_tells(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  Sent sent = Sent::full;
  std::uint64_t found = 0;
  meanwhile(
      nth, [&] { sent = line.outlet->tell(1, bytes(8), kPast); },
      [&] { found = pair.mailbox.close(); });
  if (!board().acted) found = pair.mailbox.close();
  PACTOR_CHECK(sent != Sent::accepted || found == 1);
}

void closed_while_somebody_asks(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  static_cast<void>(ask(line, 1));  // what is made with the first one is not of interest
  Sent sent = Sent::full;
  Ask asked;
  meanwhile(
      nth, [&] { sent = line.outlet->ask(1, {}, kPast, asked); }, [&] { pair.mailbox.close(); });
  if (!board().acted) pair.mailbox.close();
  PACTOR_CHECK(sent != Sent::accepted || line.outlet->asks().ready(asked));
}

// Nothing that was refused comes, nor is anything lost that was accepted.
void room_comes_while_somebody_looks_for_it(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow, /*rings=*/1);
  const std::vector<std::byte> payload = bytes(1'000);
  int sent = fill_up(pair, line), taken = 0;
  meanwhile(
      nth, [&] { sent += line.outlet->tell(1, payload, in_a_while()) == Sent::accepted; },
      [&] { taken = take_all(pair.mailbox, 4); });
  PACTOR_CHECK(taken + take_all(pair.mailbox) == sent);
}

// A message that needs the start of the ring again, while its receiver looks at another sender's.
void a_ring_wraps_while_its_receiver_looks(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kNarrow), other = pair.open(kFirstFreeChannel);
  for (int i = 0; i < 7; ++i) {
    static_cast<void>(line.outlet->tell(1, bytes(1'000), kPast));
    take_all(pair.mailbox);
  }
  static_cast<void>(other.outlet->tell(1, bytes(8), kPast));
  const Letter* first = nullptr;
  meanwhile(
      nth, [&] { first = pair.mailbox.take(); },
      [&] { static_cast<void>(line.outlet->tell(1, bytes(2'000), kPast)); });
  if (first != nullptr) pair.mailbox.finish();
  PACTOR_CHECK(take_all(pair.mailbox) == (first != nullptr ? 0 : 1) + (board().acted ? 1 : 0));
}

// A record is taken back that the receiver may have looked at already.
void a_record_goes_after_it_was_seen(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy), other = pair.open(kFirstFreeChannel);
  for (const Line* each : {&other, &line}) static_cast<void>(each->outlet->tell(1, {}, kPast));
  const Letter* first = nullptr;
  meanwhile(
      nth, [&] { first = pair.mailbox.take(); },
      [&] { static_cast<void>(line.outlet->tell(1, {}, kPast)); });
  line.memory->record(sizeof(Record)).header = 0;
  if (first != nullptr) pair.mailbox.finish();
  take_all(pair.mailbox);
}

struct Mortal {
  Word32 alive{FUTEX_WAITERS};
  MailPair pair;
  Line line;

  Mortal() {
    pair.lifeline = Lifeline(&alive);
    line = pair.open(kCreatorChannel, kNarrow, /*rings=*/1);
  }
  void keeper_dies() { alive = FUTEX_WAITERS | FUTEX_OWNER_DIED; }
};

void the_keeper_dies_while_somebody_waits_for_room(std::uint32_t nth) {
  Mortal mortal;
  const std::vector<std::byte> payload = bytes(1'000);
  fill_up(mortal.pair, mortal.line);
  Sent sent = Sent::accepted;
  meanwhile(
      nth, [&] { sent = mortal.line.outlet->tell(1, payload, in_a_while()); },
      [&] { mortal.keeper_dies(); });
  PACTOR_CHECK(sent == Sent::full);
}

void the_keeper_dies_while_somebody_waits_for_the_end(std::uint32_t nth) {
  Mortal mortal;
  bool ended = true;
  meanwhile(
      nth, [&] { ended = mortal.line.outlet->wait_ended(in_a_while()); },
      [&] { mortal.keeper_dies(); });
  PACTOR_CHECK(!ended);
}

void the_keeper_dies_while_somebody_waits_for_an_answer(std::uint32_t nth) {
  Mortal mortal;
  const std::vector<Ask> asked = ask(mortal.line, 1);
  bool came = true;
  meanwhile(
      nth, [&] { came = mortal.line.outlet->asks().sleep(asked[0], in_a_while()); },
      [&] { mortal.keeper_dies(); });
  PACTOR_CHECK(!came);
}

void an_answer_comes_while_its_asker_falls_asleep(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<Ask> asked = ask(line, 1);
  bool came = false;
  meanwhile(
      nth, [&] { came = line.outlet->asks().sleep(asked[0], in_a_while()); },
      [&] { answer_all(pair, 8); });
  PACTOR_CHECK(!came || board().acted);
  if (!board().acted) answer_all(pair, 8);
  PACTOR_CHECK(line.outlet->asks().ready(asked[0]));
}

// Another thread has taken that answer, and its slot for an ask of its own. Written as that would have done it.
void a_slot_is_used_anew_while_somebody_falls_asleep_on_it(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<Ask> asked = ask(line, 1);
  meanwhile(
      nth, [&] { static_cast<void>(line.outlet->asks().sleep(asked[0], in_a_while())); },
      [&] {
        answer_all(pair, 8);
        line.memory->sender_page().awaited[asked[0].slot] = (asked[0].number + 1) << 1;
      });
  PACTOR_CHECK(line.memory->sender_page().askers_asleep == 0);
}

// A wait is read while it ends and another begins: then as none, or as one of the two.
void a_wait_changes_while_it_is_read(std::uint32_t nth) {
  MailPair pair;
  const Line line = pair.open(kCreatorChannel, kRoomy);
  const std::vector<Ask> asked = ask(line, 2);
  Control& control = pair.mailbox.control();
  const auto publish = [&](const Ask& ask) {
    control.waiting.number = ask.number;
    control.waiting.slot = ask.slot;
  };
  publish(asked[0]);
  control.waiting.turn = 1;
  std::optional<Wait> wait;
  meanwhile(
      nth, [&] { wait = read_wait(control); },
      [&] {
        control.waiting.turn = 2;
        publish(asked[1]);
        control.waiting.turn = 3;
      });
  if (!wait) return;
  const Ask& meant = asked[wait->turn == 1 ? 0 : 1];
  PACTOR_CHECK(wait->ask.number == meant.number && wait->ask.slot == meant.slot);
}

struct Moments {
  std::string name;
  void (*scene)(std::uint32_t nth);
  std::uint32_t step = 1;  // more for long calls, of which much is the same for many instructions
};

TEST_F(Kill, OfOneWhoseOtherSideActsAtAnyInstructionLeavesWhatTheKeeperCanDealWith) {
  constexpr std::uint32_t kTimesEveryday = 16;
  const std::array all = {
      Moments{"closed, in a tell", closed_while_somebody_tells},
      Moments{"closed, in an ask", closed_while_somebody_asks},
      Moments{"room, in a tell", room_comes_while_somebody_looks_for_it, 3},
      Moments{"a ring wraps, in a round", a_ring_wraps_while_its_receiver_looks},
      Moments{"a record goes", a_record_goes_after_it_was_seen},
      Moments{"the keeper dies, in a tell", the_keeper_dies_while_somebody_waits_for_room, 3},
      Moments{"the keeper dies, in a join", the_keeper_dies_while_somebody_waits_for_the_end},
      Moments{"the keeper dies, in an ask", the_keeper_dies_while_somebody_waits_for_an_answer, 3},
      Moments{"an answer, in a wait", an_answer_comes_while_its_asker_falls_asleep, 5},
      Moments{"a slot anew, in a wait", a_slot_is_used_anew_while_somebody_falls_asleep_on_it, 3},
      Moments{"a wait changes", a_wait_changes_while_it_is_read},
  };
  choose();
  for (const Moments& each : all) {
    std::size_t kills = 0;
    std::uint32_t nth = 0;
    bool acted = false;
    do {
      const Case scene{each.name + ", " + std::to_string(nth), [&] { each.scene(nth); }};
      kills += play(scene.name, [&] {
        board().acted = false;
        play_once(scene);
      });
      acted |= board().acted;
      nth += full() ? each.step : each.step * kTimesEveryday;
    } while (board().acted && !HasFailure());
    EXPECT_TRUE(acted) << each.name;
    tell(each.name, kills);
  }
}

}  // namespace
