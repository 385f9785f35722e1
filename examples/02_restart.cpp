// An actor that crashes: whoever asked is told how, it is begun anew with the mailbox that it had, and its
// last crash is final.
#include <pactor/pactor.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

class Parser {
 public:
  std::string parse(const std::string& text) {
    if (text == "poison") std::abort();
    return text + " is good, as the " + std::to_string(++parsed_) + ". of this process";
  }

 private:
  int parsed_ = 0;
};
PACTOR_ACTOR(Parser, parse);

int main() {
  pactor::Actor<Parser> parser{pactor::Options{.name = "parser", .restart = {.max = 2}}};
  for (const char* text : {"bread", "poison", "milk", "honey", "poison", "poison", "tea"}) {
    try {
      std::cout << parser.ask()->parse(text).get() << '\n' << std::flush;
    } catch (const pactor::ActorDied& error) {
      std::cout << error.what() << '\n' << std::flush;
    }
  }
  std::cout << parser.join().explain() << '\n';
}
