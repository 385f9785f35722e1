#include <pactor/dead_letter.hpp>

namespace pactor {

std::string DeadLetter::explain() const {
  std::string sentence = method + " to '" + name + "' was not delivered: ";
  if (reason == Reason::mailbox_full) {
    return sentence +
           "its mailbox is full and drops the newest; slow down, raise Options::mailbox.bytes or "
           "choose another policy";
  }
  return sentence + (exit ? exit->explain() : "actor '" + name + "' takes no more messages");
}

}  // namespace pactor
