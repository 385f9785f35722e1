// kill -9 at every instruction while the other side writes into shared memory what it likes, as the fuzzer
// has it do. Who comes after the victim goes on: the keeper ends its begun ask and tells its end, and of an
// honest sender's messages a successor finds all but the one that was in progress.
#include "fixture.hpp"
#include "fuzz/hostile.hpp"
#include "fuzz/kept.hpp"
#include "pool.hpp"
#include "tests/shared_memory.hpp"

#include <pactor/mail/succession.hpp>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace killing;
using namespace pactor::mail;
using pactor::fuzz::Bytes;
using pactor::fuzz::Target;

constexpr int kMutationsOfEach = 60, kMutationsOfEachEveryday = 4;

// Goes through what there is, as the fuzzer's receiver does.
template <class See>
void process_all(Mailbox& mailbox, See see) {
  constexpr int kMost = 100'000;
  int idle = 0;
  for (int i = 0; i < kMost && idle < 200; ++i) {
    static_cast<void>(mailbox.take_news());
    const Letter* letter = mailbox.take();
    static_cast<void>(mailbox.take_cut_off());
    static_cast<void>(mailbox.take_drained());
    if (letter == nullptr) {
      ++idle;
      continue;
    }
    idle = 0;
    if (letter->kind == Kind::close) break;
    pactor::fuzz::touch(letter->payload);
    see(*letter);
    if (letter->kind == Kind::ask) mailbox.inlet().answer(*letter, ReplyStatus::value, {}, 1);
    mailbox.finish();
  }
}

// Two senders: the first is the faulty one.
void succeed_receiver() {
  if (!is_whole(kSecondChannel)) return;
  end_begun_ask((*pool)[kFirstChannel]);
  end_begun_ask((*pool)[kSecondChannel]);
  TestDepot depot;
  Mailbox mailbox(kActor, (*pool)[kMailbox], depot);
  mailbox.take_over();
  mailbox.attach(kCreatorChannel, (*pool)[kFirstChannel]);
  mailbox.attach(kFirstFreeChannel, (*pool)[kSecondChannel]);
  const pactor::os::Mapping control((*pool)[kMailbox], kControlOffset, kPageBytes,
                                    pactor::os::Access::read);
  const bool closed = control.as<Control>()->closing != 0;
  const std::uint64_t sent = pactor::fuzz::witness->sent, taken = pactor::fuzz::witness->taken;
  std::vector<std::uint64_t> found;
  process_all(mailbox, [&](const Letter& letter) {
    if (mailbox.inlet().channel() != kFirstFreeChannel) return;
    PACTOR_CHECK(same(letter.payload, pactor::fuzz::pattern(letter.payload.size(), letter.method)));
    found.push_back(letter.method);
  });
  mailbox.close();
  if (closed) return;
  // The next one; or that was in progress.
  std::uint64_t expected = taken;
  if (taken < sent && (found.empty() || found.front() == taken + 1)) ++expected;
  for (const std::uint64_t number : found) PACTOR_CHECK(number == expected++);
  PACTOR_CHECK(expected == sent || expected == sent + 1);
}

void succeed_after_damage() {
  if (!is_whole(kSecondChannel)) return;
  TestDepot depot;
  keeper_looks_at(kFirstChannel);
  keeper_looks_at(kSecondChannel);
  in_spite_of_errors([&] {
    Mailbox mailbox(kActor, (*pool)[kMailbox], depot);
    mailbox.take_over();
    mailbox.attach(kSelfChannel, (*pool)[kFirstChannel]);
    mailbox.attach(kCreatorChannel, (*pool)[kSecondChannel]);
    process_all(mailbox, [](const Letter&) {});
    mailbox.close();
  });
  keeper_deals_with(kFirstChannel);
  keeper_deals_with(kSecondChannel);
}

// It dies among each of the inputs that are kept, and mutations of them; `play` has it die wherever it can.
template <class Play, class Recover>
std::size_t kill_among(const Target& target, Play play, Recover recover) {
  static auto& shared = pactor::testing::share<pactor::fuzz::Witness>();
  pactor::fuzz::witness = &shared;
  std::size_t kills = 0;
  std::minstd_rand random(1);  // NOLINT: the same each time
  const int mutations = full() ? kMutationsOfEach : kMutationsOfEachEveryday;
  for (const pactor::fuzz::Seed& seed : pactor::fuzz::kept(target.name)) {
    for (int mutation = 0; mutation <= mutations; ++mutation) {
      const Bytes bytes = mutation == 0 ? seed.bytes : pactor::fuzz::mutated(seed.bytes, random);
      kills += play(seed.name + ", mutation " + std::to_string(mutation), [&] {
        shared.sent = shared.taken = 0;
        in_a_pool([&] { target.run(bytes); }, recover);
      });
    }
  }
  return kills;
}

TEST_F(Kill, OfAReceiverAmongDamageLosesNothingOfAnHonestSender) {
  choose();
  tell("receiver, a sender writes what it likes",
       kill_among(pactor::fuzz::receiver_target, player(), succeed_receiver));
}

TEST_F(Kill, OfASenderAmongDamageLeavesWhatTheKeeperCanDealWith) {
  choose();
  tell("sender, its receiver writes what it likes",
       kill_among(pactor::fuzz::sender_target, player(), [] { keeper_deals_with(kFirstChannel); }));
}

TEST_F(Kill, OfASuccessorAmongDamageLeavesWhatTheNextOneCanDealWith) {
  choose();
  tell("successor of one that wrote what it liked",
       kill_among(pactor::fuzz::succession_target, player(), succeed_after_damage));
}

}  // namespace
