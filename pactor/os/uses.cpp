#include <pactor/os/uses.hpp>

#include <fcntl.h>

namespace pactor::os {

namespace {

struct flock lock_for(Use use, short kind) {
  struct flock lock{};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(use);
  lock.l_len = 1;
  return lock;
}

}  // namespace

bool begin_use(const Fd& memory, Use use) noexcept {
  struct flock lock = lock_for(use, F_RDLCK);
  return ::fcntl(memory.get(), F_OFD_SETLK, &lock) == 0;
}

void end_use(const Fd& memory, Use use) noexcept {
  struct flock lock = lock_for(use, F_UNLCK);
  ::fcntl(memory.get(), F_OFD_SETLK, &lock);
}

bool used_elsewhere(const Fd& memory, Use use) noexcept {
  struct flock lock = lock_for(use, F_WRLCK);  // would it be refused?
  return ::fcntl(memory.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

}  // namespace pactor::os
