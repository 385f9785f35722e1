#include "storm.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>

namespace storm {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// A family that is not gone by then is not going to be.
constexpr nanoseconds kGoneBound = 20s;
// Nor one that has not ended by then: its mailboxes hold no more than seconds of work.
constexpr nanoseconds kEndBound = 2min;

void pause(nanoseconds time) {
  const timespec moment{.tv_sec = 0, .tv_nsec = static_cast<long>(time.count())};
  ::nanosleep(&moment, nullptr);
}

}  // namespace

const Tally& Storm::raise() {
  constexpr std::uint64_t kEnoughViolations = 100;
  const Clock::time_point end = Clock::now() + plan_.time;
  do {
    Family family(plan_.program, random_());
    Court court;
    live(family, court);
    tally_.add(court);
    tally_.add(family.ledger());
    ++tally_.families;
    close(court);
  } while (Clock::now() < end && tally_.violations < kEnoughViolations);
  return tally_;
}

void Storm::close(const Court& court) {
  constexpr std::size_t kShown = 10;
  const std::vector<std::string>& violations = court.violations();
  for (std::size_t i = 0; i < std::min(violations.size(), kShown); ++i) {
    std::printf("family %llu: %s\n", static_cast<unsigned long long>(tally_.families),
                violations[i].c_str());
  }
  if (violations.size() > kShown) std::printf("… and %zu more\n", violations.size() - kShown);
  if (tally_.families % 100 == 0) print(tally_);
  std::fflush(stdout);
}

bool Storm::look(Family& family, Court& court, Watch& watch, Watch::Whom whom) const {
  family.read(court);
  if (!stopped_.empty()) watch.excuse();
  const std::string who = watch.look(whom);
  if (!who.empty()) court.object(who + " made no headway for seconds");
  return who.empty();
}

void Storm::live(Family& family, Court& court) {
  Watch watch(family.ledger());
  while (!family.has_begun()) {
    if (family.has_ended() || !look(family, court, watch, Watch::Whom::all)) {
      family.read(court);
      return court.object("the family did not begin");
    }
    pause(1ms);
  }
  const Clock::time_point birth = Clock::now();
  const nanoseconds life = std::min(plan_.life, plan_.time / 3);
  for (nanoseconds age{}; age < life; age = Clock::now() - birth) {
    const auto sixteenth = age / (life / 16);
    const Weather weather = sixteenth < 1   ? Weather::dawn
                            : sixteenth < 3 ? Weather::calm
                            : sixteenth < 5 ? Weather::gusts
                                            : Weather::storm;
    family.ledger().weather = weather;
    if (family.has_ended()) {
      family.read(court);
      return court.object("the program has ended by itself");
    }
    if (!look(family, court, watch, Watch::Whom::each)) return;
    if (weather == Weather::storm && one_in(2)) kill_one(family);
    if (weather >= Weather::gusts && stopped_.empty() && one_in(60)) stop_one(family);
    let_go_on(family, false);
    pause(some(3ms));
  }
  let_go_on(family, true);
  if (one_in(2)) {
    end_in_order(family, court);
  } else {
    end_by_kill(family, court);
  }
}

void Storm::kill_one(Family& family) {
  const std::vector<Family::Victim> victims = family.victims();
  if (victims.empty()) return;
  const Family::Victim& victim = victims[random_() % victims.size()];
  if (family.kill(victim)) ++tally_.kills[static_cast<std::size_t>(victim.kind)];
}

void Storm::stop_one(const Family& family) {
  std::vector<pid_t> all = {family.program(), family.keeper()};
  for (const Family::Victim& victim : family.victims()) all.push_back(victim.pid);
  const pid_t pid = all[random_() % all.size()];
  const nanoseconds time = one_in(50) ? 2s : 10ms + some(40ms);
  if (!family.signal(pid, SIGSTOP)) return;
  ++tally_.stops;
  stopped_.push_back({pid, Clock::now() + time});
}

void Storm::let_go_on(const Family& family, bool all) {
  std::erase_if(stopped_, [&](const Stopped& stopped) {
    if (!all && Clock::now() < stopped.until) return false;
    family.signal(stopped.pid, SIGCONT);
    return true;
  });
}

bool Storm::await_end(Family& family, Court& court, std::uint64_t kills) {
  Watch watch(family.ledger());
  const Clock::time_point patience = Clock::now() + kEndBound;
  while (!family.has_ended()) {
    if (!look(family, court, watch, Watch::Whom::all)) return false;
    if (Clock::now() > patience) {
      court.object("the program does not end");
      return false;
    }
    if (kills > 0 && one_in(4)) {
      kill_one(family);
      --kills;
    }
    pause(some(3ms));
  }
  if (family.status() != 0) {
    court.object("the program ended with status " + std::to_string(family.status()));
  }
  family.read_rest(court);
  return true;
}

void Storm::end_in_order(Family& family, Court& court) {
  family.ledger().stage = Stage::draining;
  if (!await_end(family, court, random_() % 30)) return;
  court.conclude(Court::End::orderly);
  ++tally_.drained;
}

void Storm::end_by_kill(Family& family, Court& court) {
  const Family::Kind kind = one_in(2)   ? Family::Kind::keeper
                            : one_in(3) ? Family::Kind::zygote
                                        : Family::Kind::program;
  const nanoseconds gone = family.fell(kind, kGoneBound);
  const Clock::time_point fallen = Clock::now();
  ++tally_.kills[static_cast<std::size_t>(kind)];
  if (gone > kGoneBound) {
    court.object("not all of the family are gone");
  } else {
    tally_.gone.push_back(gone);
  }
  if (kind == Family::Kind::program) {
    family.read_rest(court);
    court.conclude(Court::End::program_gone);
  } else if (await_end(family, court, 0)) {
    tally_.told.push_back(Clock::now() - fallen);
    court.conclude(Court::End::actors_gone);
  }
}

}  // namespace storm
