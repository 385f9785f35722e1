// A program that changes its privileges or limits after its start, and then has an actor, and an actor
// of that one, say what they have.
//
//     privileges <verb>...
//
// It does what each verb says and prints, for itself and the two, a line of what the kernel tells of
// them; `refused <text>` if the actor could not be started.

#include <pactor/pactor.hpp>

#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

// The leak checker cannot look into a process that has dropped its privileges.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace app {

std::string report() {
  static const std::set<std::string> kLines = {
      "Umask:",  "Uid:",    "Gid:",    "Groups:",          "CapInh:",     "CapPrm:",
      "CapEff:", "CapBnd:", "CapAmb:", "Seccomp_filters:", "NoNewPrivs:", "Cpus_allowed:"};
  std::ostringstream text;
  std::ifstream status("/proc/thread-self/status");
  for (std::string line; std::getline(status, line);) {
    if (!kLines.contains(line.substr(0, line.find(':') + 1))) continue;
    for (char& c : line) c = c == '\t' ? ' ' : c;
    text << line << "; ";
  }
  for (int i = 0; i < RLIM_NLIMITS; ++i) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource>(i), &limit);
    text << "limit " << i << ": " << limit.rlim_cur << " " << limit.rlim_max << "; ";
  }
  struct stat root{}, directory{};
  ::stat("/", &root);
  ::stat("/proc/self/cwd", &directory);
  text << "nice " << ::getpriority(PRIO_PROCESS, 0) << "; securebits " << ::prctl(PR_GET_SECUREBITS)
       << "; dumpable " << ::prctl(PR_GET_DUMPABLE) << "; root " << root.st_dev << ":"
       << root.st_ino << "; directory " << directory.st_ino;
  return text.str();
}

class Witness;
PACTOR_ACTOR(Witness, tell, tell_of_child, parent_death_signal);
class Witness {
 public:
  std::string tell() const { return report(); }
  std::string tell_of_child() const {
    pactor::Actor<Witness> child;
    return child.ask()->tell().get();
  }
  // What ties it to its keeper: the signal that it gets when that ends.
  int parent_death_signal() const {
    int signal = 0;
    ::prctl(PR_GET_PDEATHSIG, &signal);
    return signal;
  }
};

}  // namespace app

namespace {

void require(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(3);
}

void set_capabilities(std::uint64_t effective, std::uint64_t permitted, std::uint64_t inheritable) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (std::size_t i = 0; i < 2; ++i) {
    data[i] = {.effective = static_cast<std::uint32_t>(effective >> (32 * i)),
               .permitted = static_cast<std::uint32_t>(permitted >> (32 * i)),
               .inheritable = static_cast<std::uint32_t>(inheritable >> (32 * i))};
  }
  require(::syscall(SYS_capset, &header, data.data()) == 0, "capset");
}

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }

void drop_root() {
  const std::array<gid_t, 3> groups{7, 1003, 1005};
  require(::setgroups(groups.size(), groups.data()) == 0, "setgroups");
  require(::setresgid(1001, 1001, 1001) == 0, "setresgid");
  require(::setresuid(1000, 1000, 1000) == 0, "setresuid");
}

void act(std::string_view verb, std::string_view argument) {
  if (verb == "drop") drop_root();
  if (verb == "effective") {
    require(::setegid(1001) == 0 && ::seteuid(1000) == 0, "seteuid");
  }
  if (verb == "capabilities") {  // root by name, with three capabilities left to it
    const std::uint64_t kept = bit(CAP_NET_BIND_SERVICE) | bit(CAP_KILL) | bit(CAP_SETPCAP);
    require(::prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE) == 0, "bounding set");
    require(::prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) == 0, "securebits");
    set_capabilities(kept, kept, bit(CAP_KILL) | bit(CAP_CHOWN));
    set_capabilities(bit(CAP_KILL), kept & ~bit(CAP_SETPCAP), bit(CAP_KILL) | bit(CAP_CHOWN));
    require(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) == 0, "ambient");
  }
  if (verb == "keep") {  // nobody by name, with one capability left
    require(::prctl(PR_SET_KEEPCAPS, 1) == 0, "keepcaps");
    drop_root();
    const std::uint64_t kept = bit(CAP_NET_BIND_SERVICE);
    set_capabilities(kept, kept, kept);
    require(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == 0,
            "ambient");
  }
  if (verb == "no-new-privileges") {
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  }
  if (verb == "dumpable") require(::prctl(PR_SET_DUMPABLE, 0) == 0, "dumpable");
  if (verb == "limits") {
    for (const auto& [which, soft, hard] : {std::array<rlim_t, 3>{RLIMIT_NOFILE, 300, 400},
                                            {RLIMIT_CORE, 0, 0},
                                            {RLIMIT_FSIZE, 1 << 20, 1 << 21},
                                            {RLIMIT_NPROC, 500, 501},
                                            {RLIMIT_STACK, 4 << 20, 4 << 20}}) {
      const rlimit limit{.rlim_cur = soft, .rlim_max = hard};
      require(::setrlimit(static_cast<__rlimit_resource>(which), &limit) == 0, "setrlimit");
    }
  }
  if (verb == "small-files") {
    const rlimit limit{.rlim_cur = 16, .rlim_max = RLIM_INFINITY};
    require(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
  }
  if (verb == "priority") {
    require(::setpriority(PRIO_PROCESS, 0, 7) == 0, "setpriority");
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    require(::sched_setaffinity(0, sizeof first, &first) == 0, "sched_setaffinity");
  }
  if (verb == "umask") ::umask(0135);
  if (verb == "chdir") require(::chdir(std::string(argument).c_str()) == 0, "chdir");
  if (verb == "chroot") require(::chroot(std::string(argument).c_str()) == 0, "chroot");
  if (verb == "seccomp") {
    sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    sock_fprog filter{.len = 1, .filter = allow};
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0,
            "seccomp");
  }
}

void compare() {
  std::cout << "program " << app::report() << std::endl;
  try {
    pactor::Actor<app::Witness> actor;
    std::cout << "actor " << actor.ask()->tell().get() << std::endl;
    std::cout << "its actor " << actor.ask()->tell_of_child().get() << std::endl;
    std::cout << "dies with its keeper: " << actor.ask()->parent_death_signal().get() << std::endl;
  } catch (const pactor::SpawnError& error) {
    std::cout << "refused " << error.what() << std::endl;
  }
}

}  // namespace

int main(int count, char** arguments) {
  bool in_a_thread = false;
  for (int i = 1; i < count; ++i) {
    std::string_view verb = arguments[i];
    const std::size_t equals = verb.find('=');
    act(verb.substr(0, equals), equals == verb.npos ? "" : verb.substr(equals + 1));
    in_a_thread |= verb == "thread";
  }
  // Priority, processors and system call filters belong to a thread.
  if (in_a_thread) {
    std::thread([] {
      act("priority", "");
      compare();
    }).join();
  } else {
    compare();
  }
}
