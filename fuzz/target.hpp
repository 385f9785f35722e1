// What is fed with hostile bytes. Each target takes the bytes of one input, and ends this process if
// something happens that must not: a sanitizer finds it, or a PACTOR_CHECK.
//
//     const Target& target = receiver_target;
//     target.run(input);
//     for (const Seed& seed : target.seeds()) …   // real encodings to begin with
//
// libFuzzer's entry is libfuzzer.cpp; tests/hostile_bytes_test.cpp replays what is kept, without it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pactor::fuzz {

using Bytes = std::vector<std::byte>;

struct Seed {
  std::string name;
  Bytes bytes;
};

// A script: small numbers, each a byte.
inline Seed script(std::string name, std::initializer_list<int> steps) {
  Bytes bytes;
  for (const int step : steps) bytes.push_back(static_cast<std::byte>(step));
  return {std::move(name), std::move(bytes)};
}

struct Target {
  const char* name;
  void (*run)(std::span<const std::byte> input);
  std::vector<Seed> (*seeds)();
};

extern const Target wire_target;        // the decoder, of each family of types
extern const Target protocol_target;    // what the keeper and its clients decode
extern const Target receiver_target;    // a mailbox, one of whose senders writes what it likes
extern const Target sender_target;      // a sender whose receiver writes what it likes
extern const Target succession_target;  // the keeper and a successor, after a process that did so
extern const Target race_target;        // either side, while another thread is writing

// For each input: nobody may have slept so often that it would never have ended. See kernel.cpp.
void begin_input();

}  // namespace pactor::fuzz
