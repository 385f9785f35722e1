// The family that a storm is about. Started by the judge, which ends it too:
//
//     storm_program /proc/<judge>/fd/<ledger>
//
// Each thread drives one sender, and the first sends by itself, until the ledger says that it is enough; then all that was sent
// is processed, and the actors are closed. If the actors end before (their keeper was killed), it ends as well.
#include "cast.hpp"

#include <iostream>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace storm;
using pactor::Actor;
using pactor::Options;

// Lives are cheap here, and the slowest of machines gets the time that it needs.
Options options(std::size_t seat, pactor::MailboxOptions mailbox = {}) {
  return {.name = name_of_seat(seat),
          .start_deadline = 5min,
          .close_deadline = 5min,
          .restart = {.max = 1'000'000},
          .mailbox = mailbox};
}

constexpr pactor::WhenFull kPatient = pactor::WhenFull::wait(5min);

// A mailbox of each kind: one that is always full, one that refuses what it has no room for, one whose rings grow
// little, one whose rings grow long.
constexpr std::array<pactor::MailboxOptions, kReceivers> kMailboxes = {
    {{.bytes = std::size_t{64} << 10, .when_full = kPatient},
     {.bytes = std::size_t{256} << 10, .when_full = pactor::WhenFull::refuse},
     {.bytes = std::size_t{1} << 20, .when_full = kPatient},
     {.bytes = std::size_t{64} << 20, .when_full = kPatient}}};

struct Family {
  std::vector<Actor<Receiver>> receivers;
  std::vector<Actor<Sender>> senders;
  std::vector<Actor<Answerer>> answerers;
  std::vector<Actor<Asker>> askers;
};

Family begin(const std::string& ledger) {
  Family family;
  std::vector<pactor::Proxy<Receiver>> receivers;
  for (std::size_t i = 0; i < kReceivers; ++i) {
    const std::size_t seat = kFirstReceiver + i;
    family.receivers.emplace_back(options(seat, kMailboxes[i]), ledger, seat);
    receivers.push_back(family.receivers.back().proxy());
  }
  for (std::size_t seat = kFirstSender; seat < kFirstReceiver; ++seat) {
    family.senders.emplace_back(options(seat), ledger, seat, receivers);
  }
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    family.answerers.emplace_back();
    family.askers.emplace_back(ledger, pair, family.answerers.back().proxy());
    family.askers.back()->go_on();
  }
  return family;
}

// Has the sender of this seat take one step after the other, with the next one as its neighbour.
void drive(Ledger* ledger, const Family& family, std::size_t driver) {
  const std::size_t index = driver - 1, next = (index + 1) % kSenders;
  Book book(ledger, driver);
  Asks asks(book);
  do {
    asks.send(kFirstSender + index, Method::step, [&](const Message& message) {
      return family.senders[index].ask()->step(message, family.senders[next].proxy(),
                                               kFirstSender + next);
    });
  } while (asks.collect() && !book.told_to_end());
}

void drive_itself(Ledger* ledger, const std::string& path, const Family& family) {
  std::vector<pactor::Proxy<Receiver>> receivers;
  for (const auto& receiver : family.receivers) receivers.push_back(receiver.proxy());
  Sender self(path, 0, receivers);
  while (self.run(family.senders[0].proxy(), kFirstSender) && ledger->stage != Stage::draining) {
  }
}

// What a receiver sends itself on the way has been processed when it answers the second time.
void settle(Ledger* ledger, const Family& family) {
  Book book(ledger, 0);
  Asks asks(book);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < kReceivers; ++i) {
      asks.send(kFirstReceiver + i, Method::settle,
                [&](const Message& message) { return family.receivers[i].ask()->settle(message); });
    }
    asks.collect();
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: storm_program LEDGER (it is started by storm_judge)\n";
    return 2;
  }
  const std::string path = arguments[1];
  Ledger* ledger = open_ledger(path);
  Family family = begin(path);
  ledger->stage = Stage::running;
  std::vector<std::thread> drivers;
  drivers.emplace_back([&] { drive_itself(ledger, path, family); });
  for (std::size_t driver = 1; driver < kDrivers; ++driver) {
    drivers.emplace_back([&, driver] { drive(ledger, family, driver); });
  }
  for (std::thread& driver : drivers) driver.join();
  pactor::close_all(family.senders);  // what they pass on for each other included
  pactor::join_all(family.senders);
  settle(ledger, family);
  pactor::close_all(family.receivers);
  pactor::join_all(family.receivers);
  pactor::close_all(family.askers);
  pactor::close_all(family.answerers);
  pactor::join_all(family.askers);
  pactor::join_all(family.answerers);
}
