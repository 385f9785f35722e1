// In which form a parameter travels: views and C strings become owners on the way.
//
//     void greet(std::string_view name, const std::vector<int>& values, const char* title);
//     wire::stored_t<std::string_view>      // std::string
//     wire::stored_t<const std::vector<int>&>  // std::vector<int>
//     wire::encode_stored<const char*>(encoder, "Dr");          // the sender: makes no std::string
//     auto title = wire::decode<wire::stored_t<const char*>>(decoder);
//     object.greet(…, wire::hand_over<const char*>(title));     // the receiver
//
// The receiver keeps the stored value alive for the call, and the method must not keep the view.
#pragma once

#include <pactor/wire/array.hpp>
#include <pactor/wire/range.hpp>
#include <pactor/wire/sendable.hpp>
#include <pactor/wire/text.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pactor::wire {

namespace detail {

template <class T>
struct Stored {
  using type = T;
};
template <class Char, class Traits>
struct Stored<std::basic_string_view<Char, Traits>> {
  using type = std::basic_string<Char, Traits>;
};
template <class T>
struct Stored<std::span<const T>> {
  using type = std::vector<T>;
};
template <class T, std::size_t N>
  requires(N != std::dynamic_extent)
struct Stored<std::span<const T, N>> {
  using type = std::array<T, N>;
};

template <class T>
concept CString =
    std::same_as<std::decay_t<T>, char*> || std::same_as<std::decay_t<T>, const char*>;

template <CString T>
struct Stored<T> {
  using type = std::string;
};

// A parameter through which a method would hand something back.
template <class P>
inline constexpr bool kWritable =
    (std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>) ||
    std::same_as<std::decay_t<P>, char*>;

}  // namespace detail

// The type in which a parameter, argument or result P travels.
template <class P>
using stored_t = typename detail::Stored<std::remove_cvref_t<P>>::type;

// What a method may have as a parameter.
template <class P>
concept SendableParameter = !detail::kWritable<P> && Sendable<stored_t<P>>;

// Appends `value` as a stored_t<P>, without making one.
template <class P>
void encode_stored(Encoder& encoder, const std::remove_cvref_t<P>& value) {
  using Value = std::remove_cvref_t<P>;
  if constexpr (detail::CString<Value>) {
    const char* text = value;
    if (text == nullptr) [[unlikely]] {
      throw Error(
          "a null pointer was passed as a C string, which travels as std::string; pass \"\"");
    }
    encode_text(encoder, std::string_view(text));
  } else if constexpr (std::same_as<Value, stored_t<P>>) {
    wire::encode(encoder, value);
  } else if constexpr (requires { encode_text(encoder, value); }) {
    encode_text(encoder, value);
  } else if constexpr (Value::extent == std::dynamic_extent) {
    require_sendable<stored_t<P>>();
    encode_range(encoder, value);
  } else {  // a std::span<const T, N>, which travels as a std::array<T, N>
    require_sendable<stored_t<P>>();
    for (const auto& element : value) wire::encode(encoder, element);
  }
}

// Turns the stored value into what the method is called with: views look at it, references to
// const refer to it, everything else is moved out of it.
template <class P>
decltype(auto) hand_over(stored_t<P>& stored) {
  using Value = std::remove_cvref_t<P>;
  if constexpr (detail::CString<Value>) {
    return stored.c_str();
  } else if constexpr (!std::same_as<Value, stored_t<P>>) {
    return Value(stored);
  } else if constexpr (std::is_lvalue_reference_v<P>) {
    return std::as_const(stored);
  } else {
    return std::move(stored);
  }
}

}  // namespace pactor::wire
