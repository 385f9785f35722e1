// Which types can be sent, and what the compiler says of the others.
//
//     static_assert(pactor::wire::Sendable<std::vector<app::Status>>);
//     static_assert(!pactor::wire::Sendable<std::vector<app::Status*>>);
//     wire::require_sendable<T>();   // one static_assert that names the trouble and the remedy
//
// A type is sendable if it has a codec, or is of a family and all its parts are sendable, down to
// the last. Ask only about complete types, and after their codec: the compiler remembers what it
// answered.
#pragma once

#include <pactor/wire/codec.hpp>
#include <pactor/wire/field_count.hpp>
#include <pactor/wire/type_name.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

namespace pactor::wire {

namespace detail {

template <class T>
concept CodecFits = requires(Encoder& encoder, Decoder& decoder, const T& value) {
  codec<T>::encode(encoder, value);
  { codec<T>::decode(decoder) } -> std::same_as<T>;
};

// What keeps a type from being sent, and what it is a part of; void: nothing does, or it is no part.
template <class Culprit, class Inside = void, class...>
struct Found {
  using type = Culprit;
  using Holder = Inside;
};

template <class T, class... Outer>
consteval auto find_refused();

template <class... Ts>
struct FirstRefused : Found<void> {};
template <class T, class... Ts>
struct FirstRefused<T, Ts...>
    : std::conditional_t<std::is_void_v<typename T::type>, FirstRefused<Ts...>, T> {};

template <class... Outer, class... Part>
consteval auto find_refused_among(TypeList<Part...>) {
  return FirstRefused<decltype(find_refused<Part, Outer...>())...>();
}

// The first type in T, depth first, that keeps it from being sent. `Outer` are the types that T is a part of,
// the nearest first: meeting one of them again means that it contains itself, which is neither wrong nor
// news.
template <class T, class... Outer>
consteval auto find_refused() {
  if constexpr ((std::same_as<T, Outer> || ...)) {
    return Found<void>();
  } else if constexpr (HasCodec<T>) {
    return std::conditional_t<CodecFits<T>, Found<void>, Found<T, Outer...>>();
  } else if constexpr (HasFamily<T>) {
    return find_refused_among<T, Outer...>(typename Family<T>::Parts());
  } else {
    return Found<T, Outer...>();
  }
}

}  // namespace detail

// The type in T that keeps it from being sent, perhaps T itself; void if there is none.
template <class T>
using Refused = typename decltype(detail::find_refused<T>())::type;

// The type that this one is directly a part of: a field or an element. void if it is T itself.
template <class T>
using HolderOfRefused = typename decltype(detail::find_refused<T>())::Holder;

template <class T>
concept Sendable = std::is_void_v<Refused<T>>;

// Fails to compile, with one of the texts below, unless T is sendable.
template <class T>
constexpr void require_sendable();

// ---------------------------------------------------------------------------------------------

namespace detail {

enum class Reason {
  reference,
  function,
  member_pointer,
  pointer,
  array,
  union_type,
  incomplete,
  bad_codec,
  shared,
  view,
  unique,
  standard,
  polymorphic,
  base,
  fields,
  closed,
  other,
};

template <class T>
inline constexpr bool kShared = false;
template <class T>
inline constexpr bool kShared<std::shared_ptr<T>> = true;
template <class T>
inline constexpr bool kShared<std::weak_ptr<T>> = true;

template <class T>
inline constexpr bool kUnique = false;
template <class T, class Deleter>
inline constexpr bool kUnique<std::unique_ptr<T, Deleter>> = true;

template <class T>
inline constexpr bool kView = false;
template <class Char, class Traits>
inline constexpr bool kView<std::basic_string_view<Char, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool kView<std::span<T, N>> = true;
template <class T>
inline constexpr bool kView<std::initializer_list<T>> = true;
template <class T>
inline constexpr bool kView<std::reference_wrapper<T>> = true;

template <class T>
consteval Reason reason_against() {
  using Pointee = std::remove_pointer_t<T>;
  if (std::is_reference_v<T>) return Reason::reference;
  if (HasCodec<T>) return Reason::bad_codec;
  if (std::is_function_v<T> || std::is_function_v<Pointee>) return Reason::function;
  if (std::is_member_pointer_v<T>) return Reason::member_pointer;
  if (std::is_pointer_v<T> || std::is_null_pointer_v<T>) return Reason::pointer;
  if (std::is_array_v<T>) return Reason::array;
  if (std::is_union_v<T>) return Reason::union_type;
  if (!std::is_class_v<T>) return Reason::other;
  if (kShared<T>) return Reason::shared;
  if (kUnique<T>) return Reason::unique;
  if (kView<T>) return Reason::view;
  if (in_std<T>()) return Reason::standard;
  if constexpr (requires { sizeof(T); }) {
    if (std::is_polymorphic_v<T>) return Reason::polymorphic;
    if constexpr (PlainAggregate<T>) return kHasBase<T> ? Reason::base : Reason::fields;
    return Reason::closed;
  }
  return Reason::incomplete;
}

// What and where are in the compiler's trace: "in instantiation of cannot_be_sent<app::Status*, app::Report>".
template <class Culprit, class Inside, Reason reason = reason_against<Culprit>()>
constexpr void cannot_be_sent() {
  static_assert(reason != Reason::reference,
                "pactor: a reference cannot be sent, for it means nothing in another process; hold "
                "the object by value");
  static_assert(reason != Reason::function,
                "pactor: a function pointer cannot be sent; send a value that says what to do, an "
                "enum for example, and give the receiver a method that does it");
  static_assert(
      reason != Reason::member_pointer,
      "pactor: a pointer to member cannot be sent; send a value that says which member is "
      "meant, an enum for example");
  static_assert(
      reason != Reason::pointer,
      "pactor: a raw pointer cannot be sent, for it means nothing in another process; send "
      "the object by value or in a std::unique_ptr, text as std::string, many objects as "
      "std::vector, or wrap it in a class that has a pactor::codec<T>");
  static_assert(reason != Reason::array, "pactor: a C array cannot be sent alone; use std::array");
  static_assert(reason != Reason::union_type,
                "pactor: a union cannot be sent, for nobody knows which member is alive; use "
                "std::variant, or give it a pactor::codec<T>");
  static_assert(reason != Reason::incomplete,
                "pactor: this type is only declared so far; include its definition before the "
                "message that carries it");
  static_assert(
      reason != Reason::bad_codec,
      "pactor: this type's pactor::codec<T> needs both 'static void "
      "encode(pactor::Encoder&, const T&)' and 'static T decode(pactor::Decoder&)', public");
  static_assert(
      reason != Reason::shared,
      "pactor: std::shared_ptr and std::weak_ptr cannot be sent, for processes share no "
      "objects; send the object by value or in a std::unique_ptr, or make it an actor and "
      "send its pactor::Proxy");
  static_assert(
      reason != Reason::view,
      "pactor: a view (std::string_view, std::span, std::reference_wrapper ...) cannot be "
      "sent, for it does not own what it shows; use std::string or std::vector. A "
      "parameter itself may be std::string_view or std::span<const T>");
  static_assert(
      reason != Reason::unique,
      "pactor: a std::unique_ptr with a deleter of its own, or to an array, cannot be sent; "
      "use std::unique_ptr<T>, std::vector, or a class that has a pactor::codec<T>");
  static_assert(reason != Reason::standard,
                "pactor: this class of the standard library cannot be sent, for it stands for "
                "something inside one process; send a value (strings, containers, std::optional, "
                "std::variant, std::tuple, std::chrono, std::filesystem::path ...) or wrap it in a "
                "class that has a pactor::codec<T>");
  static_assert(
      reason != Reason::polymorphic,
      "pactor: a polymorphic class cannot be sent, for its dynamic type would get lost; use "
      "std::variant of the concrete classes, or give it a pactor::codec<T>");
  static_assert(
      reason != Reason::base,
      "pactor: a struct with a base class cannot be sent field by field; make the base its "
      "first field, or give it a pactor::codec<T>");
  static_assert(
      reason != Reason::fields,
      "pactor: the fields of this struct cannot be told apart: there are more than 32, or "
      "one of them is a reference; group them in structs, or give it a pactor::codec<T>");
  static_assert(
      reason != Reason::closed,
      "pactor: a class with constructors or private members cannot be sent as it is; give "
      "it a pactor::codec<T>, or make it a struct of public fields");
  static_assert(
      reason != Reason::other,
      "pactor: this type cannot be sent; use one of the standard types for values, or give "
      "it a pactor::codec<T>");
}

}  // namespace detail

template <class T>
constexpr void require_sendable() {
  if constexpr (!Sendable<T>) {
    detail::cannot_be_sent<Refused<T>, HolderOfRefused<T>>();
  }
}

}  // namespace pactor::wire
