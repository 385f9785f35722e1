// What every decoder has to hold, whatever the bytes: it ends in BadMessage, or in a value that encodes to
// bytes which decode to the same value.
//
//     decode_again<std::vector<std::string>>(bytes);
#pragma once

#include <pactor/os/failure.hpp>
#include <pactor/wire/wire.hpp>

#include <fcntl.h>
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace pactor::fuzz {

// A few descriptors, as they come with a message.
inline std::array<os::Fd, 3> some_descriptors() {
  static const os::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return {os::duplicate(null.get()), os::duplicate(null.get()), os::duplicate(null.get())};
}

// `Sees`: called with each value that was decoded, for what users would do with it.
template <class T, class Sees = decltype([](const T&) {})>
void decode_again(std::span<const std::byte> bytes, Sees sees = {}) {
  std::array<os::Fd, 3> descriptors;
  constexpr bool kMayHoldDescriptors = !std::copyable<T>;
  if constexpr (kMayHoldDescriptors) descriptors = some_descriptors();
  wire::Decoder decoder(bytes, descriptors);
  std::optional<T> value;
  try {
    value.emplace(wire::decode<T>(decoder));
  } catch (const BadMessage&) {
    return;  // refused: as good
  }
  sees(*value);
  wire::Encoder first;
  wire::encode(first, *value);
  // What came with the first message is the value's by now.
  std::vector<os::Fd> attached;
  for (const os::Fd& each : first.descriptors()) attached.push_back(os::duplicate(each.get()));
  wire::Decoder again(first.view(), attached);
  const T same = wire::decode<T>(again);
  PACTOR_CHECK(again.done());
  wire::Encoder second;
  wire::encode(second, same);
  // Not compared as values, for a NaN is not its own equal; but an unordered container may come back in
  // another order.
  if constexpr (requires { typename T::hasher; }) {
    PACTOR_CHECK(*value == same);
  } else {
    PACTOR_CHECK(std::ranges::equal(first.view(), second.view()));
  }
}

}  // namespace pactor::fuzz
