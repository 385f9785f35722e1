// std::unique_ptr: a bool that says whether there is an object, then the object, not the address.
//
// Polymorphic objects are refused: which class it is would get lost. So is std::unique_ptr<T[]>,
// which does not know its length.
#pragma once

#include <pactor/wire/nesting.hpp>
#include <pactor/wire/scalar.hpp>

#include <memory>
#include <type_traits>

namespace pactor::wire {

template <class T>
  requires(!std::is_array_v<T>)
struct Family<std::unique_ptr<T>> {
  using Value = std::remove_cv_t<T>;
  using Parts = TypeList<Value>;

  static void encode(Encoder& encoder, const std::unique_ptr<T>& pointer) {
    const Nesting level(encoder);
    wire::encode(encoder, pointer != nullptr);
    if (pointer) wire::encode<Value>(encoder, *pointer);
  }

  static std::unique_ptr<T> decode(Decoder& decoder) {
    const Nesting level(decoder);
    if (!wire::decode<bool>(decoder)) return nullptr;
    return std::unique_ptr<T>(new Value(wire::decode<Value>(decoder)));
  }
};

}  // namespace pactor::wire
