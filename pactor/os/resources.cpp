#include <pactor/os/resources.hpp>

#include <pactor/os/failure.hpp>

#include <sys/syscall.h>
#include <unistd.h>

namespace pactor::os {

namespace {

constexpr std::size_t kProcessorWords = 128;  // 8,192 processors, the most that Linux knows

// In the order of their numbers.
constexpr std::array<const char*, RLIM_NLIMITS> kLimitNames = {
    "CPU",     "FSIZE", "DATA",  "STACK",      "CORE",     "RSS",  "NPROC",  "NOFILE",
    "MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};

}  // namespace

Resources read_resources() {
  Resources found;
  for (std::size_t i = 0; i < found.limits.size(); ++i) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource>(i), &limit);
    found.limits[i] = {.soft = limit.rlim_cur, .hard = limit.rlim_max};
  }
  found.nice = ::getpriority(PRIO_PROCESS, 0);
  // The system call tells how much it has written; glibc's function does not.
  std::array<std::uint64_t, kProcessorWords> words;  // NOLINT: filled by the kernel
  const long bytes = ::syscall(SYS_sched_getaffinity, 0, sizeof words, words.data());
  if (bytes > 0) found.processors.assign(words.begin(), words.begin() + bytes / 8);
  return found;
}

void take_resources(const Resources& wanted, const Resources& own) {
  for (std::size_t i = 0; i < wanted.limits.size(); ++i) {
    if (wanted.limits[i] == own.limits[i]) continue;
    const rlimit limit{.rlim_cur = wanted.limits[i].soft, .rlim_max = wanted.limits[i].hard};
    if (::setrlimit(static_cast<__rlimit_resource>(i), &limit) != 0) {
      fail(std::string("the actor cannot take over its creator's limit RLIMIT_") + kLimitNames[i]);
    }
  }
  if (wanted.nice != own.nice && ::setpriority(PRIO_PROCESS, 0, wanted.nice) != 0) {
    fail("the actor cannot take over its creator's nice value " + std::to_string(wanted.nice));
  }
  if (wanted.processors != own.processors && !wanted.processors.empty() &&
      ::syscall(SYS_sched_setaffinity, 0, wanted.processors.size() * sizeof(std::uint64_t),
                wanted.processors.data()) != 0) {
    fail("the actor cannot take over its creator's choice of processors");
  }
}

}  // namespace pactor::os
