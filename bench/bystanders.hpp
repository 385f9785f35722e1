// Actors that have spoken to the measured one, and sleep: it has a channel from each, and nothing in it.
#pragma once

#include <pactor/pactor.hpp>

#include <cstddef>
#include <vector>

namespace bench {

// T has a method greet().
template <class T>
class Bystander {
 public:
  void greet(const pactor::Proxy<T>& actor) { actor.template ask<&T::greet>().get(); }
};
PACTOR_ACTOR_TEMPLATE((class T), Bystander, (T), greet);

template <class T>
class Bystanders {
 public:
  Bystanders(int count, const pactor::Proxy<T>& actor) : all_(static_cast<std::size_t>(count)) {
    for (auto& bystander : all_) bystander.ask()->greet(actor).get();
  }
  ~Bystanders() {
    pactor::close_all(all_);
    pactor::join_all(all_);
  }
  Bystanders(const Bystanders&) = delete;
  Bystanders& operator=(const Bystanders&) = delete;

 private:
  std::vector<pactor::Actor<Bystander<T>>> all_;
};

}  // namespace bench
