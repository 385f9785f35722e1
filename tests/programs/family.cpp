// A program with actors, for tests that end it, or one of its processes, and look what is left.
//
//     family <verb>
//
// It creates actors, waits for a line on its input, says `ready`, waits for another, and does what
// the verb says. What an actor of it has forked, and forked again, prints `forked <pid>` before.

#include <pactor/pactor.hpp>

#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace app {

void report(const std::string& line) {
  const std::string whole = line + "\n";  // one write: several processes share the stream
  if (::write(1, whole.data(), whole.size()) < 0) return;  // its output may be closed
}

class Child {
 public:
  int answer() const { return 42; }
};
PACTOR_ACTOR(Child, answer);

class Member {
 public:
  int answer() { return child_.ask()->answer().get(); }
  // A child, and a child of that one, neither of which would ever end.
  void fork_on() {
    if (::fork() == 0) {
      const bool second = ::fork() == 0;
      std::signal(SIGTERM, SIG_IGN);
      if (second) ::setsid();
      report("forked " + std::to_string(::getpid()));
      for (;;) ::pause();
    }
  }
  void hang() {
    report("ready");
    for (;;) ::pause();
  }
  void print(std::string line) { report(line); }
  std::string long_text() const { return std::string(1 << 20, 'x'); }

 private:
  pactor::Actor<Child> child_{pactor::Options{.name = "child"}};
};
PACTOR_ACTOR(Member, answer, fork_on, hang, print, long_text);

}  // namespace app

namespace {

using app::Member;
using app::report;

void wait_for_line() {
  std::string line;
  std::getline(std::cin, line);
}

// Waits for what never comes, until the test ends the keeper or the zygote.
void await_the_impossible() {
  pactor::Actor<Member> member{pactor::Options{.name = "asked"}};
  pactor::Reply<void> reply = member.ask()->hang();
  try {
    reply.get();
    report("returned");
  } catch (const pactor::ActorDied& death) {
    report(std::string("ActorDied: ") + death.what());
  }
  report("joined: " + member.join().explain());
  report(std::string("alive: ") + (member.alive() ? "yes" : "no"));
  member->print("from the dead");
  member.close();
  member.kill();
  try {
    member.ask()->answer().get();
  } catch (const pactor::ActorDied&) {
    report("asked again: ActorDied");
  }
  try {
    const pactor::Actor<app::Child> another;
    report("spawned");
  } catch (const pactor::SpawnError& error) {
    report(std::string("SpawnError: ") + error.what());
  }
}

// Has an answer whose bytes are still with the keeper, which the test ends.
void fetch_too_late() {
  pactor::Actor<Member> member;
  pactor::Reply<std::string> reply = member.ask()->long_text();
  member.ask()->answer().get();
  report("ready");
  wait_for_line();
  try {
    reply.get();
    report("returned");
  } catch (const pactor::ActorDied& death) {
    report(std::string("ActorDied: ") + death.what());
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "return";
  if (verb == "await") {
    await_the_impossible();
    report("end of main");
    return 0;
  }
  if (verb == "fetch") {
    fetch_too_late();
    return 0;
  }
  // Never destroyed: the end of main, or what comes instead, has to see to them.
  static auto* const first = new pactor::Actor<Member>{pactor::Options{.name = "first"}};
  static auto* const second = new pactor::Actor<Member>{pactor::Options{.name = "second"}};
  first->ask()->answer().get();
  second->ask()->answer().get();
  (*first)->fork_on();
  wait_for_line();  // the test has read of the forked ones
  report("ready");
  wait_for_line();
  if (verb == "return" || verb == "exit") {
    for (int i = 0; i < 100; ++i) (*first)->print("drained " + std::to_string(i));
    if (verb == "exit") std::exit(0);
  }
  if (verb == "throw") throw std::runtime_error("thrown out of main");
  if (verb == "_exit") ::_exit(0);
  if (verb == "kill") ::raise(SIGKILL);
  if (verb == "exec") ::execl("/bin/cat", "cat", nullptr);
  if (verb == "thread") std::thread([] { ::_exit(0); }).join();
  if (verb == "stay") {
    for (;;) ::pause();
  }
  return 0;
}
