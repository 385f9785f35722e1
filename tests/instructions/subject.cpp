// What tests/instructions_test.cpp counts: a sender and an actor in one process and one thread, by turns.
//
//     instructions_subject tell_8
//
// All of it is the code that users run, from the proxy to the method and back to the Reply, and nobody waits: where the
// actor would wait for a message, the linker has it call a function below instead, which is the sender's turn. So the
// actor finds one message each time, or sixteen, and then none. There is no keeper: a sender and an actor that have
// their memory need none.
#include <pactor/mail/outlet.hpp>
#include <pactor/pactor.hpp>
#include <pactor/runtime/actor_entry.hpp>
#include <pactor/runtime/actor_memory.hpp>
#include <pactor/runtime/actor_process.hpp>
#include <pactor/runtime/keeper_share.hpp>
#include <pactor/runtime/runtime.hpp>

#include <unistd.h>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using Line = std::array<std::uint64_t, 8>;
using Kilobyte = std::array<std::byte, 1024>;

class Subject {
 public:
  void take_number(std::uint64_t number) { sum_ += number; }
  void take_line(const Line& line) { sum_ += line.back(); }
  void take_kilobyte(const Kilobyte& kilobyte) { sum_ += std::to_integer<int>(kilobyte.back()); }
  void take_text(const std::string& text) { sum_ += text.size(); }
  std::uint64_t next_number(std::uint64_t number) { return sum_ = number + 1; }

 private:
  std::uint64_t sum_ = 0;
};
PACTOR_ACTOR(Subject, take_number, take_line, take_kilobyte, take_text, next_number);

// ---- The sender's turns ----------------------------------------------------------------------

using To = pactor::Proxy<Subject>;

void tell_8(const To& to) { to->take_number(8); }

constexpr int kAtATime = 16;
void tell_8_in_16s(const To& to) {
  for (int i = 0; i < kAtATime; ++i) to->take_number(8);
}

void tell_64(const To& to) {
  static constexpr Line line{};
  to->take_line(line);
}

void tell_1024(const To& to) {
  static constexpr Kilobyte kilobyte{};
  to->take_kilobyte(kilobyte);
}

void tell_string_20(const To& to) {
  static const std::string text(20, 'x');
  to->take_text(text);
}

// The answer to an ask is there when the actor has come round to wait again.
void ask_8(const To& to) {
  static std::optional<pactor::Reply<std::uint64_t>> reply;
  const std::uint64_t number = reply ? std::move(*reply).get() : 0;
  reply.emplace(to.ask()->next_number(number));
}

struct Variant {
  std::string_view name;
  void (*turn)(const To& to);
  int messages = 1;  // in a turn
};
constexpr Variant kVariants[] = {
    {"tell_8", &tell_8},   {"tell_8_in_16s", &tell_8_in_16s, kAtATime},
    {"tell_64", &tell_64}, {"tell_1024", &tell_1024},
    {"ask_8", &ask_8},     {"tell_string_20", &tell_string_20},
};

constexpr int kTurns = 1024;

struct Sender {
  void (*turn)(const To& to);
  To to;
  int turns = -kTurns;  // below 0: what is done only once, or seldom, is over before it counts
};
Sender* sender = nullptr;

const Variant* find_variant(std::string_view name) {
  for (const Variant& variant : kVariants) {
    if (variant.name == name) return &variant;
  }
  return nullptr;
}

}  // namespace

// Callgrind counts from a call of the one to a call of the other.
extern "C" {
[[gnu::noinline]] void pactor_count_from_here() { asm volatile(""); }
[[gnu::noinline]] void pactor_count_to_here() { asm volatile(""); }

// In the place of Mailbox::wait().
void __wrap__ZN6pactor4mail7Mailbox4waitEv(pactor::mail::Mailbox* /*mailbox*/) {  // NOLINT
  if (sender->turns == 0) pactor_count_from_here();
  if (sender->turns == kTurns) {
    pactor_count_to_here();
    ::_exit(EXIT_SUCCESS);
  }
  ++sender->turns;
  sender->turn(sender->to);
}
}

int main(int count, char** words) {
  using namespace pactor;
  constexpr runtime::ActorId kActor = 2, kSeenAs = 3;
  const Variant* variant = count == 2 ? find_variant(words[1]) : nullptr;
  if (variant == nullptr) {
    std::fprintf(stderr, "usage: instructions_subject VARIANT\n");
    return EXIT_FAILURE;
  }
  std::printf("%d\n", kTurns * variant->messages);  // messages that are counted
  std::fflush(stdout);

  // What the keeper hands out, and be_born() makes of it.
  const MailboxOptions mailbox;
  const os::Fd memory =
      os::create_shared_memory("instructions", runtime::actor_memory_bytes(mailbox));
  const mail::Place self = {memory, runtime::channel_offset(mail::kSelfChannel, mailbox)};
  const mail::Place channel = {memory, runtime::channel_offset(mail::kCreatorChannel, mailbox)};
  mail::begin_channel(self, mailbox);
  mail::begin_channel(channel, mailbox);

  static runtime::KeeperShare share{};
  runtime::Runtime& runtime = runtime::Runtime::object();
  runtime.note_keeper(share);
  runtime::ActorProcess process(kActor, "subject", memory);
  process.attach(mail::kSelfChannel, self);
  process.attach(mail::kCreatorChannel, channel);
  auto [control, keepers] = os::socket_pair();
  process.begin(runtime::actor_entry<Subject>(), std::move(control));

  auto outlet =
      std::make_unique<mail::Outlet>(mail::Route{kActor, mail::kCreatorChannel}, channel, memory,
                                     runtime.stamper(), runtime.lifeline(), runtime.depot());
  // Under another number than the actor's own: an actor that asked itself would not wait for the answer.
  auto remote = std::make_shared<runtime::Remote>(kSeenAs, "subject", std::move(outlet));
  Sender this_sender{.turn = variant->turn, .to = To(std::move(remote))};
  sender = &this_sender;
  wire::Decoder arguments({});
  process.run(arguments);
}
