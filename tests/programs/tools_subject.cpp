// What tools_test runs under gdb, valgrind and a system call filter: one actor, told, asked, closed.
// With the argument "no-clone3", it first refuses itself clone3, as container run-times do.
#include <pactor/pactor.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <thread>

class Counter {
 public:
  void add(int n) { total_ += n; }
  int total() const { return total_; }
  // A thread: glibc itself would like clone3 for it.
  int total_in_a_thread() const {
    int total = 0;
    std::thread([&] { total = total_; }).join();
    return total;
  }

 private:
  int total_ = 0;
};
PACTOR_ACTOR(Counter, add, total, total_in_a_thread);

namespace {

bool refuse_clone3() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{.len = 4, .filter = program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "no-clone3") == 0) {
    // The filter has to be there before the keeper is: over an exec.
    if (!refuse_clone3()) return 3;
    ::execl("/proc/self/exe", argv[0], "filtered", static_cast<char*>(nullptr));
    return 4;
  }
  if (argc > 1 && ::syscall(SYS_clone3, nullptr, 0) == -1 && errno != ENOSYS) return 5;
  pactor::Actor<Counter> counter;
  for (int i = 0; i < 1000; ++i) counter->add(1);
  const int total = counter.ask()->total().get();
  const int again = counter.ask()->total_in_a_thread().get();
  counter.close();
  const pactor::Exit exit = counter.join();
  std::printf("total %d, again %d, %s\n", total, again, exit.explain().c_str());
  return exit.orderly() ? 0 : 1;
}
