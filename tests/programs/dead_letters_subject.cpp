// A program, and an actor of it, that end with dead letters of which not all has been said.

#include <pactor/pactor.hpp>

class Gone {
 public:
  void add(int) {}
};
PACTOR_ACTOR(Gone, add);

class Sender {
 public:
  void send(pactor::Proxy<Gone> gone) {
    for (int i = 0; i < 3; ++i) gone->add(i);
  }
};
PACTOR_ACTOR(Sender, send);

int main() {
  pactor::Actor<Gone> gone{pactor::Options{.name = "gone"}};
  gone.close();
  gone.join();
  {
    pactor::Actor<Sender> sender;
    sender->send(gone.proxy());
  }
  for (int i = 0; i < 5; ++i) gone->add(i);
}
