// The page that tells the program of its keeper's life and end, even of a keeper that was killed.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/runtime/actor_id.hpp>

#include <array>

namespace pactor::runtime {

// What the program and the keeper share from before the keeper's first instruction.
struct KeeperShare {
  struct Node {
    Node* next;
  } node;                      // the keeper's robust list
  mail::Word32 alive;          // see mail::Lifeline
  ActorId last_id = kProgram;  // actors get the ids above
  // Why the keeper has ended, if it was by its own will; to be read when it has.
  std::array<char, 128> last_words = {};
};

}  // namespace pactor::runtime
