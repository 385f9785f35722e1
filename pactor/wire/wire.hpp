// Values become bytes, and bytes become values.
//
//     pactor::wire::Encoder encoder;
//     pactor::wire::encode(encoder, std::map<std::string, app::Status>{…});
//
//     pactor::wire::Decoder decoder(encoder.view());
//     auto back = pactor::wire::decode<std::map<std::string, app::Status>>(decoder);
//
// The include for users of this folder: everything that can be sent, all of it resolved at compile
// time. Start reading here; then encoder.hpp, decoder.hpp, codec.hpp, and one header per family.
#pragma once

#include <pactor/wire/aggregate.hpp>
#include <pactor/wire/array.hpp>
#include <pactor/wire/chrono.hpp>
#include <pactor/wire/codec.hpp>
#include <pactor/wire/decoder.hpp>
#include <pactor/wire/descriptor.hpp>
#include <pactor/wire/encoder.hpp>
#include <pactor/wire/optional.hpp>
#include <pactor/wire/path.hpp>
#include <pactor/wire/pointer.hpp>
#include <pactor/wire/range.hpp>
#include <pactor/wire/scalar.hpp>
#include <pactor/wire/sendable.hpp>
#include <pactor/wire/stored.hpp>
#include <pactor/wire/text.hpp>
#include <pactor/wire/tuple.hpp>
#include <pactor/wire/type_name.hpp>
#include <pactor/wire/variant.hpp>

namespace pactor::wire {

template <class T>
void encode(Encoder& encoder, const T& value) {
  if constexpr (!Sendable<T>) {
    require_sendable<T>();  // and nothing else, so that its text is the only error
  } else if constexpr (HasCodec<T>) {
    const Copying what_it_makes_goes_at_once(encoder);
    codec<T>::encode(encoder, value);
  } else {
    Family<T>::encode(encoder, value);
  }
}

template <class T>
T decode(Decoder& decoder) {
  if constexpr (!Sendable<T>) {
    require_sendable<T>();
    __builtin_unreachable();
  } else if constexpr (HasCodec<T>) {
    return codec<T>::decode(decoder);
  } else {
    return Family<T>::decode(decoder);
  }
}

}  // namespace pactor::wire
