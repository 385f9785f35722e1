// Where types meet bytes: your codec<T> for one type, a Family<T> of ours for many.
//
//     template <>
//     struct pactor::codec<app::Money> {
//       static void encode(pactor::Encoder& e, const app::Money& m) {
//         pactor::encode(e, m.cents());
//       }
//       static app::Money decode(pactor::Decoder& d) {
//         return app::Money(pactor::decode<long>(d));
//       }
//     };
//
// A codec is for a class that has private members or invariants; it wins over every family. It must
// be declared before the first message that carries the type, best beside the type. decode() sees
// bytes from another process: check what must hold, and throw BadMessage where it does not.
//
// This header only declares; wire.hpp defines encode() and decode() and knows all families.
#pragma once

#include <pactor/wire/decoder.hpp>
#include <pactor/wire/encoder.hpp>

#include <concepts>
#include <type_traits>

namespace pactor {

// How a type of your own travels: specialise it, wholly or partially, with
//
//     static void encode(pactor::Encoder&, const T&);
//     static T decode(pactor::Decoder&);
template <class T>
struct codec;

}  // namespace pactor

namespace pactor::wire {

// Appends `value` to a message; refuses at compile time, in one sentence, what cannot be sent.
template <class T>
void encode(Encoder& encoder, const T& value);

// Takes a T out of a message; throws BadMessage if there is none.
template <class T>
[[nodiscard]] T decode(Decoder& decoder);

// ---- How the types of others travel ----------------------------------------------------------

// How one family of types travels. A specialisation is constrained to its family, and no type is in
// two of them. It has
//
//     using Parts = TypeList<…>;                     what must be sendable for T to be
//     static void encode(Encoder&, const T&);
//     static T decode(Decoder&);
//     static constexpr bool kFlat = …;               optional, see Flat
template <class T>
struct Family;

template <class... Ts>
struct TypeList {};

template <class T>
concept HasCodec = requires { sizeof(codec<T>); };

template <class T>
concept HasFamily = requires { sizeof(Family<T>); };

// A type whose bytes in memory are its bytes on the wire, every pattern of them a value: a sequence
// of such values is copied at once. (Not bool, which has two values and 254 traps.)
template <class T>
concept Flat = !HasCodec<T> && HasFamily<T> && requires { requires Family<T>::kFlat; };

}  // namespace pactor::wire

namespace pactor {
using wire::decode;
using wire::encode;
}  // namespace pactor
