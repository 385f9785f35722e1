// A program that forks, in the ways that programs do; what it and its children find, it prints.
//
//     forking <verb> [<file for the report>]

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace app {

std::string report_file;  // empty: stdout

void report(const std::string& text) {
  const std::string line = text + "\n";
  const int fd = report_file.empty() ? 1 : ::open(report_file.c_str(), O_WRONLY | O_CLOEXEC);
  if (::write(fd, line.data(), line.size()) < 0) std::abort();
  if (fd != 1) ::close(fd);
}

class Counter;
PACTOR_ACTOR(Counter, add, total, fork_and_create, add_through);
class Counter {
 public:
  explicit Counter(std::string farewell = {}, std::string file = {})
      : farewell_(std::move(farewell)) {
    report_file = std::move(file);
  }
  ~Counter() {
    if (!farewell_.empty()) report(farewell_);
  }
  void add(int n) { total_ += n; }
  int total() const { return total_; }
  // Has a child of its own try what it may not.
  std::string fork_and_create() const {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
      std::string text = "created";
      try {
        pactor::Actor<Counter>{};
      } catch (const pactor::Error& error) {
        text = error.what();
      }
      if (::write(ends[1], text.data(), text.size()) < 0) std::abort();
      ::_exit(0);
    }
    ::close(ends[1]);
    std::string text(1000, '\0');
    text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return text;
  }
  int add_through(pactor::Proxy<Counter> other) const {
    other->add(1);
    return other.ask()->total().get();
  }

 private:
  std::string farewell_;
  int total_ = 0;
};

}  // namespace app

namespace {

using app::Counter;
using app::report;
using pactor::Actor;

// "nothing", or the text of the pactor::Error.
std::string thrown_by(const std::function<void()>& act) {
  try {
    act();
  } catch (const pactor::Error& error) {
    return error.what();
  }
  return "nothing";
}

void wait_for(pid_t child) {
  int status = -1;
  ::waitpid(child, &status, 0);
  report(status == 0 ? "child ended well" : "child's status " + std::to_string(status));
}

// All that a parent may have, and its child inherits.
struct Handles {
  Actor<Counter> actor;
  pactor::Proxy<Counter> proxy = actor.proxy();
  pactor::Reply<int> reply = actor.ask()->total();
};

void use_parents_handles(Handles& parents) {
  const auto refused = [](const std::function<void()>& act) {
    return thrown_by(act).find("fork") != std::string::npos;
  };
  const bool inert =
      refused([&] { parents.actor->add(100); }) &&
      refused([&] { parents.proxy.ask()->total().get(); }) &&
      refused([&] { parents.reply.get(); }) && refused([&] { parents.actor.close(); }) &&
      refused([&] { parents.actor.kill(); }) && refused([&] { parents.actor.join(); }) &&
      !parents.actor.alive() && !parents.proxy.alive() && parents.reply.ready();
  report(inert ? "the parent's handles are inert" : "the parent's handles did something");
}

void use_own_actors(Handles& parents) {
  Actor<Counter> own, another;
  own->add(3);
  report("own actor: " + std::to_string(own.ask()->total().get()));
  report("through each other: " + std::to_string(another.ask()->add_through(own.proxy()).get()));
  report(own.proxy() == parents.proxy || own.id() <= parents.proxy.id() ? "ids collide"
                                                                        : "ids are told apart");
  report("sending the parent's proxy: " +
         thrown_by([&] { another.ask()->add_through(parents.proxy).get(); }));
  use_parents_handles(parents);
}

// The ordinary way of a service: two forks, a session of its own, no descriptor of the parent's.
void become_daemon(const std::string& file) {
  auto* parents = new Handles;
  parents->actor->add(1);
  if (::fork() != 0) {
    report("parent: " + std::to_string(parents->actor.ask()->total().get()));
    delete parents;
    return;
  }
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  for (int fd = 0; fd < 1024; ++fd) ::close(fd);
  for (int fd = 0; fd < 3; ++fd) static_cast<void>(::open("/dev/null", O_RDWR));
  app::report_file = file;
  report("daemon " + std::to_string(::getpid()));
  use_parents_handles(*parents);
  use_own_actors(*parents);
  delete parents;
  // Left to the end of the program.
  static auto* const last = new Actor<Counter>("the daemon's last actor is destroyed", file);
  (*last)->add(1);
}

void fork_beside(bool before_own_first) {
  std::unique_ptr<Handles> parents;
  if (!before_own_first) parents = std::make_unique<Handles>();
  const pid_t child = ::fork();
  if (child == 0) {
    Handles own;
    own.actor->add(5);
    report("child's actor: " + std::to_string(own.actor.ask()->total().get()));
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      use_parents_handles(own);
      Actor<Counter> grandchilds;
      grandchilds->add(7);
      report("grandchild's actor: " + std::to_string(grandchilds.ask()->total().get()));
      std::exit(0);  // past destructors: what is left the end of the program closes
    }
    wait_for(grandchild);
    std::exit(0);
  }
  wait_for(child);
  if (before_own_first) parents = std::make_unique<Handles>();
  parents->actor->add(2);
  report("parent's actor: " + std::to_string(parents->actor.ask()->total().get()) + ", " +
         std::to_string(parents->reply.get()));
}

// What ends in exec does not run fork handlers, or shares the parent's memory until then.
void start_programs() {
  Actor<Counter> actor;
  for (int i = 0; i < 5; ++i) {
    actor->add(1);
    if (std::system("exit 0") != 0) report("system failed");
    FILE* echo = ::popen("echo hello", "r");
    char line[16] = "";
    if (std::fgets(line, sizeof line, echo) == nullptr || std::string_view(line) != "hello\n") {
      report("popen failed");
    }
    ::pclose(echo);
    char name[] = "true";
    char* arguments[] = {name, nullptr};
    pid_t child = 0;
    if (::posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ) != 0) {
      report("posix_spawn failed");
    }
    ::waitpid(child, nullptr, 0);
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    child = ::vfork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
  }
  report("actor: " + std::to_string(actor.ask()->total().get()));
  Actor<Counter> another;
  report("another: " + std::to_string(another.ask()->total().get()));
}

void close_all_descriptors() {
  auto* actor = new Actor<Counter>;
  (*actor)->add(1);
  report("total " + std::to_string(actor->ask()->total().get()));
  ::closefrom(3);
  // Somebody else's, with the numbers of ours.
  std::vector<int> others;
  for (int i = 0; i < 10; ++i) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    others.insert(others.end(), {ends[0], ends[1]});
  }
  report("creating: " + thrown_by([] { Actor<Counter>{}; }));
  report("closing: " + thrown_by([&] { actor->close(); }));
  report("joined: " + actor->join().explain());
  delete actor;
  for (std::size_t i = 0; i < others.size(); i += 2) {
    ::fcntl(others[i], F_SETFL, O_NONBLOCK);
    char byte = 0;
    if (::read(others[i], &byte, 1) > 0) report("wrote into another's descriptor");
  }
  std::atexit([] { report("end"); });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "";
  if (verb == "daemon") become_daemon(arguments[2]);
  if (verb == "beside") fork_beside(false);
  if (verb == "before-first") fork_beside(true);
  if (verb == "in-an-actor") report(Actor<Counter>().ask()->fork_and_create().get());
  if (verb == "programs") start_programs();
  if (verb == "closefrom") close_all_descriptors();
}
