// expect: pactor: a parameter of method 'report' of class Monitor cannot be sent to another process
// expect-g++: ParameterCannotBeSent<1, const app::Report&, std::mutex, app::Status>
// expect-clang: ParameterCannotBeSent<1, const app::Report &, std::mutex, app::Status>
#include <pactor/pactor.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace app {

struct Status {
  int code = 0;
  std::mutex mutex;
};
struct Report {
  std::string name;
  std::vector<std::optional<Status>> statuses;
};

class Monitor {
 public:
  void report(const Report&) {}
};
PACTOR_ACTOR(Monitor, report);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor, const app::Report& report) {
  monitor->report(report);
}
