// What the actors of a storm write down, and its judge reads: shared memory of plain integers, and all that the two
// programs have in common. The judge makes it; others open it by its name under /proc.
//
// Everybody who takes part has a seat with a journal, a ring of entries: the processes of one actor, one after the
// other, write, and the judge reads. An entry counts once `written` has passed it, so whoever is killed has written it
// or has not. An actor writes `sending` before it sends, and `accepted` when the call has returned.
#pragma once

#include <sys/types.h>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace storm {

// Seats: threads of the program first, then actors that send, then actors that receive. Bystanders have none.
inline constexpr std::size_t kDrivers =
    4;  // each drives one sender, but for the first, which sends itself
inline constexpr std::size_t kSenders = kDrivers - 1;
inline constexpr std::size_t kReceivers = 4;
inline constexpr std::size_t kFirstSender = kDrivers;
inline constexpr std::size_t kFirstReceiver = kFirstSender + kSenders;
inline constexpr std::size_t kSeats = kFirstReceiver + kReceivers;
inline constexpr std::uint8_t kNobody = 255;

// The name of its actor, as `ps` and pactor's own lines have it.
inline std::string name_of_seat(std::size_t seat) {
  if (seat < kFirstSender) return "driver-" + std::to_string(seat);
  if (seat < kFirstReceiver) return "sender-" + std::to_string(seat);
  return "receiver-" + std::to_string(seat);
}

// The methods by which messages are taken.
enum class Method : std::uint8_t { take, hold, answer, echo, settle, step, pass_on };
inline constexpr std::array<const char*, 7> kMethodNames = {"take",   "hold", "answer", "echo",
                                                            "settle", "step", "pass_on"};
inline const char* name_of(Method method) { return kMethodNames[static_cast<std::size_t>(method)]; }

enum class Did : std::uint8_t {
  born,         // a life of the actor begins
  sending,      // message `number` to `other`
  accepted,     // the tell or the ask has returned
  refused,      // or has thrown Overloaded: nothing was sent
  undelivered,  // or was a dead letter
  answered,     // the ask's get() has returned what it should
  died,         // or has thrown ActorDied, and named signal and method of the crash
  misnamed,     // or has named others
  over,         // or has said that the actor has ended for good
  begun,        // message `number` of `other` has come
  finished,     // its method is about to return
  wrong,        // something is not as it should be: see `complaint`
};

struct Entry {
  Did did;
  std::uint8_t other = kNobody;  // who is at the message's other end
  Method method = Method::take;
  std::uint8_t cause_from = kNobody;  // begun: before it came, of this seat,
  std::uint32_t unused = 0;
  std::uint64_t number = 0;
  std::uint64_t cause = 0;  // this message to the same actor was sent
};
static_assert(sizeof(Entry) == 24);

struct Seat {
  static constexpr std::size_t kEntries = 1 << 14;

  alignas(64) std::atomic<std::uint64_t> written;
  alignas(64) std::atomic<std::uint64_t> read;
  alignas(64)
      std::array<std::atomic<std::uint64_t>, kSeats> sent;  // the last number used, to each seat
  std::array<char, 512> complaint;
  std::array<Entry, kEntries> entries;
};

// How often something took how long: 16 steps for each power of two.
struct Latencies {
  static constexpr std::size_t kSteps = 65 * 16;
  std::array<std::atomic<std::uint64_t>, kSteps> counts;

  void add(std::uint64_t ns) {
    const auto power = static_cast<unsigned>(std::bit_width(ns | 16));
    counts[power * 16 + ((ns | 16) >> (power - 5) & 15)].fetch_add(1, std::memory_order_relaxed);
  }
  // The lower bound of a step.
  static double ns_of(std::size_t step) {
    return static_cast<double>(16 + step % 16) *
           static_cast<double>(std::uint64_t{1} << (step / 16)) / 32;
  }
};

// What the judge does to the family.
enum class Weather : std::uint8_t {
  dawn,   // nothing: it begins, and its memory is touched for the first time
  calm,   // nothing
  gusts,  // stops
  storm,  // stops and kills
};
inline constexpr std::size_t kWeathers = 4;

// One actor asks another, about once a millisecond. Nobody harms these two.
struct Bystanders {
  std::array<std::atomic<pid_t>, 2> processes;
  std::atomic<std::uint64_t> asks;
  std::array<Latencies, kWeathers> latencies;
};
inline constexpr std::size_t kPairs = 2;

enum class Stage : std::uint8_t { beginning, running, draining };

struct Ledger {
  std::atomic<Stage> stage;
  std::atomic<Weather> weather;
  std::atomic<std::uint64_t> seed;
  std::array<Bystanders, kPairs> bystanders;
  std::array<Seat, kSeats> seats;
};

}  // namespace storm
