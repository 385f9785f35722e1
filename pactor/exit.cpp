#include <pactor/exit.hpp>

#include <cstring>

namespace pactor {

namespace {

std::string signal_name(int signal) {
  const char* abbreviation = ::sigabbrev_np(signal);
  return "signal " + std::to_string(signal) +
         (abbreviation == nullptr ? std::string() : " (SIG" + std::string(abbreviation) + ")");
}

}  // namespace

std::string Exit::explain() const {
  std::string sentence = "actor '" + actor + "' ";
  switch (kind) {
    case Kind::closed:
      sentence += "was closed and ended in order";
      break;
    case Kind::failed:
      sentence += "failed with " + type + ": " + text;
      break;
    case Kind::signalled:
      sentence += "was ended by " + signal_name(code);
      break;
    case Kind::exited:
      sentence += "ended its process with status " + std::to_string(code);
      if (!text.empty()) sentence += " (" + text + ")";
      break;
    case Kind::killed:
      sentence += "was killed";
      if (!text.empty()) sentence += ": " + text;
      break;
  }
  if (!method.empty()) sentence += ", while it ran " + method;
  if (unprocessed != 0) {
    sentence += ", " + std::to_string(unprocessed) +
                (unprocessed == 1 ? " message unprocessed" : " messages unprocessed");
  }
  return sentence;
}

}  // namespace pactor
