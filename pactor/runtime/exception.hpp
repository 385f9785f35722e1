// Exceptions that cross from one process to another.
//
//     catch (...) { encode_current_exception(encoder); }     // there
//     std::exception_ptr error = decode_exception(decoder);  // here
//
// The standard types, and pactor's own, arrive as themselves; every other as RemoteError with the
// name of its type and its text.
#pragma once

#include <pactor/wire/wire.hpp>

#include <exception>
#include <string>

namespace pactor::runtime {

struct ExceptionText {
  std::string type;  // demangled
  std::string text;  // what(), if it has one
};

// Inside a handler (or a terminate handler). Without an exception: two empty strings.
[[nodiscard]] ExceptionText describe_current_exception();

void encode_current_exception(wire::Encoder& encoder);

// Throws BadMessage if the bytes are none.
[[nodiscard]] std::exception_ptr decode_exception(wire::Decoder& decoder);

}  // namespace pactor::runtime
