// What is played while somebody is killed: a sender, or a receiver, and those who talk to it.
#pragma once

#include "cast.hpp"
#include "tests/processes.hpp"

#include <unistd.h>
#include <atomic>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace killing {

// Sends in the flood lane, from a thread, for as long as this lives.
class Flood {
 public:
  explicit Flood(const pactor::Proxy<Receiver>& to)
      : thread_([this, to] {
          id_ = ::gettid();
          Talk talk(to, kFloodLane);
          while (!stopped_ && board().lanes[kFloodLane].attempted + 2 < kMostMessages) talk.tell(8);
        }) {}
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    stopped_ = true;
    thread_.join();
  }

  // Until it waits for room. The receiver stands still.
  void wait_until_blocked() const {
    const Lane& lane = board().lanes[kFloodLane];
    while (lane.attempted < 20 || !processes::asleep("self/task/" + std::to_string(id_)))
      std::this_thread::yield();
  }

 private:
  std::atomic<pid_t> id_ = 0;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;  // behind what it uses
};

// ---- The sender is killed --------------------------------------------------------------------------

// What others do meanwhile.
enum class Others { asleep, hot, blocked };

inline pactor::Options mailbox_of_64_kib(pactor::WhenFull when_full = {}) {
  return {.name = "receiver",
          .restart = {.max = 3},
          .mailbox = {.bytes = 64 << 10, .when_full = when_full}};
}

inline void expect_end(const pactor::Exit& exit) {
  using Kind = pactor::Exit::Kind;
  if (exit.orderly() || (exit.kind == Kind::signalled && exit.code == SIGKILL)) return;
  // Who cannot even tell the keeper of its end aborts.
  const bool untold = exit.kind == Kind::signalled && exit.code == SIGABRT;
  if (board().scarce && (exit.kind == Kind::failed || untold)) return;
  board().complain(exit.explain().c_str());
}

inline void hold(const pactor::Actor<Receiver>& receiver) {
  begin_hold();
  receiver->hold();
}

// The receiver lives on, and answers as if nothing had happened.
inline void expect_answer(const pactor::Actor<Receiver>& receiver) {
  Talk talk(receiver.proxy(), kWitnessLane);
  talk.ask(8, 8);
}

// `attempts`: the receiver stands still until the victim has attempted so many, and sleeps.
template <class Say>
void sender_dies(const pactor::Actor<Receiver>& receiver, Others others, Say say,
                 std::uint32_t attempts = 20) {
  std::optional<Flood> flood;
  if (others == Others::hot) flood.emplace(receiver.proxy());
  if (others == Others::blocked) hold(receiver);
  pactor::Actor<Sender> sender{pactor::Options{.name = "sender"}};
  const processes::Watched process(sender.pid());
  say(sender);
  if (others == Others::blocked) {
    const Lane& lane = board().lanes[kScriptLane];
    while (!process.has_ended() && (lane.attempted < attempts || !processes::asleep(sender.pid())))
      std::this_thread::yield();
    release();
  }
  sender.close();
  expect_end(sender.join());
  flood.reset();
  expect_answer(receiver);
}

// ---- The receiver is killed ------------------------------------------------------------------------

// All that a receiver does, from its start until its end.
inline void talk_to(pactor::Actor<Receiver>& receiver) {
  board().lanes[kSelfLane].attempted = 1;
  receiver->chain(1, 6);
  board().lanes[kSelfLane].accepted[1] = true;
  pactor::Actor<Sender> witness{pactor::Options{.name = "witness"}};
  witness->whisper(receiver.proxy());
  Talk talk(receiver.proxy(), kScriptLane);
  say_everything(talk);
}

inline void receiver_dies(Others others) {
  pactor::Actor<Receiver> receiver{mailbox_of_64_kib()};
  std::optional<Flood> flood;
  if (others == Others::hot) flood.emplace(receiver.proxy());
  if (others == Others::blocked) hold(receiver);
  receiver->become_victim();
  if (others == Others::blocked) {
    flood.emplace(receiver.proxy());  // only now: for that message there has to be room
    flood->wait_until_blocked();
    release();
  }
  talk_to(receiver);
  flood.reset();
  receiver.close();
  expect_end(receiver.join());
}

// It has many senders, and hears of their messages and ends at a time.
inline void crowded_receiver_dies() {
  pactor::Actor<Receiver> receiver{mailbox_of_64_kib()};
  hold(receiver);
  receiver->become_victim();
  for (int times = 0; times < 2; ++times) {
    std::vector<pactor::Actor<Sender>> crowd(10);
    for (auto& each : crowd) each->mutter(receiver.proxy());
    for (auto& each : crowd) each.close();
    for (auto& each : crowd) each.join();
    release();
    expect_answer(receiver);
  }
  receiver.close();
  expect_end(receiver.join());
}

// It has died with messages of all kinds waiting; who takes over is the victim.
inline void successor_dies() {
  pactor::Actor<Receiver> receiver{mailbox_of_64_kib()};
  const processes::Watched process(receiver.pid());
  board().lanes[kSelfLane].attempted = 1;
  receiver->chain(1, 6);
  board().lanes[kSelfLane].accepted[1] = true;
  Talk talk(receiver.proxy(), kScriptLane);
  Talk::Asks kept = talk.begin_asks(60, 2'000);  // answers that the first process has given
  hold(receiver);
  while (board().holding == 0) std::this_thread::yield();
  std::thread speaker([&] {
    for (int i = 0; i < 30; ++i) talk.tell(1'000);
    talk.tell(100'000);
    say_everything(talk);
    talk.finish(std::move(kept));
  });
  pactor::Actor<Sender> witness{pactor::Options{.name = "witness"}};
  witness->whisper(receiver.proxy());
  while (board().lanes[kScriptLane].attempted < 80 || board().lanes[kWitnessLane].attempted < 5)
    std::this_thread::yield();
  board().newborn_is_victim = true;
  processes::send_signal(process.pid(), SIGKILL);
  speaker.join();
  witness.close();
  witness.join();
  receiver.close();
  expect_end(receiver.join());
}

}  // namespace killing
