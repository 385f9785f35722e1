// os::Fd: the descriptor itself travels beside the bytes, which hold its number, counted from 1; an
// empty one is 0.
#pragma once

#include <pactor/os/fd.hpp>
#include <pactor/wire/codec.hpp>

#include <cstdint>

namespace pactor::wire {

template <>
struct Family<os::Fd> {
  using Parts = TypeList<>;

  static void encode(Encoder& encoder, const os::Fd& descriptor) {
    const std::uint32_t number = descriptor ? encoder.attach(descriptor.get()) + 1 : 0;
    encoder.bytes(&number, sizeof number);
  }

  static os::Fd decode(Decoder& decoder) {
    const auto number = decoder.value<std::uint32_t>();
    return number == 0 ? os::Fd() : decoder.take_descriptor(number - 1);
  }
};

}  // namespace pactor::wire
