#include "faults.hpp"

#include "tests/shared_memory.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <sstream>
#include <string>
#include <utility>

namespace {

using namespace faults;

Role own_role = Role::program;
thread_local int spared = 0;  // how many Spared there are

// The C library's own, whose place we have taken. Not initialised as a static variable is: libc++ makes a
// system call for that.
template <class F>
F* real(std::atomic<void*>& known, const char* name) {
  void* function = known.load(std::memory_order_relaxed);
  if (function == nullptr) known.store(function = ::dlsym(RTLD_NEXT, name));
  return reinterpret_cast<F*>(function);
}
#define PACTOR_REAL_AS(type, function)                 \
  static constinit std::atomic<void*> known = nullptr; \
  auto* const real_function = real<type>(known, #function)
#define PACTOR_REAL(function) PACTOR_REAL_AS(decltype(::function), function)

constexpr std::uint8_t index_of(std::string_view name) {
  std::uint8_t index = 0;
  for (const Kind& kind : kKinds) {
    if (kind.name == name) return index;
    ++index;
  }
  return index;
}

Plan read_plan() {
  const char* text = std::getenv("PACTOR_FAULT");
  if (text == nullptr) return {};
  Plan plan;
  std::istringstream words(text);
  std::string role, kind, how;
  words >> role >> kind >> plan.error >> plan.first >> how;
  plan.role = static_cast<Role>(std::ranges::find(kRoles, role) - kRoles.begin());
  plan.kind = index_of(kind);
  plan.for_good = how == "always";
  return plan;
}

Page* the_page = nullptr;

// Where the shared memory of a family lies that has few pages: a file system of its own, which nobody else sees.
constexpr const char* kFewPages = "/dev/shm";

void write_text(const char* path, const std::string& text) { std::ofstream(path) << text; }

void limit_pages(const std::string& pages) {
  const std::string user = std::to_string(::getuid()), group = std::to_string(::getgid());
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(kCannotLimit);
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", user + " " + user + " 1");
    write_text("/proc/self/gid_map", group + " " + group + " 1");
  }
  const std::string options = "mode=777,nr_blocks=" + pages;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", kFewPages, "tmpfs", 0, options.c_str()) != 0) {
    ::_exit(kCannotLimit);
  }
}

void note_bus_error(int signal) {
  the_page->bus_error = true;
  std::signal(signal, SIG_DFL);  // and it comes again
}

bool few_pages() { return the_page != nullptr && the_page->few_pages; }

Page* make_page() {
  Page& made = pactor::testing::share<Page>();
  made.plan = read_plan();
  if (const char* pages = std::getenv("PACTOR_PAGES")) {
    made.few_pages = true;
    made.plan.for_good = true;
    limit_pages(pages);
  }
  std::signal(SIGBUS, &note_bus_error);
  return &made;
}

// Before the runtime is started, which is before main.
[[gnu::constructor]] void begin() { the_page = make_page(); }

// Whether this call is to fail.
bool fails(std::uint8_t kind) {
  if (the_page == nullptr || spared != 0) return false;
  const auto role = static_cast<std::size_t>(own_role);
  const std::uint32_t number = ++the_page->counts[role][kind];
  const Plan& plan = the_page->plan;
  if (plan.first == 0 || plan.role != own_role || plan.kind != kind) return false;
  if (plan.for_good ? number < plan.first : number != plan.first) return false;
  the_page->reached = true;
  errno = plan.error;
  return true;
}
#define PACTOR_FAILS(name)                          \
  ([] {                                             \
    constexpr std::uint8_t kIndex = index_of(name); \
    static_assert(kIndex < kKinds.size());          \
    return fails(kIndex);                           \
  }())

bool wakes(long operation) { return (operation & FUTEX_CMD_MASK) == FUTEX_WAKE; }

// How a system call that pactor makes by its number is called here; 0: it is let through.
bool raw_call_fails(long number, const std::array<long, 6>& arguments) {
  switch (number) {
    case SYS_clone:
      return PACTOR_FAILS("clone");
    case SYS_pidfd_open:
      return PACTOR_FAILS("pidfd_open");
    case SYS_close_range:
      return PACTOR_FAILS("close_range");
    case SYS_futex:
      return !wakes(arguments[1]) && PACTOR_FAILS("futex_wait");
    case SYS_futex_waitv:
      return PACTOR_FAILS("futex_waitv");
    case SYS_sched_getaffinity:
    case SYS_sched_setaffinity:
      return PACTOR_FAILS("sched");
    default:
      return false;
  }
}

// As one that does not fail: a new process is the keeper, or the keeper's zygote, or that one's actor.
void become_child() {
  spared = 0;
  if (own_role < Role::actor) own_role = static_cast<Role>(static_cast<int>(own_role) + 1);
}

void lose_rights(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    if (!PACTOR_FAILS("rights")) continue;
    const auto* numbers = reinterpret_cast<const int*>(CMSG_DATA(part));
    for (std::size_t i = 0; i < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      ::close(numbers[i]);
    }
    part->cmsg_len = CMSG_LEN(0);  // as the kernel says it when none of them fits
    message.msg_flags |= MSG_CTRUNC;
  }
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  for (;;) {
    void* memory = nullptr;
    if (!PACTOR_FAILS("new")) {
      memory = alignment == 0 ? std::malloc(bytes) : std::aligned_alloc(alignment, bytes);
    }
    if (memory != nullptr) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

}  // namespace

Page& faults::page() { return *the_page; }
void faults::become_victim() noexcept { own_role = Role::victim; }
faults::Spared::Spared() noexcept { ++spared; }
faults::Spared::~Spared() { --spared; }

// NOLINTBEGIN: these are the C library's names, with its parameters.
extern "C" {

int memfd_create(const char* name, unsigned flags) noexcept {
  PACTOR_REAL(memfd_create);
  if (PACTOR_FAILS("memfd_create")) return -1;
  if (!few_pages()) return real_function(name, flags);
  return ::open(kFewPages, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}
int ftruncate(int fd, off_t length) noexcept {
  PACTOR_REAL(ftruncate);
  return PACTOR_FAILS("ftruncate") ? -1 : real_function(fd, length);
}
int fcntl(int fd, int command, ...) {
  PACTOR_REAL(fcntl);
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);
  va_end(rest);
  if (command == F_ADD_SEALS) {
    if (PACTOR_FAILS("seal")) return -1;
    if (few_pages()) return 0;  // a file cannot be sealed
  }
  if (command == F_DUPFD_CLOEXEC && PACTOR_FAILS("dupfd")) return -1;
  return real_function(fd, command, argument);
}
void* mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  PACTOR_REAL(mmap);
  return PACTOR_FAILS("mmap") ? MAP_FAILED
                              : real_function(at, bytes, protection, flags, fd, offset);
}
int madvise(void* at, size_t bytes, int advice) noexcept {
  PACTOR_REAL(madvise);
  return PACTOR_FAILS("madvise") ? -1 : real_function(at, bytes, advice);
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
  PACTOR_REAL(fallocate);
  return PACTOR_FAILS("fallocate") ? -1 : real_function(fd, mode, offset, length);
}
int socketpair(int domain, int type, int protocol, int ends[2]) noexcept {
  PACTOR_REAL(socketpair);
  return PACTOR_FAILS("socketpair") ? -1 : real_function(domain, type, protocol, ends);
}
int setsockopt(int fd, int level, int name, const void* value, socklen_t length) noexcept {
  PACTOR_REAL(setsockopt);
  return PACTOR_FAILS("setsockopt") ? -1 : real_function(fd, level, name, value, length);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  PACTOR_REAL(sendmsg);
  return PACTOR_FAILS("sendmsg") ? -1 : real_function(fd, message, flags);
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  PACTOR_REAL(recvmsg);
  if (PACTOR_FAILS("recvmsg")) return -1;
  const ssize_t length = real_function(fd, message, flags);
  if (length > 0) lose_rights(*message);
  return length;
}
int poll(pollfd* entries, nfds_t count, int timeout_ms) {
  PACTOR_REAL(poll);
  return PACTOR_FAILS("poll") ? -1 : real_function(entries, count, timeout_ms);
}
int epoll_create1(int flags) noexcept {
  PACTOR_REAL(epoll_create1);
  return PACTOR_FAILS("epoll_create1") ? -1 : real_function(flags);
}
int epoll_ctl(int set, int operation, int fd, epoll_event* event) noexcept {
  PACTOR_REAL(epoll_ctl);
  return PACTOR_FAILS("epoll_ctl") ? -1 : real_function(set, operation, fd, event);
}
int epoll_wait(int set, epoll_event* events, int most, int timeout_ms) {
  PACTOR_REAL(epoll_wait);
  return PACTOR_FAILS("epoll_wait") ? -1 : real_function(set, events, most, timeout_ms);
}
int signalfd(int fd, const sigset_t* signals, int flags) noexcept {
  PACTOR_REAL(signalfd);
  return PACTOR_FAILS("signalfd") ? -1 : real_function(fd, signals, flags);
}
int inotify_init1(int flags) noexcept {
  PACTOR_REAL(inotify_init1);
  return PACTOR_FAILS("inotify_init1") ? -1 : real_function(flags);
}
int inotify_add_watch(int fd, const char* path, std::uint32_t mask) noexcept {
  PACTOR_REAL(inotify_add_watch);
  return PACTOR_FAILS("inotify_add_watch") ? -1 : real_function(fd, path, mask);
}
int open(const char* path, int flags, ...) {
  PACTOR_REAL(open);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return PACTOR_FAILS("open") ? -1 : real_function(path, flags, mode);
}
ssize_t read(int fd, void* to, size_t bytes) {
  PACTOR_REAL(read);
  return PACTOR_FAILS("read") ? -1 : real_function(fd, to, bytes);
}
ssize_t pread(int fd, void* to, size_t bytes, off_t at) {
  PACTOR_REAL(pread);
  return PACTOR_FAILS("pread") ? -1 : real_function(fd, to, bytes, at);
}
ssize_t pwrite(int fd, const void* from, size_t bytes, off_t at) {
  PACTOR_REAL(pwrite);
  return PACTOR_FAILS("pwrite") ? -1 : real_function(fd, from, bytes, at);
}
int fstat(int fd, struct stat* status) noexcept {
  PACTOR_REAL_AS(int(int, struct stat*), fstat);
  return PACTOR_FAILS("fstat") ? -1 : real_function(fd, status);
}
int stat(const char* path, struct stat* status) noexcept {
  PACTOR_REAL_AS(int(const char*, struct stat*), stat);
  return PACTOR_FAILS("stat") ? -1 : real_function(path, status);
}
int dup2(int from, int to) noexcept {
  PACTOR_REAL(dup2);
  return PACTOR_FAILS("dup2") ? -1 : real_function(from, to);
}
int fchdir(int fd) noexcept {
  PACTOR_REAL(fchdir);
  return PACTOR_FAILS("fchdir") ? -1 : real_function(fd);
}
int waitid(idtype_t which, id_t id, siginfo_t* info, int options) {
  PACTOR_REAL(waitid);
  // One that does not wait is not interrupted.
  if ((options & WNOHANG) == 0 && PACTOR_FAILS("waitid")) return -1;
  return real_function(which, id, info, options);
}
long syscall(long number, ...) noexcept {
  PACTOR_REAL_AS(long(long, ...), syscall);
  std::array<long, 6> a{};
  va_list rest;
  va_start(rest, number);
  for (long& argument : a) argument = va_arg(rest, long);
  va_end(rest);
  if (raw_call_fails(number, a)) return -1;
  const long result = real_function(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (number == SYS_clone && result == 0) become_child();
  return result;
}

}  // extern "C"

void* operator new(std::size_t bytes) { return allocate(bytes, 0); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
// NOLINTEND
