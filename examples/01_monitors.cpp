// Monitors that loop by messaging themselves and notify an aggregator, each in its own process; one of
// them overrides what is read. Afterwards they are stopped, closed and joined. (`pactor demo` is this
// with more to see.)
#include <pactor/pactor.hpp>

#include <unistd.h>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;

class Aggregator {
 public:
  void notify(const std::string& monitor, pid_t pid, const std::string& reading) {
    std::cout << "aggregator (" + std::to_string(::getpid()) + ") hears from " + monitor + " (" +
                     std::to_string(pid) + "): " + reading + "\n"
              << std::flush;
  }
};
PACTOR_ACTOR(Aggregator, notify);

class Monitor;
PACTOR_ACTOR(Monitor, read, stop);
class Monitor {
 public:
  Monitor(std::string name, pactor::Proxy<Aggregator> to)
      : name_(std::move(name)), to_(std::move(to)) {}
  virtual ~Monitor() = default;

  void read() {
    if (!running_) return;
    to_->notify(name_, ::getpid(), read_next());  // a message to another process
    std::this_thread::sleep_for(100ms);           // its pace
    pactor::self(this)->read();                   // queues up another read
  }
  void stop() { running_ = false; }

 protected:
  virtual std::string read_next() {  // how many processes want a processor, lately
    std::string load;
    std::ifstream("/proc/loadavg") >> load;
    return "load " + load;
  }

 private:
  std::string name_;
  pactor::Proxy<Aggregator> to_;
  bool running_ = true;
};

class CountingMonitor : public Monitor {
 public:
  using Monitor::Monitor;

 protected:
  std::string read_next() override {
    return Monitor::read_next() + ", #" + std::to_string(++count_);
  }

 private:
  int count_ = 0;
};
PACTOR_ACTOR(CountingMonitor, read, stop);

int main() {
  pactor::Actor<Aggregator> aggregator;
  pactor::Actor<Monitor> plain{"plain", aggregator.proxy()};
  pactor::Actor<CountingMonitor> counting{"counting", aggregator.proxy()};
  plain->read();
  counting->read();
  std::this_thread::sleep_for(1s);  // they work; this process need not
  plain->stop();
  counting->stop();
  plain.close();
  counting.close();
  std::cout << plain.join().explain() + "\n" + counting.join().explain() + "\n" << std::flush;
  aggregator.close();
  std::cout << aggregator.join().explain() << '\n';
}
