#include <pactor/os/credentials.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/status.hpp>

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <string>

namespace pactor::os {

namespace {

std::array<std::uint32_t, 4> four(const std::vector<std::uint32_t>& numbers) {
  std::array<std::uint32_t, 4> first{};
  std::copy_n(numbers.begin(), std::min(numbers.size(), first.size()), first.begin());
  return first;
}

std::string list(const std::array<std::uint32_t, 4>& ids) {
  return std::to_string(ids[0]) + ", " + std::to_string(ids[1]) + ", " + std::to_string(ids[2]);
}

// Plain system calls here: those of glibc would signal threads, and there are none.
template <class... A>
long call(long number, A... arguments) {
  return ::syscall(number, arguments...);
}

void require(bool done, const std::string& what) {
  if (done) return;
  const int error = errno;
  fail(
      "the actor, which begins with the privileges of the program's start, cannot take over its "
      "creator's " +
          what,
      error);
}

// capget(2) and capset(2) have no wrapper in glibc; libcap would be a dependency for these ten lines.
void set_capabilities(std::uint64_t effective, std::uint64_t permitted, std::uint64_t inheritable) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (std::size_t half = 0; half < data.size(); ++half) {
    data[half] = {.effective = static_cast<std::uint32_t>(effective >> (32 * half)),
                  .permitted = static_cast<std::uint32_t>(permitted >> (32 * half)),
                  .inheritable = static_cast<std::uint32_t>(inheritable >> (32 * half))};
  }
  require(call(SYS_capset, &header, data.data()) == 0, "capabilities");
}

template <class Use>
void for_each_capability(std::uint64_t set, Use use) {
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((set >> capability & 1) != 0) use(capability);
  }
}

void take_ids(const Credentials& wanted, const Credentials& own) {
  if (wanted.groups != own.groups) {
    require(call(SYS_setgroups, wanted.groups.size(), wanted.groups.data()) == 0,
            "supplementary groups");
  }
  const auto& group = wanted.group;
  if (group != own.group) {
    require(call(SYS_setresgid, group[0], group[1], group[2]) == 0, "group ids " + list(group));
    call(SYS_setfsgid, group[3]);  // tells nothing of its success
    require(call(SYS_setfsgid, -1) == group[3], "group id of file access");
  }
  const auto& user = wanted.user;
  if (user != own.user) {
    require(call(SYS_setresuid, user[0], user[1], user[2]) == 0, "user ids " + list(user));
    call(SYS_setfsuid, user[3]);
    require(call(SYS_setfsuid, -1) == user[3], "user id of file access");
  }
}

void take_securebits(int wanted) {
  const int keep = (wanted & SECBIT_KEEP_CAPS) != 0 ? 1 : 0;
  if (::prctl(PR_GET_KEEPCAPS) != keep) ::prctl(PR_SET_KEEPCAPS, keep);  // needs no privilege
  if (::prctl(PR_GET_SECUREBITS) == wanted) return;
  require(::prctl(PR_SET_SECUREBITS, wanted) == 0, "securebits");
}

// The order is the kernel's: what is lost with the user id, or needs a capability that is to be given
// up, comes first.
void take_privileges(const Credentials& wanted, const Credentials& own, int securebits) {
  ::prctl(PR_SET_KEEPCAPS, 1);  // or the permitted ones go with the user id
  take_ids(wanted, own);
  set_capabilities(own.permitted, own.permitted, own.inheritable);  // those in force went
  set_capabilities(own.permitted, own.permitted, wanted.inheritable);
  if (own.ambient != 0) ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for_each_capability(wanted.ambient, [](unsigned capability) {
    require(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0,
            "ambient capability " + std::to_string(capability));
  });
  for_each_capability(own.bounding & ~wanted.bounding, [](unsigned capability) {
    require(::prctl(PR_CAPBSET_DROP, capability) == 0,
            "bounding set, which lacks capability " + std::to_string(capability));
  });
  take_securebits(securebits);
  set_capabilities(wanted.effective, wanted.permitted, wanted.inheritable);
  if (wanted.no_new_privileges) {
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  }
}

}  // namespace

Credentials read_credentials(pid_t pid, pid_t thread) {
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task/";
  Status status(tasks + std::to_string(thread) + "/status");
  if (!status.known()) status = Status(tasks + std::to_string(pid) + "/status");
  if (!status.known()) {
    throw Error("pactor: cannot read " + tasks + std::to_string(pid) +
                "/status, where the privileges of an actor's creator stand; "
                "mount /proc, without hidepid");
  }
  return {
      .user = four(status.numbers("Uid")),
      .group = four(status.numbers("Gid")),
      .groups = status.numbers("Groups"),
      .inheritable = status.number("CapInh", 16, 0),
      .permitted = status.number("CapPrm", 16, 0),
      .effective = status.number("CapEff", 16, 0),
      .bounding = status.number("CapBnd", 16, 0),
      .ambient = status.number("CapAmb", 16, 0),
      .no_new_privileges = status.number("NoNewPrivs", 10, 0) != 0,
      .system_call_filters = static_cast<std::uint32_t>(status.number("Seccomp_filters", 10, 0)),
      .umask = static_cast<std::uint32_t>(status.number("Umask", 8, 022))};
}

void take_credentials(const Credentials& wanted, const Credentials& own, int securebits) {
  if (wanted.umask != own.umask) ::umask(static_cast<mode_t>(wanted.umask));
  if (wanted.system_call_filters != own.system_call_filters) {
    throw Error(
        "pactor: its creator has filtered its own system calls (seccomp) since the program's "
        "start, "
        "and the kernel gives no way to filter an actor's likewise; create actors before that, and "
        "have each set its own filter in its constructor");
  }
  Credentials besides = own;
  besides.umask = wanted.umask;
  if (wanted == besides && ::prctl(PR_GET_SECUREBITS) == securebits) return;
  take_privileges(wanted, own, securebits);
}

}  // namespace pactor::os
