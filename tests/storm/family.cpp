#include "family.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace storm {

namespace {

using processes::child_named;
using processes::children_of;
using processes::keeper_of;
using processes::name_of;

void fail(const char* what) {
  std::perror(what);
  std::exit(3);
}

void pause_a_moment() {
  constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 300'000};
  ::nanosleep(&kMoment, nullptr);
}

// 0 if there is no such process.
pid_t parent_of(pid_t pid) {
  const std::string status = pactor::testing::read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t behind_name = status.rfind(')');
  if (behind_name == std::string::npos) return 0;
  return std::atoi(status.c_str() + behind_name + 4);  // ") S 123 …"
}

}  // namespace

Family::Family(const std::string& program, std::uint64_t seed)
    : ledger_fd_(::memfd_create("ledger", MFD_CLOEXEC)) {
  if (::ftruncate(ledger_fd_, sizeof(Ledger)) != 0) fail("storm_judge: ledger");
  void* memory = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, ledger_fd_, 0);
  if (memory == MAP_FAILED) fail("storm_judge: ledger");
  ledger_ = static_cast<Ledger*>(memory);
  ledger_->seed = seed;
  std::string path = program;
  std::string ledger = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ledger_fd_);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail("storm_judge: pipe");
  said_ = ends[0];
  const pid_t judge = ::getpid();
  program_ = ::fork();
  if (program_ < 0) fail("storm_judge: fork");
  if (program_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != judge) ::_exit(0);
    ::fcntl(ends[1], F_SETFL, 0);  // its writers wait
    ::dup2(ends[1], 2);
    ::close_range(3, ~0U, 0);
    ::execl(path.c_str(), path.c_str(), ledger.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
}

Family::~Family() {
  // The program, and whoever it should have taken with it: all that are left are our own children by now.
  for (std::vector<pid_t> left; !(left = children_of(::getpid())).empty(); pause_a_moment()) {
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    reap();
  }
  ::munmap(ledger_, sizeof(Ledger));
  ::close(ledger_fd_);
  ::close(said_);
}

bool Family::has_begun() {
  if (has_ended() || ledger_->stage == Stage::beginning) return false;
  keeper_ = keeper_of(program_);
  zygote_ = child_named(keeper_, "pactor-zygote");
  return true;
}

void Family::read(Court& court) {
  const std::array<std::uint64_t, kSeats> known = known_;
  for (std::size_t i = 0; i < kSeats; ++i) {
    known_[i] = ledger_->seats[i].written.load(std::memory_order_acquire);
  }
  for (std::size_t i = 0; i < kSeats; ++i) {
    const Seat& seat = ledger_->seats[i];
    for (std::uint64_t at = known[i]; at != known_[i]; ++at) {
      court.hear_sending(i, seat.entries[at % Seat::kEntries], seat.complaint.data());
    }
  }
  // Of what has come by the last time, all that was sent is known by now.
  for (std::size_t i = 0; i < kSeats; ++i) {
    Seat& seat = ledger_->seats[i];
    for (; heard_[i] != known[i]; ++heard_[i]) {
      court.hear_receiving(i, seat.entries[heard_[i] % Seat::kEntries]);
    }
    seat.read.store(heard_[i], std::memory_order_release);
  }
  for (std::array<char, 4096> part{};;) {
    const ssize_t length = ::read(said_, part.data(), part.size());
    if (length <= 0) break;
    unread_.append(part.data(), static_cast<std::size_t>(length));
  }
  for (std::size_t end; (end = unread_.find('\n')) != std::string::npos;
       unread_.erase(0, end + 1)) {
    court.hear_line(unread_.substr(0, end));
  }
}

std::vector<Family::Victim> Family::victims() const {
  std::vector<Victim> all;
  for (const pid_t pid : children_of(keeper_)) {
    if (pid == zygote_ || killed_.contains(pid)) continue;
    const std::string name = name_of(pid);
    if (name.starts_with("sender-")) all.push_back({pid, Kind::sender});
    if (name.starts_with("receiver-")) all.push_back({pid, Kind::receiver});
    if (name == "pactor-zygote") all.push_back({pid, Kind::newborn});  // which has no name yet
  }
  return all;
}

// What is heard is a reading behind what was said.
void Family::read_rest(Court& court) {
  read(court);
  read(court);
}

bool Family::signal(pid_t pid, int signal) const {
  const int held = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (held < 0) return false;
  const pid_t parent = parent_of(pid);
  const bool ours =
      pid == program_ ? !ended_ : parent > 0 && (parent == keeper_ || parent == program_);
  const bool done = ours && ::syscall(SYS_pidfd_send_signal, held, signal, nullptr, 0) == 0;
  ::close(held);
  return done;
}

bool Family::kill(const Victim& victim) {
  killed_.insert(victim.pid);
  return signal(victim.pid, SIGKILL);
}

// The program, and orphans.
void Family::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
    if (pid != program_) continue;
    ended_ = true;
    status_ = status;
  }
}

bool Family::has_ended() {
  reap();
  return ended_;
}

std::chrono::nanoseconds Family::fell(Kind kind, std::chrono::nanoseconds bound) {
  std::vector<processes::Watched> others;
  for (const auto& [pid, name] : processes::descendants_of(program_)) {
    // The keeper has nothing to die of if the zygote does.
    if (kind != Kind::zygote || pid != keeper_) others.emplace_back(pid);
  }
  const auto gone = [&] {
    reap();
    if (kind == Kind::program && !ended_) return false;
    const std::vector<pid_t> ours = children_of(::getpid());  // orphans come to us
    return std::ranges::all_of(ours, [&](pid_t pid) { return pid == program_; }) &&
           std::ranges::all_of(others, &processes::Watched::has_ended);
  };
  const auto began = std::chrono::steady_clock::now();
  const auto so_far = [&] { return std::chrono::steady_clock::now() - began; };
  signal(kind == Kind::program ? program_ : kind == Kind::keeper ? keeper_ : zygote_, SIGKILL);
  while (!gone() && so_far() <= bound) pause_a_moment();
  return so_far();
}

}  // namespace storm
