// A typical use of everything, which compiles in each mode that CMakeLists.txt lists. It is not run.
#include <pactor/pactor.hpp>

#include <chrono>
#include <filesystem>
#include <forward_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace app {

enum class Level { info, warning };

struct Entry {
  std::string target;
  double values[3] = {};
  std::optional<Level> level = {};
  std::vector<Entry> causes = {};
};

class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}
  [[nodiscard]] long cents() const { return cents_; }

 private:
  long cents_;
};

}  // namespace app

template <>
struct pactor::codec<app::Money> {
  static void encode(Encoder& encoder, const app::Money& money) {
    pactor::encode(encoder, money.cents());
  }
  static app::Money decode(Decoder& decoder) { return app::Money(pactor::decode<long>(decoder)); }
};

namespace app {

class Log;
PACTOR_ACTOR(Log, add, add_all, note, find, pay, open, again, size);

class Log {
 public:
  explicit Log(std::filesystem::path file, std::size_t most = 1000)
      : file_(std::move(file)), most_(most) {}

  void add(const Entry& entry) { entries_.push_back(entry); }
  void add_all(std::map<std::string, std::forward_list<Entry>> all, std::unique_ptr<Entry> last) {
    for (auto& [target, entries] : all) {
      for (Entry& entry : entries) add(entry);
    }
    if (last != nullptr) add(*last);
  }
  void note(std::string_view text) { add({.target = std::string(text)}); }
  void note(std::span<const int> numbers, std::chrono::milliseconds age = {}) {
    count_ += numbers.size() + static_cast<std::size_t>(age.count());
  }
  std::variant<std::monostate, Entry, std::tuple<int, std::wstring>> find(
      const std::unordered_map<int, char>&) const {
    return {};
  }
  [[nodiscard]] Money pay(Money money) const noexcept { return money; }
  void open(pactor::Fd descriptor, pactor::Proxy<Log> other) {
    descriptor_ = std::move(descriptor);
    other_ = other;
  }
  void again() {
    if (++count_ < most_) pactor::self(this)->again();
  }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  std::filesystem::path file_;
  std::size_t most_;
  std::size_t count_ = 0;
  std::vector<Entry> entries_;
  pactor::Fd descriptor_;
  pactor::Proxy<Log> other_;
};

template <class T>
class Cell {
 public:
  void put(T value) { value_ = std::move(value); }
  [[nodiscard]] T get() const { return value_; }

 private:
  T value_{};
};
PACTOR_ACTOR_TEMPLATE((class T), Cell, (T), put, get);

struct Counter {
  int total = 0;
  void add(int n) { total += n; }
};

}  // namespace app

int main() {
  using namespace std::chrono_literals;
  std::vector<pactor::Actor<app::Log>> logs;
  logs.emplace_back(pactor::Options{.name = "log", .restart = {.max = 3}}, "log.txt", 10u);
  const pactor::Proxy<app::Log> log = logs.front().proxy();
  log->add({.target = "disk", .values = {1, 2, 3}, .level = app::Level::info, .causes = {}});
  log->add_all({{"net", {app::Entry{}}}}, std::make_unique<app::Entry>());
  log->note("text");
  log->note(std::vector<int>{1, 2}, 3s);
  log->open(pactor::duplicate(1), log);
  log.send<pactor::pick<std::string_view>(&app::Log::note)>("text");
  pactor::Reply<app::Money> paid = log.ask(200ms)->pay(app::Money(3));
  const long cents = paid.get().cents();

  pactor::Actor<app::Cell<std::string>> cell;
  cell->put("value");
  pactor::Actor counter(app::Counter{.total = 1});
  counter.send<&app::Counter::add>(2);

  pactor::on_dead_letter([](const pactor::DeadLetter&) {});
  try {
    return cell.ask()->get().get().size() + log.ask<&app::Log::file>().get().native().size() +
                       log.ask()->size().get() + static_cast<std::size_t>(cents) ==
                   0
               ? 1
               : 0;
  } catch (const pactor::ActorDied& died) {
    return died.exit().explain().empty() ? 1 : 0;
  }
}
