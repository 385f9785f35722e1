// codec<T>: how a type of your own travels in messages, if it has private members or invariants.
//
//     template <>
//     struct pactor::codec<app::Money> {
//       static void encode(pactor::Encoder& e, const app::Money& m) { pactor::encode(e, m.cents()); }
//       static app::Money decode(pactor::Decoder& d) { return app::Money(pactor::decode<long>(d)); }
//     };
//
// An aggregate of types that can be sent needs none. The specialisation stands before the first message that
// carries the type, best beside the type; it wins over whatever pactor knows of the type. encode() is called
// where the message is sent, before the call returns; decode() where it arrives, before the method runs. What
// encode() throws leaves the call. decode() sees bytes from another process: check what must hold, and throw
// BadMessage where it does not.
//
// Encoder and Decoder are for encode() and decode() alone: hand them on, part by part, in the same order.
#pragma once

#include <pactor/wire/codec.hpp>
#include <pactor/wire/wire.hpp>
