// What exhaustion_test runs: one round of all that a program does with actors, while calls fail (faults.hpp).
// It judges itself, for it alone knows what was accepted; exhaustion_test sees to it that it ends.
//
//     subject            // a line "ROLE KIND COUNT" for each kind of call that was made
//     PACTOR_FAULT="…" subject
//     PACTOR_FAULT="keeper inotify_add_watch 28 2 once" subject two-ends
//
//     PACTOR_PAGES=100 subject
//
// Prints a line for each error that it got, "reached" if a call failed, "well" if no step did, and "broken: …" for each promise that
// was broken; then its status is 1.
#include "faults.hpp"

#include "tests/process_tree.hpp"

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

// Notes where nothing can be lost any more what it has been told.
class Ledger {
 public:
  Ledger(std::string greeting, pactor::Fd stream)
      : greeting_(std::move(greeting)), stream_(std::move(stream)) {}
  void note(std::uint32_t number, const std::string& ballast) {
    faults::Page& page = faults::page();
    page.what.at(page.done++) = number;
    ballast_ = ballast.size();
  }
  void write_to(std::uint32_t number, const pactor::Fd& stream) {
    note(number, {});
    if (::write(stream.get(), "x", 1) != 1) throw pactor::Error("pactor: cannot write");
  }
  std::string repeat(std::size_t times) const { return std::string(times, 'x'); }
  pactor::Fd stream() const {
    const faults::Spared ours;
    return pactor::duplicate(stream_.get());
  }

 private:
  std::string greeting_;
  pactor::Fd stream_;
  std::size_t ballast_ = 0;
};
PACTOR_ACTOR(Ledger, note, write_to, repeat, stream);

// Another sender to the ledger, and the creator of a third.
class Peer;
PACTOR_ACTOR(Peer, pass_on, fetch, have_child, pass_on_by_child, note_self, noted);
class Peer {
 public:
  explicit Peer(pactor::Proxy<Ledger> ledger) : ledger_(std::move(ledger)) {}
  void pass_on(std::uint32_t number) { ledger_->note(number, std::string(9'000, 'p')); }
  std::size_t fetch(std::size_t bytes) const { return ledger_.ask()->repeat(bytes).get().size(); }
  void have_child() { child_.emplace(ledger_); }
  void pass_on_by_child(std::uint32_t number) { child_->ask()->pass_on(number).get(); }
  void note_self(int times) {
    if (times > 0) pactor::self(this)->note_self(times - 1);
    ++noted_;
  }
  int noted() const { return noted_; }

 private:
  pactor::Proxy<Ledger> ledger_;
  std::optional<pactor::Actor<Peer>> child_;
  int noted_ = 0;
};

}  // namespace app

namespace {

using app::Ledger;
using app::Peer;
using pactor::Actor;

const faults::Plan& plan() { return faults::page().plan; }
bool out_of_memory_is_due() {
  return plan().first != 0 && faults::kKinds[plan().kind].name == "new";
}

bool broken = false;
void complain(const std::string& what) {
  std::printf("broken: %s\n", what.c_str());
  broken = true;
}

std::size_t descriptors_of(pid_t pid) {
  std::error_code gone;
  const auto all =
      std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone);
  return static_cast<std::size_t>(std::distance(all, {}));
}

struct Held {
  std::size_t program = descriptors_of(::getpid());
  std::size_t keeper = descriptors_of(processes::keeper_of(::getpid()));
  std::size_t children = processes::children_of(processes::keeper_of(::getpid())).size();
  friend bool operator==(const Held&, const Held&) = default;
};

class Round {
 public:
  // Whether all went well.
  bool run() {
    {
      const faults::Spared ours;
      pactor::on_dead_letter([this](const pactor::DeadLetter&) { ++dead_letters_; });
    }
    all_steps();
    judge();
    return well_;
  }

 private:
  enum class Outcome { done, failed, died };

  // An error is of pactor, and says so; or it is std::bad_alloc where memory was asked for.
  Outcome attempt(const char* name, const auto& act) {
    const auto said = [&](const char* type, const char* what) {
      const faults::Spared ours;
      std::printf("%s: %s: %s\n", name, type, what);
      well_ = false;
    };
    try {
      act();
      return Outcome::done;
    } catch (const pactor::ActorDied& error) {
      said("ActorDied", error.what());
      const faults::Spared ours;
      if (error.exit().kind == pactor::Exit::Kind::killed && !plan().for_good) {
        complain("an actor was killed for what others lacked for a moment");
      }
      if (error.exit().orderly()) complain("an actor that was not closed is said to have been");
      return Outcome::died;
    } catch (const pactor::Error& error) {
      said("Error", error.what());
      return Outcome::failed;
    } catch (const std::bad_alloc& error) {
      said("bad_alloc", error.what());
      const faults::Spared ours;
      if (!out_of_memory_is_due()) complain("bad_alloc though memory was not short");
    } catch (const std::exception& error) {
      said(typeid(error).name(), error.what());
      const faults::Spared ours;
      complain("an error of no kind that is promised");
    }
    return Outcome::failed;
  }

  // What has failed once works when nothing is short any more.
  bool step(const char* name, const auto& act) {
    const Outcome first = attempt(name, act);
    if (first == Outcome::done) return true;
    if (first == Outcome::died || plan().for_good || plan().first == 0) return false;
    const Outcome again = attempt(name, act);
    const faults::Spared ours;
    if (again == Outcome::failed) complain(std::string(name) + " did not work the second time");
    return again == Outcome::done;
  }

  // A message to the ledger, which is accepted unless it throws, or is a dead letter.
  void tell(const char* name, const auto& send) {
    step(name, [&] {
      const std::uint32_t number = ++last_;
      {
        const faults::Spared ours;
        unsure_.reserve(100);
        accepted_.reserve(100);
      }
      const int dead_before = dead_letters_;
      send(number);
      if (dead_letters_ == dead_before) accepted_.push_back(number);
    });
  }
  // One that another process sends, so that nobody here knows what has become of it unless all went well.
  void have_told(const char* name, const auto& send) {
    step(name, [&] {
      const std::uint32_t number = ++last_;
      unsure_.push_back(number);
      send(number);
    });
  }

  void all_steps() {
    using pactor::Fd;
    std::optional<Actor<Ledger>> ledger;
    std::string text, medium, large;
    {
      const faults::Spared ours;
      text.assign(300, 'a');
      medium.assign(12'000, 'm');
      large.assign(40'000, 'l');
    }
    const pactor::Options options{
        .name = "ledger", .restart = {.max = 4}, .mailbox = {.bytes = 64 << 10}};
    int ends[2];
    {
      const faults::Spared ours;
      if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    }
    const Fd reading{ends[0]}, writing{ends[1]};
    const auto duplicated = [&] {
      const faults::Spared ours;
      return pactor::duplicate(writing.get());
    };
    const bool created = step("create", [&] { ledger.emplace(options, text, duplicated()); });
    if (!created) return;
    tell("tell", [&](auto number) { (*ledger)->note(number, {}); });
    tell("tell medium", [&](auto number) { (*ledger)->note(number, medium); });
    for (int i = 0; i < 2; ++i) tell("tell large", [&](auto n) { (*ledger)->note(n, large); });
    tell("tell descriptor", [&](auto number) { (*ledger)->write_to(number, duplicated()); });
    const auto expect_bytes = [&](const char* name, std::size_t bytes) {
      step(name, [&] {
        if (ledger->ask()->repeat(bytes).get().size() != bytes) complain("a wrong answer");
      });
    };
    expect_bytes("ask", 8);
    expect_bytes("ask medium", 20'000);
    expect_bytes("ask large", 100'000);
    step("ask descriptor", [&] {
      const Fd stream = ledger->ask()->stream().get();
      if (!stream && !plan().for_good && plan().role != faults::Role::actor) {
        complain("a descriptor was lost on its way");
      }
    });
    {
      std::optional<Actor<Peer>> peer;
      if (step("create peer", [&] { peer.emplace(ledger->proxy()); })) {
        have_told("have told", [&](auto number) { peer->ask()->pass_on(number).get(); });
        step("have asked", [&] { peer->ask()->fetch(100'000).get(); });
        step("message to itself", [&] {
          (*peer)->note_self(3);
          while (peer->ask()->noted().get() % 4 != 0) ::sched_yield();
        });
        if (step("create a peer's", [&] { peer->ask()->have_child().get(); })) {
          have_told("have told by it", [&](auto n) { peer->ask()->pass_on_by_child(n).get(); });
        }
        step("close peer", [&] { peer->close(); });
        step("join peer", [&] { peer->join(); });
      }
    }
    step("restart", [&] {
      const pid_t before = ledger->pid();
      {
        const faults::Spared ours;
        if (before > 1) ::kill(before, SIGKILL);
      }
      ledger->ask()->repeat(1).get();
    });
    tell("tell successor", [&](auto number) { (*ledger)->note(number, medium); });
    expect_bytes("ask successor", 20'000);
    step("close", [&] { ledger->close(); });
    step("join", [&] {
      const pactor::Exit exit = ledger->join();
      orderly_ = exit.orderly();
      const faults::Spared ours;
      if (!orderly_) std::printf("join: %s\n", exit.explain().c_str());
    });
  }

  void judge() {
    const faults::Spared ours;
    const faults::Page& page = faults::page();
    const std::vector<std::uint32_t> done(page.what.begin(), page.what.begin() + page.done);
    int lost = 0;
    for (std::uint32_t number = 1; number <= last_; ++number) {
      const auto times = std::ranges::count(done, number);
      const bool accepted = std::ranges::count(accepted_, number) != 0;
      const bool unsure = std::ranges::count(unsure_, number) != 0;
      const std::string message = "message " + std::to_string(number) + " ";
      if (times > 1) complain(message + "arrived twice");
      lost += times == 0 && accepted ? 1 : 0;
      if (times != 0 && !accepted && !unsure) complain(message + "was refused, and arrived");
    }
    // What an actor is in the midst of when it dies is lost, and reported: of its own want of memory, or of our
    // SIGKILL where no ask could be made before, after which it was idle.
    const bool of_want = out_of_memory_is_due() && plan().role == faults::Role::actor;
    const int in_midst = of_want || plan().for_good ? 1 : 0;
    if (orderly_ && lost > in_midst)
      complain(std::to_string(lost) + " accepted messages were lost");
    if (!std::ranges::is_sorted(done)) complain("messages arrived in another order");
    faults::page().done = 0;
  }

  std::uint32_t last_ = 0;
  std::vector<std::uint32_t> accepted_, unsure_;
  int dead_letters_ = 0;
  bool orderly_ = false;
  bool well_ = true;
};

// Two actors end while the keeper is stopped. Of the first one only SIGCHLD tells, for there was no watch left
// for its memory; of the second one its memory does, and whoever hears of that must not forget the other.
void end_two() {
  const auto stream = [] { return pactor::duplicate(STDIN_FILENO); };
  Actor<Ledger> told{std::string(), stream()};
  Actor<Ledger> untold{std::string(), stream()};
  const pid_t keeper = processes::keeper_of(::getpid());
  ::kill(keeper, SIGSTOP);
  for (const pid_t pid : {untold.pid(), told.pid()}) {
    const processes::Watched process(pid);
    ::kill(pid, SIGKILL);
    if (!process.ends()) complain("it does not end");
  }
  ::kill(keeper, SIGCONT);
  for (Actor<Ledger>* actor : {&told, &untold}) {
    if (!actor->join(std::chrono::milliseconds(processes::kBoundMs)))
      complain("its end was not told");
  }
  if (broken) ::_exit(1);  // their handles would wait for ever for an end that nobody tells
}

void report_counts() {
  for (std::size_t role = 0; role < faults::kRoles.size(); ++role) {
    for (std::size_t kind = 0; kind < faults::kKinds.size(); ++kind) {
      if (const unsigned count = faults::page().counts[role][kind]; count != 0) {
        std::printf("%s %s %u\n", faults::kRoles[role].data(), faults::kKinds[kind].name.data(),
                    count);
      }
    }
  }
}

}  // namespace

int main(int count, char** words) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (count == 2 && std::string_view(words[1]) == "two-ends") {
    end_two();
    if (!faults::page().reached) complain("each actor's memory was watched");
    return broken ? 1 : 0;
  }
  std::optional<Held> before;
  {
    const faults::Spared ours;
    if (processes::keeper_of(::getpid()) != 0) before.emplace();
  }
  const bool well = Round().run();
  const faults::Spared ours;
  if (faults::page().bus_error) complain("a process touched memory that was not there");
  if (well) std::printf("well\n");
  if (plan().first == 0) {
    report_counts();
    return broken ? 1 : 0;
  }
  if (faults::page().reached) std::printf("reached\n");
  if (!plan().for_good) {
    faults::page().plan.first = 0;
    if (!Round().run()) complain("the round after the failure did not go well");
    if (before && processes::keeper_of(::getpid()) != 0) {
      const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(3);
      Held now;
      while (now != *before && std::chrono::steady_clock::now() < bound) {
        ::sched_yield();
        now = {};
      }
      if (now.program != before->program) {
        complain("descriptors of the program: " + std::to_string(before->program) + ", now " +
                 std::to_string(now.program));
      }
      if (now.keeper != before->keeper) {
        complain("descriptors of the keeper: " + std::to_string(before->keeper) + ", now " +
                 std::to_string(now.keeper));
      }
      if (now.children != before->children) {
        complain("children of the keeper: " + std::to_string(before->children) + ", now " +
                 std::to_string(now.children));
      }
    }
  }
  return broken ? 1 : 0;
}
