// The actors of `pactor demo`: ordinary classes, each of whose objects lives in a process of its own.
//
//     Monitor             the loop: reads, notifies the aggregator, sends itself the next read
//       CpuLoad           /proc/stat
//       Memory            /proc/meminfo
//       Traffic           how fast two counters grow
//         Network         /proc/net/dev
//         Disk            /proc/diskstats; overrides read_next, calls the base, adds how full / is
#pragma once

#include <pactor/pactor.hpp>

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace cli {

// Prints who told it what.
class Aggregator {
 public:
  void notify(const std::string& monitor, pid_t pid, const std::string& reading);
  std::uint64_t taken() const { return taken_; }  // so many notifications

 private:
  std::uint64_t taken_ = 0;
};
PACTOR_ACTOR(Aggregator, notify, taken);

class Monitor;
PACTOR_ACTOR(Monitor, read, stop);

class Monitor {
 public:
  Monitor(std::string name, std::chrono::milliseconds every, pactor::Proxy<Aggregator> aggregator);
  virtual ~Monitor() = default;

  // Notifies the aggregator if a reading is due, then sends itself the next read.
  void read();
  // The loop ends with the read that comes next.
  void stop() { running_ = false; }

 protected:
  virtual std::string read_next() = 0;

 private:
  using Clock = std::chrono::steady_clock;

  std::string name_;
  std::chrono::milliseconds every_;
  pactor::Proxy<Aggregator> aggregator_;
  Clock::time_point due_ = Clock::now();
  bool running_ = true;
};

class CpuLoad : public Monitor {
 public:
  using Monitor::Monitor;

 protected:
  std::string read_next() override;

 private:
  // In ticks since the machine was started; so the first reading is the average since then.
  std::uint64_t busy_ = 0;
  std::uint64_t total_ = 0;
};

class Memory : public Monitor {
 public:
  using Monitor::Monitor;

 protected:
  std::string read_next() override;
};

class Traffic : public Monitor {
 public:
  using Monitor::Monitor;

 protected:
  struct Bytes {
    std::uint64_t in = 0;
    std::uint64_t out = 0;
  };

  std::string read_next() override;

  // Since the machine was started; nothing if the kernel does not count them.
  virtual std::optional<Bytes> count() = 0;

 private:
  std::optional<Bytes> last_;
  std::chrono::steady_clock::time_point last_time_;
};

class Network : public Traffic {
 public:
  using Traffic::Traffic;

 protected:
  std::optional<Bytes> count() override;
};

class Disk : public Traffic {
 public:
  using Traffic::Traffic;

 protected:
  std::string read_next() override;
  std::optional<Bytes> count() override;
};

}  // namespace cli
