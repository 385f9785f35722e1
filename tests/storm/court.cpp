#include "court.hpp"

#include <algorithm>
#include <regex>

namespace storm {

namespace {

bool is_ask(Method method) {
  return method == Method::answer || method == Method::settle || method == Method::step;
}

}  // namespace

void Court::object(std::size_t seat, const Message& message, const std::string& what) {
  violations_.push_back("message " + std::to_string(message.number) + " of " +
                        name_of_seat(message.from) + " to " + name_of_seat(seat) + " (" +
                        name_of(message.method) + ") " + what);
}

// ---- What was sent -----------------------------------------------------------------------------

void Court::hear_sending(std::size_t seat, const Entry& entry, const char* complaint) {
  const Message message{static_cast<std::uint8_t>(seat), entry.number, entry.method};
  if (entry.did == Did::wrong) {
    remarks_.push_back(name_of_seat(seat) + " complains: " + complaint);
  } else if (entry.did == Did::born) {
    actors_[seat].open.clear();  // they ended with who had asked
  } else if (entry.did == Did::sending) {
    actors_[entry.other].from[seat].sent.push_back({message});
  } else if (entry.did == Did::accepted || entry.did == Did::refused ||
             entry.did == Did::undelivered) {
    learn_outcome(seat, entry);
  } else if (entry.did == Did::answered || entry.did == Did::died || entry.did == Did::misnamed ||
             entry.did == Did::over) {
    end_ask(seat, entry);
  }
}

// Of the call that sent it.
void Court::learn_outcome(std::size_t seat, const Entry& entry) {
  const Message message{static_cast<std::uint8_t>(seat), entry.number, entry.method};
  std::deque<Sent>& sent = actors_[entry.other].from[seat].sent;
  if (!sent.empty() && sent.back().message == message) {
    sent.back().state = entry.did;
  } else if (entry.did != Did::accepted) {
    object(entry.other, message, "came though it was refused");
  }
  if (entry.did == Did::refused) ++counts_.refused;
  if (entry.did == Did::undelivered) undelivered_ = true;
  if (entry.did != Did::accepted) return;
  ++counts_.accepted;
  if (is_ask(entry.method)) actors_[seat].open.insert({entry.other, entry.number, entry.method});
}

void Court::end_ask(std::size_t seat, const Entry& entry) {
  const Message message{static_cast<std::uint8_t>(seat), entry.number, entry.method};
  Actor& asked = actors_[entry.other];
  actors_[seat].open.erase({entry.other, entry.number, entry.method});
  if (entry.did == Did::over) {
    asked.over.insert(message);
    return;
  }
  if (entry.did != Did::answered) {
    ++counts_.died;
    asked.died.push_back(message);
    if (entry.did == Did::misnamed)
      object(entry.other, message, "died, and its error names another crash");
    return;
  }
  ++counts_.answered;
  std::deque<Sent>& sent = asked.from[seat].sent;
  const auto waiting = std::ranges::lower_bound(
      sent, entry.number, {}, [](const Sent& each) { return each.message.number; });
  if (waiting != sent.end() && waiting->message == message) waiting->state = Did::answered;
  if (std::ranges::any_of(asked.gaps, [&](const Gap& gap) { return gap.message == message; })) {
    object(entry.other, message, "was answered though it was never begun");
  }
}

// ---- What came of it ---------------------------------------------------------------------------

void Court::hear_receiving(std::size_t seat, const Entry& entry) {
  Actor& actor = actors_[seat];
  if (entry.did == Did::born) {
    ++counts_.lives;
    actor.lives.emplace_back();
  } else if (entry.did == Did::begun) {
    begin_message(seat, entry);
  } else if (entry.did == Did::finished) {
    ++counts_.processed;
    actor.lives.back().finished = true;
  }
}

void Court::begin_message(std::size_t seat, const Entry& entry) {
  Actor& actor = actors_[seat];
  const Message message{entry.other, entry.number, entry.method};
  Stream& stream = actor.from[entry.other];
  const std::size_t life = actor.lives.size() - 1;
  if (entry.number <= stream.heard) {
    object(seat, message,
           "came twice or late: number " + std::to_string(stream.heard) + " had come before");
    return;
  }
  if (entry.number <= stream.floor) object(seat, message, "came behind its own consequence");
  for (; !stream.sent.empty() && stream.sent.front().message.number < entry.number;
       stream.sent.pop_front()) {
    const Sent& passed = stream.sent.front();
    if (passed.state == Did::answered)
      object(seat, passed.message, "was answered though it was never begun");
    if (passed.state == Did::accepted) actor.gaps.push_back({passed.message, stream.life, life});
  }
  if (stream.sent.empty() || stream.sent.front().message != message) {
    object(seat, message, "came though nobody had sent it");
  } else {
    if (stream.sent.front().state == Did::refused)
      object(seat, message, "came though it was refused");
    stream.sent.pop_front();
  }
  stream.heard = entry.number;
  stream.life = life;
  if (entry.method == Method::take && entry.cause_from != kNobody) {
    std::uint64_t& floor = actor.from[entry.cause_from].floor;
    floor = std::max(floor, entry.cause);
  }
  actor.lives.back().last = message;
  actor.lives.back().finished = false;
}

void Court::hear_line(const std::string& line) {
  static const std::regex kRestart(
      "pactor: actor '([a-z]+)-([0-9]+)' was ended by signal 9 \\(SIGKILL\\)(, while it ran ([a-z_ "
      "]+))?; restarted \\(([0-9]+) of [0-9]+\\)");
  std::smatch parts;
  if (!std::regex_match(line, parts, kRestart)) {
    remarks_.push_back("the family says: " + line);
    return;
  }
  actors_[std::stoul(parts[2])].said.insert_or_assign(std::stoull(parts[5]), parts[4]);
}

// ---- The verdict -------------------------------------------------------------------------------

void Court::conclude(End end) {
  judge_remarks(end);
  if (end == End::orderly && undelivered_) object("there were dead letters");
  for (std::size_t seat = 0; seat < kSeats; ++seat) {
    Actor& actor = actors_[seat];
    if (end == End::orderly && !actor.over.empty())
      object(name_of_seat(seat) + " has ended before its time");
    if (end == End::orderly) add_what_never_came(actor);
    if (end == End::orderly || (end == End::actors_gone && seat < kDrivers))
      judge_open_asks(seat, actor);
    judge_costs(seat, actor, end);
    judge_lines(seat, actor);
  }
}

void Court::add_what_never_came(Actor& actor) {
  for (const Stream& stream : actor.from) {
    for (const Sent& left : stream.sent) {
      if (left.state != Did::accepted && left.state != Did::answered) continue;
      actor.gaps.push_back({left.message, stream.life, actor.lives.size()});
    }
  }
}

void Court::judge_open_asks(std::size_t seat, const Actor& actor) {
  for (const Message& ask : actor.open) {
    object(name_of_seat(seat) + " has asked " + name_of_seat(ask.from) + " to " +
           name_of(ask.method) + ", and was never told how that ended");
  }
}

// When the keeper is gone, descriptors and long messages find nobody to keep them.
void Court::judge_remarks(End end) {
  for (const std::string& remark : remarks_) {
    const bool in_place =
        remark.find("the keeper of this program has ended") != std::string::npos ||
        remark.find("cannot be mapped") != std::string::npos;
    if (end != End::actors_gone || !in_place) object(remark);
  }
}

// Each kill may cost one message, and each message that is missing needs a kill of its own.
void Court::judge_costs(std::size_t seat, Actor& actor, End end) {
  // The last life ended with the family. If that was killed, it may have cost a message, too.
  const std::size_t killed =
      end == End::orderly && !actor.lives.empty() ? actor.lives.size() - 1 : actor.lives.size();
  for (std::size_t i = 0; i < actor.lives.size(); ++i) {
    Life& life = actor.lives[i];
    if (life.finished) continue;
    life.cost = life.last;
    if (i >= killed) object(seat, *life.last, "was not finished, though nobody killed the actor");
  }
  std::set<Message> missing;
  for (const Gap& gap : actor.gaps) missing.insert(gap.message);
  for (const Message& ask : actor.died) {
    if (missing.contains(ask)) continue;
    const Stream& stream = actor.from[ask.from];
    if (ask.number > stream.heard) {  // nothing came behind it
      actor.gaps.push_back({ask, stream.life, actor.lives.size()});
      continue;
    }
    const auto life = std::ranges::find(actor.lives, std::optional(ask), &Life::last);
    if (life == actor.lives.end()) {
      object(seat, ask, "died, though its actor went on");
    } else {
      life->cost = ask;
    }
  }
  std::ranges::sort(actor.gaps, {}, &Gap::end);
  for (const Gap& gap : actor.gaps) {
    // Whoever outlives the keeper by a moment does not get what that had kept.
    const bool in_last_life = gap.first + 1 == actor.lives.size();
    if (end == End::actors_gone && (in_last_life || actor.over.contains(gap.message))) continue;
    std::size_t at = gap.first;
    while (at < std::min(gap.end, killed) && actor.lives[at].cost) ++at;
    if (at < std::min(gap.end, killed)) {
      actor.lives[at].cost = gap.message;
    } else {
      object(seat, gap.message, "was accepted, and is lost");
    }
  }
  counts_.in_progress += static_cast<std::uint64_t>(
      std::ranges::count_if(actor.lives, [](const Life& life) { return life.cost.has_value(); }));
}

// For each message that a crash has cost there is a line that names its method. There are more lines: a process may
// die when its record of the message was finished, and the message was not.
void Court::judge_lines(std::size_t seat, const Actor& actor) {
  std::multiset<std::string> named;
  std::uint64_t last = 0;
  for (const auto& [number, method] : actor.said) {
    if (++last != number) {
      object(name_of_seat(seat) + " was begun anew, and no line told of time " +
             std::to_string(last));
      last = number;
    }
    named.insert(method);
  }
  for (std::size_t i = 0; i + 1 < actor.lives.size(); ++i) {
    const std::optional<Message>& cost = actor.lives[i].cost;
    if (!cost) continue;
    const auto line = named.find(name_of(cost->method));
    if (line == named.end()) {
      object(seat, *cost, "was lost in a crash, and no line named its method");
    } else {
      named.erase(line);
    }
  }
}

}  // namespace storm
