// A family of processes that the judge has started: how it looks at them, harms them, and sees them gone.
//
//     Family family(program, seed);
//     family.read(court);                      // again and again
//     family.kill(family.victims().front());
//     auto time = family.fell(Family::Kind::keeper, 20s);
//
// The judge has to be subreaper: whoever outlives their keeper comes to it. Whoever is signalled was seen to be of the
// family while it was held by a descriptor, so that its number cannot be somebody else's by then.
#pragma once

#include "court.hpp"
#include "ledger.hpp"

#include "../process_tree.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace storm {

class Family {
 public:
  enum class Kind : std::uint8_t { sender, receiver, newborn, zygote, keeper, program };
  static constexpr std::size_t kKinds = 6;
  struct Victim {
    pid_t pid;
    Kind kind;
  };

  Family(const std::string& program, std::uint64_t seed);
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  ~Family();  // with all that is left of it

  [[nodiscard]] Ledger& ledger() const { return *ledger_; }
  [[nodiscard]] pid_t program() const { return program_; }
  [[nodiscard]] pid_t keeper() const { return keeper_; }
  [[nodiscard]] pid_t zygote() const { return zygote_; }
  // Its actors are there. False: not yet.
  bool has_begun();

  // Hands what has been written since the last time to the court.
  void read(Court& court);
  // When nobody is left to write: all that there is.
  void read_rest(Court& court);

  // Who may be killed and begun anew: senders, receivers, and those who are being born.
  [[nodiscard]] std::vector<Victim> victims() const;
  // False: it had ended before.
  bool signal(pid_t pid, int signal) const;
  bool kill(const Victim& victim);

  // Whether the program has ended.
  bool has_ended();
  [[nodiscard]] int status() const { return status_; }

  // Kills the program, the keeper or the zygote. How long it took until all of the family were gone; after the kill of
  // another than the program but for that, which sees to its own end. More than `bound`: they were not.
  std::chrono::nanoseconds fell(Kind kind, std::chrono::nanoseconds bound);

 private:
  void reap();

  int ledger_fd_ = -1;
  int said_ = -1;  // what it writes to its stderr
  Ledger* ledger_ = nullptr;
  pid_t program_ = 0;
  pid_t keeper_ = 0;
  pid_t zygote_ = 0;
  bool ended_ = false;
  int status_ = 0;
  std::set<pid_t> killed_;
  std::string unread_;
  std::array<std::uint64_t, kSeats> known_{};  // as of the last time: who has written how much
  std::array<std::uint64_t, kSeats> heard_{};
};

}  // namespace storm
