// Asks that are on their way, and how each of them ends.
//
//     Asks asks(book);
//     asks.send(seat, Method::answer, [&](const Message& message) { return proxy.ask()->answer(message); });
//     bool goes_on = asks.collect();   // false: somebody has ended for good
#pragma once

#include "book.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace storm {

// The answer to message `number` of `from`: a length, and bytes that follow from the two.
inline std::string answer_to(const Message& message, std::size_t size) {
  return bytes_of(message.from, ~message.number, size);
}

class Asks {
 public:
  explicit Asks(Book& book) : book_(book) {}

  template <class Ask>
  void send(std::size_t to, Method method, Ask ask) {
    std::optional<pactor::Reply<std::string>> reply;
    const std::uint64_t number =
        book_.send(to, method, [&](const Message& message) { reply.emplace(ask(message)); });
    if (number != 0) asked_.push_back({to, method, number, *std::move(reply)});
  }

  [[nodiscard]] std::size_t size() const { return asked_.size(); }

  bool collect() {
    bool goes_on = true;
    for (Asked& asked : asked_) {
      const Did end = wait(asked);
      if (end == Did::over) goes_on = false;
      book_.note({.did = end,
                  .other = static_cast<std::uint8_t>(asked.to),
                  .method = asked.method,
                  .number = asked.number});
    }
    asked_.clear();
    return goes_on;
  }

 private:
  struct Asked {
    std::size_t to;
    Method method;
    std::uint64_t number;
    pactor::Reply<std::string> reply;
  };

  Did wait(Asked& asked) {
    try {
      const std::string& answer = asked.reply.get();
      if (answer != bytes_of(book_.seat(), ~asked.number, answer.size())) {
        book_.complain("an answer came damaged");
      }
      return Did::answered;
    } catch (const pactor::ActorDied& death) {
      const pactor::Exit& exit = death.exit();
      // A crash with a text is one after which it could not be begun anew.
      if (exit.kind != pactor::Exit::Kind::signalled || !exit.text.empty()) return Did::over;
      return exit.code == SIGKILL && exit.method == name_of(asked.method) ? Did::died
                                                                          : Did::misnamed;
    } catch (const std::exception& error) {
      return book_.could_not("asking", asked.method, error);
    }
  }

  Book& book_;
  std::vector<Asked> asked_;
};

}  // namespace storm
