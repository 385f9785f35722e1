// Compiles: what looks like a mistake that others here make, and is none.
// expect-success
#include <pactor/pactor.hpp>

#include <concepts>
#include <string>
#include <type_traits>

namespace app {

class Gauge {
 public:
  explicit Gauge(std::string) {}
  template <class Number>
    requires std::is_arithmetic_v<Number>
  Gauge(std::string, Number) {}

  void rename(std::string) {}
  void rename(std::string, int) {}
  template <std::floating_point Number>
  void set(Number) {}
  template <class Number>
  auto twice(Number value) {
    return static_cast<double>(value) * 2;
  }
  void scale(double, float) {}
  void scale(float, float) {}
};
PACTOR_ACTOR(Gauge, rename, set, twice, scale);

}  // namespace app

int main(int, char** argv) {
  pactor::Actor<app::Gauge> gauge{argv[1]};
  pactor::Actor<app::Gauge> half{argv[1], 0.5};
  gauge->rename(argv[1]);
  gauge->set(0.5);
  gauge->scale(1.0, 2.0F);
  return gauge.ask()->twice(0.5).get() > 0 ? 0 : 1;
}
