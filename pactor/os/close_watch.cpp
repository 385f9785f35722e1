#include <pactor/os/close_watch.hpp>

#include <sys/inotify.h>
#include <array>
#include <cstring>
#include <string>

namespace pactor::os {

CloseWatch::CloseWatch() : events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

int CloseWatch::add(const Fd& file) const {
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  return ::inotify_add_watch(events_.get(), path.c_str(), IN_CLOSE_WRITE);
}

void CloseWatch::remove(int number) const {
  if (number != kNone) ::inotify_rm_watch(events_.get(), number);
}

CloseWatch::Closed CloseWatch::take() const {
  Closed closed;
  alignas(inotify_event) std::array<char, 4096> buffer;  // NOLINT: filled by the kernel
  for (;;) {
    const ssize_t length = ::read(events_.get(), buffer.data(), buffer.size());
    if (length <= 0) return closed;
    for (ssize_t at = 0; at < length;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & IN_Q_OVERFLOW) != 0) closed.lost = true;
      if ((event.mask & IN_CLOSE_WRITE) != 0) closed.numbers.push_back(event.wd);
    }
  }
}

}  // namespace pactor::os
