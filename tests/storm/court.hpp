// Who judges a storm, by what those in it have written down; it knows nothing of pactor but its promises.
//
//     Court court;
//     court.hear_sending(seat, entry); court.hear_receiving(seat, entry); court.hear_line(line);
//     court.conclude(Court::End::orderly);
//     for (const std::string& violation : court.violations()) …
//
// What was accepted is processed once, whole, in the order of its sender, and after what caused it. Where a life of
// an actor ends by a kill, at most one message may be missing or unfinished, and the line that says so names its
// method. An ask ends with an answer, or with ActorDied if it was that one message. What was not accepted may be
// absent.
//
// All that was sent has to be heard before what came of it.
#pragma once

#include "ledger.hpp"

#include <compare>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace storm {

class Court {
 public:
  enum class End {
    orderly,       // all was drained and closed
    actors_gone,   // all actors were killed; the program lived on, and ended
    program_gone,  // the program was killed
  };

  struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t processed = 0;
    std::uint64_t refused = 0;
    std::uint64_t answered = 0;
    std::uint64_t died = 0;         // asks whose actor was killed while it processed them
    std::uint64_t in_progress = 0;  // messages that a kill has cost, these asks included
    std::uint64_t lives = 0;
  };

  void hear_sending(std::size_t seat, const Entry& entry, const char* complaint = "");
  void hear_receiving(std::size_t seat, const Entry& entry);
  // What the family has said on stderr.
  void hear_line(const std::string& line);
  void object(const std::string& violation) { violations_.push_back(violation); }
  void conclude(End end);

  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Message {
    std::uint8_t from = kNobody;
    std::uint64_t number = 0;
    Method method = Method::take;

    friend auto operator<=>(const Message&, const Message&) = default;
  };

  struct Sent {
    Message message;
    Did state = Did::sending;
  };

  // From one seat to another.
  struct Stream {
    std::deque<Sent> sent;    // and not been passed by what came
    std::uint64_t heard = 0;  // the last number that came
    std::size_t life = 0;     // of the receiver, when it came
    std::uint64_t floor = 0;  // a consequence of this number has come
  };

  // Accepted, and never begun: lost with one of the lives from `first` to the one before `end`.
  struct Gap {
    Message message;
    std::size_t first = 0;
    std::size_t end = 0;
  };

  // From one birth to the next.
  struct Life {
    std::optional<Message> last;  // begun
    bool finished = true;
    std::optional<Message> cost;  // what its end has cost
  };

  struct Actor {
    std::array<Stream, kSeats> from;
    std::vector<Life> lives;
    std::vector<Gap> gaps;
    std::vector<Message> died;                  // asks that have ended so
    std::set<Message> open;                     // its own asks that have no end yet
    std::map<std::uint64_t, std::string> said;  // by restart: the method named
    std::set<Message> over;                     // asks that were told that it had ended for good
  };

  void begin_message(std::size_t seat, const Entry& entry);
  void learn_outcome(std::size_t seat, const Entry& entry);
  void end_ask(std::size_t seat, const Entry& entry);
  void judge_remarks(End end);
  void judge_open_asks(std::size_t seat, const Actor& actor);
  static void add_what_never_came(Actor& actor);
  void judge_costs(std::size_t seat, Actor& actor, End end);
  void judge_lines(std::size_t seat, const Actor& actor);
  void object(std::size_t seat, const Message& message, const std::string& what);

  std::array<Actor, kSeats> actors_;
  std::vector<std::string> violations_;
  bool undelivered_ = false;          // there was a dead letter
  std::vector<std::string> remarks_;  // some of which are in their place once all actors are gone
  Counts counts_;
};

}  // namespace storm
